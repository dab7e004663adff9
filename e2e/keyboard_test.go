//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus is what has the focus, as a sighted person who uses a keyboard would find it.
type focus struct {
	Tag, HTML string
	Marked    bool // there is an outline, or a ring by another means
	Seen      bool // it is in the window and nothing lies over it
	Within    bool // it matches the selector that was asked for
	Visited   bool // it had the focus before, in this walk
}

const lookAtFocus = `(selector => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {Tag: "BODY", HTML: "", Marked: true, Seen: true, Within: false, Visited: false};
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	const marked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
	const inside = (v, low, high) => Math.min(Math.max(v, low), high);
	const line = e.getClientRects()[0] || box; // a link over two lines is looked at on its first
	const top = document.elementFromPoint(inside(line.left + line.width / 2, 0, innerWidth - 1), inside(line.top + line.height / 2, 0, innerHeight - 1));
	const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && !!top && (e.contains(top) || top.contains(e));
	window.walked ||= new Set();
	const visited = window.walked.has(e);
	window.walked.add(e);
	return {Tag: e.tagName, HTML: e.outerHTML.slice(0, 140), Marked: marked, Seen: seen, Within: selector !== "" && e.matches(selector), Visited: visited};
})(%q)`

// tabKey presses Tab and says what has the focus then; a focus that can't be seen is a fault.
func (b *tab) tabKey(selector string) focus {
	b.t.Helper()
	b.press(kb.Tab)
	f := eval[focus](b, lookAtFocus, selector)
	if !f.Marked {
		b.t.Errorf("%s: the focus is not marked on %s", b.where(), f.HTML)
	}
	if !f.Seen {
		b.t.Errorf("%s: the focus is out of sight on %s", b.where(), f.HTML)
	}
	return f
}

// longestWalk is how many stops a page may have before we speak of a trap.
const longestWalk = 400

// tabTo presses Tab until an element that matches has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range longestWalk {
		if b.tabKey(selector).Within {
			return
		}
	}
	b.t.Fatalf("%s: %s can't be reached by Tab", b.where(), selector)
}

// enter presses Enter where that opens another page.
func (b *tab) enter() int64 {
	b.t.Helper()
	return b.load("press Enter", pressKey(kb.Enter))
}

// typeOver types a text instead of what the field with the focus holds.
func (b *tab) typeOver(text string) {
	b.t.Helper()
	b.do("select all", chromedp.KeyEvent("a", chromedp.KeyModifiers(2))) // Ctrl
	b.press(text)
}

// walk goes through a page by Tab: every control must get the focus, and the way must end.
func (b *tab) walk() {
	b.t.Helper()
	// A page with errors puts the focus on them; the walk begins at the page's head all the same.
	eval[bool](b, `(e => { e.focus(); window.walked = new Set([e]); return true; })(document.querySelector(".skip"))`)
	stops := 0
	for ; stops < longestWalk; stops++ {
		f := b.tabKey("")
		if f.Tag == "BODY" || f.Visited {
			break
		}
	}
	if stops == longestWalk {
		b.t.Errorf("%s: no end after %d presses of Tab: a trap", b.where(), stops)
	}
	// Of radio buttons, one of each name takes the focus; the arrows lead to the others.
	for _, e := range eval[[]string](b, `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
		.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !window.walked.has(e)
			&& !(e.type === "radio" && [...window.walked].some(w => w.type === "radio" && w.name === e.name)))
		.map(e => e.outerHTML.slice(0, 140))`) {
		b.t.Errorf("%s: Tab never reaches %s", b.where(), e)
	}
}

// By keyboard alone: Tab, Enter, Space and the arrows. The address of the set-up link is typed into the browser; all else is on the pages.
func TestByKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := parapluie(t, t.TempDir())
	in := newInstance(t)
	b := newTab(t, in)

	// Set up.
	b.open(in.path(in.must("people", "setup")))
	b.tabTo("#f-name")
	b.press("Ada Admin")
	b.tabTo("#f-email")
	b.press("ada@example.org")
	b.enter()
	b.says(".notice.success", say(t, "en", "account.welcome"))

	// The first stop of a page leads past its head.
	b.open("/")
	first := b.tabKey(".skip")
	if !first.Within {
		t.Errorf("the first stop is %s, not the way to the content", first.HTML)
	}
	b.press(kb.Enter)
	b.wait("the focus is on the content", `document.activeElement.id === "main"`)
	if f := b.tabKey("main *"); !f.Within {
		t.Errorf("after the way to the content, Tab goes to %s", f.HTML)
	}

	// Add.
	b.open("/")
	b.tabTo(`main a[href="/commons/new"]`)
	b.enter()
	b.tabTo("#f-address")
	b.press(w.dir)
	b.tabTo("main form button")
	b.enter()
	b.wait("the page shows the commons by itself", `document.querySelector("h1")?.textContent.trim() === %q && !document.querySelector("[data-progress]")`, parapluieName)
	in.described("", b.where())
	path := b.where()
	in.must("import", folder(t, t.TempDir()))

	// Search, narrow, open.
	b.open("/")
	b.tabTo("#site-q")
	b.press("town")
	b.enter()
	all := b.count(".results > li")
	if all == 0 {
		t.Fatalf("nothing found: %s", b.content("main"))
	}
	facet := `.facets a[href*="licence=MIT"]`
	if !eval[bool](b, `document.querySelector(%q).checkVisibility()`, facet) {
		b.tabTo(`.facet:has(a[href*="licence=MIT"]) > summary`)
		b.press(kb.Enter)
	}
	b.tabTo(facet)
	b.enter()
	if n := b.count(".results > li"); n == 0 {
		t.Errorf("after narrowing, %d of %d are left", n, all)
	}
	b.need(".facets a[aria-current]")
	// The order is chosen by the arrows.
	b.tabTo(".list-sort select")
	before := b.value(".list-sort select")
	b.press(kb.ArrowDown)
	if b.value(".list-sort select") == before {
		b.press(kb.ArrowUp)
	}
	chosen := b.value(".list-sort select")
	if chosen == before {
		t.Error("the arrows do not choose another order")
	}
	b.tabTo(".list-sort button")
	b.do("press Space", chromedp.KeyEvent(" "))
	b.wait("the order is in the address", `location.search.includes(%q)`, "sort="+chosen)

	// Edit, save.
	b.open(path)
	b.tabTo(`a[href="` + path + `/edit"]`)
	b.enter()
	b.tabTo("#f-summary\\.en")
	b.typeOver(corrected)
	b.tabTo("main form[method=post] button")
	b.enter()
	b.says(".notice.success", say(t, "en", "find.edited"))
	b.says("main", corrected)

	// What is folded opens by Enter and by Space.
	b.open(path + "/history")
	b.tabTo(".history details summary")
	b.press(kb.Enter)
	b.wait("the difference is shown", `document.querySelector(".history details").open`)
	b.press(" ")
	b.wait("the difference is folded", `!document.querySelector(".history details").open`)

	// An error takes the focus, and leads to its field.
	b.open("/commons/new")
	b.tabTo("#f-address")
	b.press("no address")
	b.enter()
	b.wait("the summary of errors has the focus", `document.activeElement.matches(".error-summary")`)
	b.tabTo(".error-summary a")
	b.press(kb.Enter)
	b.wait("the field with the error has the focus", `document.activeElement.id === "f-address"`)

	// No trap on any kind of page, wide and narrow.
	for _, p := range []string{"/", "/commons", path, path + "/edit", path + "/history", path + "/vitality", "/commons/new", "/account", "/activity", "/record", "/admin/people", "/admin/settings", "/components"} {
		for _, width := range []int64{1280, 320} {
			b.size(width, 800)
			b.open(p)
			b.walk()
		}
	}
}
