package search

import (
	"cmp"
	"slices"
)

// near returns the words of the vocabulary with the fewest mistakes, at most two, that begin with the same letter as word; a third is let pass when two
// thirds of the word are a common beginning ("ledgerlight" for "ledgerlite"). word is of plain letters, and long. All words of that letter are looked at,
// some 30 ns each: only what has no neighbour one mistake away comes here.
func (v *vocab) near(word string) []uint32 {
	least := 3
	var found []uint32
	v.sorted.prefix(word[:1], func(text string, n uint32) bool {
		if d := len(text) - len(word); d > least || -d > least || small(text) || !latin(text) || !v.stands(n) {
			return true
		}
		d := distance(word, text, least)
		switch {
		case d > least, d == 3 && 3*common(word, text) < 2*len(word):
			return true
		case d < least:
			least, found = d, found[:0]
		}
		found = append(found, n)
		return true
	})
	slices.SortFunc(found, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(common(word, v.words[b]), common(word, v.words[a])), cmp.Compare(v.df[b], v.df[a]), cmp.Compare(v.words[a], v.words[b]))
	})
	return found
}

// common returns how many bytes two words have in common at their beginning.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// distance returns how many mistakes lie between two words of plain letters: a letter too many, too few, another, or two neighbours swapped. Beyond limit it
// returns more than limit, and not how many.
func distance(a, b string, limit int) int {
	n := common(a, b)
	a, b = a[n:], b[n:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if max(len(a), len(b)) == 0 || min(len(a), len(b)) == 0 || len(b) > maxWord {
		return max(len(a), len(b))
	}
	var rows [3][maxWord + 1]int // the row at hand, the one before, and the one before that
	before2, before, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		before[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			d := before[j-1]
			if a[i-1] != b[j-1] {
				d = 1 + min(d, before[j], row[j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before2[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return least
		}
		before2, before, row = before, row, before2
	}
	return before[len(b)]
}
