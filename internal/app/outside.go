package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/core/journal"
	"commun/internal/platform/config"
	"commun/internal/platform/fault"
)

// outside reads a running instance as anyone can.
type outside struct {
	ctx  context.Context
	base string
	http *http.Client
}

// most is how much one answer may hold: an entry tile of 256 leaves, or a page of public things.
const most = 64 << 20

func (o outside) get(path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(o.ctx, http.MethodGet, o.base+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := o.http.Do(req)
	if err != nil {
		return nil, fault.Busy("fail.instance_away").With("url", o.base).Wrap(err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	if res.StatusCode != http.StatusOK {
		return nil, fault.Missing("fail.instance_other").With("url", o.base+path).With("status", strconv.Itoa(res.StatusCode))
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, most))
	if err != nil {
		return nil, fault.Busy("fail.instance_away").With("url", o.base).Wrap(err)
	}
	return b, nil
}

// VerifyURL checks the record of a running instance from outside: it reads every leaf, recomputes the tree, compares it with the signed
// checkpoint, and then the public state of each thing with its last leaf: one that is not shown is a fault too. What is not public can't be
// compared from outside.
func VerifyURL(ctx context.Context, base string, trust journal.Trust, progress func(done, total int64)) (journal.Report, error) {
	var rep journal.Report
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return rep, fault.Invalid("url", "fail.instance_address").With("value", config.Redact(base))
	}
	o := outside{ctx: ctx, base: strings.TrimRight(base, "/"), http: &http.Client{Timeout: time.Minute}}
	key := trust.Verifier
	if key == "" {
		b, err := o.get("/log/key")
		if err != nil {
			return rep, err
		}
		key = strings.TrimSpace(string(b))
	}
	checkpoint, err := o.get("/log/checkpoint")
	if err != nil {
		return rep, err
	}
	rep.Key, rep.Checkpoint = key, string(checkpoint)
	origin, tree, err := journal.OpenCheckpoint(string(checkpoint), key)
	if err != nil {
		rep.Fault(journal.Fault{Seq: -1, Key: "verify.not_signed", Args: map[string]any{"why": err.Error()}})
		return rep, nil
	}
	rep.Origin, rep.Entries, rep.Root = origin, tree.N, tree.Hash.String()
	last, err := o.log(tree, trust, &rep, progress)
	if err != nil {
		return rep, err
	}
	return rep, o.state(&rep, last)
}

// object is what the log holds of one thing.
type object struct {
	leaf  journal.Leaf // of its highest revision
	count int64        // of its leaves
	shown bool         // the instance shows its state
}

// log reads all leaves and returns what they hold of each object.
func (o outside) log(tree tlog.Tree, trust journal.Trust, rep *journal.Report, progress func(done, total int64)) (map[string]*object, error) {
	last := map[string]*object{}
	var old tlog.Tree
	if trust.Checkpoint != "" {
		var err error
		if _, old, err = journal.OpenCheckpoint(trust.Checkpoint, rep.Key); err != nil {
			rep.Fault(journal.Fault{Seq: -1, Key: "verify.trusted_not_signed", Args: map[string]any{"why": err.Error()}})
		} else if old.N > tree.N {
			rep.Fault(journal.Fault{Seq: -1, Key: "verify.rolled_back", Args: map[string]any{"kept": old.N, "held": tree.N}})
		}
	}
	hashes := journal.Hashes{}
	for done := int64(0); done < tree.N; {
		width := min(256, tree.N-done)
		path := journal.TilePath(done/256, int(width))
		tile, err := o.get(path)
		if err != nil {
			return nil, err
		}
		leaves, err := journal.SplitEntries(tile)
		if err != nil || int64(len(leaves)) != width {
			return nil, fmt.Errorf("%s holds %d leaves instead of %d: %w", path, len(leaves), width, err)
		}
		for _, text := range leaves {
			leaf, err := journal.ParseLeaf(text)
			if err != nil {
				rep.Fault(journal.Fault{Seq: done, Key: "verify.leaf_unreadable", Args: map[string]any{"why": err.Error()}})
			} else {
				x := last[leaf.Object]
				if x == nil {
					x = &object{}
					last[leaf.Object] = x
				}
				x.count++
				if leaf.Revision > x.leaf.Revision {
					x.leaf = leaf
				}
			}
			if err := hashes.Add(done, text); err != nil {
				return nil, err
			}
			done++
		}
		if progress != nil {
			progress(done, tree.N)
		}
	}
	for _, t := range []struct {
		tree tlog.Tree
		key  string
	}{{tree, "verify.other_root"}, {old, "verify.other_beginning"}} {
		if t.tree.N == 0 || t.tree.N > tree.N {
			continue
		}
		root, err := tlog.TreeHash(t.tree.N, hashes)
		if err != nil {
			return nil, err
		}
		if root != t.tree.Hash {
			rep.Fault(journal.Fault{Seq: -1, Key: t.key, Args: map[string]any{"count": t.tree.N}})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		if x := last[name]; x.count != x.leaf.Revision {
			rep.Fault(journal.Fault{Seq: -1, Object: name, Key: "verify.revisions", Args: map[string]any{"entries": x.count, "revision": x.leaf.Revision}})
		}
	}
	return last, nil
}

// state compares what is public now with the leaves. An object whose last entry came after the checkpoint was read is left for the next time.
func (o outside) state(rep *journal.Report, last map[string]*object) error {
	for _, kind := range ObjectKinds() {
		if !kind.Public {
			continue
		}
		after := ""
		for {
			b, err := o.get("/log/objects/" + url.PathEscape(kind.Name) + "?after=" + url.QueryEscape(after))
			if err != nil {
				return err
			}
			var page []journal.PublicObject
			if err := json.Unmarshal(b, &page); err != nil {
				return fmt.Errorf("read public things: %w", err)
			}
			if len(page) == 0 {
				break
			}
			for _, x := range page {
				o.compare(rep, x, last)
			}
			_, after, _ = strings.Cut(page[len(page)-1].Object, "/")
		}
		for _, name := range slices.Sorted(maps.Keys(last)) {
			if x := last[name]; strings.HasPrefix(name, kind.Name+"/") && !x.shown {
				rep.Fault(journal.Fault{Seq: -1, Entry: x.leaf.ID, Object: name, Key: "verify.not_shown"})
			}
		}
	}
	return nil
}

func (o outside) compare(rep *journal.Report, x journal.PublicObject, last map[string]*object) {
	logged := last[x.Object]
	if logged != nil {
		logged.shown = true
	}
	leaf, err := journal.ParseLeaf([]byte(x.Leaf))
	switch {
	case x.Entry == "":
		rep.Fault(journal.Fault{Seq: -1, Object: x.Object, Key: "verify.row_alone"})
	case err != nil:
		rep.Fault(journal.Fault{Seq: x.Seq, Entry: x.Entry, Object: x.Object, Key: "verify.leaf_unreadable", Args: map[string]any{"why": err.Error()}})
	case x.Seq < 0 || x.Seq >= rep.Entries:
		rep.Pending++
	case logged == nil || logged.leaf != leaf:
		rep.Fault(journal.Fault{Seq: x.Seq, Entry: x.Entry, Object: x.Object, Key: "verify.other_last"})
	case !x.Holds():
		rep.Fault(journal.Fault{Seq: x.Seq, Entry: x.Entry, Object: x.Object, Key: "verify.public_changed"})
	default:
		rep.Objects++
	}
}
