package election

import (
	"fmt"
	"math/big"
	"slices"

	"commun/engines/tally"
)

// defaultOption is the place of the option against which quorum and majority are measured.
func (c *counter) defaultOption() int32 {
	id := c.rule.Get("default")
	if id == "last" {
		return int32(len(c.ids) - 1)
	}
	return int32(slices.Index(c.ids, id))
}

// checkDebian refuses a default option or a ratio for someone who does not stand.
func (c *counter) checkDebian() error {
	if c.defaultOption() < 0 {
		return fmt.Errorf("%w: the default option %s does not stand", ErrCandidates, c.rule.Get("default"))
	}
	_, some, err := majorities(c.rule.Get("majority"))
	if err != nil {
		return err
	}
	for id := range some {
		if !slices.Contains(c.ids, id) {
			return fmt.Errorf("%w: a majority for %s, who does not stand", ErrCandidates, id)
		}
	}
	return nil
}

// dropOptions are the options that reach quorum and majority against the default option d (paragraphs 2 and 3), and d.
func (c *counter) dropOptions(d int32) []int32 {
	s := c.stage("default")
	quorum, _ := number(c.rule.Get("quorum"))
	all, some, _ := majorities(c.rule.Get("majority"))
	strict := c.rule.Get("ratio") == "above"
	var stay []int32
	for a := range int32(len(c.ids)) {
		if a == d {
			stay = append(stay, a)
			continue
		}
		ratio := all
		if r := some[c.ids[a]]; r != nil {
			ratio = r
		}
		yes, no := c.pairs.Over(int(a), int(d)), c.pairs.Over(int(d), int(a))
		needed := new(big.Rat).Mul(ratio, new(big.Rat).SetInt64(no))
		reach := new(big.Rat).SetInt64(yes).Cmp(needed)
		words := args{"option": c.ids[a], "default": c.ids[d], "for": yes, "against": no, "quorum": c.rule.Get("quorum"), "ratio": tally.Exactly(ratio)}
		switch {
		case new(big.Rat).SetInt64(yes).Cmp(quorum) < 0:
			s.Says = append(s.Says, say("election.debian.quorum", words))
		case yes <= no || reach < 0 || strict && reach == 0:
			s.Says = append(s.Says, say("election.debian.majority", words))
		default:
			s.Says = append(s.Says, say("election.debian.stays", words))
			stay = append(stay, a)
		}
	}
	return stay
}

// countDebian drops options, then, again and again, the weakest defeats within the Schwartz set, until none is left there.
func (c *counter) countDebian() {
	if len(c.ids) == 0 {
		return
	}
	options := c.dropOptions(c.defaultOption())
	defeats := slices.DeleteFunc(c.pairs.victories(false), func(v victory) bool {
		return !slices.Contains(options, v.a) || !slices.Contains(options, v.b)
	})
	c.tellPairs(defeats)
	for {
		inside := schwartz(len(c.ids), options, defeats)
		s := c.stage("schwartz")
		if c.res != nil {
			s.Says = append(s.Says, say("election.debian.schwartz", args{"options": c.names(inside)}))
		}
		within := func(v victory) bool { return slices.Contains(inside, v.a) && slices.Contains(inside, v.b) }
		weakest := int32(-1)
		for _, v := range defeats {
			if within(v) && (weakest < 0 || v.level < weakest) {
				weakest = v.level
			}
		}
		if weakest < 0 {
			w := c.pick(s, inside, 1)[0]
			c.elected = append(c.elected, w)
			s.Says = append(s.Says, say("election.elected", args{"candidate": c.ids[w]}))
			return
		}
		defeats = slices.DeleteFunc(defeats, func(v victory) bool {
			drop := within(v) && v.level == weakest
			if drop && c.res != nil {
				s.Says = append(s.Says, c.sayPair("election.debian.drop", v))
			}
			return drop
		})
	}
}

// schwartz is the set of options that defeat, through others too, everyone who so defeats them.
func schwartz(n int, options []int32, defeats []victory) []int32 {
	reach := strongest(n, defeats)
	return slices.DeleteFunc(slices.Clone(options), func(a int32) bool {
		return slices.ContainsFunc(options, func(b int32) bool { return reach.at(b, a) > 0 && reach.at(a, b) == 0 })
	})
}
