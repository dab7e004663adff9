package report

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"commun/formats/pabulib"
	"commun/internal/platform/fault"
)

// Publishing is what `commun tally publish FILE` is asked for.
type Publishing struct {
	File string
	Seed string // shuffles the same way each time; "" takes the system's randomness
	Cell int    // the fewest voters who may share what is said of them; 0 is 5
	Out  string // "" or "-" is the standard output
}

// smallest is the default of [Publishing.Cell].
const smallest = 5

// telling are the columns about voters in the order in which they are given up where too few voters share them.
var telling = []string{"neighborhood", "education", "district", "age", "sex", "voting_method"}

// Publish writes a Pabulib file that is fit to be published: ballots in another order, with numbers for ids; ages as bands; what is said of fewer than
// so many voters left out; columns that the format does not know left out, since nobody can say what they tell. It warns of ballots that may name
// their voter all the same. Votes and points stay as they are, so that the count stays the same.
func Publish(ctx context.Context, o Publishing, t Terminal) (int, error) {
	v := newVoice(t.Lang)
	if o.Cell == 0 {
		o.Cell = smallest
	}
	if o.Cell < 2 {
		return ExitFailed, fault.Invalid("cell", "tallied.mistake.cell")
	}
	if f, ok := FormatOf(o.File); ok && f != Pabulib {
		return ExitFailed, fault.Invalid("file", "tallied.mistake.only_pabulib").With("file", o.File)
	}
	in, err := open(o.File)
	if err != nil {
		return ExitFailed, err
	}
	defer func() { _ = in.Close() }() // read only
	raw, err := io.ReadAll(&reading{ctx, in})
	if err != nil {
		return ExitFailed, err
	}
	// What cannot be counted is not published: the warning about rare ballots would be wrong.
	ps, err := pabulib.Check(bytes.NewReader(raw), pabulib.Limits{})
	if err != nil {
		return ExitFailed, err
	}
	if slices.ContainsFunc(ps, touches) {
		return refused(v, t, &Refused{File: o.File, Problems: ps})
	}
	file, err := pabulib.Read(bytes.NewReader(raw), pabulib.Limits{})
	if err != nil {
		return refused(v, t, failed(o.File, err))
	}
	p := publication{file: file, cell: o.Cell}
	if err := p.prepare(o.Seed); err != nil {
		return ExitFailed, err
	}
	if o.Out == "" {
		o.Out = "-"
	}
	if err := ctx.Err(); err != nil {
		return ExitFailed, err
	}
	if err := writeTo(o.Out, t.Out, p.write); err != nil {
		return ExitFailed, err
	}
	for _, text := range p.warnings(v) {
		t.note(text)
	}
	return ExitOK, nil
}

// publication is a file on its way to be published.
type publication struct {
	file    *pabulib.File
	cell    int
	columns []string
	rows    [][]string
	lines   []int          // by row, where it came from
	blanked map[string]int // by column, how many voters it is no longer said of
	dropped []string       // columns left out
}

// prepare chooses columns, bands, cells and order.
func (p *publication) prepare(seed string) error {
	votes := &p.file.Votes
	var from []int
	known := append([]string{"voter_id", "vote", "points"}, telling...)
	for i, name := range votes.Columns {
		if name = strings.ToLower(strings.TrimSpace(name)); slices.Contains(known, name) {
			p.columns, from = append(p.columns, name), append(from, i)
		} else {
			p.dropped = append(p.dropped, votes.Columns[i])
		}
	}
	for _, r := range votes.Rows {
		row := make([]string, len(from))
		for j, i := range from {
			if i < len(r.Fields) {
				row[j] = strings.TrimSpace(r.Fields[i])
			}
		}
		p.rows, p.lines = append(p.rows, row), append(p.lines, r.Line)
	}
	if at := slices.Index(p.columns, "age"); at >= 0 {
		for _, r := range p.rows {
			r[at] = band(r[at])
		}
	}
	if err := p.shuffle(seed); err != nil {
		return err
	}
	p.merge()
	return nil
}

// band is the age band of an age: under 18, 18–24, then by ten years, 75 and more. What is a band already stays; what is no age is left out.
func band(age string) string {
	n, err := strconv.Atoi(age)
	switch {
	case err != nil && slices.Contains([]string{"0-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"}, age):
		return age
	case err != nil || n < 0 || n > 150:
		return ""
	case n < 18:
		return "0-17"
	case n < 25:
		return "18-24"
	case n >= 75:
		return "75+"
	}
	low := (n-25)/10*10 + 25
	return fmt.Sprintf("%d-%d", low, low+9)
}

// merge leaves out what is said of voters until every cell, that is the voters of whom the same is said, is large enough. The columns are given up one
// after the other, for the small cells alone. At last the voters of whom nothing is said must be many enough as well, or none: as many as are
// lacking join them from the largest cell, or else the smallest cell does. Rows must be in the order of chance.
func (p *publication) merge() {
	p.blanked = map[string]int{}
	var about []int // the places of the columns about voters
	for _, name := range telling {
		if at := slices.Index(p.columns, name); at >= 0 {
			about = append(about, at)
		}
	}
	for _, at := range about {
		for _, cell := range p.cells(about) {
			if len(cell) < p.cell {
				p.blank(cell, at)
			}
		}
	}
	for {
		cells := p.cells(about)
		nothing := -1
		for i, cell := range cells {
			if p.silent(cell[0], about) {
				nothing = i
			}
		}
		if nothing < 0 || len(cells[nothing]) >= p.cell || len(cells) == 1 {
			return
		}
		lacks := p.cell - len(cells[nothing])
		cells = slices.Delete(cells, nothing, nothing+1)
		join := slices.MaxFunc(cells, func(a, b []int) int { return len(a) - len(b) })
		if len(join) >= p.cell+lacks {
			join = join[:lacks] // a large cell can spare a few; the order is chance by now
		} else {
			join = slices.MinFunc(cells, func(a, b []int) int { return len(a) - len(b) })
		}
		for _, at := range about {
			p.blank(join, at)
		}
	}
}

// cells are the rows of whom the same is said, in the order of their first.
func (p *publication) cells(about []int) [][]int {
	index := map[string]int{}
	var out [][]int
	var key strings.Builder
	for i, r := range p.rows {
		key.Reset()
		for _, at := range about {
			key.WriteString(r[at])
			key.WriteByte(0)
		}
		n, ok := index[key.String()]
		if !ok {
			n = len(out)
			index[key.String()] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

func (p *publication) silent(row int, about []int) bool {
	return !slices.ContainsFunc(about, func(at int) bool { return p.rows[row][at] != "" })
}

func (p *publication) blank(cell []int, at int) {
	for _, i := range cell {
		if p.rows[i][at] != "" {
			p.rows[i][at] = ""
			p.blanked[p.columns[at]]++
		}
	}
}

// shuffle puts the rows in another order and gives them numbers.
func (p *publication) shuffle(seed string) error {
	key := sha256.Sum256([]byte(seed))
	if seed == "" {
		if _, err := crand.Read(key[:]); err != nil {
			return fmt.Errorf("shuffle ballots: %w", err)
		}
	}
	random := rand.New(rand.NewChaCha8(key))
	random.Shuffle(len(p.rows), func(i, j int) {
		p.rows[i], p.rows[j] = p.rows[j], p.rows[i]
		p.lines[i], p.lines[j] = p.lines[j], p.lines[i]
	})
	if at := slices.Index(p.columns, "voter_id"); at >= 0 {
		for i, r := range p.rows {
			r[at] = strconv.Itoa(i + 1)
		}
	}
	return nil
}

// write writes the file: META and PROJECTS byte by byte, then the ballots.
func (p *publication) write(w io.Writer) error {
	out := *p.file
	out.Votes = pabulib.Section{Columns: p.columns, Rows: make([]pabulib.Row, len(p.rows))}
	for i, r := range p.rows {
		out.Votes.Rows[i] = pabulib.Row{Fields: r}
	}
	return out.Write(w)
}

// warnings say what was left out, and which ballots may name their voter.
func (p *publication) warnings(v voice) []string {
	list := []string{v.T("tallied.publish.done", args{"count": len(p.rows)})}
	for _, at := range telling {
		if n := p.blanked[at]; n > 0 {
			list = append(list, v.T("tallied.publish.blanked", args{"count": n, "column": at, "least": p.cell}))
		}
	}
	if len(p.dropped) > 0 {
		list = append(list, v.T("tallied.publish.dropped", args{"columns": strings.Join(p.dropped, ", ")}))
	}
	lone, long, lines := p.rare()
	if lone > 0 {
		list = append(list, v.T("tallied.publish.lone", args{"count": lone, "lines": strings.Join(lines, ", ")}))
	}
	if long > 0 {
		list = append(list, v.T("tallied.publish.unique", args{"count": long, "share": v.ratio(float64(long), float64(len(p.rows)))}))
	}
	return list
}

// few is how many supporters of a project are so few that a ballot for it may name its voter: the proposer and a friend.
const few = 2

// rare counts the ballots that name a project which nearly nobody else names (with the lines of the first ones), and those that nobody else cast the same,
// by which a voter who was told what to vote could be recognised.
func (p *publication) rare() (lone, unique int, lines []string) {
	vote, points := slices.Index(p.columns, "vote"), slices.Index(p.columns, "points")
	if vote < 0 {
		return 0, 0, nil
	}
	support, same := map[string]int{}, map[string]int{}
	key := func(r []string) string {
		if points >= 0 {
			return r[vote] + ";" + r[points]
		}
		return r[vote]
	}
	for _, r := range p.rows {
		same[key(r)]++
		if r[vote] != "" {
			for id := range strings.SplitSeq(r[vote], ",") {
				support[id]++
			}
		}
	}
	var found []int
	for i, r := range p.rows {
		if same[key(r)] == 1 && r[vote] != "" {
			unique++
		}
		for id := range strings.SplitSeq(r[vote], ",") {
			if n := support[id]; n > 0 && n <= few {
				found = append(found, p.lines[i])
				break
			}
		}
	}
	slices.Sort(found)
	for _, line := range found[:min(len(found), 10)] {
		lines = append(lines, strconv.Itoa(line))
	}
	if len(found) > 10 {
		lines = append(lines, "…")
	}
	return len(found), unique, lines
}
