package catalogue

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/storage"
)

// Export is a commons as it goes out: its fields with what stands for each, and where each value comes from. Texts by language are objects
// whose keys are language tags.
type Export struct {
	ID           string         `json:"id"`
	Slug         string         `json:"slug"`
	Name         string         `json:"name"`
	State        string         `json:"state"`
	MergedInto   string         `json:"merged_into,omitempty"`
	AddedAt      string         `json:"added_at"`   // RFC 3339
	UpdatedAt    string         `json:"updated_at"` // RFC 3339
	Revision     int64          `json:"revision"`
	Repositories []string       `json:"repositories"` // the one that it is read from first
	Fields       map[string]any `json:"fields"`
	Sources      []ExportSource `json:"sources"`
}

// ExportSource says where the value that stands for a field comes from.
type ExportSource struct {
	Field  string `json:"field"`
	Lang   string `json:"lang,omitempty"`
	Source string `json:"source"`
	Note   string `json:"note,omitempty"`
	At     string `json:"at"` // RFC 3339: since when it is said so
}

func stamp(micros int64) string { return storage.Time(micros).Format(time.RFC3339) }

// ExportOf turns a commons into what goes out. The raw publiccode.yml is left out (see PublicCode), folders of this machine too.
func ExportOf(c commons.Commons) Export {
	x := Export{ID: c.ID, Slug: c.Slug, Name: c.Name(), State: string(c.State), MergedInto: c.MergedInto, AddedAt: stamp(c.CreatedAt), UpdatedAt: stamp(c.UpdatedAt),
		Revision: c.Revision, Repositories: Repositories(c), Fields: map[string]any{}, Sources: []ExportSource{}}
	for _, f := range commons.Fields {
		if f.Shape == commons.RawText {
			continue
		}
		langs := []string{""}
		if f.PerLang {
			langs = c.Langs(f.Name)
		}
		byLang := map[string]json.RawMessage{}
		for _, lang := range langs {
			v, ok := c.Best(f.Name, lang)
			if !ok {
				continue
			}
			byLang[lang] = v.JSON
			x.Sources = append(x.Sources, ExportSource{Field: f.Name, Lang: lang, Source: string(v.Source), Note: v.Note, At: stamp(v.At)})
		}
		switch {
		case len(byLang) == 0:
		case f.PerLang:
			x.Fields[f.Name] = byLang
		default:
			x.Fields[f.Name] = byLang[""]
		}
	}
	return x
}

// Repositories returns the addresses of a commons that anyone may be shown, the one that it is read from first.
func Repositories(c commons.Commons) []string {
	list := []string{}
	for _, h := range c.Homes {
		if a, err := gitrepo.Parse(h.Address); err != nil || a.Path() != "" {
			continue
		}
		if h.Main {
			list = slices.Insert(list, 0, h.Address)
		} else {
			list = append(list, h.Address)
		}
	}
	return list
}

// eachPage is how many commons are read at once while exporting.
const eachPage = 100

// Each calls f for every commons that q chooses, in the order in which List gives them and without a limit, but for a search's: that ends where the
// index ranks no more (MaxSearchSort).
func (s *Service) Each(ctx context.Context, by people.Actor, q Query, f func(commons.Commons) error) error {
	q.Limit, q.After, q.Before = eachPage, "", ""
	for {
		p, err := s.List(ctx, by, q)
		if err != nil {
			return err
		}
		ids := make([]string, len(p.Items))
		for i, it := range p.Items {
			ids[i] = it.ID
		}
		list, err := s.Commons.ByIDs(ctx, ids)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := f(c); err != nil {
				return err
			}
		}
		if p.Next == "" {
			return nil
		}
		q.After = p.Next
	}
}

// WriteJSON writes the chosen commons as a JSON array of Export, one a line. An error after the first byte leaves the array unclosed, so that
// nobody takes half for the whole.
func (s *Service) WriteJSON(ctx context.Context, by people.Actor, q Query, w io.Writer) error {
	out := bufio.NewWriterSize(w, 32<<10)
	first := true
	if _, err := out.WriteString("["); err != nil {
		return err
	}
	err := s.Each(ctx, by, q, func(c commons.Commons) error {
		b, err := json.Marshal(ExportOf(c))
		if err != nil {
			return fmt.Errorf("encode commons %s: %w", c.ID, err)
		}
		sep := ",\n"
		if first {
			sep, first = "\n", false
		}
		if _, err := out.WriteString(sep); err != nil {
			return err
		}
		_, err = out.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := out.WriteString("\n]\n"); err != nil {
		return err
	}
	return out.Flush()
}

// Columns are the columns of the CSV. Lists are joined by "; ". Texts are in the reader's language where there are any.
var Columns = []string{"id", "slug", "name", "summary", "summary_lang", "kind", "licence", "stage", "state", "version", "released", "maintenance", "stewards",
	"maintainers", "users", "funders", "audiences", "countries", "territories", "languages", "categories", "platforms", "website", "documentation", "roadmap",
	"repositories", "added_at", "updated_at"}

// WriteCSV writes the chosen commons as CSV (RFC 4180, UTF-8, a header line), texts in lang. A cell that a spreadsheet would take for a formula
// (it begins with = + - @, a tab or a carriage return) gets a ' before it: who reads the file by program takes that away again.
func (s *Service) WriteCSV(ctx context.Context, by people.Actor, q Query, lang string, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns); err != nil {
		return err
	}
	err := s.Each(ctx, by, q, func(c commons.Commons) error { return out.Write(csvRow(c, lang)) })
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// Sheet says how a file for a spreadsheet speaks: its language, the heading of a column, and a value of a column in words.
type Sheet struct {
	Lang    string
	Heading func(column string) string
	Word    func(column, value string) string
}

// WriteSheet writes the chosen commons as a file that a spreadsheet opens by a double click: with a byte order mark, without which it takes accents for
// other characters, and separated as it expects where the language is spoken: by commas in English, by semicolons where commas are decimal. Headings and values are words, times are days. It is for people: a program reads
// what WriteCSV writes.
func (s *Service) WriteSheet(ctx context.Context, by people.Actor, q Query, sheet Sheet, w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if out.UseCRLF = true; sheet.Lang != "en" {
		out.Comma = ';'
	}
	row := make([]string, len(Columns))
	for i, name := range Columns {
		row[i] = harmless(sheet.Heading(name))
	}
	if err := out.Write(row); err != nil {
		return err
	}
	err := s.Each(ctx, by, q, func(c commons.Commons) error {
		for i, name := range Columns {
			text := cell(&c, name, sheet.Lang)
			f, _ := commons.FieldByName(name)
			switch {
			case name == "added_at" || name == "updated_at":
				text, _, _ = strings.Cut(text, "T")
			case text != "" && (f.Shape == commons.Choices || f.Shape == commons.Words):
				list := strings.Split(text, listJoin)
				for j := range list {
					list[j] = sheet.Word(name, list[j])
				}
				text = strings.Join(list, ", ")
			case text != "":
				text = sheet.Word(name, text)
			}
			row[i] = harmless(text)
		}
		return out.Write(row)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// listJoin stands between the items of a list in one cell.
const listJoin = "; "

// WriteOneCSV writes one commons as CSV, as WriteCSV does.
func WriteOneCSV(c commons.Commons, lang string, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll([][]string{Columns, csvRow(c, lang)}); err != nil {
		return err
	}
	return out.Error()
}

func csvRow(c commons.Commons, lang string) []string {
	row := make([]string, len(Columns))
	for i, name := range Columns {
		row[i] = harmless(cell(&c, name, lang))
	}
	return row
}

func cell(c *commons.Commons, column, lang string) string {
	switch column {
	case "id":
		return c.ID
	case "slug":
		return c.Slug
	case "name":
		return c.Name()
	case "state":
		return string(c.State)
	case "summary_lang":
		v, _ := c.In("summary", lang)
		return v.Lang
	case "repositories":
		return strings.Join(Repositories(*c), listJoin)
	case "added_at":
		return stamp(c.CreatedAt)
	case "updated_at":
		return stamp(c.UpdatedAt)
	}
	f, _ := commons.FieldByName(column)
	v, _ := c.Best(column, "")
	if f.PerLang {
		v, _ = c.In(column, lang)
	}
	switch f.Shape {
	case commons.Choices, commons.Words:
		return strings.Join(v.List(), listJoin)
	case commons.Parties:
		var names []string
		for _, p := range v.PartyList() {
			names = append(names, p.Name)
		}
		return strings.Join(names, listJoin)
	}
	return v.Text()
}

// harmless keeps a spreadsheet from running what a stranger wrote.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// FeedEntry is what a feed says of a commons.
type FeedEntry struct {
	ID, Slug, Title      string
	Summary, SummaryLang string
	Published, Updated   int64 // UTC microseconds
}

// feedSize is how many entries a feed has.
const feedSize = 50

// Feed returns the entries of a feed of the chosen commons: those that changed last, or, sorted by ByAdded, those that are new.
func (s *Service) Feed(ctx context.Context, by people.Actor, q Query) ([]FeedEntry, error) {
	if q.Limit = feedSize; q.Sort != ByAdded {
		q.Sort = ByUpdated
	}
	p, err := s.List(ctx, by, q)
	if err != nil {
		return nil, err
	}
	entries := make([]FeedEntry, len(p.Items))
	for i, it := range p.Items {
		entries[i] = FeedEntry{it.ID, it.Slug, it.Name, it.Summary, it.SummaryLang, it.AddedAt, it.UpdatedAt}
	}
	return entries, nil
}
