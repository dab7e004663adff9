package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"commun/internal/platform/mail"
)

// bar draws progress on one line of a terminal, and nothing elsewhere.
type bar struct {
	w     io.Writer
	last  time.Time
	drawn bool
}

func progressBar(w io.Writer) *bar {
	if f, ok := w.(*os.File); ok {
		if _, terminal := mail.TerminalOf(f); terminal {
			return &bar{w: w}
		}
	}
	return &bar{}
}

// show draws done of total, ten times a second at most.
func (b *bar) show(done, total int64) {
	const width = 30
	full := 0
	if total > 0 {
		full = int(done * width / total)
	}
	b.say(fmt.Sprintf("[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", width-full), done, total))
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
