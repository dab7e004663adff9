package rows

import (
	"fmt"
	"io"
)

// Writer puts lines into a buffer, and ends a line that was left open before another follows it.
type Writer struct {
	End string // of new lines: "\n" or "\r\n"

	w    io.Writer
	b    []byte
	open bool
	err  error
}

// NewWriter makes a writer whose new lines end as on Windows, or not.
func NewWriter(w io.Writer, crlf bool) *Writer {
	if crlf {
		return &Writer{w: w, End: "\r\n"}
	}
	return &Writer{w: w, End: "\n"}
}

// Whole writes text as it was read, line ends and all.
func (w *Writer) Whole(text string) {
	if text == "" {
		return
	}
	if n := len(w.b); n > 0 && w.b[n-1] != '\n' || n == 0 && w.open {
		w.b = append(w.b, w.End...)
	}
	w.open = false
	w.b = append(w.b, text...)
	if len(w.b) > 64<<10 {
		w.flush()
	}
}

// Line writes a new line.
func (w *Writer) Line(text string) { w.Whole(text + w.End) }

func (w *Writer) flush() {
	if n := len(w.b); n > 0 {
		w.open = w.b[n-1] != '\n'
	}
	if w.err == nil {
		if _, err := w.w.Write(w.b); err != nil {
			w.err = fmt.Errorf("write ballot file: %w", err)
		}
	}
	w.b = w.b[:0]
}

// Flush hands everything to the stream below, and returns the first error there was.
func (w *Writer) Flush() error {
	w.flush()
	return w.err
}
