package search

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// broadCache keeps the documents of broad groups as bitmaps. A bitmap is read from the database once, and follows each batch from then on.
// Everything but used is behind the mirror's lock.
type broadCache struct {
	sets   map[string]*docSet
	byWord map[uint32][]*docSet
	clock  atomic.Int64
	build  sync.Mutex // one reading at a time: two that ask for the same group would do the same work
}

// docSet is the documents of one group.
type docSet struct {
	words []uint32
	bits  []uint64
	used  atomic.Int64
	ready bool // the database's answer is in
	late  []late
}

// late is what a batch said of a document while the database was still answering: it holds against that answer.
type late struct {
	num uint32
	has bool
}

// Bounds of the cache.
const (
	broadFrom  = 512     // documents from which a group is broad: a row of the database costs some 0.3–1 µs, a bit 1 ns
	broadBytes = 8 << 20 // what all bitmaps may take
)

func broadKey(g group) (key string, words []uint32) {
	words = make([]uint32, len(g.members))
	for i, m := range g.members {
		words[i] = m.word
	}
	slices.Sort(words)
	b := make([]byte, 0, 8*len(words))
	for _, w := range words {
		b = append(strconv.AppendUint(b, uint64(w), 36), ' ')
	}
	return string(b), words
}

func (c *broadCache) len() int { return len(c.sets) }

// get returns the group's documents, or nil.
func (c *broadCache) get(key string) *docSet {
	s := c.sets[key]
	if s == nil || !s.ready {
		return nil
	}
	s.used.Store(c.clock.Add(1))
	return s
}

// begin makes a place for a group that is about to be read from the database.
func (c *broadCache) begin(key string, words []uint32) *docSet {
	if c.sets == nil {
		c.sets, c.byWord = map[string]*docSet{}, map[uint32][]*docSet{}
	}
	s := &docSet{words: words}
	c.sets[key] = s
	for _, w := range words {
		c.byWord[w] = append(c.byWord[w], s)
	}
	return s
}

// finish puts in what the database answered, and what happened since. docs is the number of documents that there are.
func (c *broadCache) finish(s *docSet, nums []uint32, docs int) {
	for _, n := range nums {
		s.set(n)
	}
	for _, l := range s.late {
		if l.has {
			s.set(l.num)
		} else {
			s.unset(l.num)
		}
	}
	s.late, s.ready = nil, true
	s.used.Store(c.clock.Add(1))
	for len(c.sets) > room(docs) {
		c.evict(s)
	}
}

// room is the number of bitmaps that are kept.
func room(docs int) int { return max(16, broadBytes/(docs/8+1)) }

// Warm reads the groups of the commonest words into memory, at most n of those that are not there yet, and returns how many it read. Run does it little by
// little: the first to ask for such words need not wait some milliseconds.
func (ix *Index) Warm(ctx context.Context, n int) (int, error) {
	if err := ix.ready(ctx); err != nil {
		return 0, err
	}
	m := ix.m
	var due []group
	m.mu.RLock()
	var words []uint32
	for w, df := range m.vocab.df {
		if df >= broadFrom {
			words = append(words, uint32(w))
		}
	}
	m.vocab.commonest(words)
	seen := map[string]bool{}
	for _, w := range words {
		g := m.vocab.group(term{Token: Token{Word: m.vocab.words[w], Form: m.vocab.shown(w)}}, false)
		key, _ := broadKey(g)
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(seen) > room(len(m.ids))/2 { // the other half is for what people ask
			break
		}
		if m.broad.sets[key] == nil {
			if due = append(due, g); len(due) == n {
				break
			}
		}
	}
	m.mu.RUnlock()
	for i, g := range due {
		if _, err := ix.readBroad(ctx, g); err != nil {
			return i, fmt.Errorf("read a broad word of search: %w", err)
		}
	}
	return len(due), nil
}

// evict drops the bitmap that was not asked for the longest, but not keep.
func (c *broadCache) evict(keep *docSet) {
	oldest, at := "", int64(0)
	for key, s := range c.sets {
		if s != keep && s.ready && (oldest == "" || s.used.Load() < at) {
			oldest, at = key, s.used.Load()
		}
	}
	c.drop(oldest)
}

func (c *broadCache) drop(key string) {
	s := c.sets[key]
	delete(c.sets, key)
	if s == nil {
		return
	}
	for _, w := range s.words {
		if rest := slices.DeleteFunc(c.byWord[w], func(x *docSet) bool { return x == s }); len(rest) > 0 {
			c.byWord[w] = rest
		} else {
			delete(c.byWord, w)
		}
	}
}

// clear takes a document out of all groups: it changed, and add follows for the words that it has now.
func (c *broadCache) clear(n uint32) {
	for _, s := range c.sets {
		if s.ready {
			s.unset(n)
		} else {
			s.late = append(s.late, late{n, false})
		}
	}
}

// add says that a document holds a word.
func (c *broadCache) add(word, n uint32) {
	for _, s := range c.byWord[word] {
		if s.ready {
			s.set(n)
		} else {
			s.late = append(s.late, late{n, true})
		}
	}
}

func (s *docSet) set(n uint32) {
	for int(n/64) >= len(s.bits) {
		s.bits = append(s.bits, 0)
	}
	s.bits[n/64] |= 1 << (n % 64)
}

func (s *docSet) unset(n uint32) {
	if int(n/64) < len(s.bits) {
		s.bits[n/64] &^= 1 << (n % 64)
	}
}

func (s *docSet) has(n uint32) bool {
	return int(n/64) < len(s.bits) && s.bits[n/64]&(1<<(n%64)) != 0
}

// all calls each for the documents that all sets hold, by number. There is at least one set.
func all(sets []*docSet, each func(uint32)) {
	length := len(sets[0].bits)
	for _, s := range sets {
		length = min(length, len(s.bits))
	}
	for i := range length {
		w := sets[0].bits[i]
		for _, s := range sets[1:] {
			w &= s.bits[i]
		}
		for ; w != 0; w &= w - 1 {
			each(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}
