//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is the one Chromium of all tests. Each tab has a profile of its own in it.
type browser struct {
	once   sync.Once
	ctx    context.Context
	stops  []func()
	err    error
	absent bool
}

var chromium browser

// open starts the browser at the first call.
func (b *browser) open() (context.Context, error) {
	b.once.Do(func() {
		names := []string{"chromium", "chromium-browser", "google-chrome"}
		i := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
		if i < 0 {
			b.absent = true
			b.err = errors.New("no Chromium on this machine: install Debian's package chromium")
			return
		}
		dir, err := os.MkdirTemp(workshop, "profile-")
		if err != nil {
			b.err = err
			return
		}
		// Without these Chromium looks up its maker's hosts at each start.
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(names[i]), chromedp.NoSandbox, chromedp.UserDataDir(dir),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true), chromedp.Flag("no-first-run", true))
		ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
		b.stops = append(b.stops, stop)
		ctx, cancel := chromedp.NewContext(ctx)
		b.stops = append(b.stops, cancel)
		// The first step ties the browser's life to its context, so it runs on the one that lasts.
		b.err = chromedp.Do(ctx, chromedp.Navigate("about:blank"))
		b.ctx = ctx
	})
	return b.ctx, b.err
}

func (b *browser) close() {
	for _, stop := range slices.Backward(b.stops) {
		stop()
	}
}

// needBrowser skips the test on a machine without a browser, and fails it where CI is set.
func needBrowser(t testing.TB) context.Context {
	t.Helper()
	ctx, err := chromium.open()
	switch {
	case err == nil:
		return ctx
	case chromium.absent && os.Getenv("CI") == "":
		t.Skip(err)
	}
	t.Fatal(err)
	return nil
}

// tab is a tab in a profile of its own: no cookie, no cache, of any other.
type tab struct {
	t    testing.TB
	ctx  context.Context
	base string

	mu       sync.Mutex
	faults   []string        // what the console said that a person would not want to read
	sheets   map[string]bool // the stylesheets that were loaded since reset
	received int64           // bytes that came over the wire since reset, headers and all
}

// newTab opens a tab on an instance. At the test's end its console must have been silent.
func newTab(t testing.TB, in *instance) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(needBrowser(t), chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, base: in.base, sheets: map[string]bool{}}
	t.Cleanup(func() {
		b.quiet()
		cancel()
	})
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.do("open a tab", chromedp.EmulateViewport(1280, 900))
	call(b, log.Enable, cdp.Empty{})
	call(b, network.Enable, network.EnableParams{})
	return b
}

// hear takes in what the browser says of the tab. It runs in the browser's own loop and must not wait.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			b.faults = append(b.faults, fmt.Sprintf("console.%s: %s", ev.Type, describe(ev.Args)))
		}
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "exception: "+ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		e := ev.Entry
		// The browser's word on a page that answers 403, 404, 409 or 422 by intent; the journeys look at statuses themselves.
		page := e.Source == log.EntrySourceNetwork && strings.Contains(e.Text, "the server responded with a status of 4") && !strings.Contains(e.URL, "/static/")
		if !page && (e.Level == log.EntryLevelError || e.Level == log.EntryLevelWarning) {
			b.faults = append(b.faults, fmt.Sprintf("%s %s: %s (%s)", e.Source, e.Level, e.Text, e.URL))
		}
	case *network.EventResponseReceived:
		if ev.Type == network.ResourceTypeStylesheet {
			b.sheets[ev.Response.URL] = true
		}
	case *network.EventLoadingFinished:
		b.received += int64(ev.EncodedDataLength)
	}
}

func describe(args []*runtime.RemoteObject) string {
	var out []string
	for _, a := range args {
		out = append(out, a.Description+string(a.Value))
	}
	return strings.Join(out, " ")
}

// quiet fails the test when the console said anything: an error, a refusal of the Content-Security-Policy, a file that is not there.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Errorf("the browser's console: %s", f)
	}
	b.faults = nil
}

// excuse takes from what the console said what a test brought about itself.
func (b *tab) excuse(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = slices.DeleteFunc(b.faults, func(f string) bool { return strings.Contains(f, text) })
}

// do runs steps, for as long as patience allows.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v (on %s)", what, err, b.where())
	}
}

// call sends a command of the protocol.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		b.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return res
}

// eval runs an expression in the page, waits for its promise, and decodes what it gives.
func eval[T any](b *tab, expression string, args ...any) T {
	b.t.Helper()
	v, err := tryEval[T](b, expression, args...)
	if err != nil {
		b.t.Fatalf("evaluate %.200s: %v (on %s)", fmt.Sprintf(expression, args...), err, b.where())
	}
	return v
}

// verbatim is a piece of JavaScript for %s; a text for %q is quoted.
type verbatim string

// tryEval is eval while the page may be left at any moment. args are put in place of %q.
func tryEval[T any](b *tab, expression string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if len(args) > 0 {
		expression = fmt.Sprintf(expression, args...)
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// where is the path and query of the page that is open.
func (b *tab) where() string {
	p, err := tryEval[string](b, `location.pathname + location.search`)
	if err != nil {
		return err.Error()
	}
	return p
}

// load runs steps that open another page, waits until it has loaded, and returns its status.
func (b *tab) load(what string, steps ...chromedp.Action[chromedp.Void]) int64 {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("%s: %v (on %s)", what, err, b.where())
	}
	if res == nil {
		return 0 // the same page, at another place
	}
	return res.Status
}

// open goes to a path.
func (b *tab) open(path string) int64 {
	b.t.Helper()
	return b.load("open "+path, chromedp.Navigate(b.base+path))
}

// reopen goes to a path whose page may just then load itself anew, as one does that follows a job: whoever comes second breaks the other off.
func (b *tab) reopen(path string) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, _ = chromedp.Run(ctx, chromedp.NavigateResponse(b.base+path)) // what page there is then, the caller sees
}

// click presses what a CSS selector finds, where no other page opens.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.need(selector)
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// follow presses a link or a button, waits for the page that it opens, and returns its status.
func (b *tab) follow(selector string) int64 {
	b.t.Helper()
	b.need(selector)
	return b.load("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// need fails at once when a page lacks an element, instead of waiting for it.
func (b *tab) need(selector string) {
	b.t.Helper()
	if !b.has(selector) {
		b.t.Fatalf("%s has no %s; it says: %.1500s", b.where(), selector, b.text("main"))
	}
}

// fill types a text into a field instead of what was there.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.need(selector)
	eval[bool](b, `(e => { e.scrollIntoView(); e.focus(); e.select && e.select(); return true; })(document.querySelector(%q))`, selector)
	b.do("type into "+selector, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
	if got := b.value(selector); got != text {
		b.t.Fatalf("%s holds %q instead of the %q that was typed", selector, got, text)
	}
}

func (b *tab) value(selector string) string {
	b.t.Helper()
	return eval[string](b, `(document.querySelector(%q) || {}).value || ""`, selector)
}

func (b *tab) has(selector string) bool {
	b.t.Helper()
	return eval[bool](b, `document.querySelector(%q) !== null`, selector)
}

func (b *tab) count(selector string) int {
	b.t.Helper()
	return eval[int](b, `document.querySelectorAll(%q).length`, selector)
}

// text is what a person reads in an element, or "" when there is none.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `(document.querySelector(%q) || {innerText: ""}).innerText`, selector)
}

// content is the text of an element, what is folded in included.
func (b *tab) content(selector string) string {
	b.t.Helper()
	return eval[string](b, `(document.querySelector(%q) || {textContent: ""}).textContent.replace(/\s+/g, " ").trim()`, selector)
}

func (b *tab) attribute(selector, name string) string {
	b.t.Helper()
	return eval[string](b, `((e, n) => e && e.getAttribute(n) || "")(document.querySelector(%q), %q)`, selector, name)
}

// says fails when an element doesn't hold a text.
func (b *tab) says(selector, text string) {
	b.t.Helper()
	if got := b.content(selector); !strings.Contains(got, strings.Join(strings.Fields(text), " ")) {
		b.t.Errorf("%s: %s does not say %q, but: %.1500s", b.where(), selector, text, got)
	}
}

// wait waits until an expression is true in the page, whatever page it is then.
func (b *tab) wait(what, expression string, args ...any) {
	b.t.Helper()
	until(b.t, what, func() (bool, string) {
		ok, err := tryEval[bool](b, expression, args...)
		if err != nil {
			return false, err.Error() // the page is being left
		}
		if ok {
			return true, ""
		}
		return false, b.where()
	})
}

// signIn gives the tab a session.
func (b *tab) signIn(session string) { b.t.Helper(); b.cookie(sessionCookie, session) }

func (b *tab) cookie(name, value string) {
	b.t.Helper()
	call(b, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.base})
}

// withoutScripts switches JavaScript off, as a person or an old phone would.
func (b *tab) withoutScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// media sets what the device is: "print" or "screen", in a "light" or "dark" theme.
func (b *tab) media(kind, theme string) {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind,
		// no movement: else a colour is looked at on its way from one theme to the other
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// size sets the window's size in CSS pixels.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, height))
}

// press sends keys to whatever has the focus, and lets the page act on them.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(keys))
}

// shot keeps a picture of the page in the folder that COMMUN_TEST_SHOTS names, when it does: to look at what a journey saw.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("COMMUN_TEST_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(dir+"/"+name+".png", png, 0o644)
	}
	if err != nil {
		b.t.Errorf("keep a picture: %v", err)
	}
}

// forget begins to count what comes over the wire anew.
func (b *tab) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sheets, b.received = map[string]bool{}, 0
}

// settle waits until nothing has come over the wire for a moment, and returns the bytes and the stylesheets since forget.
func (b *tab) settle() (received int64, sheets int) {
	b.t.Helper()
	eval[bool](b, `document.fonts.ready.then(() => true)`)
	last := int64(-1)
	until(b.t, "the page has loaded whole", func() (bool, string) {
		time.Sleep(100 * time.Millisecond) // there is no event for "nothing more comes"
		b.mu.Lock()
		defer b.mu.Unlock()
		same := b.received == last
		last, received, sheets = b.received, b.received, len(b.sheets)
		return same, fmt.Sprint(last)
	})
	return received, sheets
}

// pressKey is the step of a key.
func pressKey(key string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(key) }

// itoa writes a number into an expression.
func itoa(n int) string { return fmt.Sprint(n) }
