package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/app"
	"commun/internal/core/journal"
	"commun/internal/features/vitality/report"
	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
)

type verifyCmd struct {
	Proof          string `arg:"" optional:"" name:"kept"`
	config.Place   `embed:""`
	URL            string `name:"url" placeholder:"URL"`
	Key            string `name:"key" placeholder:"KEY"`
	Checkpoint     string `name:"checkpoint" placeholder:"FILE"`
	JSON           bool   `name:"json"`
	SaveCheckpoint string `name:"save-checkpoint" placeholder:"FILE"`
}

func (verifyCmd) Examples() []example {
	return []example{{"commun verify", ""}, {"commun verify --key commons.pub --checkpoint last-month.txt", "cli.verify.note_trust"},
		{"commun verify backup.commun", "cli.verify.note_backup"}, {"commun verify --url https://commons.example.org", "cli.verify.note_outside"},
		{"commun verify proof.json", "cli.verify.note_proof"}}
}

func (c *verifyCmd) Run(e *env) error {
	trust, err := c.trust()
	if err != nil {
		return err
	}
	var rep journal.Report
	bar := progressBar(e)
	switch {
	case c.Proof != "" && c.URL != "":
		return fault.Invalid("url", "cli.verify.two_things")
	case c.Proof != "":
		f, err := open(c.Proof)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // read only
		r := bufio.NewReader(f)
		// a proof is a JSON object, whatever its file is called; a backup begins with other bytes
		if first, err := r.Peek(1); err == nil && first[0] == '{' {
			return c.checkProof(e, r, trust)
		}
		rep, err = app.VerifyBackup(e.ctx, r, trust, bar.show)
		bar.end()
		if err != nil {
			return fmt.Errorf("check backup: %w", notBackup("cli.verify.not_kept", c.Proof, err))
		}
	case c.URL != "":
		rep, err = app.VerifyURL(e.ctx, c.URL, trust, bar.show)
		bar.end()
		if err != nil {
			return err
		}
	default:
		rep, err = app.Verify(e.ctx, c.Place, trust, bar.show)
		bar.end()
		if err != nil {
			return err
		}
	}
	return c.say(e, rep)
}

// aKey is what a public key looks like: a name, a number, and the key itself.
var aKey = regexp.MustCompile(`^\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$`)

// trust reads what the one who checks brings along.
func (c *verifyCmd) trust() (journal.Trust, error) {
	t := journal.Trust{Verifier: c.Key}
	if b, err := os.ReadFile(c.Key); err == nil {
		t.Verifier = strings.TrimSpace(string(b))
	} else if c.Key != "" && !strings.Contains(c.Key, "+") { // every key has it
		return t, fault.Invalid("key", "cli.verify.no_key").With("value", c.Key)
	}
	if t.Verifier != "" && !aKey.MatchString(t.Verifier) {
		return t, fault.Invalid("key", "cli.verify.bad_key").With("value", c.Key)
	}
	if c.Checkpoint != "" {
		b, err := os.ReadFile(c.Checkpoint)
		if err != nil {
			return t, err
		}
		if t.Checkpoint = string(b); !strings.Contains(t.Checkpoint, "\n\n— ") { // what every signed note has
			return t, fault.Invalid("checkpoint", "cli.verify.not_checkpoint").With("file", c.Checkpoint)
		}
	}
	return t, nil
}

func (c *verifyCmd) say(e *env, rep journal.Report) error {
	if c.JSON {
		if f := rep.First; f != nil {
			f.What = e.english().T(f.Key, i18n.Args(f.Args)) // a program reads it: one language
		}
		if err := json.NewEncoder(e.stdout).Encode(rep); err != nil {
			return err
		}
	} else {
		c.table(e, [][2]string{
			{"cli.verify.record", rep.Origin}, {"cli.verify.signed_by", rep.Key},
			{"cli.verify.entries", e.l.T("cli.verify.entries_are", i18n.Args{"logged": rep.Entries, "pending": rep.Pending})},
			{"cli.verify.things", e.l.T("cli.verify.things_are", i18n.Args{"count": rep.Objects})}, {"cli.verify.root", rep.Root},
		})
		if rep.Faults == 0 {
			_, _ = fmt.Fprintln(e.stdout, e.l.T("cli.verify.whole"))
		} else {
			_, _ = fmt.Fprintf(e.stdout, "%s\n  %s\n", e.l.T("cli.verify.broken", i18n.Args{"count": rep.Faults}), where(e.l, rep.First))
		}
	}
	if rep.Faults > 0 {
		return exit(1)
	}
	if c.SaveCheckpoint != "" {
		tmp := c.SaveCheckpoint + ".part"                       // the one that was kept must not be lost to a full disk
		err := os.WriteFile(tmp, []byte(rep.Checkpoint), 0o644) //nolint:gosec // a checkpoint is public
		if err == nil {
			err = os.Rename(tmp, c.SaveCheckpoint)
		}
		if err != nil {
			_ = os.Remove(tmp) // it may not be there
			return fmt.Errorf("keep the checkpoint: %w", err)
		}
	}
	return nil
}

// table writes rows of a label's key and a value.
func (c *verifyCmd) table(e *env, rows [][2]string) {
	wide := 0
	for _, r := range rows {
		wide = max(wide, report.Columns(e.l.T(r[0])))
	}
	for _, r := range rows {
		if r[1] == "" { // it could not be read, and the first fault says so
			continue
		}
		label := e.l.T(r[0])
		_, _ = fmt.Fprintf(e.stdout, "%s%s  %s\n", label, strings.Repeat(" ", wide-report.Columns(label)), r[1])
	}
}

// where says what does not hold, and of what.
func where(l *i18n.Localizer, f *journal.Fault) string {
	var parts []string
	if f.Seq >= 0 {
		parts = append(parts, fmt.Sprintf("#%d", f.Seq))
	}
	if f.Entry != "" {
		parts = append(parts, l.T("cli.verify.at_entry", i18n.Args{"id": f.Entry}))
	}
	if f.Object != "" {
		parts = append(parts, l.T("cli.verify.at_thing", i18n.Args{"id": f.Object}))
	}
	return strings.Join(append(parts, l.T(f.Key, i18n.Args(f.Args))), " ")
}

// open opens a file to be read. A folder opens too, and would show only as an odd file.
func open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close() // nothing was read
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return f, nil
}

// notBackup says with the key of a message that a file is no backup, if that is what is wrong.
func notBackup(key, file string, err error) error {
	if _, unread := errors.AsType[*fs.PathError](err); errors.Is(err, storage.ErrBackup) && !unread {
		return fault.Invalid("", key).With("file", file).Wrap(errors.New(err.Error())) // what is wrong with it as a backup is for the log
	}
	return err
}

// proofReport is what --json prints of a proof.
type proofReport struct {
	Holds   bool          `json:"holds"`
	Why     string        `json:"why,omitempty"` // it does not
	Leaf    *journal.Leaf `json:"leaf,omitempty"`
	Seq     int64         `json:"seq"`
	Entries int64         `json:"entries"` // that the checkpoint signs
	Key     string        `json:"key"`
}

func (c *verifyCmd) checkProof(e *env, r io.Reader, trust journal.Trust) error {
	text, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return fmt.Errorf("read proof: %w", err)
	}
	var leaf journal.Leaf
	var tree tlog.Tree
	p, err := journal.ReadProof(text)
	if err != nil && !json.Valid(text) {
		return fault.Invalid("", "cli.verify.not_kept").With("file", c.Proof)
	}
	if err == nil {
		leaf, tree, err = p.Check(trust.Verifier)
	}
	if c.JSON {
		rep := proofReport{Holds: err == nil, Seq: p.Seq, Entries: tree.N, Key: p.Key}
		if err == nil {
			rep.Leaf = &leaf
		} else {
			rep.Why = app.Explain(e.english(), err)
		}
		if err := json.NewEncoder(e.stdout).Encode(rep); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		if !c.JSON {
			_, _ = fmt.Fprintln(e.stdout, e.l.T("cli.verify.proof_broken", i18n.Args{"why": app.Explain(e.l, err)}))
		}
		return exit(1)
	case c.JSON:
		return nil
	}
	_, _ = fmt.Fprintln(e.stdout, e.l.T("cli.verify.proof_holds", i18n.Args{"entry": leaf.ID, "kind": leaf.Kind, "thing": leaf.Object,
		"revision": leaf.Revision, "number": p.Seq, "entries": tree.N}))
	if trust.Verifier == "" {
		_, _ = fmt.Fprintln(e.stdout, e.l.T("cli.verify.proof_key", i18n.Args{"key": p.Key}))
	}
	return nil
}

type proveCmd struct {
	Entry        string `arg:""`
	config.Place `embed:""`
	Closed       bool `name:"closed"`
}

func (proveCmd) Examples() []example {
	return []example{{"commun prove 3v8z5k > proof.json", ""}, {"commun verify proof.json --key commons.pub", "cli.prove.note_check"}}
}

func (c *proveCmd) Run(e *env) error {
	return withInstance(e, config.Config{Place: c.Place}, func(k *app.Control) error {
		return k.Do(e.ctx, "/prove", map[string]any{"Entry": c.Entry, "Open": !c.Closed}, func(r io.Reader) error {
			_, err := io.Copy(e.stdout, r)
			return err
		})
	})
}

type backupCmd struct {
	To           string `arg:"" name:"file"`
	Replace      bool   `name:"replace"`
	config.Place `embed:""`
}

func (backupCmd) Examples() []example {
	return []example{{"commun backup commun-$(date +%F).commun", ""}, {"commun verify commun-2026-05-01.commun", "cli.backup.note_check"}}
}

func (c *backupCmd) Run(e *env) error {
	if err := app.MustExist(c.Place); err != nil {
		return err
	}
	switch info, err := os.Stat(c.To); {
	case err == nil && info.IsDir():
		return fault.Invalid("file", "fail.file_is_folder").With("path", c.To)
	case err == nil && !c.Replace:
		return fault.Conflict("file", "cli.backup.exists").With("file", c.To)
	}
	tmp := c.To + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if _, in := os.Stat(filepath.Dir(tmp)); errors.Is(err, fs.ErrNotExist) && in == nil {
		return fault.Invalid("file", "cli.backup.not_made").With("file", c.To) // as in /proc: the folder is there and takes no file
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	err = withControl(e, config.Config{Place: c.Place}, func(k *app.Control) error {
		return k.Do(e.ctx, "/backup", nil, func(r io.Reader) error { _, err := io.Copy(f, r); return err })
	})
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("write backup: %w", err), os.Remove(tmp))
	}
	if err := os.Rename(tmp, c.To); err != nil {
		return errors.Join(fmt.Errorf("name the backup: %w", err), os.Remove(tmp))
	}
	return nil
}

type restoreCmd struct {
	From           string `arg:"" name:"file"`
	config.Place   `embed:""`
	config.Logging `embed:""`
}

func (restoreCmd) Examples() []example {
	return []example{{"commun restore commun-2026-05-01.commun --data ./restored", ""},
		{"commun restore commun-2026-05-01.commun --database postgres://commun@db.example.org/commun", "cli.restore.note_postgres"}}
}

func (c *restoreCmd) Run(e *env) error {
	f, err := open(c.From)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	return notBackup("cli.restore.not_backup", c.From, app.Restore(e.ctx, c.Place, e.logger(c.Logging), f))
}
