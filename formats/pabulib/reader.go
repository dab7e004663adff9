package pabulib

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"commun/formats/decimal"
	"commun/formats/problem"
)

// Options say how to read.
type Options struct {
	Limits Limits
	// Judge finds what needs a memory of all ballots or costs time: voters with two ballots, totals that are not those of PROJECTS, odd values in
	// the columns about voters, bytes that are not UTF-8. Without it a reader still finds what makes a ballot unreadable or against META's bounds.
	Judge bool
}

// Reader streams the ballots of one file.
type Reader struct {
	scan   *scanner
	judge  bool
	head   Header
	ids    *ids
	ballot Ballot
	list   *problem.List
	err    error
	count  int
	votes  bool // VOTES was reached
	ended  bool

	voter, vote, points int // columns of VOTES, -1: none
	lengths             [2]int
	each, sum, cost     span
	hasPoints           bool // the vote type speaks in points
	scaled              []int64
	scale               uint8
	seen                []uint32 // by project, the number of the ballot that named it last
	voters              voters
	totals              []int64
	scores              []decimal.Decimal
	scoresHold          bool
	values              []valueCheck
	utf8Said            bool
	metaLine            map[string]int
	columnsSaid         map[int]bool
}

// span is a bound on numbers from META; a side that is not set does not bound.
type span struct {
	min, max       decimal.Decimal
	hasMin, hasMax bool
}

// Ballot is one line of VOTES. Its slices, and what its methods return as bytes, are good until the next call of [Reader.Next].
type Ballot struct {
	Line     int
	Projects []int32           // indexes in Header.Projects, as the ballot orders them; a known project once
	Points   []decimal.Decimal // beside Projects where the file has points, else empty
	Wrong    bool              // this ballot has an error: a projects unknown or named twice, points that do not fit, a bound of META broken…
	fields   [][]byte
	reader   *Reader
}

// Voter is the voter's id as it stands in the file.
func (b *Ballot) Voter() []byte { return b.at(b.reader.voter) }

// Value is the field in a column of VOTES by its place (see [Header.VoteColumn]); empty where the line is short.
func (b *Ballot) Value(column int) []byte { return b.at(column) }

// Fields are all fields of the line, unquoted.
func (b *Ballot) Fields() [][]byte { return b.fields }

func (b *Ballot) at(i int) []byte {
	if i < 0 || i >= len(b.fields) {
		return nil
	}
	return b.fields[i]
}

// NewReader reads META, PROJECTS and the head of VOTES. The error is a [problem.Failure] when a limit is passed or the text is no such file,
// else the stream's own.
func NewReader(src io.Reader, o Options) (*Reader, error) {
	r := &Reader{scan: newScanner(src, o.Limits.filled()), judge: o.Judge, voter: -1, vote: -1, points: -1, metaLine: map[string]int{}, columnsSaid: map[int]bool{}}
	r.list = problem.NewList(sentences, r.scan.limits.Problems)
	r.ballot.reader = r
	if err := r.readHead(); err != nil {
		return nil, err
	}
	r.prepare()
	return r, nil
}

// Header is what stands before the ballots. It is whole from the start, and must not be changed while reading.
func (r *Reader) Header() *Header { return &r.head }

// Count is how many ballots Next has handed out.
func (r *Reader) Count() int { return r.count }

// Err is why Next stopped before the end: nil at the end of the file.
func (r *Reader) Err() error { return r.err }

// Errors is how many errors were found so far; a file with any should not be counted without a look at Problems.
func (r *Reader) Errors() int {
	n := r.list.Errors()
	if r.err != nil {
		n++
	}
	return n
}

// Problems are those found so far, in the order of the file; after Next has returned false, all. Each code is kept as often as [Limits] says,
// then counted.
func (r *Reader) Problems() []problem.Problem {
	return r.list.AllWith(r.err)
}

func (r *Reader) say(s problem.Severity, line, column int, key, code string, a problem.Args) {
	r.list.Add(s, line, column, key, code, a)
}

// prepare sets what each ballot is held against.
func (r *Reader) prepare() {
	h := &r.head
	r.ids = newIDs(h.Projects)
	r.seen = make([]uint32, len(h.Projects))
	r.voter, r.vote, r.points = h.VoteColumn("voter_id"), h.VoteColumn("vote"), h.VoteColumn("points")
	r.hasPoints = h.Vote == Cumulative || h.Vote == Scoring
	r.lengths = [2]int{0, len(h.Projects)}
	r.lengths[1] = 1<<31 - 1
	for i, key := range bounds[0] {
		if d, ok := h.Number(key); ok {
			if n, is := d.Int64(); is && n >= 0 && n < 1<<31 {
				r.lengths[i] = int(n)
			}
		}
	}
	if h.Vote == ChooseOne {
		r.lengths[1] = min(r.lengths[1], 1)
	}
	for i, s := range []*span{&r.cost, &r.each, &r.sum} {
		s.min, s.hasMin = h.Number(bounds[i+1][0])
		s.max, s.hasMax = h.Number(bounds[i+1][1])
	}
	if r.cost.hasMin || r.cost.hasMax {
		r.scaleCosts()
	}
	if r.judge {
		r.totals = make([]int64, len(h.Projects))
		r.scores = make([]decimal.Decimal, len(h.Projects))
		r.scoresHold = true
		r.values = valueChecks(h)
	}
}

// scaleCosts brings costs to whole numbers of one unit, so that sums are exact and quick; where they do not fit, sums are not judged.
func (r *Reader) scaleCosts() {
	for _, p := range r.head.Projects {
		r.scale = max(r.scale, p.Cost.Scale)
	}
	r.scale = max(r.scale, r.cost.min.Scale, r.cost.max.Scale)
	scaled := make([]int64, len(r.head.Projects))
	for i, p := range r.head.Projects {
		n, ok := p.Cost.Scaled(r.scale)
		if !ok || n > 1<<62/int64(len(scaled)) {
			r.cost = span{}
			return
		}
		scaled[i] = n
	}
	r.scaled = scaled
}

// Next reads one ballot into what [Reader.Ballot] returns. False at the end, or on an error that [Reader.Err] tells.
func (r *Reader) Next() bool {
	for !r.ended && r.err == nil {
		ok, err := r.scan.next()
		if err != nil {
			r.err = err
			return false
		}
		if !ok {
			break
		}
		s := r.scan
		if len(s.Fields) < 3 || len(s.Fields) > len(r.head.VoteColumns) || len(s.Fields[0]) == 0 {
			if s.Blank() {
				r.say(problem.Warning, s.Line, 1, "", codeBlankLine, nil)
				continue
			}
			if name := s.section(); name != "" && len(s.Fields) != len(r.head.VoteColumns) {
				r.say(problem.Error, s.Line, 1, name, codeSectionTwice, problem.Args{"section": name})
				continue
			}
		}
		r.read()
		r.count++
		return true
	}
	if !r.ended {
		r.ended = true
		r.finish()
	}
	return false
}

// Ballot is the ballot that Next has read. It is the same memory each time.
func (r *Reader) Ballot() *Ballot { return &r.ballot }

// wrong notes an error of the ballot being read, at one of its columns.
func (r *Reader) wrong(column int, key, code string, a problem.Args) {
	r.ballot.Wrong = true
	if a == nil {
		a = problem.Args{}
	}
	at := 1
	if column >= 0 {
		at = r.scan.Column(column)
	}
	if r.list.Count(code) < r.scan.limits.Problems { // the voter's name costs time on a million lines
		a["voter"] = string(r.ballot.Voter())
	}
	r.say(problem.Error, r.scan.Line, at, key, code, a)
}

// read fills the ballot from the record.
func (r *Reader) read() {
	s, b := r.scan, &r.ballot
	b.Line, b.Wrong, b.fields = s.Line, false, s.Fields
	b.Projects, b.Points = b.Projects[:0], b.Points[:0]
	if n := len(r.head.VoteColumns); len(s.Fields) != n {
		b.fields = trimPadding(s.Fields, n)
		if len(b.fields) != n {
			r.wrong(-1, "", codeFieldCount, problem.Args{"count": len(b.fields), "want": n})
		}
	}
	if s.Stray {
		r.say(problem.Warning, s.Line, 1, "", codeStrayQuote, nil)
	}
	list := b.at(r.vote)
	var dropped []int // places in the list that are not handed out, rare
	named := 0
	if len(list) > 0 {
		named, dropped = r.projects(list)
	}
	if r.points >= 0 && len(b.fields) > r.points {
		r.readPoints(b.fields[r.points], named, dropped)
	} else if r.hasPoints && r.points >= 0 && named > 0 {
		r.wrong(-1, "points", codePointsCount, problem.Args{"count": 0, "want": named})
	}
	if named < r.lengths[0] || named > r.lengths[1] {
		r.length(named)
	}
	if r.scaled != nil {
		r.costs()
	}
	if r.judge {
		r.judgeBallot()
	}
}

// projects reads the list of a ballot. It returns how many projects it names, known or not, and the places of those left out.
func (r *Reader) projects(list []byte) (named int, dropped []int) {
	serial := uint32(r.count + 1)
	for from := 0; from <= len(list); {
		// one pass packs an id and finds its end
		i, k, plain := from, uint64(0), true
		for ; i < len(list) && list[i] != ','; i++ {
			k = k<<8 | uint64(list[i])
			plain = plain && list[i] > ' '
		}
		id := list[from:i]
		from = i + 1
		var p int32
		if plain && len(id) <= shortID && len(id) > 0 {
			p = r.ids.short(k)
		} else {
			if trimmed := bytes.TrimSpace(id); len(trimmed) != len(id) {
				if p = r.ids.find(id); p < 0 { // an id may have blanks of its own
					id = trimmed
					r.say(problem.Warning, r.scan.Line, r.scan.Column(r.vote), "vote", codeBlankInList, nil)
				}
			}
			p = r.ids.find(id)
		}
		named++
		switch {
		case p < 0:
			if len(id) == 0 {
				r.wrong(r.vote, "vote", codeEmptyInList, nil)
			} else {
				r.wrong(r.vote, "vote", codeUnknownProject, problem.Args{"project": string(id)})
			}
		case r.seen[p] == serial:
			r.wrong(r.vote, "vote", codeProjectTwice, problem.Args{"project": string(id)})
		default:
			r.seen[p] = serial
			r.ballot.Projects = append(r.ballot.Projects, p)
			continue
		}
		dropped = append(dropped, named-1)
	}
	return named, dropped
}

// readPoints reads the points beside the projects, and leaves out those of projects that were left out.
func (r *Reader) readPoints(list []byte, named int, dropped []int) {
	b := &r.ballot
	if len(list) == 0 {
		if named > 0 && r.hasPoints {
			r.wrong(r.points, "points", codePointsCount, problem.Args{"count": 0, "want": named})
		}
		return
	}
	var sum decimal.Decimal
	fits, count := true, 0
	for from := 0; from <= len(list); {
		end := bytes.IndexByte(list[from:], ',')
		if end < 0 {
			end = len(list)
		} else {
			end += from
		}
		field := list[from:end]
		from = end + 1
		count++
		d, err := decimal.Parse(field)
		if err != nil {
			if d, err = decimal.Parse(bytes.TrimSpace(field)); err != nil {
				r.wrong(r.points, "points", numberCode(field, err), problem.Args{"value": string(field)})
				fits = false
				continue
			}
			r.say(problem.Warning, r.scan.Line, r.scan.Column(r.points), "points", codeBlankInList, nil)
		}
		if r.each.hasMin && d.Cmp(r.each.min) < 0 {
			r.wrong(r.points, "points", codePointsLow, problem.Args{"value": d.String(), "min": r.each.min.String()})
		}
		if r.each.hasMax && d.Cmp(r.each.max) > 0 {
			r.wrong(r.points, "points", codePointsHigh, problem.Args{"value": d.String(), "max": r.each.max.String()})
		}
		if sum, fits = add(sum, d, fits); len(dropped) > 0 && dropped[0] == count-1 {
			dropped = dropped[1:]
			continue
		}
		b.Points = append(b.Points, d)
	}
	if count != named {
		r.wrong(r.points, "points", codePointsCount, problem.Args{"count": count, "want": named})
	}
	if fits && r.sum.hasMin && sum.Cmp(r.sum.min) < 0 {
		r.wrong(r.points, "points", codeSumLow, problem.Args{"sum": sum.String(), "min": r.sum.min.String()})
	}
	if fits && r.sum.hasMax && sum.Cmp(r.sum.max) > 0 {
		r.wrong(r.points, "points", codeSumHigh, problem.Args{"sum": sum.String(), "max": r.sum.max.String()})
	}
	if len(b.Points) != len(b.Projects) {
		b.Points = b.Points[:0] // which point is whose cannot be known
	}
}

func add(sum, d decimal.Decimal, fits bool) (decimal.Decimal, bool) {
	if !fits {
		return sum, false
	}
	return sum.Add(d)
}

func (r *Reader) length(named int) {
	if named < r.lengths[0] {
		r.wrong(r.vote, "vote", codeTooFew, problem.Args{"count": named, "min": r.lengths[0]})
	} else {
		r.wrong(r.vote, "vote", codeTooMany, problem.Args{"count": named, "max": r.lengths[1]})
	}
}

// costs holds the cost of what a ballot names against max_sum_cost and its opposite.
func (r *Reader) costs() {
	var sum int64
	for _, p := range r.ballot.Projects {
		sum += r.scaled[p]
	}
	if r.cost.hasMin {
		if low, ok := r.cost.min.Scaled(r.scale); ok && sum < low {
			r.wrong(r.vote, "vote", codeCostLow, problem.Args{"sum": decimal.Of(sum, r.scale).String(), "min": r.cost.min.String()})
		}
	}
	if r.cost.hasMax {
		if high, ok := r.cost.max.Scaled(r.scale); ok && sum > high {
			r.wrong(r.vote, "vote", codeCostHigh, problem.Args{"sum": decimal.Of(sum, r.scale).String(), "max": r.cost.max.String()})
		}
	}
}

// trimPadding drops empty fields beyond n, which spreadsheets add.
func trimPadding(fields [][]byte, n int) [][]byte {
	for len(fields) > n && len(fields[len(fields)-1]) == 0 {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// numberCode tells in which way a text is no number.
func numberCode(field []byte, err error) string {
	switch word := strings.ToLower(strings.TrimLeft(strings.TrimSpace(string(field)), "+-")); {
	case word == "nan" || word == "inf" || word == "infinity":
		return codeNotFinite
	case errors.Is(err, decimal.ErrRange):
		return codeTooLong
	}
	return codeNotNumber
}

func validUTF8(b []byte) bool { return utf8.Valid(b) }
