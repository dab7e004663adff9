//go:build unix && !linux

package gitrepo

import "syscall"

// childAttributes makes a child lead its own process group. Here no child dies with its parent by itself: its pipes break instead.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killMarked knows no way here to recognise a dead process's children beyond doubt, and kills none.
func killMarked(string) int { return 0 }

// bind knows no way here to bound another process: the watch alone does.
func bind(int, bounds) error { return nil }
