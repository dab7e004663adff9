package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"commun/internal/platform/fault"
)

type testForm struct {
	Name   string   `form:"name,required" max:"5"`
	Text   string   `form:"text,lines" max:"20"`
	Tags   []string `form:"tags" max:"3" items:"2"`
	Page   int      `form:"page"`
	Agreed bool     `form:"agreed"`
	Other  string   // no field of the form
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		rule   string
		typed  url.Values
		want   testForm
		faults []string
	}{
		{"texts are trimmed", url.Values{"name": {"  Ana\u00a0"}}, testForm{Name: "Ana"}, nil},
		{"texts are brought to NFC", url.Values{"name": {"e\u0301"}}, testForm{Name: "é"}, nil},
		{"a limit counts what people see", url.Values{"name": {"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"}}, testForm{Name: "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦"}, nil},
		{"beyond the limit is kept and said", url.Values{"name": {"abcdef"}}, testForm{Name: "abcdef"}, []string{"name form.too_long"}},
		{"a required text is there", url.Values{"name": {"   "}}, testForm{}, []string{"name form.required"}},
		{"one line is one line", url.Values{"name": {"a\nb"}}, testForm{Name: "a\nb"}, []string{"name form.one_line"}},
		{"lines keep their ends", url.Values{"name": {"a"}, "text": {"x\r\ny\rz\n"}}, testForm{Name: "a", Text: "x\ny\nz"}, nil},
		{"control characters are refused and dropped", url.Values{"name": {"a\x00b"}}, testForm{Name: "ab"}, []string{"name form.control_character"}},
		{"bidirectional overrides are refused", url.Values{"name": {"a\u202eb"}}, testForm{Name: "ab"}, []string{"name form.control_character"}},
		{"right-to-left text is welcome", url.Values{"name": {"مشاع"}}, testForm{Name: "مشاع"}, nil},
		{"broken UTF-8 is refused", url.Values{"name": {"a\xff"}}, testForm{Name: "a\uFFFD"}, []string{"name form.not_utf8"}},
		{"empty values are left out of a list", url.Values{"name": {"a"}, "tags": {"x", "", " y "}}, testForm{Name: "a", Tags: []string{"x", "y"}}, nil},
		{"a list has a limit", url.Values{"name": {"a"}, "tags": {"x", "y", "z"}}, testForm{Name: "a", Tags: []string{"x", "y"}}, []string{"tags form.too_many"}},
		{"a number is a number", url.Values{"name": {"a"}, "page": {"12"}, "agreed": {"on"}}, testForm{Name: "a", Page: 12, Agreed: true}, nil},
		{"else it is said", url.Values{"name": {"a"}, "page": {"1e9"}}, testForm{Name: "a"}, []string{"page form.not_a_number"}},
		{"off is off", url.Values{"name": {"a"}, "agreed": {"off"}, "Other": {"x"}}, testForm{Name: "a"}, nil},
		{"all faults are said at once", url.Values{"page": {"x"}, "tags": {"long"}}, testForm{Tags: []string{"long"}}, []string{"name form.required", "tags form.too_long", "page form.not_a_number"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.typed.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			var got testForm
			var faults []string
			for _, f := range fault.Of(Decode(r, &got)) {
				faults = append(faults, f.Field+" "+f.Key)
			}
			if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(faults, c.faults) {
				t.Fatalf("got %+v with %q, want %+v with %q", got, faults, c.want, c.faults)
			}
		})
	}
}

func TestDecodeReadsTheQueryOfAGetAndNotOfAPost(t *testing.T) {
	var f testForm
	if err := Decode(httptest.NewRequest(http.MethodGet, "/?name=Ana", nil), &f); err != nil || f.Name != "Ana" {
		t.Fatalf("got %+v, %v", f, err)
	}
	r := httptest.NewRequest(http.MethodPost, "/?name=Ana", strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f = testForm{}
	if err := Decode(r, &f); err == nil {
		t.Fatal("a POST's query is no form")
	}
}

// What Decode lets through without a fault is clean: it can be stored, and shown anywhere.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"Ana", "a\x00b", "\xff", "e\u0301", "\u202e", "a\r\nb", strings.Repeat("é", 30)} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		var form testForm
		err := decodeValues(url.Values{"name": {name}, "text": {text}, "tags": {name, text}}, &form)
		for _, s := range append(form.Tags, form.Name, form.Text) {
			if !utf8.ValidString(s) {
				t.Fatalf("invalid UTF-8 kept: %q", s)
			}
		}
		if err != nil {
			return
		}
		for _, s := range append(form.Tags, form.Name) {
			if strings.ContainsFunc(s, unicode.IsControl) || s != strings.TrimSpace(s) {
				t.Fatalf("not clean: %q", s)
			}
		}
		if form.Name == "" || longer(form.Name, 5) || longer(form.Text, 20) {
			t.Fatalf("limits passed: %+v", form)
		}
	})
}

func FuzzSafePath(f *testing.F) {
	for _, s := range []string{"/", "//x", `/\x`, "/a?b", "/%2f/x", "/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := SafePath(s)
		base, err := url.Parse("https://commons.example.org/here")
		if err != nil {
			t.Fatal(err)
		}
		u, err := base.Parse(p)
		if err != nil || u.Host != "commons.example.org" || u.Scheme != "https" {
			t.Fatalf("%q leads to %v, %v", s, u, err)
		}
	})
}
