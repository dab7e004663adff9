// Package journal keeps the proof of all that was done. State tables are the truth; the journal binds them to a Merkle log that only
// grows. Write hands out the one transaction in which state may change, and commits it only together with an *entry*: when, who, on what,
// which kind, what changed.
//
// Words: an *object* is a thing with revisions 1, 2, 3 … (a commons, a person); its *snapshot* is its canonical state; an entry's *leaf*
// is what the log holds of it; a leaf is *pending* until the *sequencer* has given it its number and integrated it in the tree, and signed
// a *checkpoint*. What concerns a person is never in a leaf but as a hash under a random salt: to *forget* is to erase text and salt, which
// leaves the log whole. The salt of a snapshot is kept only while that snapshot stands: the next change of the object overwrites it, so that
// no past state can be guessed from its hash.
//
// Promise: a Write that returned nil is durable, with its leaf pending in the same transaction; the next checkpoint, within a second on an
// idle machine, includes it. Verify checks pending leaves too, so that nothing acknowledged is ever outside what is checked.
//
// The log is of the kind that Go's checksum database uses (golang.org/x/mod/sumdb/tlog and note), served as C2SP tlog-tiles describes.
// Neighbours: package storage gives the transaction; every feature registers its object kinds here.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"commun/internal/platform/storage"
)

// Author is who acts. people.Actor is one.
type Author interface {
	Author() string       // what the journal writes: a person's id, "program:import", Visitor
	AuthorPerson() string // the person's id, which Author returns too, or "" when no person acts
}

// Object names a thing with revisions.
type Object struct{ Kind, ID string }

// String returns the object as leaves name it.
func (o Object) String() string { return o.Kind + "/" + o.ID }

// ParseObject returns the object that leaves name so; one without a kind has no ID.
func ParseObject(text string) Object {
	kind, id, _ := strings.Cut(text, "/")
	return Object{kind, id}
}

// Entry is what a write says of itself.
type Entry struct {
	Kind   string  // such as "commons.edited"; package record says it in words
	Object Object  // what changed; its kind must be registered
	Owner  string  // the commons, organisation or people.Instance that it belongs to
	Body   any     // what changed, as JSON; Edit is the usual form
	Person string  // the id of the person whom the body concerns, or ""
	Also   []Entry // further objects that the same write changed
}

// Edit is the body of an entry that changed fields: enough to show the difference, and to undo it.
type Edit struct {
	Changes []Change `json:"changes,omitempty"`
	Undoes  string   `json:"undoes,omitempty"` // the id of the entry that this one undoes
	Note    string   `json:"note,omitempty"`   // why, in the author's words
}

// Change is one field's value before and after. A nil value is none.
type Change struct {
	Field  string          `json:"field"`
	Lang   string          `json:"lang,omitempty"`
	Source string          `json:"source,omitempty"` // where the value comes from
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	// Over is what another source says: it stood for the field before this value covered it, or stands again now that it is gone.
	Over json.RawMessage `json:"over,omitempty"`
	// Under is what a weaker source says where Before or After is null and lets it through: a file's word was taken back and nothing put in its place.
	Under       json.RawMessage `json:"under,omitempty"`
	OverSource  string          `json:"over_source,omitempty"`
	UnderSource string          `json:"under_source,omitempty"`
}

// Was returns what stood for the field before the change, whoever said it.
func (c Change) Was() json.RawMessage {
	v, _ := c.stood(c.Before)
	return v
}

// Is returns what stands for the field after the change, whoever says it.
func (c Change) Is() json.RawMessage {
	v, _ := c.stood(c.After)
	return v
}

// WasFrom and IsFrom are the sources of what Was and Is return; "" for none, and where the entry is older than this was noted.
func (c Change) WasFrom() string {
	_, from := c.stood(c.Before)
	return from
}

// IsFrom is the source of what Is returns.
func (c Change) IsFrom() string {
	_, from := c.stood(c.After)
	return from
}

// stood returns what stands for the field when the change's own source says own, and whose word that is.
func (c Change) stood(own json.RawMessage) (value json.RawMessage, from string) {
	switch {
	case own == nil:
		return c.Over, c.OverSource
	case string(own) == "null" && c.Under != nil:
		return c.Under, c.UnderSource
	}
	return own, c.Source
}

// ObjectKind is how the journal sees one kind of thing.
type ObjectKind struct {
	Name string
	// Snapshot returns the object's whole state, to be encoded as JSON (maps and structs keep one order), and its revision. It returns
	// sql.ErrNoRows when there is no such object.
	Snapshot func(ctx context.Context, tx *storage.Tx, id string) (state any, revision int64, err error)
	// IDs returns up to limit ids of objects after the given id, in byte order: every row that must have an entry.
	IDs func(ctx context.Context, tx *storage.Tx, after string, limit int) ([]string, error)
	// Check, when there is one, tells what else must hold and no snapshot shows: columns that are made from others, rows that belong to no
	// object. It calls found for each object that does not hold, with the message key that says it.
	Check func(ctx context.Context, tx *storage.Tx, found func(id, key string)) error
	// Public says that anyone may read the snapshot, and so check it from outside.
	Public bool
}

// Visitor is the author of what someone did who had not signed in.
const Visitor = "visitor"

// Nothing is what fn returns to Write when there was nothing to change: the transaction is rolled back, and Write returns nil.
//
//lint:ignore ST1012 it is no error but an answer; ErrNothing would read as a failure
var Nothing = errors.New("journal: nothing to write")

// Journal is the one way to change state. Make it with New, register every object kind, then start the sequencer with Run.
type Journal struct {
	db     *storage.DB
	log    *slog.Logger
	origin string
	kinds  map[string]ObjectKind
	names  []string
	wake   chan struct{}

	mu      sync.Mutex
	onEntry []func(Recorded)
}

// New returns the journal of db. Origin names the log in its checkpoints, such as "commons.example.org/log"; it is fixed when the log
// is begun, and ignored afterwards.
func New(db *storage.DB, origin string, log *slog.Logger) *Journal {
	return &Journal{db: db, origin: origin, log: log, kinds: map[string]ObjectKind{}, wake: make(chan struct{}, 1)}
}

// Register makes kinds known. It is called while the program is wired, before any Write.
func (j *Journal) Register(kinds ...ObjectKind) {
	for _, k := range kinds {
		j.kinds[k.Name] = k
		j.names = append(j.names, k.Name)
	}
}

// OnEntry has f called after each durable entry that this process writes. f must be quick and must not write.
func (j *Journal) OnEntry(f func(Recorded)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.onEntry = append(j.onEntry, f)
}

// Write runs fn in a transaction and commits what it did together with the entry that it returns: no entry, no commit. fn may run twice,
// so it must do nothing outside the transaction; what has to follow the commit goes to tx.AfterCommit or a queued job. When fn returns
// Nothing, nothing is written and Write returns nil. Any other error of fn is returned as it is.
func (j *Journal) Write(ctx context.Context, by Author, fn func(tx *storage.Tx) (Entry, error)) error {
	err := j.db.Write(ctx, func(tx *storage.Tx) error {
		e, err := fn(tx)
		if err != nil {
			return err
		}
		for _, each := range append([]Entry{e}, e.Also...) {
			if err := j.record(ctx, tx, by, each); err != nil {
				return err
			}
		}
		tx.AfterCommit(j.Wake)
		return nil
	})
	if errors.Is(err, Nothing) {
		return nil
	}
	return err
}

// record appends one entry and its pending leaf.
func (j *Journal) record(ctx context.Context, tx *storage.Tx, by Author, e Entry) error {
	kind, ok := j.kinds[e.Object.Kind]
	if !ok {
		return fmt.Errorf("record %s: object kind %q is not registered", e.Kind, e.Object.Kind)
	}
	state, revision, err := snapshot(ctx, tx, kind, e.Object.ID)
	if err != nil {
		return fmt.Errorf("record %s of %s: %w", e.Kind, e.Object, err)
	}
	body, err := json.Marshal(e.Body)
	if err != nil {
		return fmt.Errorf("record %s of %s: encode body: %w", e.Kind, e.Object, err)
	}
	r := row{id: storage.NewID(), owner: e.Owner, at: storage.Now(), kind: e.Kind, object: e.Object, revision: revision,
		author: by.Author(), authorPerson: by.AuthorPerson(), authorSalt: newSalt(), body: body, salt: newSalt(), person: e.Person}
	if !r.authorFits() {
		return fmt.Errorf("record %s of %s: the author %q is not the person %q", e.Kind, e.Object, r.author, r.authorPerson)
	}
	stateSalt := newSalt()
	leaf := Leaf{Version: leafVersion, ID: r.id, At: r.at, Kind: r.kind, Object: e.Object.String(), Owner: r.owner, Revision: revision,
		Digest: salted(stateSalt, state), Body: salted(r.salt, about(r.person, body)), Author: salted(r.authorSalt, []byte(r.author))}
	if r.leaf, err = leaf.text(); err != nil {
		return err
	}
	if err := insert(ctx, tx, r, stateSalt); err != nil {
		return fmt.Errorf("record %s of %s at revision %d: %w", e.Kind, e.Object, revision, err)
	}
	tx.AfterCommit(func() { j.tell(r.recorded()) })
	return nil
}

// Wake has the sequencer look for pending leaves now.
func (j *Journal) Wake() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

func (j *Journal) tell(r Recorded) {
	j.mu.Lock()
	fs := j.onEntry
	j.mu.Unlock()
	for _, f := range fs {
		f(r)
	}
}

// snapshot returns the canonical bytes of an object's state, and its revision.
func snapshot(ctx context.Context, tx *storage.Tx, kind ObjectKind, id string) ([]byte, int64, error) {
	state, revision, err := kind.Snapshot(ctx, tx, id)
	if err != nil {
		return nil, 0, fmt.Errorf("snapshot: %w", err)
	}
	b, err := json.Marshal(state)
	if err != nil {
		return nil, 0, fmt.Errorf("encode snapshot: %w", err)
	}
	return b, revision, nil
}
