package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"commun/engines/tally"
)

// sheet is one CSV file: its name without ending, and its rows, the first of which are the names of columns.
type sheet struct {
	name string
	rows [][]string
}

// add appends a row. What is absent is empty.
func (s *sheet) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			row[i] = inert(c)
		case *tally.Number:
			if c != nil {
				row[i] = c.String()
			}
		default:
			row[i] = fmt.Sprint(c)
		}
	}
	s.rows = append(s.rows, row)
}

// inert keeps a spreadsheet from taking what a stranger wrote (a project's name) for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// sheets are the result as tables: projects, rounds, fairness and, where the file has attributes of voters, voters.
func (c *counted) sheets() []sheet {
	if c.college != nil {
		return c.collegeSheets()
	}
	if c.election != nil {
		return c.electionSheets()
	}
	place := map[string]string{}
	for i, id := range c.res.Winners {
		place[id] = strconv.Itoa(i + 1)
	}
	projects := sheet{"projects", [][]string{{"id", "name", "cost", "support", "won", "place", "missing_votes", "missing_cost", "reason"}}}
	for _, p := range c.res.Projects {
		projects.add(p.ID, p.Name, p.Cost, p.Support, p.Won, place[p.ID], p.MissingVotes, p.MissingCost, p.Reason.Text)
	}
	rounds := sheet{"rounds", [][]string{{"round", "project", "taken", "phase", "score", "payment", "full", "poor", "tied", "part", "says"}}}
	for i, r := range c.res.Rounds {
		rounds.add(i+1, r.Project, r.Taken, r.Phase, r.Score, r.Payment, r.Full, r.Poor, strings.Join(r.Tied, " "), r.Part, r.Says.Text)
	}
	list := []sheet{projects, rounds}
	if len(c.res.Parts) > 0 {
		list = append(list, c.partSheet())
	}
	f := c.res.Fairness
	if f == nil {
		return list
	}
	fair := sheet{"fairness", [][]string{{"measure", "value"}}}
	fair.add("rule", c.res.Rule.String())
	fair.add("budget", c.res.Budget)
	fair.add("cost", c.res.Cost)
	fair.add("voters", c.res.Voters)
	fair.add("with_nothing", f.WithNothing)
	fair.add("excluded", f.Excluded)
	fair.add("exclusion_ratio", f.ExclusionRatio)
	fair.add("mean_winners", f.MeanWinners)
	fair.add("mean_cost", f.MeanCost)
	fair.add("ejr_plus_violations", len(f.EJRPlus))
	fair.add("priceable", f.Priceable)
	for n, voters := range f.Distribution {
		fair.add(fmt.Sprintf("voters_with_%d_winners", n), voters)
	}
	list = append(list, fair)
	if len(f.By) > 0 {
		by := sheet{"voters", [][]string{{"attribute", "value", "voters", "with_nothing", "mean_winners", "mean_cost", "spent"}}}
		for _, a := range f.By {
			for _, p := range a.Parts {
				by.add(a.Name, p.Value, p.Voters, p.WithNothing, p.MeanWinners, p.MeanCost, strconv.FormatFloat(p.Spent, 'f', 2, 64))
			}
		}
		list = append(list, by)
	}
	return list
}

// csv writes every table into dir, which it makes, and returns the files' paths. Each replaces an older one whole.
func (c *counted) csv(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	var files []string
	for _, s := range c.sheets() {
		path := filepath.Join(dir, s.name+".csv")
		if err := writeTo(path, nil, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(s.rows) }); err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}
