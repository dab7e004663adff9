package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"commun/internal/platform/fault"
)

// Repo reads a mirror at the commit that was its head when it was opened: an update meanwhile does not mix two versions. Nothing is
// checked out; symbolic links are followed by LinkOf alone, and submodules never. It holds no process or file open.
type Repo struct {
	dir    string
	commit string
	root   []Entry
}

// Entry is one thing in a folder of the repository.
type Entry struct {
	Name string // as in the tree; may be no valid UTF-8
	Kind EntryKind
	ID   string // the object's id
	Size int64  // of a file, in bytes
	Exec bool
}

// EntryKind says what an entry is.
type EntryKind int

// The kinds of entry.
const (
	File EntryKind = iota + 1
	Folder
	Link      // a symbolic link: its content is a path
	Submodule // another repository's commit
)

// Tag is a name given to a commit, a release most often.
type Tag struct {
	Name      string
	Commit    string
	Date      time.Time // of the tag itself, else of its commit; zero where it cannot be read
	Annotated bool
	tag       string // the tag that it names, while its commit is not known
}

const (
	maxTree = 64 << 20 // of one folder's listing, bytes
	maxTags = 64 << 20
	maxLink = 4 << 10 // of the path that a symbolic link holds: PATH_MAX
)

// Open opens the bare repository at dir (a Mirror's Dir). Error: gitrepo.corrupt, also when there is none.
func Open(ctx context.Context, dir string) (*Repo, error) {
	out, err := read(ctx, dir, nil, 1<<10, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	r := &Repo{dir: dir, commit: strings.TrimSpace(string(out))}
	if !objectID(r.commit) {
		return nil, fmt.Errorf("open repository: %w", invalid(KeyCorrupt))
	}
	if r.root, err = r.list(ctx, ""); err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	return r, nil
}

// HeadCommit is the id of the commit that r reads.
func (r *Repo) HeadCommit() string { return r.commit }

// Tree lists a folder ("" is the root) in git's order. Error: gitrepo.file_missing where it is no folder.
func (r *Repo) Tree(ctx context.Context, path string) ([]Entry, error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return r.root, nil
	}
	e, err := r.entry(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", path, err)
	}
	if e.Kind != Folder {
		return nil, fmt.Errorf("list %q: %w", path, missing(path))
	}
	entries, err := r.list(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", path, err)
	}
	return entries, nil
}

func missing(path string) *fault.Error { return fault.Missing(KeyFileMissing).With("path", path) }

// entry finds one path, whose parts are taken literally.
func (r *Repo) entry(ctx context.Context, path string) (Entry, error) {
	if !strings.Contains(path, "/") {
		for _, e := range r.root {
			if e.Name == path {
				return e, nil
			}
		}
		return Entry{}, missing(path)
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." || strings.Contains(part, "\x00") {
			return Entry{}, missing(path) // no tree holds such a name
		}
	}
	found, err := r.lsTree(ctx, path)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range found {
		if e.Name == path {
			return e, nil
		}
	}
	return Entry{}, missing(path)
}

// list lists a folder's entries by their own names.
func (r *Repo) list(ctx context.Context, folder string) ([]Entry, error) {
	if folder == "" {
		return r.lsTree(ctx, "")
	}
	entries, err := r.lsTree(ctx, folder+"/")
	for i := range entries {
		entries[i].Name = entries[i].Name[strings.LastIndexByte(entries[i].Name, '/')+1:]
	}
	return entries, err
}

// lsTree asks git for what path means: an entry, or with a final slash what is in it. Names are whole paths.
func (r *Repo) lsTree(ctx context.Context, path string) ([]Entry, error) {
	args := []string{"ls-tree", "-l", "-z", "--full-tree", r.commit, "--"}
	if path != "" {
		args = append(args, path)
	}
	out, err := read(ctx, r.dir, nil, maxTree, args...)
	if err != nil {
		return nil, err
	}
	return parseTree(out), nil
}

// parseTree reads git ls-tree -l -z: "100644 blob <id>    <size>\t<name>\0".
func parseTree(out []byte) []Entry {
	var entries []Entry
	for line := range bytes.SplitSeq(out, []byte{0}) {
		meta, name, ok := strings.Cut(string(line), "\t")
		f := strings.Fields(meta)
		if !ok || len(f) != 4 || name == "" {
			continue
		}
		e := Entry{Name: name, ID: f[2], Exec: f[0] == "100755"}
		switch {
		case f[0] == "120000":
			e.Kind = Link
		case f[1] == "blob":
			e.Kind = File
		case f[1] == "tree":
			e.Kind = Folder
		default:
			e.Kind = Submodule
		}
		e.Size, _ = strconv.ParseInt(f[3], 10, 64) // "-" for what is no file
		entries = append(entries, e)
	}
	return entries
}

// File returns a file's bytes. Its size is known before any is read. Errors: gitrepo.file_missing (also for a symbolic link, a folder,
// a submodule), gitrepo.file_too_large when it is over limit bytes, gitrepo.corrupt.
func (r *Repo) File(ctx context.Context, path string, limit int64) ([]byte, error) {
	e, err := r.entry(ctx, strings.Trim(path, "/"))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	b, err := r.read(ctx, path, e, limit)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return b, nil
}

func (r *Repo) read(ctx context.Context, path string, e Entry, limit int64) ([]byte, error) {
	if e.Kind != File {
		return nil, missing(path)
	}
	if e.Size > limit {
		return nil, fault.Invalid("file", KeyFileTooLarge).With("path", path).With("size", e.Size).With("limit", limit)
	}
	b, err := read(ctx, r.dir, nil, e.Size, "cat-file", "blob", e.ID)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != e.Size {
		return nil, invalid(KeyCorrupt).Wrap(fmt.Errorf("%d bytes of %d", len(b), e.Size))
	}
	return b, nil
}

// FirstOf finds the first of names among the root's files, whatever the letter case; an ending "*" stands for anything ("README*").
// Among several files that fit one name, the one in that very case, then the shortest, then the first by alphabet. ok is false when
// there is none; symbolic links do not count (LinkOf).
func (r *Repo) FirstOf(names ...string) (e Entry, ok bool) {
	return r.firstOf(File, names)
}

// LinkOf is FirstOf for the symbolic links at the root. It returns the file of the same repository that the link leads to, under its own path; ok is false
// when it leads nowhere: out of the repository, to no file, or to one more link, since one is followed and no second. link is the link itself, its Name
// "" when there is none.
func (r *Repo) LinkOf(ctx context.Context, names ...string) (to, link Entry, ok bool, err error) {
	link, found := r.firstOf(Link, names)
	if !found || link.Size > maxLink {
		return Entry{}, link, false, nil
	}
	b, err := read(ctx, r.dir, nil, maxLink, "cat-file", "blob", link.ID)
	if err != nil {
		return Entry{}, link, false, fmt.Errorf("read link %q: %w", link.Name, err)
	}
	target := path.Clean(string(b)) // the link stands at the root: its target is a path from there
	if path.IsAbs(target) || target == ".." || strings.HasPrefix(target, "../") || !utf8.ValidString(target) {
		return Entry{}, link, false, nil
	}
	switch to, err = r.entry(ctx, target); {
	case KeyOf(err) == KeyFileMissing:
		return Entry{}, link, false, nil
	case err != nil:
		return Entry{}, link, false, fmt.Errorf("follow link %q: %w", link.Name, err)
	}
	to.Name = target
	return to, link, to.Kind == File, nil
}

func (r *Repo) firstOf(kind EntryKind, names []string) (e Entry, ok bool) {
	for _, want := range names {
		prefix, open := strings.CutSuffix(want, "*")
		for _, have := range r.root {
			if have.Kind != kind || !utf8.ValidString(have.Name) {
				continue
			}
			if fits := strings.EqualFold(have.Name, prefix) ||
				open && len(have.Name) > len(prefix) && strings.EqualFold(have.Name[:len(prefix)], prefix); !fits {
				continue
			}
			if !ok || better(have.Name, e.Name, prefix) {
				e, ok = have, true
			}
		}
		if ok {
			return e, true
		}
	}
	return Entry{}, false
}

// better orders two names that fit the same wish.
func better(a, b, prefix string) bool {
	if x, y := strings.HasPrefix(a, prefix), strings.HasPrefix(b, prefix); x != y {
		return x
	}
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// Tags lists the tags that point to commits, newest first, those without a date last. Names that are no UTF-8 are mended.
func (r *Repo) Tags(ctx context.Context) ([]Tag, error) {
	out, err := read(ctx, r.dir, nil, maxTags, "for-each-ref", "--sort=-creatordate",
		"--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(creatordate:unix) %(refname:strip=2)", "refs/tags")
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	var tags []Tag
	for line := range bytes.Lines(out) {
		if t, ok := parseTag(strings.TrimSuffix(string(line), "\n")); ok {
			tags = append(tags, t)
		}
	}
	return r.peel(ctx, tags)
}

// peel finds the commits of the tags of tags, and leaves out those that end at none.
func (r *Repo) peel(ctx context.Context, tags []Tag) ([]Tag, error) {
	var ask strings.Builder
	for _, t := range tags {
		if t.tag != "" {
			ask.WriteString(t.tag + "^{commit}\n")
		}
	}
	if ask.Len() == 0 {
		return tags, nil
	}
	out, err := read(ctx, r.dir, strings.NewReader(ask.String()), maxTags, "cat-file", "--batch-check=%(objectname) %(objecttype)")
	if err != nil {
		return nil, fmt.Errorf("read tags of tags: %w", err)
	}
	answers := strings.Split(string(out), "\n")
	kept := tags[:0]
	for _, t := range tags {
		if t.tag != "" {
			if len(answers) == 0 {
				break
			}
			id, kind, _ := strings.Cut(answers[0], " ")
			answers = answers[1:]
			if kind != "commit" {
				continue
			}
			t.Commit, t.tag = id, ""
		}
		kept = append(kept, t)
	}
	return kept, nil
}

// parseTag reads one line of Tags. An empty field leaves two spaces in a row.
func parseTag(line string) (t Tag, ok bool) {
	f := strings.SplitN(line, " ", 6)
	if len(f) != 6 {
		return t, false
	}
	switch {
	case f[0] == "commit":
		t.Commit = f[1]
	case f[0] == "tag" && f[2] == "commit":
		t.Commit, t.Annotated = f[3], true
	case f[0] == "tag" && f[2] == "tag":
		t.tag, t.Annotated = f[3], true
	default:
		return t, false // a tag of a file
	}
	if s, err := strconv.ParseInt(f[4], 10, 64); err == nil && s > 0 {
		t.Date = time.Unix(s, 0).UTC()
	}
	t.Name = strings.ToValidUTF8(f[5], "\uFFFD")
	return t, true
}
