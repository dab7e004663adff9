package tally

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ties is an order that decides between equals, read from a rule's key ties:
//
//	votes/cost/id      more votes, then lower cost, then the id compared as bytes (the default)
//	cost/votes/id      lower cost first; dear is higher cost
//	votes/lot:SEED     by lot among what is still equal, drawn from a seed that was published before the count
//	open               not decided: every outcome is listed
//
// An order that can leave equals ends with the id, and is printed so.
type Ties struct {
	Keys []string // of votes, fewer, cost, dear, id, lot
	Seed string   // of lot
	Open bool
}

// DefaultTies is the order that a rule has when its text says none.
const DefaultTies = "votes/cost/id"

// ParseTies reads the value of the key ties.
func ParseTies(s string) (Ties, error) {
	if s == "open" {
		return Ties{Open: true}, nil
	}
	var t Ties
	order, seed, lot := strings.Cut(s, "lot:")
	if lot {
		if seed == "" || len(seed) > 256 || strings.Contains(seed, ",") {
			return Ties{}, errors.New("a lot needs a seed of 1 to 256 bytes without a comma")
		}
		t.Seed = seed
		order += "lot"
	}
	for _, k := range strings.Split(order, "/") {
		if !slices.Contains([]string{"votes", "fewer", "cost", "dear", "id", "lot"}, k) || k == "lot" && !lot {
			return Ties{}, fmt.Errorf("%q is none of votes, fewer, cost, dear, id, lot:SEED, open", k)
		}
		if slices.Contains(t.Keys, k) {
			return Ties{}, fmt.Errorf("%q stands twice", k)
		}
		t.Keys = append(t.Keys, k)
	}
	return t, nil
}

// CheckTies is ParseTies as the check of a [Key].
func CheckTies(s string) error { _, err := ParseTies(s); return err }

// String is what ParseTies reads.
func (t Ties) String() string {
	if t.Open {
		return "open"
	}
	keys := slices.Clone(t.Keys)
	if i := slices.Index(keys, "lot"); i >= 0 {
		keys[i] = "lot:" + t.Seed
	}
	return strings.Join(keys, "/")
}

// Rank gives each id its place in the order, 0 first: before the count, once for all, so that no step can draw again. votes and cost may
// be nil where they mean nothing. Whatever remains equal goes by id, and equal ids by their place. For [Ties.Open] it is the order by id,
// in which outcomes are listed.
func (t Ties) Rank(ids []string, votes, cost []int64) []int32 {
	lots := make([]string, len(ids))
	if t.Seed != "" {
		for i, id := range ids {
			lots[i] = Lot(t.Seed, id)
		}
	}
	at := func(v []int64, i int) int64 {
		if v == nil {
			return 0
		}
		return v[i]
	}
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		for _, k := range t.Keys {
			c := 0
			switch k {
			case "votes":
				c = compare(at(votes, b), at(votes, a))
			case "fewer":
				c = compare(at(votes, a), at(votes, b))
			case "cost":
				c = compare(at(cost, a), at(cost, b))
			case "dear":
				c = compare(at(cost, b), at(cost, a))
			case "lot":
				c = strings.Compare(lots[a], lots[b])
			case "id":
				c = strings.Compare(ids[a], ids[b])
			}
			if c != 0 {
				return c
			}
		}
		return strings.Compare(ids[a], ids[b])
	})
	rank := make([]int32, len(ids))
	for place, i := range order {
		rank[i] = int32(place)
	}
	return rank
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Lot is the ticket that the id draws from the seed: SHA-256 of the seed, a zero byte and the id. The lowest, compared as bytes, comes
// first. Anyone can draw it again: printf 'SEED\0ID' | sha256sum.
func Lot(seed, id string) string {
	sum := sha256.Sum256([]byte(seed + "\x00" + id))
	return string(sum[:])
}
