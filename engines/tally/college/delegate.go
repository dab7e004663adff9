package college

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"commun/engines/tally"
)

// Abstain is the choice of who votes for nobody.
const Abstain = "abstain"

// Vote is one question put to an assembly.
type Vote struct {
	Topic       string            // what delegations may be for
	Date        string            // the day of the vote, as 2026-11-25; it decides which delegations hold
	Options     []string          // none: yes and no; the first is what a vote of yes and no is about
	Ballots     map[string]string // by member: an option or [Abstain]
	Delegations []Delegation
}

// Delegation gives a member's votes to another, on a topic or on all, from a day to another; a day is as 2026-11-25, both included, and
// empty for no bound.
type Delegation struct {
	From, To     string
	Topic        string // empty: whatever has no delegation of its own
	Since, Until string
}

// holds tells whether the delegation is in force.
func (d Delegation) holds(v *Vote) bool {
	return (d.Topic == "" || d.Topic == v.Topic) && (d.Since == "" || d.Since <= v.Date) && (d.Until == "" || d.Until >= v.Date)
}

func checkDay(day string) error {
	if day == "" {
		return nil
	}
	if t, err := time.Parse("2006-01-02", day); err != nil || t.Format("2006-01-02") != day {
		return fmt.Errorf("%w: %q is no day as 2026-11-25", ErrVote, day)
	}
	return nil
}

// cast is a member's vote once delegations are followed.
type cast struct {
	by     int    // the member who casts it; himself or his delegate
	choice int    // an option, or -1 to abstain
	why    string // not cast: why not; "" when cast
	via    []int  // from hand to hand, the last is the delegate; nil for an own vote
}

// resolve follows delegations: by member what is cast for him. An own ballot always comes first.
func (a *Assembly) resolve(v *Vote) ([]cast, error) {
	index := make(map[string]int, len(a.Members))
	for i, m := range a.Members {
		index[m.ID] = i
	}
	out := make([]cast, len(a.Members))
	own := make([]bool, len(a.Members))
	for id, choice := range v.Ballots {
		i, ok := index[id]
		c := slices.Index(v.Options, choice)
		if !ok || c < 0 && choice != Abstain {
			return nil, fmt.Errorf("%w: %q of member %q", ErrVote, choice, id)
		}
		out[i], own[i] = cast{by: i, choice: c}, true
	}
	to, since, err := a.delegates(v, index)
	if err != nil {
		return nil, err
	}
	for i := range a.Members {
		if !own[i] {
			out[i] = a.follow(i, to, own, out)
		}
	}
	a.limit(out, since)
	return out, nil
}

// delegates is by member to whom his votes go on this question, -1 for nobody, and since when. A delegation for the topic comes before one for
// all, and a later one before an earlier.
func (a *Assembly) delegates(v *Vote, index map[string]int) (to []int, since []string, err error) {
	to, since = make([]int, len(a.Members)), make([]string, len(a.Members))
	topic := make([]string, len(a.Members))
	for i := range to {
		to[i] = -1
	}
	if err := checkDay(v.Date); err != nil {
		return nil, nil, err
	}
	for _, d := range v.Delegations {
		from, ok := index[d.From]
		at, ok2 := index[d.To]
		if !ok || !ok2 || from == at {
			return nil, nil, fmt.Errorf("%w: delegation from %q to %q", ErrVote, d.From, d.To)
		}
		for _, day := range []string{d.Since, d.Until} {
			if err := checkDay(day); err != nil {
				return nil, nil, err
			}
			if day != "" && v.Date == "" {
				return nil, nil, fmt.Errorf("%w: delegations with days, and the vote has none", ErrVote)
			}
		}
		if !a.Statutes.Delegation.Allowed {
			return nil, nil, fmt.Errorf("%w: delegation from %s, and the statutes allow none", ErrVote, d.From)
		}
		if !d.holds(v) {
			continue
		}
		if to[from] >= 0 && topic[from] == d.Topic && since[from] == d.Since {
			if to[from] != at {
				return nil, nil, fmt.Errorf("%w: %s delegates to %s and to %s at once", ErrVote, d.From, a.Members[to[from]].ID, d.To)
			}
			continue
		}
		if to[from] < 0 || topic[from] == "" && d.Topic != "" || topic[from] == d.Topic && since[from] < d.Since {
			to[from], topic[from], since[from] = at, d.Topic, d.Since
		}
	}
	return to, since, nil
}

// follow goes from delegate to delegate until one votes.
func (a *Assembly) follow(i int, to []int, own []bool, out []cast) cast {
	var via []int
	for at := i; ; {
		next := to[at]
		switch {
		case next < 0:
			if at == i {
				return cast{why: "silent"}
			}
			return cast{why: "delegate", via: via}
		case next == i || slices.Contains(via, next):
			if a.Statutes.Delegation.Cycle == Abstain {
				return cast{by: i, choice: -1, via: append(via, next)}
			}
			return cast{why: "cycle", via: append(via, next)}
		case a.Statutes.Delegation.Depth > 0 && len(via) == a.Statutes.Delegation.Depth:
			return cast{why: "depth", via: via}
		}
		via = append(via, next)
		if own[next] {
			return cast{by: next, choice: out[next].choice, via: via}
		}
		at = next
	}
}

// limit takes from each delegate the votes beyond the number that he may carry: those that came to him over fewest hands stay, then those
// of the earliest day, then by id.
func (a *Assembly) limit(out []cast, since []string) {
	most := a.Statutes.Delegation.Most
	if most == 0 {
		return
	}
	for by, list := range carried(out) {
		slices.SortFunc(list, func(x, y int) int {
			if d := len(out[x].via) - len(out[y].via); d != 0 {
				return d
			}
			if d := strings.Compare(since[x], since[y]); d != 0 {
				return d
			}
			return strings.Compare(a.Members[x].ID, a.Members[y].ID)
		})
		for n, i := range list {
			if n >= most && out[i].by == by {
				out[i] = cast{why: "over", via: out[i].via}
			}
		}
	}
}

// carried is by delegate the members for whom he votes.
func carried(out []cast) map[int][]int {
	by := map[int][]int{}
	for i, c := range out {
		if c.why == "" && c.by != i {
			by[c.by] = append(by[c.by], i)
		}
	}
	return by
}

// sayDelegations tells which delegations were followed, and which were not and why.
func (c *count) sayDelegations() {
	for i, x := range c.casts {
		if x.via == nil {
			continue
		}
		m := args{"member": c.a.Members[i].ID, "delegate": c.a.Members[x.via[len(x.via)-1]].ID}
		switch {
		case x.why == "" && x.by == i:
			c.say("college.delegation.circle", m)
		case x.why == "":
			c.say("college.delegation.carried", m)
		default:
			c.say("college.delegation."+x.why, m)
		}
	}
}

type args = map[string]any

func (c *count) say(key string, a args) {
	c.res.Says = append(c.res.Says, tally.Say(Sentences, key, a))
}
