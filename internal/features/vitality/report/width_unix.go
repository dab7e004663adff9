//go:build unix

package report

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// terminalWidth asks the terminal how wide it is.
func terminalWidth(f *os.File) (int, bool) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n, true
	}
	return int(size.Col), true
}
