package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxRefs bounds what a server may list: some have half a million proposals as references, at about 70 bytes.
const maxRefs = 128 << 20

// offer is what a source says that it has: the branch that we take, and its tags.
type offer struct {
	branch   string // short name
	commit   string
	detached bool // the source's HEAD is on no branch: branch is our name for it
	tags     map[string]string
}

// detachedName is what the branch of a source without one is called here.
const detachedName = "detached"

// listing gathers what a source says that it has, line by line.
type listing struct {
	head, target   string // HEAD's commit, and the reference that HEAD is, where the source says so
	branches, tags map[string]string
}

// add takes one reference. What is neither HEAD nor a branch nor a tag is passed over, and so is what a tag points to.
func (l *listing) add(id, name string) {
	if !objectID(id) {
		return
	}
	switch {
	case name == "HEAD":
		l.head = id
	case strings.HasPrefix(name, "refs/heads/"):
		l.branches[name[len("refs/heads/"):]] = id
	case strings.HasPrefix(name, "refs/tags/") && !strings.HasSuffix(name, "^{}"):
		l.tags[name[len("refs/tags/"):]] = id
	}
}

// offer picks the default branch. Errors: gitrepo.empty, gitrepo.corrupt.
func (l *listing) offer() (offer, error) {
	o := offer{tags: l.tags}
	if short, ok := strings.CutPrefix(l.target, "refs/heads/"); ok && l.branches[short] != "" {
		o.branch = short
	} else {
		o.branch = guess(l.branches, l.head)
	}
	if o.branch == "" {
		if l.head == "" {
			return o, invalid(KeyEmpty)
		}
		o.branch, o.commit, o.detached = detachedName, l.head, true
		return o, nil
	}
	if !refName(o.branch) {
		return o, invalid(KeyCorrupt).Wrap(fmt.Errorf("branch named %q", o.branch))
	}
	o.commit = l.branches[o.branch]
	return o, nil
}

// parseOffer reads the output of git ls-remote --symref.
func parseOffer(text []byte) (offer, error) {
	l := listing{branches: map[string]string{}, tags: map[string]string{}}
	for line := range bytes.Lines(text) {
		id, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if !ok {
			continue
		}
		if t, isSymref := strings.CutPrefix(id, "ref: "); isSymref {
			if name == "HEAD" {
				l.target = t
			}
			continue
		}
		l.add(id, name)
	}
	return l.offer()
}

// guess picks the default branch of a source that does not name it (a bundle, an old server, a HEAD that points nowhere): the one at
// HEAD's commit, the usual names first, then by alphabet.
func guess(branches map[string]string, head string) string {
	names := slices.Sorted(maps.Keys(branches))
	usual := []string{"main", "master", "trunk", "develop"}
	for _, n := range slices.Concat(usual, names) {
		if id := branches[n]; id != "" && (head == "" || id == head) {
			return n
		}
	}
	return ""
}

// objectID says whether s looks like an object's id.
func objectID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// refName says whether a branch's name can stand in a refspec, by the rules of git check-ref-format that bear on it. git applies all.
func refName(s string) bool {
	return s != "" && !strings.ContainsAny(s, " ~^:?*[\\\x7f") && !strings.Contains(s, "..") && !strings.Contains(s, "@{") &&
		!strings.HasPrefix(s, "/") && !strings.HasSuffix(s, "/") && !strings.HasSuffix(s, ".lock") && s != "@" &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

// state is what a mirror holds.
type state struct {
	branch   string
	commit   string
	branches []string
	tags     map[string]string
}

// state is what a mirror holds that took all of the offer.
func (o offer) state() state {
	return state{branch: o.branch, commit: o.commit, branches: []string{o.branch}, tags: o.tags}
}

// same says whether the mirror already holds all of the offer and nothing else.
func (s state) same(o offer) bool {
	return s.commit == o.commit && s.branch == o.branch && len(s.branches) == 1 && maps.Equal(s.tags, o.tags)
}

// readState reads the references of the bare repository dir.
func readState(ctx context.Context, dir string) (state, error) {
	s := state{tags: map[string]string{}}
	// The file itself, which is a git process less: it is ours, so it is no link and names a branch.
	head, err := os.ReadFile(filepath.Join(dir, "HEAD"))
	if err != nil {
		return s, invalid(KeyCorrupt).Wrap(err)
	}
	branch, ok := strings.CutPrefix(strings.TrimSpace(string(head)), "ref: refs/heads/")
	if !ok {
		return s, invalid(KeyCorrupt).Wrap(fmt.Errorf("HEAD says %q", head[:min(len(head), 100)]))
	}
	s.branch = branch
	out, err := read(ctx, dir, nil, maxRefs, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags")
	if err != nil {
		return s, err
	}
	for line := range bytes.Lines(out) {
		id, name, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		if short, ok := strings.CutPrefix(name, "refs/heads/"); ok {
			s.branches = append(s.branches, short)
			if short == s.branch {
				s.commit = id
			}
		} else if short, ok := strings.CutPrefix(name, "refs/tags/"); ok {
			s.tags[short] = id
		}
	}
	if s.commit == "" {
		return s, invalid(KeyCorrupt).Wrap(fmt.Errorf("HEAD points to %q, which is not there", s.branch))
	}
	return s, nil
}
