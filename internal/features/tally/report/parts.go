package report

import (
	"strings"

	"commun/engines/tally"
)

// envelope is a category's or district's budget in words; the count of the projects in none has no name.
func (v voice) envelope(name string) string {
	kind, rest, ok := strings.Cut(name, " ")
	switch {
	case name == "":
		return v.T("tallied.part.rest")
	case ok && kind == tally.PartCategory:
		return v.T("tallied.part.category", args{"name": plain(rest)})
	case ok && kind == tally.PartDistrict:
		return v.T("tallied.part.district", args{"name": plain(rest)})
	}
	return plain(name)
}

// partRows are the separate counts: budget, what was spent, who voted, how many won.
func (c *counted) partRows(v voice) [][]string {
	var rows [][]string
	for _, x := range c.res.Parts {
		rows = append(rows, []string{v.envelope(x.Name), v.money(x.Budget), v.money(x.Cost) + " (" + v.ratio(x.Cost.Float(), x.Budget.Float()) + ")",
			v.Int(int64(x.Voters)), v.Int(int64(len(x.Winners)))})
	}
	return rows
}

// partsLead says what the counts are, and who votes in each.
func (c *counted) partsLead(v voice) string {
	everybody := c.src.Instance.Limits.Separate == tally.SeparateAll || strings.HasSuffix(c.rule.Get("parts"), "-all")
	if everybody {
		return v.T("tallied.part.lead_all", args{"count": len(c.res.Parts)})
	}
	return v.T("tallied.part.lead_named", args{"count": len(c.res.Parts)})
}

// partNotes are what happened to each count as a whole.
func (c *counted) partNotes(v voice) []string {
	var list []string
	for _, x := range c.res.Parts {
		for _, n := range x.Notes {
			list = append(list, v.envelope(x.Name)+" – "+v.engine(n, "", tally.Sentences))
		}
	}
	return list
}

func (c *counted) terminalParts(v voice, p *printer) {
	rows := c.partRows(v)
	if len(rows) == 0 {
		return
	}
	p.head(v.T("tallied.head.parts"))
	p.wrap("  ", c.partsLead(v))
	p.table([]column{{v.T("tallied.word.part"), false, true}, {v.T("tallied.word.budget"), true, false}, {v.T("tallied.word.spent"), true, false},
		{v.T("tallied.word.voters"), true, false}, {v.T("tallied.word.winners"), true, false}}, rows)
	for _, text := range c.partNotes(v) {
		p.wrap("  ", text)
	}
}

// partSheet is the table of the separate counts.
func (c *counted) partSheet() sheet {
	s := sheet{"parts", [][]string{{"part", "budget", "cost", "voters", "winners", "share", "steps"}}}
	for _, x := range c.res.Parts {
		s.add(x.Name, x.Budget, x.Cost, x.Voters, strings.Join(x.Winners, " "), x.Share, x.Steps)
	}
	return s
}
