//go:build real

package election

import (
	"bufio"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"commun/engines/tally"
	"commun/formats/blt"
)

// ward reads an election by ranked ballots; it skips files with equal preferences or weights that are not whole.
func ward(t *testing.T, path string) *Election {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := blt.NewReader(f, blt.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	b, err := tally.NewBuilder(tally.Ordinal, r.Len(), false)
	if err != nil {
		t.Fatal(err)
	}
	for r.Next() {
		x := r.Ballot()
		n, whole := x.Weight.Int64()
		if !whole || x.Wrong {
			t.Fatalf("%s:%d: not for this count", path, x.Line)
		}
		if _, err := b.AddTimes(x.Prefs, nil, uint32(n)); err != nil {
			t.Fatalf("%s:%d: %v", path, x.Line, err)
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	e := &Election{Seats: r.Seats(), Ballots: b.Done()}
	for i, c := range r.Candidates() {
		e.Candidates = append(e.Candidates, Candidate{ID: fmt.Sprint(i + 1), Name: c.Name, Withdrawn: c.Withdrawn})
	}
	return e
}

func wards(t *testing.T, variable, what string) []string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s names no folder of %s", variable, what)
	}
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".blt" {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Skipf("%s: %s has no .blt files", variable, dir)
	}
	return list
}

func scottishCount(t *testing.T, e *Election) *tally.ElectionResult {
	t.Helper()
	rule, err := Rules().Parse(STVScottish)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Count(e, rule, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Each published ward is counted a second time by the plainest means: one paper after the other, values as fractions, cut at five decimals as
// rule 48 says. COMMUN_BLT names a folder of wards (mggg/scot-elex: 1,100 of the councils of Scotland since 2007), which are other people's and
// never part of this repository.
func TestRealWardsAgreeWithAPlainCount(t *testing.T) {
	stages, lots, papers := 0, 0, 0
	list := wards(t, "COMMUN_BLT", "wards")
	for _, path := range list {
		e := ward(t, path)
		res := scottishCount(t, e)
		plain := countPlainly(e)
		papers += e.Ballots.Voters
		name := filepath.Base(path)
		if plain.lot {
			lots++
			t.Logf("%s needs a lot", name)
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(res.Elected)), slices.Sorted(slices.Values(plain.elected))) {
			t.Errorf("%s: elected %v, plainly %v", name, res.Elected, plain.elected)
		}
		stages += len(plain.votes)
		if len(res.Stages) != len(plain.votes) {
			t.Errorf("%s: %d stages, plainly %d", name, len(res.Stages), len(plain.votes))
			continue
		}
		for i, s := range res.Stages {
			for _, c := range s.Standings {
				if c.State == "withdrawn" {
					continue
				}
				if want := plain.votes[i][c.ID]; c.Votes.Rat().Cmp(want) != 0 {
					t.Errorf("%s, stage %d: %s has %s votes, plainly %s", name, i+1, c.ID, c.Votes, want.FloatString(5))
				}
			}
		}
	}
	t.Logf("%d wards, %d papers, %d stages; a lot was needed in %d", len(list), papers, stages, lots)
}

// plainCount is what countPlainly gives: votes by stage and candidate.
type plainCount struct {
	elected []string
	votes   []map[string]*big.Rat
	lot     bool
}

// onePaper is one voter's paper: where it lies, at what value, and how far down it has been read.
type onePaper struct {
	choices []uint16
	at      int
	value   *big.Rat
}

// countPlainly follows rules 46 to 53 word by word, paper by paper, and shares nothing with the count that it judges.
func countPlainly(e *Election) plainCount {
	piles := map[int][]*onePaper{}
	total := int64(0)
	for g := range e.Ballots.Groups() {
		var choices []uint16
		for _, c := range e.Ballots.Choices(g) {
			if !e.Candidates[c].Withdrawn {
				choices = append(choices, c)
			}
		}
		if len(choices) == 0 {
			continue
		}
		for range e.Ballots.Mult[g] {
			total++
			piles[int(choices[0])] = append(piles[int(choices[0])], &onePaper{choices, 0, big.NewRat(1, 1)})
		}
	}
	quota := new(big.Rat).SetInt64(total/int64(e.Seats+1) + 1)
	in, out, spent := map[int]bool{}, map[int]bool{}, map[int]bool{}
	votes := map[int]*big.Rat{}
	var standing []int
	for i, c := range e.Candidates {
		if !c.Withdrawn {
			standing = append(standing, i)
			votes[i] = new(big.Rat).SetInt64(int64(len(piles[i])))
		}
	}
	var res plainCount
	note := func() {
		m := map[string]*big.Rat{}
		for _, c := range standing {
			m[e.Candidates[c].ID] = new(big.Rat).Set(votes[c])
		}
		res.votes = append(res.votes, m)
		for _, c := range standing {
			if !in[c] && !out[c] && votes[c].Cmp(quota) >= 0 {
				in[c] = true
				res.elected = append(res.elected, e.Candidates[c].ID)
			}
		}
	}
	// earlier looks for the last stage before this one at which the two differed.
	earlier := func(a, b int) int {
		for i := len(res.votes) - 2; i >= 0; i-- {
			if d := res.votes[i][e.Candidates[a].ID].Cmp(res.votes[i][e.Candidates[b].ID]); d != 0 {
				return d
			}
		}
		res.lot = true
		return 0
	}
	pass := func(p *onePaper, value *big.Rat) {
		for p.at++; p.at < len(p.choices); p.at++ {
			if c := int(p.choices[p.at]); !in[c] && !out[c] {
				p.value = value
				piles[c] = append(piles[c], p)
				votes[c] = new(big.Rat).Add(votes[c], value)
				return
			}
		}
	}
	note()
	for {
		var left []int
		for _, c := range standing {
			if !in[c] && !out[c] {
				left = append(left, c)
			}
		}
		vacancies := e.Seats - len(res.elected)
		if len(left) <= vacancies {
			for _, c := range left {
				res.elected = append(res.elected, e.Candidates[c].ID)
			}
			return res
		}
		if vacancies <= 0 {
			return res
		}
		richest := -1
		for _, c := range standing {
			if !in[c] || spent[c] || votes[c].Cmp(quota) <= 0 {
				continue
			}
			if richest < 0 || votes[c].Cmp(votes[richest]) > 0 || votes[c].Cmp(votes[richest]) == 0 && earlier(c, richest) > 0 {
				richest = c
			}
		}
		if richest >= 0 {
			c := richest
			spent[c] = true
			surplus, had := new(big.Rat).Sub(votes[c], quota), votes[c]
			for _, p := range piles[c] {
				v := new(big.Rat).Mul(surplus, p.value)
				v.Quo(v, had)
				cut := new(big.Int).Mul(v.Num(), big.NewInt(100_000))
				cut.Quo(cut, v.Denom())
				pass(p, new(big.Rat).SetFrac(cut, big.NewInt(100_000)))
			}
			piles[c], votes[c] = nil, new(big.Rat).Set(quota)
			note()
			continue
		}
		fewest := slices.MinFunc(left, func(a, b int) int { return votes[a].Cmp(votes[b]) })
		lowest := fewest
		for _, c := range left {
			if c != fewest && votes[c].Cmp(votes[fewest]) == 0 && earlier(c, lowest) < 0 {
				lowest = c
			}
		}
		out[lowest] = true
		if len(left)-1 > vacancies { // else rule 52: nothing moves any more
			for _, p := range piles[lowest] {
				pass(p, p.value)
			}
			piles[lowest], votes[lowest] = nil, new(big.Rat)
		}
		note()
	}
}

// The 21 wards of Glasgow in 2007, against the dumps that jklundell/droop keeps of its own count: who is elected, the quota, and the votes of each
// candidate after each transfer. COMMUN_DROOP names a copy of that repository.
func TestGlasgow2007AgreesWithDroop(t *testing.T) {
	dir := os.Getenv("COMMUN_DROOP")
	if dir == "" {
		t.Skip("COMMUN_DROOP names no copy of jklundell/droop")
	}
	files, err := filepath.Glob(filepath.Join(dir, "test", "blt", "scotland", "*-2007.blt"))
	if err != nil || len(files) == 0 {
		t.Skipf("%s has no test/blt/scotland: %v", dir, err)
	}
	stages := 0
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".blt")
		want := readDump(t, filepath.Join(dir, "test", "ref", "dump", "scotland", name+"-scotland-fixed-p5-d5.txt"))
		e := ward(t, path)
		res := scottishCount(t, e)
		slices.Sort(res.Elected)
		slices.Sort(want.elected)
		if !slices.Equal(res.Elected, want.elected) {
			t.Errorf("%s: elected %v, droop %v", name, res.Elected, want.elected)
		}
		if q, err := tally.ParseNumber(want.quota); err != nil || res.Quota.Cmp(q) != 0 {
			t.Errorf("%s: quota %s, droop %s", name, res.Quota, want.quota)
		}
		// droop still moves the papers of the last one excluded, which rule 52 forbids and changes nobody's election
		if len(res.Stages) != len(want.votes) {
			t.Errorf("%s: %d stages, droop %d", name, len(res.Stages), len(want.votes))
			continue
		}
		for i, s := range res.Stages {
			for _, c := range s.Standings {
				n, err := tally.ParseNumber(want.votes[i][c.ID])
				if err != nil {
					t.Fatal(err)
				}
				if c.Votes.Cmp(n) != 0 && i < len(res.Stages)-1 {
					t.Errorf("%s, stage %d: %s has %s votes, droop %s", name, i+1, c.ID, c.Votes, n)
				}
			}
			stages++
		}
	}
	t.Logf("%d wards, %d stages", len(files), stages)
}

// dump is a count as droop writes it.
type dump struct {
	quota   string
	elected []string
	votes   []map[string]string
}

func readDump(t *testing.T, path string) dump {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var d dump
	var head []string
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		row := strings.Split(scan.Text(), "\t")
		switch {
		case head == nil:
			head = row
			continue
		case len(row) < len(head), row[1] != "begin" && row[1] != "transfer" && row[1] != "end":
			continue
		}
		votes := map[string]string{}
		d.quota, d.elected = row[2], nil
		for i, h := range head {
			id, what, _ := strings.Cut(h, ".")
			switch what {
			case "vote":
				votes[id] = row[i]
			case "state":
				if strings.HasPrefix(row[i], "E") || strings.HasPrefix(row[i], "e") || row[i] == "P" {
					d.elected = append(d.elected, id)
				}
			}
		}
		if row[1] != "end" {
			d.votes = append(d.votes, votes)
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return d
}
