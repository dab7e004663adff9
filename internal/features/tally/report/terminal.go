package report

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"commun/engines/tally"
)

// terminal writes the result as sentences and tables.
func (c *counted) terminal(v voice, t Terminal) error {
	if c.college != nil {
		return c.collegeTerminal(v, t)
	}
	if c.election != nil {
		return c.electionTerminal(v, t)
	}
	p := t.printer(v)
	p.wrap("", p.bold(plain(c.src.Title)))
	p.wrap("", c.headline(v))
	p.rule(v, c.res.Rule.String())
	if c.from {
		p.wrap("", v.T("tallied.rule_from_file", args{"rule": c.src.Rule}))
	}
	if text := c.publishedLine(v); text != "" {
		p.wrap("", text)
	}
	for _, text := range c.notes(v) {
		p.wrap("", text)
	}
	c.terminalParts(v, p)
	c.terminalWinners(v, p)
	c.terminalLosers(v, p)
	c.terminalFairness(v, p)
	if c.ballot != nil {
		c.terminalBallot(v, p)
	}
	return p.err
}

// plain keeps what a stranger wrote on one line, without what a terminal would obey.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)), " ")
}

// headline is the answer: how many won, and for how much.
func (c *counted) headline(v voice) string {
	r := c.res
	return v.T("tallied.headline", args{"count": len(r.Winners), "projects": v.Int(int64(len(r.Projects))), "cost": v.money(r.Cost), "budget": v.money(r.Budget),
		"share": v.ratio(r.Cost.Float(), r.Budget.Float())}) + " " + v.T("tallied.ballots", args{"count": r.Voters})
}

// rule writes a rule in full, broken behind commas.
func (p *printer) rule(v voice, text string) {
	line := v.T("tallied.rule_line", args{"rule": ""})
	for i, part := range strings.SplitAfter(text, ",") {
		if i > 0 && columns(line)+columns(part) > p.width {
			p.line(line)
			line = "    "
		}
		line += part
	}
	p.line(line)
}

// inPoints tells whether support is counted in points.
func (c *counted) inPoints() bool {
	score := c.rule.Get("score")
	return c.rule.Name == tally.Points || score == "points" || score == "borda"
}

// publishedLine compares with the winners that the file itself marks; "" when it marks none.
func (c *counted) publishedLine(v voice) string {
	if c.src.Published == nil {
		return ""
	}
	gone, more := c.unlike()
	if len(gone)+len(more) == 0 {
		return v.T("tallied.published_same", args{"count": len(c.src.Published)})
	}
	var parts []string
	if len(more) > 0 {
		parts = append(parts, v.T("tallied.published_not_marked", args{"ids": strings.Join(more, ", ")}))
	}
	if len(gone) > 0 {
		parts = append(parts, v.T("tallied.published_only_marked", args{"ids": strings.Join(gone, ", ")}))
	}
	return strings.Join(parts, " ")
}

// unlike are the ids that the file marks and that did not win here, and the other way round.
func (c *counted) unlike() (gone, more []string) {
	for _, id := range c.src.Published {
		if !slices.Contains(c.res.Winners, id) {
			gone = append(gone, id)
		}
	}
	for _, id := range c.res.Winners {
		if !slices.Contains(c.src.Published, id) {
			more = append(more, id)
		}
	}
	return gone, more
}

// notes are what happened to the count as a whole.
func (c *counted) notes(v voice) []string {
	var list []string
	for _, n := range c.res.Notes {
		list = append(list, v.engine(n, "", tally.Sentences))
	}
	if n := len(c.src.Withdrawn); n > 0 {
		list = append(list, v.T("tallied.withdrawn", args{"count": n, "ids": strings.Join(c.src.Withdrawn, ", ")}))
	}
	if len(c.res.Outcomes) > 1 {
		text := v.T("tallied.outcomes", args{"count": len(c.res.Outcomes)})
		if c.res.Capped {
			text += " " + v.T("tallied.outcomes_capped")
		}
		list = append(append(list, text), v.outcomes(c.res.Outcomes)...)
	}
	return list
}

// listed is how many outcomes are told one by one.
const listed = 12

// outcomes tell the sets of winners that ties could give: of each, what not all have.
func (v voice) outcomes(sets [][]string) []string {
	in := map[string]int{}
	for _, set := range sets {
		for _, id := range set {
			in[id]++
		}
	}
	var list []string
	for i, set := range sets[:min(len(sets), listed)] {
		var own []string
		for _, id := range set {
			if in[id] < len(sets) {
				own = append(own, v.quoted(id))
			}
		}
		text := v.T("tallied.word.nothing_more")
		if len(own) > 0 {
			text = v.List(own)
		}
		list = append(list, v.T("tallied.outcome", args{"n": strconv.Itoa(i + 1), "ids": plain(text)}))
	}
	return list
}

// verdicts are projects by id.
func (c *counted) verdicts() map[string]tally.Verdict {
	m := map[string]tally.Verdict{}
	for _, p := range c.res.Projects {
		m[p.ID] = p
	}
	return m
}

// losers are those who did not win, most supported first.
func (c *counted) losers() []tally.Verdict {
	var list []tally.Verdict
	for _, p := range c.res.Projects {
		if !p.Won {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b tally.Verdict) int { return cmp.Or(b.Support.Cmp(a.Support), strings.Compare(a.ID, b.ID)) })
	return list
}

// supportHead is what support is counted in.
func (c *counted) supportHead(v voice) string {
	switch score := c.rule.Get("score"); {
	case c.rule.Name == tally.Points || score == "points":
		return v.T("tallied.word.points")
	case score == "borda":
		return v.T("tallied.word.borda")
	}
	return v.T("tallied.word.votes")
}

func (c *counted) terminalWinners(v voice, p *printer) {
	p.head(v.T("tallied.head.winners"))
	if len(c.res.Winners) == 0 {
		p.wrap("  ", v.T("tallied.no_winner"))
		return
	}
	by := c.verdicts()
	var rows [][]string
	for i, id := range c.res.Winners {
		w := by[id]
		rows = append(rows, []string{strconv.Itoa(i + 1), id, plain(w.Name), v.money(w.Cost), v.number(w.Support, 2)})
	}
	cols := []column{{"", true, false}, {v.T("tallied.word.id"), false, false}, {v.T("tallied.word.project"), false, true},
		{v.T("tallied.word.cost"), true, false}, {c.supportHead(v), true, false}}
	at := 0
	for _, x := range c.res.Parts { // the winners stand part after part
		if len(x.Winners) > 0 {
			p.wrap("  ", p.bold(v.envelope(x.Name)))
			p.table(cols, rows[at:at+len(x.Winners)])
		}
		at += len(x.Winners)
	}
	if len(c.res.Parts) == 0 {
		p.table(cols, rows)
	}
	if left := c.left(); left.Rat().Sign() > 0 {
		p.wrap("  ", v.T("tallied.left", args{"left": v.money(left)}))
	}
}

// left is what of the budget was not spent.
func (c *counted) left() tally.Number {
	r := c.res.Budget.Rat()
	return tally.Exactly(r.Sub(r, c.res.Cost.Rat()))
}

func (c *counted) terminalLosers(v voice, p *printer) {
	losers := c.losers()
	if len(losers) == 0 {
		return
	}
	p.head(v.T("tallied.head.losers"))
	if c.allAtMost() {
		p.wrap("  ", v.T("tallied.lacked.all_at_most"))
	}
	for _, l := range losers {
		p.wrap("  ", p.bold(l.ID)+"  "+plain(cmp.Or(l.Name, l.ID)))
		p.wrap("      ", v.engine(l.Reason, v.T("tallied.word.this_project"), tally.Sentences))
		if text := c.lacked(v, l); text != "" {
			p.wrap("      ", text)
		}
	}
}

// lacked says what a loser lacked: votes, money, or either; "" when that was not looked for. Where not every smaller number was counted, it
// says that less may do.
func (c *counted) lacked(v voice, l tally.Verdict) string {
	text := c.lackedMost(v, l)
	if c.atMost(l) && !c.allAtMost() {
		text += " " + v.T("tallied.lacked.at_most")
	}
	return text
}

// atMost tells whether less than what a loser is told may do.
func (c *counted) atMost(l tally.Verdict) bool { return l.VotesAtMost || l.CostAtMost }

// allAtMost tells whether that holds of each loser that is told anything: then it is said once.
func (c *counted) allAtMost() bool {
	some, all := false, true
	for _, l := range c.res.Projects {
		if l.MissingVotes != nil || l.MissingCost != nil {
			some, all = true, all && c.atMost(l)
		}
	}
	return some && all
}

func (c *counted) lackedMost(v voice, l tally.Verdict) string {
	switch {
	case l.MissingVotes != nil && l.MissingCost != nil:
		n, _ := l.MissingVotes.Int()
		return v.T("tallied.lacked.both", args{"count": n, "cost": v.money(*l.MissingCost)})
	case l.MissingVotes != nil:
		n, _ := l.MissingVotes.Int()
		return v.T("tallied.lacked.votes", args{"count": n})
	case l.MissingCost != nil:
		return v.T("tallied.lacked.cost", args{"cost": v.money(*l.MissingCost)})
	case l.Unsearched:
		return v.T("tallied.lacked.unsearched")
	case c.searched():
		return v.T("tallied.lacked.nothing")
	}
	return ""
}

// searched tells whether it was looked for what losers lacked.
func (c *counted) searched() bool {
	return slices.ContainsFunc(c.res.Projects, func(p tally.Verdict) bool { return p.MissingVotes != nil || p.MissingCost != nil })
}

func (c *counted) terminalFairness(v voice, p *printer) {
	f := c.res.Fairness
	if f == nil {
		return
	}
	p.head(v.T("tallied.head.fairness"))
	for _, text := range c.fairSentences(v) {
		p.wrap("  • ", text)
	}
	for _, a := range f.By {
		var rows [][]string
		for _, x := range a.Parts {
			rows = append(rows, []string{v.value(a.Name, x.Value), v.Int(int64(x.Voters)), v.ratio(float64(x.WithNothing), float64(x.Voters)), v.number(x.MeanWinners, 2)})
		}
		p.line("")
		p.table([]column{{v.attribute(a.Name), false, true}, {v.T("tallied.word.voters"), true, false}, {v.T("tallied.word.nothing"), true, false},
			{v.T("tallied.word.mean_winners"), true, false}}, rows)
	}
}

// fairSentences say how the result treats the voters.
func (c *counted) fairSentences(v voice) []string {
	f, voters := c.res.Fairness, c.res.Voters
	list := []string{
		v.T("tallied.fair.served", args{"count": voters - f.WithNothing, "voters": v.Int(int64(voters)), "share": v.ratio(float64(voters-f.WithNothing), float64(voters))}),
		v.T("tallied.fair.mean", args{"winners": v.number(f.MeanWinners, 2), "cost": v.money(f.MeanCost)}),
	}
	if f.Excluded > 0 {
		list = append(list, v.T("tallied.fair.excluded", args{"count": f.Excluded, "share": v.share(f.ExclusionRatio)}))
	}
	if n := len(f.EJRPlus); n == 0 {
		list = append(list, v.T("tallied.fair.ejr_none"))
	} else {
		list = append(list, v.T("tallied.fair.ejr", args{"count": n}))
		for _, x := range f.EJRPlus[:min(n, shown)] {
			list = append(list, v.engine(x.Says, v.quoted(x.Project), tally.Sentences))
		}
	}
	if f.Priceable == "proved" {
		list = append(list, v.T("tallied.fair.priceable"))
	} else {
		list = append(list, v.T("tallied.fair.priceable_unknown"))
	}
	return list
}

// attribute is the name of one in words.
func (v voice) attribute(name string) string {
	if key := "tallied.attribute." + name; v.Has(key) {
		return v.T(key)
	}
	return name
}

// value is a value of an attribute in words.
func (v voice) value(attribute, value string) string {
	if value == "" {
		return v.T("tallied.word.unsaid")
	}
	if key := "tallied.value." + attribute + "_" + strings.ToLower(value); v.Has(key) {
		return v.T(key)
	}
	if attribute == "age" && strings.HasPrefix(value, "00-") {
		return v.T("tallied.value.age_under", args{"age": value[3:]})
	}
	if from, ok := strings.CutSuffix(value, "+"); ok && attribute == "age" {
		return v.T("tallied.value.age_over", args{"age": from})
	}
	return plain(strings.Replace(value, "-", "–", 1))
}

func hundredfold(n tally.Number) tally.Number {
	r := n.Rat()
	return tally.Exactly(r.Mul(r, big.NewRat(100, 1)))
}

func (c *counted) terminalBallot(v voice, p *printer) {
	b := c.ballot
	p.head(v.T("tallied.head.ballot", args{"voter": c.src.Ballot.ID, "line": c.src.Ballot.Line}))
	p.wrap("  ", v.engine(b.Says, "", tally.Sentences))
	p.wrap("  ", v.T("tallied.ballot_part", args{"part": v.number(hundredfold(b.Part), 4)}))
	for _, x := range b.Choices {
		p.wrap("  ", p.bold(x.ID)+"  "+plain(v.name(x.ID)))
		p.wrap("      ", v.engine(x.Says, v.T("tallied.word.this_project"), tally.Sentences))
	}
}
