//go:build !unix

package report

import "os"

// terminalWidth takes what is no file nor pipe for a terminal of 80 columns.
func terminalWidth(f *os.File) (int, bool) {
	info, err := f.Stat()
	return 80, err == nil && info.Mode()&os.ModeCharDevice != 0
}
