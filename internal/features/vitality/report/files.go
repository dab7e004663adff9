package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"commun/engines/githistory"
)

// JSON writes the result as one object on one line, so that several repositories are one object a line.
func JSON(w io.Writer, res *githistory.Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // names keep their letters; the reader escapes for where it shows them
	return e.Encode(res)
}

// Table is one CSV file: its name without ending, and its rows, the first of which are the names of columns.
type Table struct {
	Name string
	Rows [][]string
}

// Tables are the result as CSV files: windows, contributors, months, cohorts, releases. No e-mail address is in them.
func Tables(res *githistory.Result) []Table {
	windows := Table{"windows", [][]string{{"window", "from", "to", "commits", "bot_commits", "added", "deleted", "contributors",
		"new_contributors", "gone", "absence_factor_commits", "absence_factor_lines", "elephant_factor_commits", "unknown_share", "outside_hours"}}}
	for _, name := range []string{githistory.Window12m, githistory.Window3y, githistory.WindowAll, githistory.WindowSince} {
		if w := res.Windows.Get(name); w != nil {
			windows.add(name, w.From, w.To, w.Commits, w.BotCommits, w.Added, w.Deleted, w.Contributors, w.NewContributors, w.Gone,
				w.AbsenceFactor.Commits, w.AbsenceFactor.Lines, w.ElephantFactor.Commits, w.ElephantFactor.UnknownShare, w.OutsideHours)
		}
	}
	people := Table{"contributors", [][]string{{"name", "commits", "added", "deleted", "first", "last", "bot"}}}
	for _, c := range res.Contributors {
		people.add(c.Name, c.Commits, c.Added, c.Deleted, c.First, c.Last, c.Bot)
	}
	months := Table{"months", [][]string{{"month", "active", "new", "returning", "gone", "commits", "bot_commits", "added", "deleted"}}}
	for _, m := range res.Months {
		months.add(m.Month, m.Active, m.New, m.Returning, m.Gone, m.Commits, m.BotCommits, m.Added, m.Deleted)
	}
	cohorts := Table{"cohorts", [][]string{{"quarter", "size", "after_1", "after_2", "after_4", "after_8"}}}
	for _, c := range res.Cohorts {
		cohorts.add(c.Quarter, c.Size, c.After1, c.After2, c.After4, c.After8)
	}
	releases := Table{"releases", [][]string{{"tag", "date", "line", "scheme", "prerelease"}}}
	for _, r := range res.Releases {
		releases.add(r.Tag, r.Date, r.Line, string(r.Scheme), r.Prerelease)
	}
	return []Table{windows, people, months, cohorts, releases}
}

// add appends a row. Times are RFC 3339, an absent value is empty.
func (t *Table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			row[i] = inert(c)
		case time.Time:
			if !c.IsZero() {
				row[i] = c.Format(time.RFC3339)
			}
		case *int:
			if c != nil {
				row[i] = strconv.Itoa(*c)
			}
		case float64:
			row[i] = strconv.FormatFloat(c, 'f', 4, 64)
		default:
			row[i] = fmt.Sprint(c)
		}
	}
	t.Rows = append(t.Rows, row)
}

// inert keeps a spreadsheet from taking what a stranger wrote (a name, a tag) for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// WriteCSV writes one table.
func WriteCSV(w io.Writer, t Table) error {
	c := csv.NewWriter(w)
	if err := c.WriteAll(t.Rows); err != nil {
		return fmt.Errorf("write %s.csv: %w", t.Name, err)
	}
	return nil
}

// CSV writes every table into dir, which it makes, and returns the files' paths. Each replaces an older one whole.
func CSV(dir string, res *githistory.Result) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write CSV: %w", err)
	}
	var files []string
	for _, t := range Tables(res) {
		path := filepath.Join(dir, t.Name+".csv")
		// Beside its place, then moved: who reads it meanwhile sees the old file or the new one, never half of it.
		f, err := os.CreateTemp(dir, "."+t.Name+"-*")
		if err != nil {
			return files, fmt.Errorf("write CSV: %w", err)
		}
		err = errors.Join(WriteCSV(f, t), f.Chmod(0o644), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			_ = os.Remove(f.Name())
			return files, fmt.Errorf("write %s: %w", path, err)
		}
		files = append(files, path)
	}
	return files, nil
}
