package pabulib

import (
	"slices"
	"strconv"
	"strings"

	"commun/formats/decimal"
	"commun/formats/problem"
)

// readHead reads up to the column names of VOTES.
func (r *Reader) readHead() error {
	s := r.scan
	section, table := "", false // table: the column names of the section are read
	seen := map[string]int{}
	for {
		ok, err := s.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if s.Line == 1 && s.BOM {
			r.say(problem.Warning, 1, 1, "", codeByteOrderMark, nil)
		}
		r.judgeText()
		name := s.section()
		switch {
		case s.Blank():
			r.say(problem.Warning, s.Line, 1, "", codeBlankLine, nil)
		case name != "":
			if first, twice := seen[name]; twice {
				r.say(problem.Error, s.Line, 1, name, codeSectionTwice, problem.Args{"section": name, "first": first})
			}
			if string(s.Fields[0]) != name || len(s.Fields) > 1 {
				r.say(problem.Warning, s.Line, 1, name, codeSectionName, problem.Args{"section": name})
			}
			if name == PROJECTS && seen[META] == 0 || name == VOTES && seen[PROJECTS] == 0 {
				r.say(problem.Error, s.Line, 1, name, codeSectionOrder, problem.Args{"section": name})
			}
			seen[name] = s.Line
			section, table = name, false
		case section == "":
			return s.failure(codeNotPabulib, nil)
		case section == META:
			if !table && strings.EqualFold(strings.TrimSpace(string(s.Fields[0])), "key") {
				table = true
				continue
			}
			if !table {
				r.say(problem.Warning, s.Line, 1, "key", codeMetaHead, nil)
				table = true
			}
			if len(r.head.Meta) >= s.limits.MetaKeys {
				return s.failure(codeManyMeta, problem.Args{"max": s.limits.MetaKeys})
			}
			r.metaLineRead()
		case !table && section == PROJECTS:
			r.head.ProjectColumns = r.columns(projectColumns, "project_id", "cost")
			table = true
		case section == PROJECTS:
			if len(r.head.Projects) >= s.limits.Projects {
				return s.failure(codeManyProjects, problem.Args{"max": s.limits.Projects})
			}
			r.project()
		default:
			must := []string{"voter_id", "vote"}
			vote, _ := r.head.Get("vote_type")
			if v := VoteType(strings.ToLower(strings.TrimSpace(vote))); v == Cumulative || v == Scoring {
				must = append(must, "points")
			}
			r.head.VoteColumns = r.columns(voteColumns, must...)
			r.votes = true
			r.judgeMeta()
			return nil
		}
	}
	if len(seen) == 0 {
		return &problem.Failure{Problem: problem.Make(sentences, problem.Error, 1, 1, "", codeNotPabulib, nil)}
	}
	last := max(s.Line-1, 1)
	for _, name := range []string{META, PROJECTS, VOTES} {
		if seen[name] == 0 {
			r.say(problem.Error, last, 1, name, codeNoSection, problem.Args{"section": name})
		}
	}
	if seen[VOTES] > 0 {
		r.say(problem.Error, last, 1, VOTES, codeNoColumns, problem.Args{"section": VOTES})
	}
	r.ended = true
	r.judgeMeta()
	r.finish()
	return nil
}

// judgeText says once that a record is not UTF-8, and each time that its quotation marks are odd.
func (r *Reader) judgeText() {
	if !r.utf8Said && !validUTF8(r.scan.Raw) {
		r.utf8Said = true
		r.say(problem.Error, r.scan.Line, 1, "", codeEncoding, nil)
	}
	if r.scan.Stray {
		r.say(problem.Warning, r.scan.Line, 1, "", codeStrayQuote, nil)
	}
}

func (r *Reader) metaLineRead() {
	s := r.scan
	fields := trimPadding(s.Fields, 2)
	pair := Pair{Key: string(fields[0]), Line: s.Line}
	if len(fields) > 1 {
		pair.Value = string(fields[1])
	}
	if len(fields) > 2 { // a description with a semicolon and no quotation marks
		for _, f := range fields[2:] {
			pair.Value += ";" + string(f)
		}
		r.say(problem.Error, s.Line, s.Column(2), pair.Key, codeMetaFields, problem.Args{"key": pair.Key})
	}
	if trimmed := strings.TrimSpace(pair.Key); trimmed != pair.Key {
		r.say(problem.Warning, s.Line, 1, pair.Key, codeBlankAround, problem.Args{"value": trimmed})
		pair.Key = trimmed
	}
	if first, twice := r.metaLine[pair.Key]; twice {
		r.say(problem.Error, s.Line, 1, pair.Key, codeMetaTwice, problem.Args{"key": pair.Key, "first": first})
	} else {
		r.metaLine[pair.Key] = s.Line
	}
	r.head.Meta = append(r.head.Meta, pair)
}

// columns reads the names of a section's columns and says what is missing, twice there, or misspelt.
func (r *Reader) columns(known []string, must ...string) []string {
	s := r.scan
	fields := s.Fields
	for len(fields) > 1 && len(fields[len(fields)-1]) == 0 {
		fields = fields[:len(fields)-1]
	}
	var names []string
	for i, f := range fields {
		name := strings.TrimSpace(string(f))
		at := s.Column(i)
		switch use := oldColumns[name]; {
		case name == "":
			r.say(problem.Error, s.Line, at, "", codeColumnEmpty, problem.Args{"number": i + 1})
		case columnOf(names, name) >= 0:
			r.say(problem.Error, s.Line, at, name, codeColumnTwice, problem.Args{"column": name})
		case use != "" && slices.Contains(known, use) && !slices.Contains(known, name):
			r.say(problem.Warning, s.Line, at, name, codeColumnOld, problem.Args{"column": name, "use": use})
		case !slices.Contains(known, name):
			if near := misspelt(name, known); near != "" {
				r.say(problem.Warning, s.Line, at, name, codeColumnNear, problem.Args{"column": name, "use": near})
			}
		}
		names = append(names, string(f))
	}
	for _, name := range must {
		if columnOf(names, name) < 0 {
			r.say(problem.Error, s.Line, 1, name, codeColumnMissing, problem.Args{"column": name})
		}
	}
	return names
}

// project reads a line of PROJECTS.
func (r *Reader) project() {
	s, h := r.scan, &r.head
	fields := trimPadding(s.Fields, len(h.ProjectColumns))
	if len(fields) != len(h.ProjectColumns) {
		r.say(problem.Error, s.Line, 1, "", codeFieldCount, problem.Args{"count": len(fields), "want": len(h.ProjectColumns)})
	}
	p := Project{Line: s.Line, Votes: -1, Selected: -1, Row: make([]string, len(h.ProjectColumns))}
	for i, f := range fields {
		if i < len(p.Row) {
			p.Row[i] = string(f)
		}
	}
	at := func(name string) (string, int, bool) {
		i := h.ProjectColumn(name)
		if i < 0 || i >= len(fields) {
			return "", 1, false
		}
		return p.Row[i], s.Column(i), true
	}
	var column int
	if p.ID, column, _ = at("project_id"); h.ProjectColumn("project_id") >= 0 {
		switch {
		case p.ID == "":
			r.say(problem.Error, s.Line, column, "project_id", codeIDEmpty, nil)
		case strings.Contains(p.ID, ","):
			r.say(problem.Error, s.Line, column, "project_id", codeIDComma, problem.Args{"project": p.ID})
		case strings.TrimSpace(p.ID) != p.ID:
			r.say(problem.Warning, s.Line, column, "project_id", codeBlankAround, problem.Args{"value": p.ID})
		}
	}
	cost, column, ok := at("cost")
	if ok {
		p.Cost = r.amount(cost, s.Line, column, "cost")
	}
	p.Name, _, _ = at("name")
	if v, column, _ := at("votes"); v != "" {
		if n, ok := r.count31(v, column, "votes"); ok {
			p.Votes = n
		}
	}
	if v, column, _ := at("score"); v != "" {
		d, err := decimal.Parse(v)
		if err != nil {
			r.say(problem.Error, s.Line, column, "score", numberCode([]byte(v), err), problem.Args{"value": v})
		}
		p.Score, p.HasScore = d, err == nil
	}
	if v, column, _ := at("selected"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 3 {
			r.say(problem.Error, s.Line, column, "selected", codeSelected, problem.Args{"value": v})
		} else {
			p.Selected = n
		}
	}
	for _, c := range []struct {
		name string
		most decimal.Decimal
	}{{"latitude", decimal.Int(90)}, {"longitude", decimal.Int(180)}} {
		v, column, _ := at(c.name)
		if v == "" {
			continue
		}
		d, err := decimal.Parse(strings.TrimPrefix(v, "-"))
		if err == decimal.ErrRange {
			continue // more digits than a place on Earth needs
		}
		if err != nil || d.Cmp(c.most) > 0 {
			r.say(problem.Warning, s.Line, column, c.name, codePlace, problem.Args{"value": v, "max": c.most.String()})
		}
	}
	h.Projects = append(h.Projects, p)
}

// count31 reads a whole number that is not negative.
func (r *Reader) count31(v string, column int, key string) (int, bool) {
	n, err := strconv.ParseUint(v, 10, 31)
	if err != nil {
		d, dErr := decimal.Parse(v)
		whole, is := d.Int64()
		if dErr != nil || !is || whole < 0 || whole >= 1<<31 {
			r.say(problem.Error, r.scan.Line, column, key, codeNotWhole, problem.Args{"value": v})
			return 0, false
		}
		n = uint64(whole) // 12.0, as a table program writes it
	}
	return int(n), true
}

// amount reads money: a decimal number, not negative. Signs of other habits are read where they can mean only one thing, and are warnings.
func (r *Reader) amount(v string, line, column int, key string) decimal.Decimal {
	d, err := decimal.Parse(v)
	if err != nil {
		if d, ok := loose(v); ok && d.Sign() >= 0 {
			r.say(problem.Warning, line, column, key, codeLooseNumber, problem.Args{"value": v, "use": d.String()})
			return d
		}
		code := numberCode([]byte(v), err)
		if v == "" {
			code = codeEmpty
		}
		r.say(problem.Error, line, column, key, code, problem.Args{"value": v, "key": key})
		return decimal.Decimal{}
	}
	if d.Sign() < 0 {
		r.say(problem.Error, line, column, key, codeNegative, problem.Args{"value": v, "key": key})
		return decimal.Decimal{}
	}
	return d
}

// loose reads a number with blanks around it, a decimal comma, or an exponent: "827838,5", "1e+06", " 12".
func loose(v string) (decimal.Decimal, bool) {
	v = strings.TrimSpace(v)
	if whole, part, ok := strings.Cut(v, ","); ok && !strings.Contains(v, ".") && (len(part) == 1 || len(part) == 2) {
		v = whole + "." + part // three digits behind a comma may be thousands
	}
	mantissa, exponent, ok := strings.Cut(strings.ToLower(v), "e")
	d, err := decimal.Parse(mantissa)
	if err != nil {
		return d, false
	}
	if ok {
		n, err := strconv.Atoi(exponent)
		if err != nil || n < -18 || n > 18 {
			return d, false
		}
		if n < 0 {
			if int(d.Scale)-n > 18 {
				return d, false
			}
			return decimal.Of(d.Coef, d.Scale+uint8(-n)), true
		}
		whole, fits := d.Scaled(d.Scale)
		for range n {
			if d.Scale > 0 {
				d.Scale--
			} else if whole > 1e17 || whole < -1e17 {
				fits = false
			} else {
				whole *= 10
			}
		}
		return decimal.Of(whole, d.Scale), fits
	}
	return d, true
}
