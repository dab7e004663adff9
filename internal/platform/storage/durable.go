//go:build !normalsync

package storage

// synchronous is when SQLite waits for the disk: at every commit, so that what was acknowledged survives a power cut.
const synchronous = "FULL"
