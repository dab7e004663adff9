package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRecords(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       []string
	}{
		{"fields", "a;b;\n;c", []string{"1 a|b|", "2 |c"}},
		{"both line ends, and none", "a\r\nb\nc", []string{"1 a", "2 b", "3 c"}},
		{"a byte order mark is no text", "\ufeffa;b\n", []string{"1 a|b"}},
		{"a separator inside quotation marks", "\"a;b\";c\n", []string{"1 a;b|c"}},
		{"a doubled mark is one", "\"say \"\"a\"\"\"\n", []string{"1 say \"a\""}},
		{"a line end inside quotation marks", "x\n\"a\r\nb\";c\nd\n", []string{"1 x", "2 a\r\nb|c", "4 d"}},
		{"a mark inside a field opens nothing", "a \"b\";c\n", []string{"1 a \"b\"|c"}},
		{"text behind a closing mark belongs to the field", "\"a\"b;c\n", []string{"1 ab|c"}},
		{"an empty line is a record of one empty field", "\n\na\n", []string{"1 ", "2 ", "3 a"}},
		{"nothing", "", nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text)), iotest.DataErrReader(strings.NewReader(c.text))} {
				s := New(src, ';', 1000, 10)
				var got []string
				var raw []byte
				for {
					ok, err := s.Next()
					if err != nil {
						t.Fatal(err)
					}
					if !ok {
						break
					}
					raw = append(raw, s.Raw...)
					got = append(got, fmt.Sprintf("%d %s", s.Line, bytes.Join(s.Fields, []byte("|"))))
				}
				if !slices.Equal(got, c.want) || string(raw) != strings.TrimPrefix(c.text, BOM) {
					t.Errorf("got %q (%q), want %q", got, raw, c.want)
				}
			}
		})
	}
}

func TestColumns(t *testing.T) {
	s := New(strings.NewReader("\ufeffab;\"c;\"\"d\";e\n"), ';', 1000, 10)
	if ok, err := s.Next(); !ok || err != nil {
		t.Fatal(err)
	}
	for field, want := range []int{4, 7, 15, 17} {
		if got := s.Column(field); got != want {
			t.Errorf("field %d is at %d, want %d", field, got, want)
		}
	}
}

func TestWhatCannotBeCut(t *testing.T) {
	for text, want := range map[string]Error{
		"a\n" + strings.Repeat("b", 200):    {Long, 2, 100},
		"a\n" + strings.Repeat(";", 50):     {Many, 2, 10},
		"a\n\"x" + strings.Repeat(";", 50):  {Open, 2, 0},
		"a\n\"" + strings.Repeat("\n", 500): {Open, 2, 0},
	} {
		s := New(strings.NewReader(text), ';', 100, 10)
		var err error
		for ok := true; ok && err == nil; ok, err = s.Next() {
		}
		var e *Error
		if !errors.As(err, &e) || *e != want {
			t.Errorf("%.20q: %v, want %v", text, err, &want)
		}
	}
}

func TestWriterEndsOpenLines(t *testing.T) {
	var b strings.Builder
	w := NewWriter(&b, true)
	w.Whole("a\nb")
	w.Line("c")
	w.Whole("d")
	w.Whole("")
	if err := w.Flush(); err != nil || b.String() != "a\nb\r\nc\r\nd" {
		t.Errorf("%v %q", err, b.String())
	}
	broken := errors.New("full")
	w = NewWriter(failing{broken}, false)
	w.Line(strings.Repeat("x", 100<<10))
	if err := w.Flush(); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestStarts(t *testing.T) {
	for text, want := range map[string][]int{"": {0}, "a": {0, 1}, "a\nb\n": {0, 2, 4}, "\n\nc": {0, 1, 2, 3}} {
		if got := Starts([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %v", text, got)
		}
	}
}
