//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// kill -9 in the middle of an import: nothing is lost, and the import finishes by itself.
func TestAnImportOutlivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	heavy(t, dir)
	f := newForge(t, dir)
	in := newInstance(t, f.reach()...)
	b := newTab(t, in)
	setUp(b, in)
	addByForm(b, f.URL+"/averse.git")
	b.need("[data-progress]")
	path := b.where()
	f.allow(1 << 20)
	until(t, "the pack is on its way", func() (bool, string) { return f.sent() > 900<<10, itoa(int(f.sent())) + " bytes" })
	in.kill()
	in.start()
	f.release()
	until(t, "the import finishes after the restart", func() (bool, string) {
		b.reopen(path)
		done, err := tryEval[bool](b, `document.querySelector("h1").textContent.includes("Averse") && !document.querySelector("[data-progress]")`)
		return err == nil && done, fmt.Sprint(err)
	})
	in.described("", b.where())
	b.open(b.where())
	b.says("main", "MIT")
	if n := b.count(".vitality-panel .findings li"); n == 0 {
		t.Error("the page says no sentence about its community")
	}
	in.verify()
	b.excuse("/events") // the live progress broke off with the program
}
