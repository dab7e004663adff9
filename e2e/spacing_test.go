//go:build e2e

package e2e

// spaced gives the page the spacing that a person may need (WCAG 2.2, 1.4.12), and says what that breaks: what is cut off by a box that does not
// grow, texts that run into each other, a page that scrolls sideways. What scrolls in a frame of its own is not cut off.
const spaced = `(() => {
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }");
	document.adoptedStyleSheets = [sheet];
	const out = [], name = e => (e.closest("[class]") || e).outerHTML.replace(/\\s+/g, " ").slice(0, 120);
	if (document.scrollingElement.scrollWidth > innerWidth) out.push("scrolls to " + document.scrollingElement.scrollWidth + " px");
	const unseen = e => e && (getComputedStyle(e).clipPath.startsWith("inset(50") || unseen(e.parentElement)); // said, not shown
	const apart = e => e.closest(".skip, title, desc, script, style, input, select, option, textarea") || unseen(e); // a field scrolls its text
	for (const e of document.querySelectorAll("body *")) {
		if (apart(e) || e instanceof SVGElement) continue;
		const s = getComputedStyle(e), stiff = v => v === "hidden" || v === "clip";
		if (stiff(s.overflowX) && e.scrollWidth > e.clientWidth + 1 || stiff(s.overflowY) && e.scrollHeight > e.clientHeight + 1) out.push("cut off: " + name(e));
	}
	const lines = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
	for (let n; n = walker.nextNode();) {
		const e = n.parentElement;
		if (!n.data.trim() || apart(e) || !e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true})) continue;
		range.selectNodeContents(n);
		for (const r of range.getClientRects()) if (r.width > 1 && r.height > 1) lines.push({n, e, l: r.left, r: r.right, t: r.top, b: r.bottom});
	}
	lines.sort((a, b) => a.t - b.t);
	for (let i = 0; i < lines.length; i++) {
		const a = lines[i];
		for (let k = i + 1; k < lines.length && lines[k].t < a.b; k++) {
			const b = lines[k];
			if (a.n === b.n) continue;
			if (Math.min(a.r, b.r) - Math.max(a.l, b.l) > 2 && Math.min(a.b, b.b) - b.t > Math.min(a.b - a.t, b.b - b.t) / 3)
				out.push("run into each other: " + a.n.data.trim().slice(0, 40) + " | " + b.n.data.trim().slice(0, 40) + " in " + name(a.e));
		}
	}
	document.adoptedStyleSheets = [];
	return [...new Set(out)].slice(0, 6);
})()`

// space holds the page that is open, in the window that it has, to WCAG 1.4.12. Folded parts are open.
func (f *findings) space(b *tab, what string) {
	b.t.Helper()
	for _, e := range eval[[]string](b, spaced) {
		f.add(what, "with wide spacing: %s", e)
	}
}
