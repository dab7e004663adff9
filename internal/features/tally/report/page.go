package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"commun/engines/tally"
	"commun/engines/tally/college"
	"commun/engines/tally/election"
)

//go:embed page.css
var style string

// page is what the published page shows.
type page struct {
	voice
	c        *counted
	Title    string
	Headline string
	Figures  []figure
	Rule     string   // in full
	Plain    []string // the rule in words, by paragraphs
	Keys     []setting
	Losers   []loser
	Flow     []flow
	Command  string
	Recount  string
}

// figure is one number that sums the result up.
type figure struct{ Value, Says string }

// setting is one key of the rule.
type setting struct{ Pair, Says string }

// loser is a project that did not win, and why.
type loser struct {
	ID, Name, Cost, Support, Why, Lacked string
	AtMost                               bool // less may do
}

// bar is a row of a small chart: Part of a whole, from 0 to 1.
type bar struct {
	Cells []string
	Part  float64
}

// width is how long the bar is, of a hundred.
func (b bar) width() string { return num(math.Max(0, math.Min(b.Part, 1)) * 100) }

// page writes one self-contained page.
func (c *counted) page(v voice, o Order, w io.Writer) error {
	p := page{voice: v, c: c, Title: plain(c.src.Title)}
	var rule tally.Rule
	specs := rulesOf(c.election != nil)
	switch {
	case c.college != nil:
		rule, specs = c.college.Rule, college.Rules()
		p.assembly()
	case c.election != nil:
		rule = c.election.Rule
		p.Headline = c.electionHeadline(v)
	default:
		rule = c.res.Rule
		p.budget()
	}
	p.Rule = rule.String()
	spec, _ := specs.Find(rule.Name)
	p.Plain = v.ruleInWords(spec, rule)
	for _, k := range spec.Keys {
		p.Keys = append(p.Keys, setting{k.Name + "=" + rule.Get(k.Name), v.keySays(spec, k)})
	}
	more := ""
	if o.Constraints != "" {
		more = " --constraints " + quote(baseName(o.Constraints))
	}
	how := more
	if o.Seats > 0 {
		how += fmt.Sprintf(" --seats %d", o.Seats)
	}
	if o.Question != "" {
		how += " --question " + quote(o.Question)
	}
	p.Command = fmt.Sprintf("commun tally %s --rule %s%s --json > result.json", quote(c.src.Name), quote(p.Rule), how)
	p.Recount = fmt.Sprintf("commun tally recount result.json %s%s", quote(c.src.Name), more)
	return p.render().Render(context.Background(), w)
}

// pieces are a command or a rule, cut where a line may break.
func pieces(text string) []string { return strings.SplitAfter(text, ",") }

// baseName is the last part of a path, however it is written.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// quote writes an argument as a shell takes it.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=,/:+") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (p *page) budget() {
	v, r, f := p.voice, p.c.res, p.c.res.Fairness
	p.Headline = v.T("tallied.headline", args{"count": len(r.Winners), "projects": v.Int(int64(len(r.Projects))), "cost": v.money(r.Cost), "budget": v.money(r.Budget),
		"share": v.ratio(r.Cost.Float(), r.Budget.Float())})
	p.Figures = []figure{
		{v.Int(int64(len(r.Winners))), v.T("tallied.page.winners", args{"projects": v.Int(int64(len(r.Projects)))})},
		{v.money(r.Cost), v.T("tallied.page.spent", args{"budget": v.money(r.Budget)})},
		{v.Int(int64(r.Voters)), v.T("tallied.page.ballots")},
		{v.ratio(float64(r.Voters-f.WithNothing), float64(r.Voters)), v.T("tallied.page.served")},
	}
	for _, l := range p.c.losers() {
		p.Losers = append(p.Losers, loser{l.ID, plain(cmp.Or(l.Name, l.ID)), v.money(l.Cost), v.supported(l.Support),
			v.engine(l.Reason, v.T("tallied.word.this_project"), tally.Sentences), p.c.lackedMost(v, l), p.c.atMost(l) && !p.c.allAtMost()})
	}
	var list []amount
	by := p.c.verdicts()
	others, rest := 0.0, 0
	for i, id := range r.Winners {
		w := by[id]
		if i >= mostStreams && len(r.Winners) > mostStreams+1 {
			others += w.Cost.Float()
			rest++
			continue
		}
		list = append(list, amount{Name: plain(cmp.Or(w.Name, id)), Says: v.money(w.Cost), Value: w.Cost.Float()})
	}
	if rest > 0 {
		list = append(list, amount{Name: v.T("tallied.page.others", args{"count": rest}), Says: v.money(p.rounded(others)), Value: others})
	}
	if left := p.c.left(); left.Rat().Sign() > 0 {
		list = append(list, amount{Name: v.T("tallied.page.unspent"), Says: v.money(left), Value: left.Float(), Leftover: true})
	}
	if r.Budget.Rat().Sign() > 0 && len(list) > 0 {
		whole := v.T("tallied.page.whole", args{"budget": v.money(r.Budget)})
		title, says := v.T("tallied.head.flow"), v.T("tallied.page.flow_says", args{"budget": v.money(r.Budget)})
		p.Flow = []flow{drawFlow(title, says, whole, list, false), drawFlow(title, says, whole, list, true)}
	}
}

// rounded is a sum of costs to the hundredth.
func (p *page) rounded(f float64) tally.Number { return tally.Fraction(int64(math.Round(f*100)), 100) }

// flowLead says how to read the picture, and what is not spent.
func (p *page) flowLead() string {
	left := p.c.left()
	if left.Rat().Sign() == 0 {
		return p.T("tallied.page.flow_lead") + " " + p.T("tallied.page.flow_all")
	}
	return p.T("tallied.page.flow_lead") + " " + p.T("tallied.page.flow_left", args{"left": p.money(left)})
}

// winner is a row of the table of winners.
type winner struct{ Place, ID, Name, Cost, Support string }

// winners are those of each separate count, or all under one without a name.
type winners struct {
	Part string
	List []winner
}

func (p *page) winners() []winners {
	parts := p.c.res.Parts
	if len(parts) == 0 {
		parts = []tally.PartCount{{Winners: p.c.res.Winners}}
	}
	var all []winners
	by := p.c.verdicts()
	place := 0
	for _, part := range parts {
		x := winners{}
		if len(p.c.res.Parts) > 0 {
			x.Part = p.envelope(part.Name)
		}
		for _, id := range part.Winners {
			place++
			w := by[id]
			x.List = append(x.List, winner{strconv.Itoa(place), id, plain(cmp.Or(w.Name, id)), p.money(w.Cost), p.number(w.Support, 2)})
		}
		if len(x.List) > 0 {
			all = append(all, x)
		}
	}
	return all
}

// assembly fills in what is told of a vote of colleges.
func (p *page) assembly() {
	v, r := p.voice, p.c.college
	p.Headline = p.c.decision(v)
	for _, o := range r.Options {
		p.Figures = append(p.Figures, figure{v.share(o.Share), v.choice(o.ID)})
	}
	for _, q := range r.Quorums[:min(len(r.Quorums), 1)] {
		p.Figures = append(p.Figures, figure{v.Int(int64(q.Counted)) + " / " + v.Int(int64(q.Of)), v.T("tallied.college.quorum_figure", args{"least": v.part(q.Least)})})
	}
}

// optionBars are the options with their exact weights, and their shares drawn.
func (p *page) optionBars() []bar {
	var list []bar
	for i, row := range p.c.optionRows(p.voice) {
		list = append(list, bar{row, p.c.college.Options[i].Share.Float()})
	}
	return list
}

// delegates tell for whom each delegate voted.
func (p *page) delegates() []string {
	var list []string
	for _, x := range p.c.college.Carried {
		var names []string
		for _, m := range x.Members {
			names = append(names, plain(p.name(m)))
		}
		list = append(list, p.T("tallied.college.delegate", args{"delegate": plain(p.name(x.Delegate)), "choice": p.choice(x.Choice), "members": p.List(names)}))
	}
	return list
}

// mostChoices is where the voters with many winning choices are put together.
const mostChoices = 9

// distribution are the voters by how many of their choices won.
func (p *page) distribution() []bar {
	of := p.c.res.Fairness.Distribution
	labels := make([]string, 0, mostChoices+1)
	counts := make([]int, 0, mostChoices+1)
	for i, n := range of {
		if i > mostChoices {
			counts[mostChoices] += n
			labels[mostChoices] = p.T("tallied.page.and_more", args{"n": mostChoices})
			continue
		}
		labels, counts = append(labels, p.Int(int64(i))), append(counts, n)
	}
	most := 1
	for _, n := range counts {
		most = max(most, n)
	}
	var list []bar
	for i, n := range counts {
		list = append(list, bar{[]string{labels[i], p.Int(int64(n)), p.ratio(float64(n), float64(p.c.res.Voters))}, float64(n) / float64(most)})
	}
	return list
}

// parts are the values of an attribute.
func (p *page) parts(a tally.Attribute) []bar {
	var list []bar
	for _, x := range a.Parts {
		served := x.Voters - x.WithNothing
		list = append(list, bar{[]string{p.value(a.Name, x.Value), p.Int(int64(x.Voters)), p.ratio(float64(served), float64(x.Voters)), p.number(x.MeanWinners, 2)},
			float64(served) / float64(max(x.Voters, 1))})
	}
	return list
}

// comparison are this rule's figures and those of others.
func (p *page) comparison() [][]string {
	if len(p.c.others) == 0 {
		return nil
	}
	var rows [][]string
	for _, r := range append([]*tally.Result{p.c.res}, p.c.others...) {
		spec, _ := tally.Rules().Find(r.Rule.Name)
		f := r.Fairness
		rows = append(rows, []string{p.ruleTitle(spec), r.Rule.String(), p.Int(int64(len(r.Winners))), p.ratio(r.Cost.Float(), r.Budget.Float()),
			p.ratio(float64(r.Voters-f.WithNothing), float64(r.Voters)), p.number(f.MeanWinners, 2)})
	}
	return rows
}

// steps are the rounds of the count in sentences, with names.
func (p *page) steps() []string {
	var list []string
	for _, r := range p.c.res.Rounds {
		text := p.engine(r.Says, p.quoted(r.Project), tally.Sentences)
		if r.Part != "" {
			text = p.envelope(r.Part) + " – " + text
		}
		if len(r.Tied) > 1 {
			text += " " + p.T("tallied.page.tied", args{"count": len(r.Tied), "ids": strings.Join(r.Tied, ", ")})
		}
		list = append(list, text)
	}
	return list
}

// stage is one step of an election.
type stage struct {
	Title string
	Says  []string
	Rows  [][]string
}

func (p *page) stages() []stage {
	var list []stage
	for i, s := range p.c.election.Stages {
		out := stage{Title: p.T("tallied.page.stage", args{"n": strconv.Itoa(i + 1)})}
		for _, m := range s.Says {
			out.Says = append(out.Says, p.engine(m, "", election.Sentences))
		}
		for _, x := range s.Standings {
			change := ""
			if x.Change != nil {
				if change = p.number(*x.Change, 5); x.Change.Rat().Sign() > 0 {
					change = "+" + change
				}
			}
			out.Rows = append(out.Rows, []string{p.name(x.ID), p.number(x.Votes, 5), change, p.state(x.State)})
		}
		list = append(list, out)
	}
	return list
}

func (p *page) elected() []string {
	var list []string
	for _, id := range p.c.election.Elected {
		list = append(list, p.name(id))
	}
	return list
}

// electionNotes are what happened to the count as a whole.
func (p *page) electionNotes() []string {
	var list []string
	for _, n := range p.c.election.Notes {
		list = append(list, p.engine(n, "", election.Sentences))
	}
	if n := len(p.c.election.Outcomes); n > 1 {
		list = append(append(list, p.T("tallied.outcomes", args{"count": n})), p.outcomes(p.c.election.Outcomes)...)
	}
	return list
}

// days says when people voted; "" when the file does not.
func (p *page) days() string {
	if p.c.src.Days[0] == "" || p.c.src.Days[1] == "" {
		return ""
	}
	return p.T("tallied.page.days", args{"from": p.day(p.c.src.Days[0]), "to": p.day(p.c.src.Days[1])})
}
