package catalogue

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"commun/internal/core/commons"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
)

const (
	keyNoList          = "catalogue.no_such_list"
	keyListEmpty       = "catalogue.list_empty"
	keyListTooLong     = "catalogue.list_too_long"
	keyListLine        = "catalogue.list_line_too_long"
	keyFolder          = "catalogue.folder_unreadable"
	keyFileUnread      = "catalogue.file_unreadable"
	keyNoAddressInFile = "catalogue.file_without_name"
)

// maxLines is how many lines or files one list may have.
const maxLines = 50_000

// Outcome is what came of one line of a list.
type Outcome string

// The outcomes. A line that was not worked on yet has none.
const (
	OutcomeAdded   Outcome = "added"   // a new commons
	OutcomeUpdated Outcome = "updated" // a commons that this file describes otherwise than before
	OutcomeExisted Outcome = "existed" // nothing to do: it is there
	OutcomeRefused Outcome = "refused" // why stands in Fault
)

// List is many addresses, or a folder of publiccode.yml files, given at once.
type List struct {
	ID      string `json:"id"`
	Name    string `json:"name"`   // what the giver called it: a file's or folder's name
	Folder  bool   `json:"folder"` // each line is a publiccode.yml, else an address
	Fetch   bool   `json:"fetch"`  // the repositories that the files name are read too
	Total   int    `json:"total"`
	Created int64  `json:"created_at"`
}

// Line is one line of a list and what came of it.
type Line struct {
	Line    int
	Text    string // the address, or the file's name
	Outcome Outcome
	Commons string // its id, when it came in or was there
	Slug    string
	Name    string
	Fault   *jobs.Fault // why it was refused, or why its repository could not be read
	Remarks []Remark    // of the file, or of the repository once it was read
	Read    bool        // the repository was read
}

// ImportAddresses stores the addresses that r holds, one a line (blank lines and those that begin with # are left out), and queues the job that
// adds them and queues their imports. For administrators and the command line. Given again, it changes nothing that is there.
func (s *Service) ImportAddresses(ctx context.Context, by people.Actor, name string, r io.Reader) (list, job string, err error) {
	if err := by.May(ActImport, people.Instance); err != nil {
		return "", "", err
	}
	return s.begin(ctx, by, List{Name: name, Fetch: true}, func(add func(rawLine) error) error {
		in := bufio.NewScanner(r)
		in.Buffer(nil, 64<<10)
		for n := 1; in.Scan(); n++ {
			clean, _ := printable(in.Text(), false)
			text := strings.TrimSpace(clean)
			if text == "" || strings.HasPrefix(text, "#") {
				continue
			}
			if err := add(rawLine{n, cutText(withoutSecret(text), 2000), ""}); err != nil {
				return err
			}
		}
		if errors.Is(in.Err(), bufio.ErrTooLong) {
			return fault.Invalid("list", keyListLine).With("limit", 64<<10)
		}
		return in.Err()
	})
}

// withoutSecret is an address without the user name and the password that it holds, which makes it a line that is refused all the same: what is
// stored and shown of it is no secret.
func withoutSecret(address string) string {
	if _, err := gitrepo.Parse(address); gitrepo.KeyOf(err) != gitrepo.KeyCredentials {
		return address
	}
	begin, _, _ := strings.Cut(address, "://")
	if begin == address {
		begin = ""
	} else {
		begin += "://"
	}
	return begin + "…" + address[strings.LastIndexByte(address, '@'):]
}

// ImportFolder stores the publiccode.yml files (*.yml, *.yaml) of a folder, those of folders in it too, and queues the job that makes a commons
// of each, whose repository is the url that the file names. The repositories are read only with fetch. For administrators and the command line.
func (s *Service) ImportFolder(ctx context.Context, by people.Actor, name string, folder fs.FS, fetch bool) (list, job string, err error) {
	if err := by.May(ActImport, people.Instance); err != nil {
		return "", "", err
	}
	return s.begin(ctx, by, List{Name: name, Folder: true, Fetch: fetch}, func(add func(rawLine) error) error {
		n := 0
		return fs.WalkDir(folder, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return fault.Invalid("list", keyFolder).Wrap(err)
			}
			if ext := strings.ToLower(path.Ext(p)); d.IsDir() || ext != ".yml" && ext != ".yaml" {
				return nil
			}
			n++
			return add(rawLine{n, strings.ToValidUTF8(p, "\ufffd"), readBounded(folder, p, s.Limits.PublicCode)})
		})
	})
}

// rawLine is a line as it was given; raw is a file's content, "" for one that could not be read.
type rawLine struct {
	line      int
	text, raw string
}

// readBounded returns a file's content, cut where it is certainly too long to be read, or "" when it cannot be read.
func readBounded(folder fs.FS, name string, limit int) string {
	f, err := folder.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(decoded(b), "\x00", "\ufffd") // PostgreSQL takes no NUL in a text
}

// take stores the lines of a list in batches, so that a large folder is never in memory whole, and returns how many there are.
func (s *Service) take(ctx context.Context, list string, read func(add func(rawLine) error) error) (total int, err error) {
	var batch []rawLine
	flush := func() error {
		err := s.DB.Maintain(ctx, func(tx *storage.Tx) error {
			for _, x := range batch {
				if _, err := tx.Exec(ctx, `INSERT INTO catalogue_list_lines (list, line, text, raw) VALUES ($1,$2,$3,$4)`, list, x.line, x.text, x.raw); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
		return err
	}
	forgotten, err := s.People.Forgotten(ctx)
	if err != nil {
		return 0, err
	}
	err = read(func(x rawLine) error {
		x.raw = beforeStored(x.raw, forgotten, s.readLimits())
		if total++; total > maxLines {
			return fault.Invalid("list", keyListTooLong).With("limit", maxLines)
		}
		if batch = append(batch, x); len(batch) < storeBatch {
			return nil
		}
		return flush()
	})
	if err == nil && total == 0 {
		err = fault.Invalid("list", keyListEmpty)
	}
	if err == nil {
		err = flush()
	}
	if err != nil && len(fault.Of(err)) == 0 {
		err = fmt.Errorf("store list: %w", err)
	}
	return total, err
}

// storeBatch is how many lines are stored in one transaction.
const storeBatch = 200

// begin stores a list with the lines that read gives, and queues its job. The entry says who gave it; what came of each line is upkeep.
func (s *Service) begin(ctx context.Context, by people.Actor, l List, read func(add func(rawLine) error) error) (list, job string, err error) {
	l.ID, l.Created = storage.NewID(), storage.Now()
	name, _ := printable(l.Name, false)
	l.Name = cutText(oneLine(name), 200)
	if l.Total, err = s.take(ctx, l.ID, read); err != nil {
		// lines without a list: nobody will look for them
		dropped := s.DB.Maintain(context.WithoutCancel(ctx), func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM catalogue_list_lines WHERE list = $1`, l.ID)
			return err
		})
		return "", "", errors.Join(err, dropped)
	}
	err = s.Journal.Write(ctx, by, func(tx *storage.Tx) (journal.Entry, error) {
		_, err := tx.Exec(ctx, `INSERT INTO catalogue_lists (id, name, folder, fetches, total, created_at, revision) VALUES ($1,$2,$3,$4,$5,$6,1)`,
			l.ID, l.Name, l.Folder, l.Fetch, l.Total, l.Created)
		if err != nil {
			return journal.Entry{}, err
		}
		if job, _, err = s.Queue.Enqueue(ctx, tx, jobs.Job{Kind: JobList, Subject: l.ID, Args: listArgs{l.ID}}); err != nil {
			return journal.Entry{}, err
		}
		return journal.Entry{Kind: kindListed, Object: journal.Object{Kind: ListKind, ID: l.ID}, Owner: people.Instance, Body: l}, nil
	})
	if err != nil {
		return "", "", fmt.Errorf("store list: %w", err)
	}
	return l.ID, job, nil
}

type listArgs struct {
	List string `json:"list"`
}

// listWorkers is how many lines are worked on at once, so that the writer commits them in groups.
const listWorkers = 8

// listJob works through the lines of a list that have no outcome yet: killed and started again, it goes on where it was.
func (s *Service) listJob(ctx context.Context, run *jobs.Run) error {
	var args listArgs
	if err := run.Decode(&args); err != nil {
		return err
	}
	l, err := s.list(ctx, args.List)
	if err != nil {
		return err
	}
	for {
		lines, left, err := s.open(ctx, l.ID)
		if err != nil {
			return err
		}
		run.Progress("listing", int64(l.Total-left), int64(l.Total))
		if len(lines) == 0 {
			return nil
		}
		if err := s.batch(ctx, run, l, lines, int64(l.Total-left)); err != nil {
			return err
		}
	}
}

// batch works on some lines, listWorkers at once. Lines that name one repository follow each other in their order, so that a list given twice
// ends in the same words.
func (s *Service) batch(ctx context.Context, run *jobs.Run, l List, lines []rawLine, done int64) error {
	files, err := s.parse(ctx, l, lines)
	if err != nil {
		return err
	}
	groups, order := map[string][]int{}, []string{}
	for i, f := range files {
		if _, known := groups[f.key]; !known {
			order = append(order, f.key)
		}
		groups[f.key] = append(groups[f.key], i)
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(listWorkers)
	for _, key := range order {
		g.Go(func() error {
			for _, i := range groups[key] {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := s.line(ctx, l, lines[i], files[i]); err != nil {
					return fmt.Errorf("line %d of list %s: %w", lines[i].line, l.ID, err)
				}
				mu.Lock()
				done++
				run.Progress("listing", done, int64(l.Total))
				mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}

// parsed is a line as it was understood.
type parsed struct {
	key     string // lines with the same one are about the same commons
	name    string
	home    commons.Home
	values  []commons.Value
	remarks []Remark
	err     error // why it cannot come in
}

// parse reads lines: addresses for their keys, files whole.
func (s *Service) parse(ctx context.Context, l List, lines []rawLine) ([]parsed, error) {
	out := make([]parsed, len(lines))
	if !l.Folder {
		for i, x := range lines {
			out[i].key = "line:" + x.text
			if a, err := gitrepo.Parse(x.text); err == nil {
				out[i].key = a.Key()
			}
		}
		return out, nil
	}
	forgotten, err := s.People.Forgotten(ctx)
	if err != nil {
		return nil, err
	}
	for i, x := range lines {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = s.parseFile(x, forgotten)
	}
	return out, nil
}

// parseFile reads one publiccode.yml of a folder.
func (s *Service) parseFile(x rawLine, forgotten func(string) bool) parsed {
	p := parsed{key: "line:" + x.text}
	if x.raw == "" {
		p.err = fault.Invalid("list", keyFileUnread).With("path", x.text)
		return p
	}
	if len(x.raw) > s.Limits.PublicCode {
		p.err = fault.Invalid("list", gitrepo.KeyFileTooLarge).With("path", x.text).With("size", len(x.raw)).With("limit", s.Limits.PublicCode)
		return p
	}
	g := newGather(forgotten)
	f, d := g.publicCode(path.Base(x.text), "", []byte(x.raw), s.readLimits())
	g.licence(d, "", "")
	p.name, p.values, p.remarks = bestName(g.values), g.values, g.kept()
	address, err := gitrepo.Parse(f.Doc.URL)
	if err == nil && s.policy(false).Check(address) == nil { // whoever gave the list, a file in it is a stranger's word
		p.home = commons.Home{Key: address.Key(), Address: address.String(), Main: true}
		p.key = p.home.Key
		if p.name == "" {
			p.name = nameOf(address)
		}
	}
	if p.name == "" {
		p.err = fault.Invalid("list", keyNoAddressInFile).With("path", x.text)
		return p
	}
	if p.home.Key == "" {
		p.key = "slug:" + people.Slug(p.name)
	}
	return p
}

// line works on one line. What is wrong with the line is its outcome; an error is of the program or the database, and the job tries again.
func (s *Service) line(ctx context.Context, l List, x rawLine, p parsed) error {
	err := p.err
	switch {
	case err != nil:
	case l.Folder:
		err = s.fileLine(ctx, l, x, p)
	default:
		err = s.addressLine(ctx, l, x)
	}
	if kind := fault.KindOf(err); kind == fault.InvalidKind || kind == fault.DeniedKind || kind == fault.MissingKind {
		text, encoding := encodeFault(faultOf(err))
		if encoding != nil {
			return encoding
		}
		return s.DB.Maintain(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE catalogue_list_lines SET outcome = $1, fault = $2, raw = '' WHERE list = $3 AND line = $4`, OutcomeRefused, text, l.ID, x.line)
			return err
		})
	}
	return err
}

// decide stores the outcome of a line.
func decide(ctx context.Context, tx *storage.Tx, l List, x rawLine, o Outcome, commons string, remarks []Remark) error {
	b, err := json.Marshal(remarks)
	if err != nil {
		return fmt.Errorf("encode remarks: %w", err)
	}
	if remarks == nil {
		b = []byte("[]")
	}
	_, err = tx.Exec(ctx, `UPDATE catalogue_list_lines SET outcome = $1, commons = $2, remarks = $3, raw = '' WHERE list = $4 AND line = $5`,
		o, commons, string(b), l.ID, x.line)
	return err
}

// addressLine adds the commons of an address, whose import is queued with it.
func (s *Service) addressLine(ctx context.Context, l List, x rawLine) error {
	added, err := s.add(ctx, importer, x.text, func(tx *storage.Tx, c commons.Commons) error {
		return decide(ctx, tx, l, x, OutcomeAdded, c.ID, nil)
	})
	if err != nil || !added.Existed {
		return err
	}
	return s.DB.Maintain(ctx, func(tx *storage.Tx) error { return decide(ctx, tx, l, x, OutcomeExisted, added.Commons.ID, nil) })
}

// fileLine makes a commons of what a file says, or says it of the commons that has the file's repository. When that commons was read from its
// own repository, the repository's word stands.
func (s *Service) fileLine(ctx context.Context, l List, x rawLine, p parsed) error {
	if p.home.Key == "" {
		// without a repository, a name that a file gave is all by which the same file is known again
		c, err := s.Commons.BySlug(ctx, importer, people.Slug(p.name))
		if _, fromFile := c.Of(commons.FromPublicCode, "name", ""); err == nil && len(c.Homes) == 0 && fromFile {
			return s.sayAgain(ctx, l, x, p, c)
		} else if err != nil && fault.KindOf(err) != fault.MissingKind {
			return err
		}
	}
	var c commons.Commons
	var existed bool
	err := retryMeeting(ctx, func() (err error) {
		c, existed, err = s.Commons.Create(ctx, importer, commons.Draft{Name: p.name, Home: p.home, Values: p.values}, func(tx *storage.Tx, c commons.Commons) error {
			if l.Fetch && p.home.Key != "" {
				if err := beginRefresh(ctx, tx, c.ID, false); err != nil {
					return err
				}
				if _, err := s.enqueueImport(ctx, tx, c.ID, jobs.Job{}); err != nil {
					return err
				}
			}
			return decide(ctx, tx, l, x, OutcomeAdded, c.ID, p.remarks)
		})
		return err
	})
	if err != nil || !existed {
		return err
	}
	return s.sayAgain(ctx, l, x, p, c)
}

// sayAgain stores what a file says of a commons that is there, unless its repository has spoken for it, or a file that is more recent. Between two
// lines of one list that are of one age the earlier counts, and between two lists the later: so a list given twice changes nothing.
func (s *Service) sayAgain(ctx context.Context, l List, x rawLine, p parsed, c commons.Commons) error {
	r, err := s.refreshOf(ctx, c.ID)
	if err != nil {
		return err
	}
	var earlier int
	err = s.DB.QueryRow(ctx, `SELECT COALESCE(MIN(line), 0) FROM catalogue_list_lines WHERE commons = $1 AND commons <> '' AND list = $2 AND line < $3`,
		c.ID, l.ID, x.line).Scan(&earlier)
	if err != nil {
		return fmt.Errorf("look for an earlier line: %w", err)
	}
	if earlier > 0 {
		p.remarks = append(p.remarks, Remark{Severity: "warning", Code: remarkEarlier, Args: map[string]any{"line": earlier}})
	}
	age := newer(p.values, c.Values, s.readLimits())
	if age < 0 && earlier == 0 && r.SucceededAt == 0 {
		p.remarks = append(p.remarks, Remark{Severity: "warning", Code: remarkOlder})
	}
	existed := func(tx *storage.Tx) error { return decide(ctx, tx, l, x, OutcomeExisted, c.ID, p.remarks) }
	if r.SucceededAt > 0 || age < 0 || age == 0 && earlier > 0 {
		return s.DB.Maintain(ctx, existed)
	}
	in := commons.Imported{Sources: []commons.Source{commons.FromPublicCode}, Values: p.values}
	if earlier > 0 {
		in.Name = p.name // its address is of this list too: nobody keeps it yet
	}
	changed := false
	err = retryMeeting(ctx, func() (err error) {
		changed, err = s.Commons.Import(ctx, importer, c.ID, in,
			func(tx *storage.Tx, _ commons.Commons) error {
				return decide(ctx, tx, l, x, OutcomeUpdated, c.ID, p.remarks)
			})
		return err
	})
	if err != nil || changed {
		return err
	}
	return s.DB.Maintain(ctx, existed)
}

// open returns the next lines without an outcome, and how many there are.
func (s *Service) open(ctx context.Context, list string) (lines []rawLine, left int, err error) {
	if err := s.DB.QueryRow(ctx, `SELECT COUNT(*) FROM catalogue_list_lines WHERE list = $1 AND outcome = ''`, list).Scan(&left); err != nil {
		return nil, 0, fmt.Errorf("count lines: %w", err)
	}
	rows, err := s.DB.Query(ctx, `SELECT line, text, raw FROM catalogue_list_lines WHERE list = $1 AND outcome = '' ORDER BY line LIMIT $2`, list, storeBatch)
	if err != nil {
		return nil, 0, fmt.Errorf("read lines: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var x rawLine
		if err := rows.Scan(&x.line, &x.text, &x.raw); err != nil {
			return nil, 0, fmt.Errorf("read lines: %w", err)
		}
		lines = append(lines, x)
	}
	return lines, left, rows.Err()
}
