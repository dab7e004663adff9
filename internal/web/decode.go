package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"commun/internal/platform/fault"
)

// maxValues is how many values a []string field may have, when its tag doesn't say.
const maxValues = 1000

// defaultMax is how many characters a text may have, when its tag doesn't say.
const defaultMax = 500

// Decode fills the struct that form points to from the request's form: of a POST its body, of a GET its query. Fields are told by tags:
//
//	Name    string   `form:"name,required" max:"200"`   // one line: trimmed, inner line ends refused
//	Text    string   `form:"text,lines" max:"10000"`    // several lines, written with \n
//	Tags    []string `form:"tags" max:"60" items:"20"`  // all values of that name; empty ones are left out
//	Page    int      `form:"page"`                      // int or int64; empty is 0
//	Agreed  bool     `form:"agreed"`                    // true for any value but "", "0", "false", "off"
//
// max counts characters as people see them (graphemes). Texts are brought to Unicode's NFC; invalid UTF-8 and control characters are refused.
// The error is a fault.List with all faults, in the order of the fields. What was typed is kept in the struct as far as its type can hold it, so that
// the form can show it again. A struct that is no form panics: that is the program's fault.
func Decode(r *http.Request, form any) error {
	if err := parseForm(r); err != nil {
		return err
	}
	values := r.Form
	if r.Method == http.MethodPost {
		values = r.PostForm
		if r.MultipartForm != nil {
			values = url.Values(r.MultipartForm.Value)
		}
	}
	return decodeValues(values, form)
}

// parseForm reads the body of either encoding.
func parseForm(r *http.Request) error {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(1 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		// Wrap keeps a MaxBytesError visible: StatusOf makes it a 413.
		if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return fault.Invalid("", "form.too_big").With("limit", big.Limit).Wrap(err)
		}
		return fault.Invalid("", "form.unreadable").Wrap(err)
	}
	return nil
}

func decodeValues(values url.Values, form any) error {
	v := reflect.ValueOf(form)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("web: decode into %T: a pointer to a struct is needed", form))
	}
	v = v.Elem()
	var faults fault.List
	for i := range v.NumField() {
		tag, ok := v.Type().Field(i).Tag.Lookup("form")
		if !ok {
			continue
		}
		f := fieldOf(v.Type().Field(i), tag)
		if err := f.fill(v.Field(i), values[f.name]); err != nil {
			faults = append(faults, err)
		}
	}
	return faults.OrNil()
}

// formField is a field's tags, read.
type formField struct {
	name            string
	required, lines bool
	max, items      int
}

func fieldOf(sf reflect.StructField, tag string) formField {
	parts := strings.Split(tag, ",")
	f := formField{name: parts[0], max: defaultMax, items: maxValues}
	for _, p := range parts[1:] {
		switch p {
		case "required":
			f.required = true
		case "lines":
			f.lines = true
		default:
			panic("web: form tag of " + sf.Name + ": unknown option " + p)
		}
	}
	number := func(name string, to *int) {
		s, ok := sf.Tag.Lookup(name)
		if !ok {
			return
		}
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			panic("web: form tag of " + sf.Name + ": " + name + " is no number")
		}
		*to = n
	}
	number("max", &f.max)
	number("items", &f.items)
	return f
}

// fill sets one struct field and returns its first fault.
func (f formField) fill(v reflect.Value, typed []string) *fault.Error {
	first := ""
	if len(typed) > 0 {
		first = typed[0]
	}
	switch v.Interface().(type) {
	case string:
		s, err := f.text(first)
		v.SetString(s)
		return err
	case []string:
		return f.list(v, typed)
	case int, int64:
		s := strings.TrimSpace(first)
		if s == "" {
			return f.missing()
		}
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		if err != nil {
			return fault.Invalid(f.name, "form.not_a_number")
		}
		v.SetInt(n)
		return nil
	case bool:
		s := strings.TrimSpace(first)
		on := s != "" && s != "0" && s != "false" && s != "off"
		v.SetBool(on)
		if !on {
			return f.missing()
		}
		return nil
	}
	panic("web: form field " + f.name + ": type " + v.Type().String() + " is not known")
}

func (f formField) missing() *fault.Error {
	if f.required {
		return fault.Invalid(f.name, "form.required")
	}
	return nil
}

func (f formField) list(v reflect.Value, typed []string) *fault.Error {
	var out []string
	var first *fault.Error
	item := f
	item.required = false
	for _, t := range typed {
		s, err := item.text(t)
		if s != "" && len(out) == f.items {
			first = fault.Invalid(f.name, "form.too_many").With("count", f.items)
			break
		}
		if err != nil && first == nil {
			first = err
		}
		if s != "" {
			out = append(out, s)
		}
	}
	v.Set(reflect.ValueOf(out))
	if len(out) == 0 && first == nil {
		return f.missing()
	}
	return first
}

// text cleans one typed text. It always returns something that can be shown again.
func (f formField) text(s string) (string, *fault.Error) {
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "\uFFFD"), fault.Invalid(f.name, "form.not_utf8")
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = norm.NFC.String(strings.TrimFunc(s, unicode.IsSpace))
	for _, c := range s {
		// Bidirectional overrides can make a text look like another one; marks of direction (U+200E, U+200F, isolates) are needed by right-to-left
		// languages and stay.
		override := c >= '\u202A' && c <= '\u202E'
		if c == '\n' && f.lines || c == '\t' && f.lines {
			continue
		}
		if unicode.IsControl(c) || override {
			if c == '\n' {
				return s, fault.Invalid(f.name, "form.one_line")
			}
			return strings.Map(printable, s), fault.Invalid(f.name, "form.control_character")
		}
	}
	if s == "" {
		return s, f.missing()
	}
	// A text has at least as many bytes as graphemes: most need no count.
	if len(s) > f.max && longer(s, f.max) {
		return s, fault.Invalid(f.name, "form.too_long").With("count", f.max)
	}
	return s, nil
}

// longer says whether s has more than limit graphemes, without counting further.
func longer(s string, limit int) bool {
	state := -1
	for n := 0; s != ""; n++ {
		if n == limit {
			return true
		}
		_, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
	}
	return false
}

// printable drops what form.control_character is about.
func printable(c rune) rune {
	if c != '\n' && c != '\t' && unicode.IsControl(c) || c >= '\u202A' && c <= '\u202E' {
		return -1
	}
	return c
}
