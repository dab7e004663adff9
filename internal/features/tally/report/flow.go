package report

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// flow is where money goes, as a picture: one block on the left, ribbons as thick as the amounts, and a label for each. It is drawn twice, for wide and
// for narrow pages, because the text of a picture shrinks with it.
type flow struct {
	Width, Height int
	Title, Says   string
	Trunk         box // the budget
	Whole         string
	Streams       []stream
	Narrow        bool
}

type box struct{ X, Y, W, H float64 }

// stream is one ribbon with its block and its label.
type stream struct {
	Path     string
	Block    box
	Name     string
	Amount   string
	TextY    float64
	AmountY  float64
	AmountX  float64
	Leftover bool // what nobody got
}

// amount is what one project takes.
type amount struct {
	Name, Says string
	Value      float64
	Leftover   bool
}

// mostStreams is how many projects a picture names; the others flow together.
const mostStreams = 16

// drawFlow lays the picture out. Values are of one unit, their sum is the whole.
func drawFlow(title, says, whole string, list []amount, narrow bool) flow {
	w, trunk, from, to, block, text, row, letters := 720, 18.0, 18.0, 250.0, 12.0, 274.0, 26.0, 42
	if narrow {
		w, trunk, from, to, block, text, row, letters = 320, 10.0, 10.0, 56.0, 8.0, 74.0, 44.0, 32
	}
	sum := 0.0
	for _, a := range list {
		sum += a.Value
	}
	f := flow{Width: w, Title: title, Says: says, Whole: whole, Narrow: narrow}
	if sum <= 0 {
		return f
	}
	high := row * float64(len(list)) * 0.9 // of the budget's block
	right := 0.0
	for _, a := range list {
		right += math.Max(a.Value/sum*high+4, row)
	}
	top := 28.0 // room for the budget's label
	f.Height = int(math.Ceil(right + top + 6))
	left := top
	f.Trunk = box{0, left, trunk, high}
	y := top
	for _, a := range list {
		h := a.Value / sum * high
		slot := math.Max(h+4, row)
		at := y + (slot-h)/2
		thick := math.Max(h, 1) // a line for what is too little to be seen
		mid := (from + to) / 2
		s := stream{Name: shorten(a.Name, letters), Amount: a.Says, Block: box{to, at, block, thick}, Leftover: a.Leftover}
		s.Path = fmt.Sprintf("M%.1f %.2fC%.1f %.2f %.1f %.2f %.1f %.2fV%.2fC%.1f %.2f %.1f %.2f %.1f %.2fZ",
			from, left, mid, left, mid, at, to, at, at+thick, mid, at+thick, mid, left+thick, from, left+thick)
		s.TextY, s.AmountY, s.AmountX = y+slot/2+4.5, y+slot/2+4.5, float64(w)
		if narrow {
			s.TextY, s.AmountY, s.AmountX = y+slot/2-3, y+slot/2+14, text
		}
		f.Streams = append(f.Streams, s)
		left += h
		y += slot
	}
	return f
}

// wholeY is where the label of the budget stands: above its block.
func (f flow) wholeY() string { return num(f.Trunk.Y - 10) }

// labelX is where labels begin.
func (f flow) labelX() string {
	if f.Narrow {
		return "74"
	}
	return "274"
}

func (f flow) anchor() string {
	if f.Narrow {
		return "start"
	}
	return "end"
}

func (f flow) class() string {
	if f.Narrow {
		return "flow narrow"
	}
	return "flow wide"
}

func (f flow) viewBox() string { return fmt.Sprintf("0 0 %d %d", f.Width, f.Height) }

func (f flow) id(part string) string {
	if f.Narrow {
		return "flow-narrow-" + part
	}
	return "flow-wide-" + part
}

// num writes a coordinate.
func num(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}

// shorten cuts at a word where it can.
func shorten(s string, letters int) string {
	if utf8.RuneCountInString(s) <= letters {
		return s
	}
	r := []rune(s)[:letters-1]
	if i := strings.LastIndexByte(string(r), ' '); i > len(string(r))*4/5 {
		return strings.TrimRight(string(r)[:i], " ,;:–-") + "…"
	}
	return strings.TrimRight(string(r), " ,;:–-") + "…"
}
