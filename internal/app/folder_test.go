package app

import (
	"errors"
	"testing"
	"time"

	"commun/internal/platform/storage"
)

// TestAFolderThatIsLetGoIsTaken: a process that was just killed may hold its folder for a moment more. One that lives holds it.
func TestAFolderThatIsLetGoIsTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dying, err := storage.LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(lockPatience/5, func() {
		if err := dying.Release(); err != nil {
			t.Error(err)
		}
	})
	lock, err := takeFolder(t.Context(), dir)
	if err != nil {
		t.Fatalf("a folder that was let go is refused: %v", err)
	}
	if _, err := takeFolder(t.Context(), dir); !errors.Is(err, storage.ErrFolderHeld) {
		t.Fatalf("a folder that is held is given: %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}
