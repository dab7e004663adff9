package commons

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

var (
	errChanged = fault.Conflict("", "commons.changed_meanwhile")
	errMissing = fault.Missing("commons.no_such_commons")
)

// Policy says who may add a commons.
type Policy string

// The policies. By approval, what a member adds waits for an administrator.
const (
	AnyoneAdds   Policy = "anyone"
	MembersAdd   Policy = "members"
	ApprovalAdds Policy = "approval"
)

// Watcher is told, in the write's own transaction, of a commons as it is after a change, to keep what is derived from it (search, lists).
type Watcher func(ctx context.Context, tx *storage.Tx, c Commons) error

// Service is what may be done with commons.
type Service struct {
	db       *storage.DB
	journal  *journal.Journal
	policy   func(context.Context) (Policy, error)
	watchers []Watcher
}

// New returns the service. policy is asked at each creation.
func New(db *storage.DB, j *journal.Journal, policy func(context.Context) (Policy, error)) *Service {
	return &Service{db: db, journal: j, policy: policy}
}

// OnChange adds a watcher; app adds them while it wires the program.
func (s *Service) OnChange(w Watcher) { s.watchers = append(s.watchers, w) }

// written reads the commons as the transaction leaves it and tells the watchers.
func (s *Service) written(ctx context.Context, tx *storage.Tx, id string) (Commons, error) {
	c, err := read(ctx, tx, "id", id)
	if err != nil {
		return c, fmt.Errorf("read commons %s: %w", id, err)
	}
	tx.Keep(ObjectKind+":"+id, c, tables...) // the record's snapshot of it follows
	for _, w := range s.watchers {
		if err := w(ctx, tx, c); err != nil {
			return c, fmt.Errorf("watch commons %s: %w", id, err)
		}
	}
	return c, nil
}

// BySlug returns a commons. One that waits for approval is seen by who proposed it and by administrators.
func (s *Service) BySlug(ctx context.Context, by people.Actor, slug string) (Commons, error) {
	return s.get(ctx, by, "slug", slug)
}

// ByID returns a commons, under the same rule as BySlug.
func (s *Service) ByID(ctx context.Context, by people.Actor, id string) (Commons, error) {
	return s.get(ctx, by, "id", id)
}

// SeenBy tells whether the actor may see the commons: one that waits for approval is seen by who proposed it and by administrators.
func (c Commons) SeenBy(by people.Actor) bool {
	return c.State != Proposed || by.IsAdmin() || by.Person != "" && by.Person == c.CreatedBy
}

func (s *Service) get(ctx context.Context, by people.Actor, column, value string) (Commons, error) {
	c, err := read(ctx, s.db, column, value)
	if errors.Is(err, sql.ErrNoRows) {
		return Commons{}, errMissing
	}
	if err != nil {
		return Commons{}, fmt.Errorf("read commons %s: %w", value, err)
	}
	if !c.SeenBy(by) {
		return Commons{}, errMissing
	}
	return c, nil
}

// ByHome returns the commons that has a repository.
func (s *Service) ByHome(ctx context.Context, by people.Actor, key string) (Commons, error) {
	var id string
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { id, err = homeOf(ctx, tx, key); return err })
	if err != nil {
		return Commons{}, fmt.Errorf("look for repository %s: %w", key, err)
	}
	if id == "" {
		return Commons{}, errMissing
	}
	return s.ByID(ctx, by, id)
}

// ByIDs returns the commons of a page, in the order of ids; ids that are gone are left out. Three queries in all.
func (s *Service) ByIDs(ctx context.Context, ids []string) ([]Commons, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return s.some(ctx, whole, func(list []Commons) {
		slices.SortFunc(list, func(a, b Commons) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	}, `WHERE id IN `+storage.In(1, len(ids)), args...)
}

// All returns up to limit commons after the given id, of every state, in the order of their ids: for exports, and to rebuild what is derived.
func (s *Service) All(ctx context.Context, after string, limit int) ([]Commons, error) {
	return s.some(ctx, whole, func([]Commons) {}, `WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// AllBrief is All without the long texts (descriptions, rules, raw files), which are most of what the database holds: for lists in memory.
func (s *Service) AllBrief(ctx context.Context, after string, limit int) ([]Commons, error) {
	return s.some(ctx, brief, func([]Commons) {}, `WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

func (s *Service) some(ctx context.Context, which string, order func([]Commons), where string, args ...any) ([]Commons, error) {
	var list []Commons
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, `SELECT `+commonsColumns+` FROM commons `+where, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			c, err := scanCommons(rows.Scan)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		return fill(ctx, tx, which, list)
	})
	if err != nil {
		return nil, fmt.Errorf("read commons: %w", err)
	}
	order(list)
	return list, nil
}

// Draft is a commons to be created: from a repository (Home), by hand (Values of FromPerson), or both.
type Draft struct {
	Name   string // what it is called until a source says better
	Home   Home   // Key "" when it has no repository
	Values []Value
}

// Create adds a commons, or returns the one that has its repository already (existed). A member becomes its steward; by the instance's
// policy it may wait for approval. then, when not nil, runs in the same transaction, to queue an import.
func (s *Service) Create(ctx context.Context, by people.Actor, d Draft, then func(*storage.Tx, Commons) error) (c Commons, existed bool, err error) {
	state, err := s.mayCreate(ctx, by)
	if err != nil {
		return Commons{}, false, err
	}
	for range 3 {
		c, existed, err = s.create(ctx, by, state, d, then)
		if !storage.IsUnique(err) && !errors.Is(err, errTaken) {
			break
		}
		// on PostgreSQL two creations at once may meet in a slug or a repository; the later one then sees what the earlier one made
	}
	return c, existed, err
}

func (s *Service) create(ctx context.Context, by people.Actor, state State, d Draft, then func(*storage.Tx, Commons) error) (c Commons, existed bool, err error) {
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		existed = false
		if d.Home.Key != "" {
			id, err := homeOf(ctx, tx, d.Home.Key)
			if err != nil {
				return journal.Entry{}, err
			}
			if id != "" {
				existed = true
				c, err = read(ctx, tx, "id", id)
				return journal.Entry{}, errors.Join(err, journal.Nothing)
			}
		}
		slug, err := freeSlug(ctx, tx, people.Slug(d.Name))
		if err != nil {
			return journal.Entry{}, err
		}
		now := storage.Now()
		c = Commons{ID: storage.NewID(), Slug: slug, State: state, CreatedAt: now, CreatedBy: by.Person, UpdatedAt: now, Revision: 1}
		if err := insert(ctx, tx, c); err != nil {
			return journal.Entry{}, fmt.Errorf("add commons: %w", err)
		}
		if d.Home.Key != "" {
			d.Home.Main = true
			if err := putHome(ctx, tx, c.ID, d.Home); err != nil {
				return journal.Entry{}, fmt.Errorf("add repository: %w", err)
			}
		}
		changes, err := apply(ctx, tx, c, d.Values)
		if err != nil {
			return journal.Entry{}, err
		}
		entry := s.entry("commons.created", c, journal.Edit{Changes: changes})
		if by.Person != "" {
			role, err := people.GiveFirst(ctx, tx, c.ID, by.Person)
			if err != nil {
				return journal.Entry{}, err
			}
			entry.Also = append(entry.Also, role)
		}
		if c, err = s.written(ctx, tx, c.ID); err == nil && then != nil {
			err = then(tx, c)
		}
		return entry, err
	})
	return c, existed, err
}

// mayCreate applies the instance's policy and returns the state that a new commons starts in.
func (s *Service) mayCreate(ctx context.Context, by people.Actor) (State, error) {
	policy, err := s.policy(ctx)
	if err != nil {
		return "", fmt.Errorf("read policy: %w", err)
	}
	if policy != AnyoneAdds && !by.SignedIn() && !by.IsAdmin() {
		return "", fault.Denied("people.sign_in_first").With("act", ActCreate.Name)
	}
	if policy == ApprovalAdds && !by.IsAdmin() {
		return Proposed, nil
	}
	return Active, nil
}

func (s *Service) entry(kind string, c Commons, body any) journal.Entry {
	return journal.Entry{Kind: kind, Object: journal.Object{Kind: ObjectKind, ID: c.ID}, Owner: c.ID, Body: body}
}

// apply stores values and returns what changed by them. A value that says the same as before changes nothing, not even its time.
func apply(ctx context.Context, tx *storage.Tx, c Commons, values []Value) ([]journal.Change, error) {
	var changes []journal.Change
	next := c.with(values)
	for _, v := range values {
		was, had := c.Of(v.Source, v.Field, v.Lang)
		if had == (v.JSON != nil) && string(was.JSON) == string(v.JSON) && was.Note == v.Note {
			continue
		}
		if v.At = storage.Now(); had && string(was.JSON) == string(v.JSON) {
			v.At = was.At // only its place in the source moved
		}
		if err := putValue(ctx, tx, c.ID, v); err != nil {
			return nil, fmt.Errorf("save %s: %w", v.Field, err)
		}
		change := journal.Change{Field: v.Field, Lang: v.Lang, Source: string(v.Source), Before: was.JSON, After: v.JSON}
		if !had || v.JSON == nil {
			others := c
			if had {
				others = next
			}
			over := others.under(v.Source, v.Field, v.Lang)
			change.Over, change.OverSource = over.JSON, string(over.Source)
		}
		if v.Source.Takes() != "" && (isNull(was.JSON) || isNull(v.JSON)) {
			weaker := c.under(v.Source.Takes(), v.Field, v.Lang)
			change.Under, change.UnderSource = weaker.JSON, string(weaker.Source)
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// with returns the commons as values leave it.
func (c Commons) with(values []Value) Commons {
	next := c
	next.Values = slices.Clone(c.Values)
	for _, v := range values {
		next.Values = slices.DeleteFunc(next.Values, func(x Value) bool { return x.Field == v.Field && x.Lang == v.Lang && x.Source == v.Source })
		if v.JSON != nil {
			next.Values = append(next.Values, v)
		}
	}
	return next
}

// under returns what the sources weaker than one say of a field together.
func (c Commons) under(source Source, field, lang string) Value {
	if source == FromPerson {
		return c.below(field, lang)
	}
	weaker := Commons{}
	for _, v := range c.Values {
		if v.Source.rank() > source.rank() || v.Field == TextLanguage {
			weaker.Values = append(weaker.Values, v)
		}
	}
	v, _ := weaker.Best(field, lang)
	return v
}

// Imported is what an import found: everything that the sources say now. What a source said before and no longer says is taken away.
type Imported struct {
	Sources []Source // the sources that were read, and whose values Values holds whole
	Values  []Value
	Homes   []Home // further spellings and new addresses of the repository
	Name    string // for the slug, while it is still the address's
}

// Import stores what the sources say now, without touching what persons said. It changes nothing, and writes no entry, when all is as it
// was. then, when not nil, runs in the same transaction, to complete the job; when nothing changed it does not run, and changed is false.
func (s *Service) Import(ctx context.Context, by people.Actor, id string, in Imported, then func(*storage.Tx, Commons) error) (changed bool, err error) {
	if err := by.May(ActRefresh, id); err != nil {
		return false, err
	}
	err = s.journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		changed = false
		c, err := read(ctx, tx, "id", id)
		if errors.Is(err, sql.ErrNoRows) {
			return journal.Entry{}, errMissing
		}
		if err != nil {
			return journal.Entry{}, err
		}
		values := slices.Clone(in.Values)
		for _, old := range c.Values {
			if slices.Contains(in.Sources, old.Source) && !slices.ContainsFunc(values, func(v Value) bool {
				return v.Field == old.Field && v.Lang == old.Lang && v.Source == old.Source
			}) {
				values = append(values, Value{Field: old.Field, Lang: old.Lang, Source: old.Source})
			}
		}
		values = append(values, spokenAnew(c, values)...)
		changes, err := apply(ctx, tx, c, values)
		if err != nil {
			return journal.Entry{}, err
		}
		homes, err := addHomes(ctx, tx, c, in.Homes)
		if err != nil {
			return journal.Entry{}, err
		}
		if len(changes) == 0 && homes == 0 {
			return journal.Entry{}, journal.Nothing
		}
		if in.Name != "" && c.Revision == 1 {
			if c.Slug, err = slugFor(ctx, tx, c, people.Slug(in.Name)); err != nil {
				return journal.Entry{}, err
			}
		}
		if err := save(ctx, tx, c); err != nil {
			return journal.Entry{}, fmt.Errorf("save commons: %w", err)
		}
		changed = true
		if c, err = s.written(ctx, tx, c.ID); err == nil && then != nil {
			err = then(tx, c)
		}
		return s.entry("commons.imported", c, journal.Edit{Changes: short(changes)}), err
	})
	return changed, err
}

// spokenAnew ends what took a source's word back, where the source says something else by now: each as a value to be taken away.
func spokenAnew(c Commons, values []Value) []Value {
	var over []Value
	for _, v := range values {
		undone := v.Source.undone()
		_, taken := c.Of(undone, v.Field, v.Lang)
		if was, _ := c.Of(v.Source, v.Field, v.Lang); undone != "" && taken && !same(was.JSON, v.JSON) {
			over = append(over, Value{Field: v.Field, Lang: v.Lang, Source: undone})
		}
	}
	return over
}

// slugFor keeps the slug when it is the wanted one, numbered or not.
func slugFor(ctx context.Context, tx *storage.Tx, c Commons, want string) (string, error) {
	if c.Slug == want {
		return want, nil
	}
	return freeSlug(ctx, tx, want)
}

// addHomes adds the repositories that are new. One that belongs to another commons stays there: merging the two is for a person to decide.
func addHomes(ctx context.Context, tx *storage.Tx, c Commons, homes []Home) (int, error) {
	n := 0
	for _, h := range homes {
		i := slices.IndexFunc(c.Homes, func(x Home) bool { return x.Key == h.Key })
		if h.Key == "" || i >= 0 && (c.Homes[i].Main || !h.Main) {
			continue
		}
		owner, err := homeOf(ctx, tx, h.Key)
		if err != nil {
			return n, err
		}
		if owner != "" && owner != c.ID {
			continue
		}
		if err := putHome(ctx, tx, c.ID, h); err != nil {
			return n, fmt.Errorf("add repository %s: %w", h.Key, err)
		}
		n++
	}
	return n, nil
}

// short leaves the raw text of files out of an entry: the snapshot's digest covers it, and history shows its fields.
func short(changes []journal.Change) []journal.Change {
	kept := make([]journal.Change, len(changes))
	for i, c := range changes {
		if f, ok := FieldByName(c.Field); ok && f.Shape == RawText {
			c.Before, c.After, c.Over, c.Under = nil, nil, nil, nil
		}
		kept[i] = c
	}
	return kept
}
