//go:build !unix

package gitexec

import "os/exec"

// ownGroup leaves the default: the process alone is ended on cancel.
func ownGroup(*exec.Cmd) {}
