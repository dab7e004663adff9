//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// setUp opens the link that the terminal prints and makes the tab's person the administrator.
func setUp(b *tab, in *instance) {
	b.t.Helper()
	b.open(in.path(in.must("people", "setup")))
	b.says("h1", say(b.t, "en", "account.setup"))
	b.fill("#f-name", "Ada Admin")
	b.fill("#f-email", "ada@example.org")
	if status := b.follow("main form button"); status != 200 || b.where() != "/" {
		b.t.Fatalf("after the set-up: status %d on %s, want the first page", status, b.where())
	}
	b.says(".notice.success", say(b.t, "en", "account.welcome"))
}

// addByForm goes from the first page to the form and gives an address.
func addByForm(b *tab, address string) {
	b.t.Helper()
	b.open("/")
	b.follow(`main a[href="/commons/new"]`)
	b.fill("#f-address", address)
	b.follow("main form button")
}

// describesParapluie checks that the page of Parapluie says what its repository says, and where each value came from.
func describesParapluie(b *tab) {
	b.t.Helper()
	b.says("h1", parapluieName)
	b.says("main", parapluieSummary)
	b.says("main", "People who are caught by the rain")
	for _, file := range []string{"publiccode.yml", "LICENSE", "v1.1.0"} {
		b.says("main", file)
	}
	// under the heading stands the source of most values; beside a value, its own where it differs
	b.says("main .page-head .value-source", "publiccode.yml")
	if b.count(".summary-source") < 2 {
		b.t.Errorf("only %d values say that they come from elsewhere", b.count(".summary-source"))
	}
	b.says("main", parapluieLicence)
	b.says(".vitality-panel h2", say(b.t, "en", "vitality.panel"))
	if n := b.count(".vitality-panel .findings li"); n == 0 {
		b.t.Error("the page says no sentence about its community")
	}
	if b.count(".vitality-panel svg") == 0 {
		b.t.Error("the community is not drawn")
	}
}

// follows watches a job's progress from inside the page, so that what a person would have seen is kept, and a reload would be noticed.
const follows = `(() => {
	window.stayed = true; window.seen = [];
	const box = document.querySelector("[data-progress]"), bar = box.querySelector("progress"), status = box.querySelector("[data-status]");
	const look = () => { const now = status.textContent + " " + bar.getAttribute("value"); if (window.seen.at(-1) !== now) window.seen.push(now); };
	new MutationObserver(look).observe(box, {subtree: true, childList: true, characterData: true, attributes: true});
	look();
	return true;
})()`

// From the link that the terminal prints to a commons that people can find, judge and trust.
func TestFirstStartToADescribedCommons(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := parapluie(t, dir)
	heavy(t, dir)
	f := newForge(t, dir)
	in := newInstance(t, f.reach()...)
	b := newTab(t, in)

	b.open("/")
	b.says("main", say(t, "en", "find.empty"))
	setUp(b, in)

	// A slow server: the page follows the import while it goes on.
	addByForm(b, f.URL+"/averse.git")
	b.need("[data-progress]")
	eval[bool](b, follows)
	for step := range 8 {
		before := eval[int](b, `window.seen.length`)
		f.allow(400 << 10)
		if step >= 1 && step <= 5 {
			b.wait("the progress advances", `window.seen && window.seen.length > %s`, itoa(before))
		}
	}
	if !eval[bool](b, `window.stayed === true`) {
		t.Error("the page was loaded anew to show the progress")
	}
	if seen := eval[[]string](b, `window.seen`); len(seen) < 5 {
		t.Errorf("the page showed these states only: %q", seen)
	} else {
		t.Logf("%d states were seen, the last: %q", len(seen), seen[len(seen)-1])
	}
	f.release()
	b.wait("the page shows the commons by itself", `document.querySelector("h1")?.textContent.includes("Averse") && !document.querySelector("[data-progress]")`)

	// A folder of this machine, which the administrator may give.
	addByForm(b, w.dir)
	b.wait("the page shows the commons by itself", `document.querySelector("h1")?.textContent.trim() === %q && !document.querySelector("[data-progress]")`, parapluieName)
	in.described("", b.where())
	b.open(b.where())
	describesParapluie(b)
	b.shot("commons")

	// Given again, by another spelling, it is the same one.
	path := b.where()
	addByForm(b, "file://"+w.dir+"/")
	b.wait("the commons that is there is shown", `location.pathname === %q`, path)

	// It is found, and all that was done is on the record.
	b.fill("#site-q", "paraplui")
	b.load("search", pressKey(kb.Enter))
	b.need(`.results a[href="` + path + `"]`)
	b.open("/activity")
	b.says("main", parapluieName)
	in.verify()
	if out := in.must("verify", "--url", in.base); !strings.Contains(out, wholeRecord) {
		t.Errorf("from outside, the record is not whole:\n%s", out)
	}
}

// The same, on a browser without JavaScript: a link shows the newest state.
func TestFirstStartWithoutScripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := parapluie(t, dir)
	heavy(t, dir)
	f := newForge(t, dir)
	in := newInstance(t, f.reach()...)
	b := newTab(t, in)
	b.withoutScripts()

	setUp(b, in)
	addByForm(b, f.URL+"/averse.git")
	b.need(".job-reload a")
	f.release()
	until(t, "the link to the newest state leads to the commons", func() (bool, string) {
		if !b.has(".job-reload a") {
			return strings.Contains(b.content("h1"), "Averse"), b.content("main")
		}
		b.follow(".job-reload a")
		return false, b.content(".job")
	})

	addByForm(b, w.dir)
	in.described("", b.where())
	b.open(b.where())
	describesParapluie(b)
	correct(b, in, w)
}
