//go:build normalsync

package storage

// synchronous is less than what commun promises: the control of bench/crash, which must be seen to lose acknowledged writes in a power cut.
const synchronous = "NORMAL"
