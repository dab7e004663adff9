package storage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// statement is what is known of one SQL text. It is worked out once a text.
type statement struct {
	text   string   // as the database is given it
	verb   string   // its first word, upper case: SELECT, WITH, INSERT …
	writes []string // the tables that it writes to, lower case, unqualified
	many   bool     // several statements
}

// cachedTexts bounds what is kept of texts: a program's own number in the hundreds, those made with In a few more.
const cachedTexts = 4096

// textCache keeps what is known of each text.
type textCache struct {
	mu sync.RWMutex
	m  map[string]*statement
}

func (c *textCache) get(d Dialect, q string) (*statement, error) {
	c.mu.RLock()
	s := c.m[q]
	c.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	s = parse(d, q)
	if s.verb == "" {
		return nil, fmt.Errorf("%q is no statement", brief(q))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[string]*statement{}
	}
	if len(c.m) < cachedTexts {
		c.m[q] = s
	}
	return s, nil
}

// preparedCache keeps the prepared statements of SQLite's readers.
type preparedCache struct {
	mu sync.RWMutex
	m  map[string]*sql.Stmt
}

// known returns the prepared statement of text, or nil when there is none.
func (c *preparedCache) known(text string) *sql.Stmt {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.m[text]
}

// get returns the prepared statement of text, or nil when there are too many to keep another. It may wait for a connection: whoever holds one does
// not call it.
func (c *preparedCache) get(ctx context.Context, pool *sql.DB, text string) (*sql.Stmt, error) {
	c.mu.RLock()
	p, full := c.m[text], len(c.m) >= cachedTexts/4
	c.mu.RUnlock()
	if p != nil || full {
		return p, nil
	}
	p, err := pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.m[text]; other != nil {
		p.Close()
		return other, nil
	}
	if c.m == nil {
		c.m = map[string]*sql.Stmt{}
	}
	c.m[text] = p
	return p, nil
}

func (c *preparedCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.m {
		p.Close()
	}
	c.m = nil
}

// readVerbs and writeVerbs are all that a text may begin with. Transactions, pragmas and schemas are this package's own affair.
var (
	readVerbs  = []string{"SELECT", "WITH", "VALUES", "EXPLAIN"}
	writeVerbs = []string{"SELECT", "WITH", "VALUES", "EXPLAIN", "INSERT", "REPLACE", "UPDATE", "DELETE"}
)

func (s *statement) mayRead() error {
	if !slices.Contains(readVerbs, s.verb) || len(s.writes) > 0 || s.many {
		return fmt.Errorf("%q: %w", brief(s.text), errReadTx)
	}
	return nil
}

func (s *statement) mayWrite() error {
	if !slices.Contains(writeVerbs, s.verb) || s.many {
		return fmt.Errorf("%q: one statement that reads or changes rows is allowed here, and no other", brief(s.text))
	}
	return nil
}

// mayMaintain refuses tables that are not listed as upkeep.
func (db *DB) mayMaintain(tables []string) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	for _, t := range tables {
		if !db.upkeep[t] {
			return fmt.Errorf("upkeep may not write to table %s: list it as Upkeep in its Migrations, or write through the journal", t)
		}
	}
	return nil
}

// parse reads as much of a text as this package needs: the first word, the tables written to, and the two things that SQLite says otherwise.
func parse(d Dialect, q string) *statement {
	s := &statement{text: q}
	var out strings.Builder // the text for SQLite; stays empty while nothing differs
	last := 0
	replace := func(from, to int, with string) {
		out.WriteString(q[last:from])
		out.WriteString(with)
		last = to
	}
	var prev, before token // the two words before
	creates := false
	for l := (lexer{src: q}); l.next(); {
		t := l.tok
		switch {
		case t.kind == punctuation && t.text == ";":
			if rest := (lexer{src: q[l.pos:]}); rest.next() {
				s.many = true
			}
		case s.verb == "":
			s.verb = t.upper()
			creates = s.verb == "CREATE" || s.verb == "ALTER"
		case t.kind == quoted && t.text == `"C"` && prev.upper() == "COLLATE":
			replace(t.at, l.pos, "BINARY")
		case creates && t.kind == word && t.upper() == "BYTEA":
			replace(t.at, l.pos, "BLOB")
		}
		if t.kind == word || t.kind == quoted {
			if table := written(before, prev, t, &l); table != "" {
				s.writes = append(s.writes, table)
			}
		}
		before, prev = prev, t
	}
	if d == SQLite && last > 0 {
		out.WriteString(q[last:])
		s.text = out.String()
	}
	return s
}

// written returns the table when the words before, prev and t say that one is written to: INTO t, DELETE FROM t, UPDATE t (not DO UPDATE SET,
// FOR UPDATE OF, nor REPLACE(…)). A schema before a dot is passed over.
func written(before, prev, t token, l *lexer) string {
	p, b := prev.upper(), before.upper()
	switch {
	case prev.kind != word:
		return ""
	case p == "INTO": // INSERT INTO, INSERT OR … INTO, REPLACE INTO, MERGE INTO; SELECT INTO is no better
	case p == "FROM" && b == "DELETE":
	case p == "UPDATE" && b != "DO" && b != "FOR" && b != "ON" && t.upper() != "OR" && t.upper() != "ONLY" && t.upper() != "SET":
	case p == "ONLY" && (b == "UPDATE" || b == "FROM"): // SELECT … FROM ONLY t counts as a write too: a false alarm that nobody meets
	case b == "OR" && before.afterUpdate: // UPDATE OR IGNORE t
	case p == "TRUNCATE" && t.upper() != "TABLE", p == "TABLE" && b == "TRUNCATE":
	default:
		return ""
	}
	if t.kind == word && t.upper() == "ONLY" {
		return ""
	}
	name := t
	for {
		save := *l
		if !l.next() || l.tok.text != "." || !l.next() {
			*l = save
			break
		}
		name = l.tok
	}
	if name.kind == quoted {
		return strings.ToLower(strings.ReplaceAll(strings.Trim(name.text, "\"`[]"), `""`, `"`))
	}
	return strings.ToLower(name.text)
}

type tokenKind int

const (
	punctuation tokenKind = iota
	word
	quoted // an identifier in "…", `…` or […]
	literal
)

type token struct {
	kind        tokenKind
	text        string
	at          int
	afterUpdate bool // an OR that follows UPDATE
}

func (t token) upper() string {
	if t.kind != word {
		return ""
	}
	return strings.ToUpper(t.text)
}

// lexer splits SQL into words, quoted names, literals and single characters, without comments. It never fails: an open string ends with the text.
type lexer struct {
	src string
	pos int
	tok token
}

func (l *lexer) next() bool {
	prev := l.tok
	for l.pos < len(l.src) {
		at, c := l.pos, l.src[l.pos]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			l.pos++
			continue
		case strings.HasPrefix(l.src[at:], "--"):
			l.pos = end(l.src, at, "\n")
			continue
		case strings.HasPrefix(l.src[at:], "/*"):
			l.pos = end(l.src, at+2, "*/")
			continue
		case c == '\'':
			l.pos, l.tok = closing(l.src, at, '\''), token{kind: literal}
		case c == '"' || c == '`':
			l.pos, l.tok = closing(l.src, at, c), token{kind: quoted}
		case c == '[' && (at == 0 || !letter(l.src[at-1]) && l.src[at-1] != '"' && l.src[at-1] != ')'): // a[1] is an array's element
			l.pos, l.tok = end(l.src, at, "]"), token{kind: quoted}
		case c == '$' && at+1 < len(l.src) && !(l.src[at+1] >= '0' && l.src[at+1] <= '9'):
			l.pos, l.tok = dollarQuoted(l.src, at), token{kind: literal}
		case letter(c):
			for l.pos < len(l.src) && (letter(l.src[l.pos]) || l.src[l.pos] == '$' || l.src[l.pos] >= '0' && l.src[l.pos] <= '9') {
				l.pos++
			}
			l.tok = token{kind: word}
		default:
			l.pos++
			l.tok = token{kind: punctuation}
		}
		l.tok.at, l.tok.text = at, l.src[at:l.pos]
		l.tok.afterUpdate = l.tok.upper() == "OR" && prev.upper() == "UPDATE"
		return true
	}
	return false
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// end returns the position after the next mark, or the end of the text.
func end(s string, from int, mark string) int {
	if i := strings.Index(s[min(from, len(s)):], mark); i >= 0 {
		return from + i + len(mark)
	}
	return len(s)
}

// closing returns the position after the quote that closes the one at from; a doubled quote is none.
func closing(s string, from int, q byte) int {
	for i := from + 1; i < len(s); i++ {
		if s[i] != q {
			continue
		}
		if i+1 < len(s) && s[i+1] == q {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

// dollarQuoted returns the position after PostgreSQL's $tag$ … $tag$, or after the dollar when it opens none.
func dollarQuoted(s string, from int) int {
	i := from + 1
	for i < len(s) && letter(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '$' {
		return from + 1
	}
	return end(s, i+1, s[from:i+1])
}

// brief is the beginning of a text, on one line, for an error.
func brief(q string) string {
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > 120 {
		q = q[:120] + "…"
	}
	return q
}
