package githistory

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"slices"
	"strings"
)

// readRefs returns the releases among all tags, oldest first, and a digest of refs/replace.
// All tags, and not only those that HEAD contains: maintenance releases are tagged on branches of their own.
func readRefs(ctx context.Context, git Runner) (tags []Release, replaced [sha256.Size]byte, err error) {
	digest := sha256.New()
	err = stream(ctx, git, nil, func(r io.Reader) error {
		in := bufio.NewScanner(r)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			if bytes.HasPrefix(in.Bytes(), []byte("refs/replace/")) {
				digest.Write(append(in.Bytes(), '\n'))
			} else if rel, ok := parseTag(in.Text()); ok {
				tags = append(tags, rel)
			}
		}
		return in.Err()
	}, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(creatordate:raw)", "refs/tags/", "refs/replace/")
	// git's own order is the names'; the rhythm is one of dates.
	slices.SortStableFunc(tags, func(a, b Release) int {
		if c := a.Date.Compare(b.Date); c != 0 {
			return c
		}
		return strings.Compare(a.Tag, b.Tag)
	})
	digest.Sum(replaced[:0])
	return tags, replaced, err
}

// parseTag reads "refs/tags/<name> NUL <object> NUL <raw date>". False when it is no release: no version in its name,
// or no date (a tag of a file).
func parseTag(line string) (Release, bool) {
	f := strings.Split(line, "\x00")
	if len(f) != 3 {
		return Release{}, false
	}
	name, isTag := strings.CutPrefix(f[0], "refs/tags/")
	date, _ := parseRawDate([]byte(f[2]))
	v, ok := ParseVersion(name)
	if !isTag || !ok || date == noDate {
		return Release{}, false
	}
	return Release{Tag: clean(name), Date: unix(date), Line: clean(v.Line), Scheme: v.Scheme, Prerelease: v.Prerelease}, true
}
