// Package e2e plays what people do with commun, in a real browser against the real program: the journeys.
//
// A *journey* is a story told by a test: it starts the binary on an empty data folder, opens headless Chromium, and does what a person would
// do, by what a person sees or hears (a label, a button, the focus), never by the program's insides. The *crawl* then opens every page that the
// router has, as a visitor, a member and an administrator, in each language, light and dark, and lets axe-core judge it.
//
// The tests have the build tag e2e, because they need Debian's chromium and `npm ci` in this folder for axe-core:
//
//	go test -tags e2e ./e2e/...
//
// Without a browser they are skipped, but fail where CI is set: a gate that does not run must not look green.
package e2e
