package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Browser is a headless Chromium with one tab. It ends with the test.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// chromiums are the names under which distributions install it.
var chromiums = []string{"chromium", "chromium-browser", "google-chrome"}

// browserTime is how long one step may take before the test fails.
const browserTime = time.Minute

// OpenBrowser starts a browser. Without one on this machine the test is skipped, or fails when COMMUN_TEST_BROWSER is "required".
func OpenBrowser(t testing.TB) *Browser {
	t.Helper()
	i := slices.IndexFunc(chromiums, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		if os.Getenv("COMMUN_TEST_BROWSER") == "required" {
			t.Fatal("no Chromium on this machine")
		}
		t.Skip("no Chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromiums[i]), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-component-update", true))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	// The first step ties the browser's life to its context, so it runs on the one that lasts.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", chromiums[i], err)
	}
	return &Browser{t: t, ctx: ctx}
}

// Context is the tab's, for steps of chromedp that Browser doesn't have.
func (b *Browser) Context() context.Context { return b.ctx }

func (b *Browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// Go opens a page and waits until it has loaded.
func (b *Browser) Go(url string) { b.t.Helper(); b.do("open "+url, chromedp.Navigate(url)) }

// Size sets the window's size in CSS pixels.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, height))
}

// Theme makes the device light or dark.
func (b *Browser) Theme(theme string) {
	b.t.Helper()
	b.do("set theme", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	}))
}

// Eval runs an expression in the page, waits for its promise, and decodes what it gives.
func Eval[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserTime)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return v
}

// Shot writes a picture of the whole page.
func (b *Browser) Shot(file string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserTime)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("picture: %v", err)
	}
	if err := os.WriteFile(file, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// Finding is a rule of axe that a page breaks, with the elements that do.
type Finding struct {
	ID     string   `json:"id"`
	Help   string   `json:"help"`
	Impact string   `json:"impact"`
	Nodes  []string `json:"nodes"`
}

// axeRun runs every rule, those that axe leaves off by default and best practices too; it gives back how many rules passed, so that one sees that it ran.
const axeRun = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	rules: {"target-size": {enabled: true}},
}).then(r => JSON.stringify({passes: r.passes.length, violations: r.violations.map(v => ({
	id: v.id, help: v.help, impact: v.impact || "", nodes: v.nodes.map(n => n.target.join(" ") + ": " + n.html.slice(0, 160)),
}))}))`

// Axe judges the page that is open with axe-core, whose source is given, and returns what it finds. It fails the test when axe did not run.
// The script comes in through the debugger, so the page's Content-Security-Policy stays as it is.
func (b *Browser) Axe(source string) []Finding {
	b.t.Helper()
	Eval[bool](b, source+";\ntypeof axe === 'object'")
	var res struct {
		Passes     int       `json:"passes"`
		Violations []Finding `json:"violations"`
	}
	if err := json.Unmarshal([]byte(Eval[string](b, axeRun)), &res); err != nil {
		b.t.Fatalf("read axe's answer: %v", err)
	}
	if res.Passes < 10 {
		b.t.Fatalf("axe passed %d rules only: it did not run, or the page is empty", res.Passes)
	}
	return res.Violations
}

// Overflow returns the elements that make the page scroll sideways at its present width, none when it doesn't. What scrolls inside a frame of its own,
// such as a wide table, is no fault.
func (b *Browser) Overflow() []string {
	b.t.Helper()
	return Eval[[]string](b, `(() => {
		const w = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= w) return [];
		return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > w + 1)
			.slice(0, 10).map(e => e.tagName + "." + e.getAttribute("class"));
	})()`)
}

// PDF prints the page as paper would show it.
func (b *Browser) PDF() []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserTime)
	defer cancel()
	res, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PrintBackground: new(true)})
	if err != nil {
		b.t.Fatalf("print: %v", err)
	}
	if len(res.Data) == 0 {
		b.t.Fatal(fmt.Errorf("print: an empty PDF"))
	}
	return res.Data
}
