package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/app"
	"commun/internal/core/journal"
	"commun/internal/platform/config"
)

type verifyCmd struct {
	Proof          string `arg:"" optional:"" help:"A proof or a backup to check by itself, without a database."`
	config.Place   `embed:""`
	URL            string `name:"url" help:"Check a running instance from outside, by its public address."`
	Key            string `name:"key" help:"The record's public key, got from elsewhere than what is checked; or a file that holds it."`
	Checkpoint     string `name:"checkpoint" type:"existingfile" help:"A checkpoint that you kept from earlier: the record must have grown from it."`
	JSON           bool   `name:"json" help:"Print the report as JSON."`
	SaveCheckpoint string `name:"save-checkpoint" help:"Keep the checkpoint that held in this file, for --checkpoint of the next time."`
}

func (verifyCmd) Help() string {
	return `Recomputes the whole log from its entries, checks its signature, every entry against its leaf, and the state that stands now against the
last entry of each thing. Names the first that does not hold and exits with 1. It changes nothing and may run beside the server.

  commun verify
  commun verify --database postgres://commun@db.example.org/commun
  commun verify --key commons.pub --checkpoint last-month.txt   trust what you kept, not what the folder says
  commun verify backup.commun                                   check a backup
  commun verify --url https://commons.example.org               check from outside
  commun verify proof.json                                      check one proof, offline`
}

func (c *verifyCmd) Run(e *env) error {
	trust, err := c.trust()
	if err != nil {
		return err
	}
	var rep journal.Report
	bar := progressBar(e.stderr)
	switch {
	case c.Proof != "" && c.URL != "":
		return errors.New("give a file or --url, not both")
	case c.Proof != "":
		f, err := os.Open(c.Proof)
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
			return fmt.Errorf("check backup %s: %w", c.Proof, err)
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

func (c *verifyCmd) trust() (journal.Trust, error) {
	t := journal.Trust{Verifier: c.Key}
	if b, err := os.ReadFile(c.Key); err == nil {
		t.Verifier = strings.TrimSpace(string(b))
	} else if c.Key != "" && !strings.Contains(c.Key, "+") { // every key has it
		return t, fmt.Errorf("read the key: %w", err)
	}
	if c.Checkpoint != "" {
		b, err := os.ReadFile(c.Checkpoint)
		if err != nil {
			return t, err
		}
		t.Checkpoint = string(b)
	}
	return t, nil
}

func (c *verifyCmd) say(e *env, rep journal.Report) error {
	if c.JSON {
		if err := json.NewEncoder(e.stdout).Encode(rep); err != nil {
			return err
		}
	} else {
		_, _ = fmt.Fprintf(e.stdout, "record      %s\nkey         %s\nentries     %d in the log, %d waiting for it\nthings      %d compared with their last entry\nroot        %s\n",
			rep.Origin, rep.Key, rep.Entries, rep.Pending, rep.Objects, rep.Root)
		if rep.Faults == 0 {
			_, _ = fmt.Fprintln(e.stdout, "The record is whole.")
		} else {
			_, _ = fmt.Fprintf(e.stdout, "The record does not hold: %d faults. The first:\n  %s\n", rep.Faults, rep.First)
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
			return fmt.Errorf("keep the checkpoint: %w", err)
		}
	}
	return nil
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
		return fmt.Errorf("%s: %w", c.Proof, err)
	}
	if err == nil {
		leaf, tree, err = p.Check(trust.Verifier)
	}
	if c.JSON {
		rep := proofReport{Holds: err == nil, Seq: p.Seq, Entries: tree.N, Key: p.Key}
		if err == nil {
			rep.Leaf = &leaf
		} else {
			rep.Why = err.Error()
		}
		if err := json.NewEncoder(e.stdout).Encode(rep); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		if !c.JSON {
			_, _ = fmt.Fprintln(e.stdout, "The proof does not hold:", err)
		}
		return exit(1)
	case c.JSON:
		return nil
	}
	_, _ = fmt.Fprintf(e.stdout, "Entry %s (%s on %s, revision %d) is number %d of the %d entries that the checkpoint signs.\n",
		leaf.ID, leaf.Kind, leaf.Object, leaf.Revision, p.Seq, tree.N)
	if trust.Verifier == "" {
		_, _ = fmt.Fprintf(e.stdout, "The key is the one in the proof (%s): compare it with the one that the instance publishes.\n", p.Key)
	}
	return nil
}

type proveCmd struct {
	Entry        string `arg:"" help:"The id of the entry, as its page and the activity feed show it."`
	config.Place `embed:""`
	Closed       bool `name:"closed" help:"Leave out what was changed and by whom: hashes only."`
}

func (proveCmd) Help() string {
	return `Prints a proof that anyone can check offline, years later, with «commun verify proof --key KEY».

  commun prove 3v8z… > proof`
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
	To           string `arg:"" help:"The file to write."`
	config.Place `embed:""`
}

func (backupCmd) Help() string {
	return `Writes one file from one moment's state, while the server goes on. It holds accounts and addresses: keep it safe. A backup restores into
either database, so it also moves an instance from SQLite to PostgreSQL.

  commun backup commun-$(date +%F).commun`
}

func (c *backupCmd) Run(e *env) error {
	if err := app.MustExist(c.Place); err != nil {
		return err
	}
	tmp := c.To + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
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
	return os.Rename(tmp, c.To)
}

type restoreCmd struct {
	From           string `arg:"" type:"existingfile" help:"The backup."`
	config.Place   `embed:""`
	config.Logging `embed:""`
}

func (restoreCmd) Help() string {
	return `Fills an empty instance; one that holds anything is refused. Afterwards «commun verify» proves that nothing is missing.

  commun restore commun-2026-05-01.commun --data ./restored`
}

func (c *restoreCmd) Run(e *env) error {
	f, err := os.Open(c.From)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	return app.Restore(e.ctx, c.Place, logger(c.Logging), f)
}
