package decimal

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        error
	}{
		{"0", "0", nil}, {"-0", "0", nil}, {"+3", "3", nil}, {"007", "7", nil}, {"12.50", "12.5", nil}, {".5", "0.5", nil}, {"5.", "5", nil}, {"-0.050", "-0.05", nil},
		{"827838.5", "827838.5", nil}, {"1000000000000.01", "1000000000000.01", nil},
		{"999999999999999999", "999999999999999999", nil}, {"-999999999999999999", "-999999999999999999", nil},
		{"0.000000000000000001", "0.000000000000000001", nil}, {"0.50000000000000000000000", "0.5", nil}, {"000000000000000000000001", "1", nil},
		{"1000000000000000000", "", ErrRange}, {"0.0000000000000000001", "", ErrRange}, {"1.0000000000000000001", "", ErrRange}, {strings.Repeat("9", 100_000), "", ErrRange},
		{"", "", ErrSyntax}, {".", "", ErrSyntax}, {"-", "", ErrSyntax}, {"1e3", "", ErrSyntax}, {"NaN", "", ErrSyntax}, {"Inf", "", ErrSyntax}, {"1,5", "", ErrSyntax},
		{" 1", "", ErrSyntax}, {"1 000", "", ErrSyntax}, {"1.2.3", "", ErrSyntax}, {"--1", "", ErrSyntax}, {"0x10", "", ErrSyntax}, {"１", "", ErrSyntax},
		{"1000000000000000000000x", "", ErrSyntax}, {"1.00000000000000000000.0", "", ErrSyntax},
	} {
		d, err := Parse(c.text)
		if !errors.Is(err, c.err) || err == nil && d.String() != c.want {
			t.Errorf("%.40q: %v, %v", c.text, d, err)
		}
		b, bErr := Parse([]byte(c.text))
		if b != d || (bErr == nil) != (err == nil) {
			t.Errorf("%.40q as bytes: %v, %v", c.text, b, bErr)
		}
	}
}

func TestArithmetic(t *testing.T) {
	parse := func(s string) Decimal {
		d, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	numbers := []string{"0", "1", "-1", "0.5", "-0.25", "12.34", "999999999999999999", "-999999999999999999", "0.000000000000000001", "100000000000000000"}
	for _, x := range numbers {
		for _, y := range numbers {
			a, b := parse(x), parse(y)
			if a.Cmp(b) != a.Rat().Cmp(b.Rat()) || (a == b) != (a.Cmp(b) == 0) {
				t.Errorf("%s and %s compare as %d", x, y, a.Cmp(b))
			}
			if sum, ok := a.Add(b); ok && sum.Rat().Cmp(new(big.Rat).Add(a.Rat(), b.Rat())) != 0 {
				t.Errorf("%s + %s = %s", x, y, sum)
			}
		}
	}
	if _, ok := Int(1 << 62).Add(Int(1 << 62)); ok {
		t.Error("a sum beyond 63 bits")
	}
	for _, c := range []struct {
		text  string
		scale uint8
		want  int64
		ok    bool
	}{{"12.5", 2, 1250, true}, {"12.5", 1, 125, true}, {"12.5", 0, 0, false}, {"999999999999999999", 2, 0, false}, {"-3", 3, -3000, true}} {
		if n, ok := parse(c.text).Scaled(c.scale); ok != c.ok || ok && n != c.want {
			t.Errorf("%s scaled by %d: %d, %v", c.text, c.scale, n, ok)
		}
	}
	if n, ok := parse("12.5").Int64(); ok {
		t.Errorf("12.5 is the whole number %d", n)
	}
	if Of(1200, 2) != Int(12) || Of(0, 5) != (Decimal{}) {
		t.Error("a number has two forms")
	}
}

func TestJSONHoldsItExactly(t *testing.T) {
	in := struct{ A Decimal }{Of(8278385, 1)}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"A":"827838.5"}` {
		t.Fatalf("%s, %v", b, err)
	}
	out := in
	out.A = Decimal{}
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%+v, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"much"}`), &out); err == nil {
		t.Error("no number is read")
	}
}

// FuzzParse: what is read is the same number that math/big reads, and it is written as it is read.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-12.50", ".5", "5.", "999999999999999999", "0.000000000000000001", "1e3", "NaN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || d.Rat().Cmp(want) != 0 {
			t.Fatalf("%q is read as %s, not %v", s, d, want)
		}
		if again, err := Parse(d.String()); err != nil || again != d {
			t.Fatalf("%s came back as %s, %v", d, again, err)
		}
	})
}
