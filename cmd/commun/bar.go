package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"commun/internal/platform/i18n"
	"commun/internal/platform/mail"
)

// bar draws progress on one line of a terminal, and nothing elsewhere.
type bar struct {
	l     *i18n.Localizer
	w     io.Writer
	last  time.Time
	drawn bool
}

func progressBar(e *env) *bar {
	if f, ok := e.stderr.(*os.File); ok {
		if _, terminal := mail.TerminalOf(f); terminal {
			return &bar{l: e.l, w: f}
		}
	}
	return &bar{l: e.l}
}

// show draws done of total, ten times a second at most.
func (b *bar) show(done, total int64) {
	const width = 30
	full := 0
	if total > 0 {
		full = int(done * width / total)
	}
	b.say("[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "] " + b.l.T("cli.progress", i18n.Args{"done": done, "total": total}))
}

// say draws a text in the bar's place.
func (b *bar) say(text string) {
	if b.w == nil || time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last, b.drawn = time.Now(), true
	_, _ = fmt.Fprintf(b.w, "\r\033[K%s", text) // a terminal that is gone shows nothing
}

// end takes the bar away.
func (b *bar) end() {
	if b.drawn {
		_, _ = fmt.Fprint(b.w, "\r\033[K")
		b.drawn = false
	}
}
