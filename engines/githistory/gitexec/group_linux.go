package gitexec

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the process a group of its own, ended whole on cancel, and by the kernel when commun itself dies.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
