package publiccode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"golang.org/x/text/encoding/charmap"
)

// Limits bound what Read accepts. A zero field stands for its default.
type Limits struct {
	Bytes         int           // of the file; 1 MiB
	KeysInMapping int           // keys in one mapping; 2,000
	Keys          int           // keys in all; 10,000
	Depth         int           // mappings and lists inside each other; 50
	Nodes         int           // values in all, aliases followed; 20,000
	Time          time.Duration // to parse; 5 s
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Bytes, 1<<20)
	def(&l.KeysInMapping, 2000)
	def(&l.Keys, 10_000)
	def(&l.Depth, 50)
	def(&l.Nodes, 20_000)
	if l.Time <= 0 {
		l.Time = 5 * time.Second
	}
	return l
}

// ReadError says why a file could not be read, or not whole: it is no YAML, or it passes a limit. Its Problem has the place,
// the key and the words. Unwrap gives the cause, where there is one.
type ReadError struct {
	Problem Problem
	cause   error
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Problem.Line, e.Problem.Column, e.Problem.Message)
}

// Unwrap returns the error of the reader or of the YAML parser.
func (e *ReadError) Unwrap() error { return e.cause }

// File is one publiccode.yml: what was understood, the tree of what was written, and its very bytes.
// It is not safe for use by several goroutines while one of them changes it.
type File struct {
	Doc  Doc   // what was understood; empty where nothing was
	Root *Node // the whole file as a mapping; nil when nothing could be read

	raw    []byte
	lines  []string // without byte order mark and line ends, in UTF-8
	ends   []string // the end of each line: "\n", "\r\n", "\r", or "" at the end of the file
	bom    bool
	failed *ReadError
	notes  []Problem // what reading noticed
	limits Limits
}

// Read takes a publiccode.yml from r. It reads at most Limits.Bytes and one byte more.
//
// The error, if any, is a *ReadError. The File is never nil: when the text is no YAML it holds the bytes and, in Doc and
// Root, the top-level keys that can be read without the broken one. Read does not judge.
func Read(r io.Reader, limits Limits) (*File, error) {
	limits = limits.withDefaults()
	raw, err := io.ReadAll(io.LimitReader(r, int64(limits.Bytes)+1))
	if err != nil {
		f := &File{limits: limits, raw: raw}
		f.failed = &ReadError{Problem: problem(Error, Pos{1, 1}, "", codeUnreadable, args{"detail": err.Error()}), cause: err}
		return f, f.failed
	}
	if len(raw) > limits.Bytes {
		f := &File{limits: limits}
		f.failed = refused(codeTooLarge, 1, limits.Bytes)
		return f, f.failed
	}
	f := load(raw, limits)
	if f.failed != nil {
		return f, f.failed
	}
	return f, nil
}

// load decodes, guards and parses raw, and never fails: see File.failed.
func load(raw []byte, limits Limits) *File {
	f := &File{raw: raw, limits: limits}
	whole := f.decode(raw)
	if strings.Count(whole, "\n")+strings.Count(whole, "\r") > 2*maxLines {
		f.failed = refused(codeManyLines, 1, maxLines) // before there is a list of them
		return f
	}
	if f.split(whole); len(f.lines) > maxLines {
		f.failed = refused(codeManyLines, maxLines, maxLines)
		return f
	}
	text := strings.Join(f.lines, "\n")
	if n := len(f.ends); n > 0 && f.ends[n-1] != "" {
		text += "\n" // a block of text at the end of the file keeps its line end
	}
	if f.failed = guard(text, limits); f.failed != nil {
		return f
	}
	if f.failed = f.parse(text); f.failed != nil {
		return f
	}
	f.Doc = docOf(f.Root)
	return f
}

// decode returns the text in UTF-8 without byte order mark, and notes what was odd.
func (f *File) decode(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		f.bom = true
		f.note(Warning, Pos{1, 1}, "", codeByteOrderMark, nil)
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		f.note(Error, Pos{1, 1}, "", codeEncoding, args{"encoding": "UTF-16"})
		return fromUTF16(raw)
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	good := raw
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			good = raw[:i]
			break
		}
		i += size
	}
	line := bytes.Count(good, []byte("\n")) + 1
	column := utf8.RuneCount(good[bytes.LastIndexByte(good, '\n')+1:]) + 1
	f.note(Error, Pos{line, column}, "", codeEncoding, args{"encoding": "Windows-1252"})
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil { // the decoder takes every byte; be safe all the same
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(text)
}

func fromUTF16(raw []byte) string {
	little := raw[0] == 0xff
	var units []uint16
	for i := 2; i+1 < len(raw); i += 2 {
		if little {
			units = append(units, uint16(raw[i])|uint16(raw[i+1])<<8)
		} else {
			units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
		}
	}
	return string(utf16.Decode(units))
}

// split cuts text into lines, keeping how each ends.
func (f *File) split(text string) {
	returns := 0
	for text != "" {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 {
			f.lines, f.ends = append(f.lines, text), append(f.ends, "")
			break
		}
		end := 1
		if text[i] == '\r' {
			returns++
			if strings.HasPrefix(text[i:], "\r\n") {
				end = 2
			}
		}
		f.lines, f.ends = append(f.lines, text[:i]), append(f.ends, text[i:i+end])
		text = text[i+end:]
	}
	if returns > 0 {
		f.note(Warning, Pos{1, 1}, "", codeCarriageReturn, args{"count": returns})
	}
}

// parse fills Root. On a syntax error it keeps the top-level keys that can be read alone.
func (f *File) parse(text string) *ReadError {
	body, err := f.document(text)
	if err == nil {
		b := &builder{file: f, anchors: map[string]*Node{}}
		root, err := b.root(body)
		if err != nil {
			return err
		}
		f.Root = root
		return nil
	}
	if err.Problem.Code != codeTooSlow {
		f.salvage(text, err.Problem.Line)
		err.Problem.Key = f.topKeyBefore(err.Problem.Line)
	}
	return err
}

// document parses text into the value of its first document, in bounded time.
func (f *File) document(text string) (ast.Node, *ReadError) {
	type result struct {
		file *ast.File
		err  error
	}
	done, start := make(chan result, 1), time.Now()
	// The parser cannot be stopped. When it is too slow it is left to end alone; the guard has bounded its work.
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- result{err: fmt.Errorf("yaml parser: %v", r)}
			}
		}()
		file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
		done <- result{file, err}
	}()
	timer := time.NewTimer(f.limits.Time)
	defer timer.Stop()
	tooSlow := refused(codeTooSlow, 1, max(1, int(f.limits.Time.Seconds())))
	select {
	case <-timer.C:
		return nil, tooSlow
	case r := <-done:
		if time.Since(start) > f.limits.Time {
			return nil, tooSlow
		}
		if r.err != nil {
			return nil, f.syntax(r.err)
		}
		if len(r.file.Docs) == 0 {
			return nil, nil
		}
		if extra := r.file.Docs[1:]; len(extra) > 0 {
			line := len(f.lines)
			if extra[0].Start != nil {
				line = extra[0].Start.Position.Line
			}
			f.note(Error, Pos{max(line, 1), 1}, "", codeDocuments, args{"count": len(extra) + 1})
		}
		return r.file.Docs[0].Body, nil
	}
}

// syntax turns an error of the YAML parser into ours.
func (f *File) syntax(err error) *ReadError {
	pos, detail := Pos{1, 1}, err.Error()
	var se *yaml.SyntaxError
	if errors.As(err, &se) {
		detail = se.GetMessage()
		if t := se.GetToken(); t != nil && t.Position != nil {
			pos = Pos{max(t.Position.Line, 1), max(t.Position.Column, 1)}
		}
	}
	detail, _, _ = strings.Cut(detail, "\n")
	code := codeSyntax
	switch {
	case strings.Contains(detail, `'\t'`) || strings.Contains(detail, "tab character"):
		code = codeSyntaxTab
	case strings.Contains(detail, "could not find end character"):
		code = codeSyntaxQuote
	case strings.Contains(detail, "mapping value is not allowed"), strings.Contains(detail, "non-map value"), strings.Contains(detail, "unexpected key name"),
		strings.Contains(detail, "not allowed in this context"), strings.Contains(detail, "invalid number of indent"):
		code = codeSyntaxIndent
	}
	return &ReadError{Problem: problem(Error, pos, "", code, args{"detail": detail}), cause: err}
}

// topKeyLine tells whether a line begins a top-level key, and which.
func topKeyLine(line string) (string, bool) {
	key, rest, found := strings.Cut(line, ":")
	if !found || key == "" || strings.ContainsAny(key[:1], " \t#-[{'\"&*!|>%@`") || (rest != "" && rest[0] != ' ' && rest[0] != '\t') {
		return "", false
	}
	return strings.TrimRight(key, " "), true
}

// topKeyBefore is the top-level key that holds a line, or "".
func (f *File) topKeyBefore(line int) string {
	for i := min(line, len(f.lines)) - 1; i >= 0; i-- {
		if key, ok := topKeyLine(f.lines[i]); ok {
			return key
		}
	}
	return ""
}

// salvage reads each top-level key for itself and keeps those that are whole.
func (f *File) salvage(text string, badLine int) {
	root := &Node{Kind: Mapping, Pos: Pos{1, 1}}
	b := &builder{file: f, anchors: map[string]*Node{}}
	start, deadline := -1, time.Now().Add(f.limits.Time)
	flush := func(end int) {
		if start < 0 || time.Now().After(deadline) {
			return
		}
		part := strings.Join(f.lines[start:end], "\n")
		body, err := f.document(part)
		var n *Node
		if err == nil {
			b.shift = start
			n, err = b.root(body)
		}
		if err != nil || n == nil || len(n.Entries) == 0 {
			// the broken key itself is the error; others that fail beside it are said
			if key, _ := topKeyLine(f.lines[start]); badLine < start+1 || badLine > end {
				f.note(Warning, Pos{start + 1, 1}, key, codeNotRead, nil)
			}
			return
		}
		root.Entries = append(root.Entries, n.Entries...)
	}
	for i, line := range f.lines {
		if _, ok := topKeyLine(line); ok {
			flush(i)
			start = i
		}
	}
	flush(len(f.lines))
	if len(root.Entries) > 0 {
		f.Root = root
		f.Doc = docOf(root)
	}
}

func (f *File) note(s Severity, at Pos, key, code string, a args) {
	f.notes = append(f.notes, problem(s, at, key, code, a))
}

// Bytes is the whole file: exactly what was read, or what Set and Delete made of it. It is nil for a file that was too large.
func (f *File) Bytes() []byte { return bytes.Clone(f.raw) }

// Position is the place of the key at a path, or of the nearest key above it that exists; line 1, column 1 when none does.
func (f *File) Position(path string) Pos {
	at := Pos{1, 1}
	steps, err := parsePath(path)
	if err != nil {
		return at
	}
	n := f.Root
	for _, s := range steps {
		if n == nil {
			break
		}
		if s.indexed {
			n = n.step(s)
			if n != nil {
				at = n.Pos
			}
			continue
		}
		e := n.entry(s.key)
		if e == nil {
			break
		}
		at, n = e.Pos, e.Value
	}
	return at
}
