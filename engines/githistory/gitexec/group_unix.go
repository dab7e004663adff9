//go:build unix && !linux

package gitexec

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the process a group of its own, ended whole on cancel.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
