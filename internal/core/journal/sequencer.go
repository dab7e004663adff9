package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/platform/storage"
)

// batch is how many leaves one step of the sequencer integrates at the most: some milliseconds of hashing.
const batch = 2048

// pause is how long the sequencer lets leaves gather before it signs, so that a burst of writes costs one signature.
const pause = 50 * time.Millisecond

// poll is how often it looks for leaves that another node wrote.
const poll = time.Second

// Begin makes the log's key and its first checkpoint, of size 0, when there is none.
func (j *Journal) Begin(ctx context.Context) error {
	var n int
	err := j.db.QueryRow(ctx, `SELECT COUNT(*) FROM journal_log`).Scan(&n)
	if err != nil || n > 0 {
		return err
	}
	signer, verifier, err := note.GenerateKey(rand.Reader, j.origin)
	if err != nil {
		return fmt.Errorf("begin log %q: %w", j.origin, err)
	}
	first, err := sign(j.origin, signer, tlog.Tree{})
	if err != nil {
		return fmt.Errorf("begin log %q: %w", j.origin, err)
	}
	return j.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO journal_log (id, size, checkpoint, signer, verifier) VALUES (1, 0, $1, $2, $3)
			ON CONFLICT (id) DO NOTHING`, first, signer, verifier)
		return err
	})
}

// Run is the sequencer: it integrates pending leaves until ctx ends. Several may run over one database; the compare-and-swap on the
// log's size lets only one of them win each step.
func (j *Journal) Run(ctx context.Context) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		n, err := j.Sequence(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			j.log.Error("sequencer", "error", err)
		case n == batch:
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-j.wake:
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		}
	}
}

// errLostSeat says that another sequencer integrated leaves since this one read the log's size. Its leaves are the same ones.
var errLostSeat = errors.New("another sequencer was first")

// Sequence integrates up to one batch of pending leaves, signs a checkpoint, and returns how many there were.
func (j *Journal) Sequence(ctx context.Context) (int, error) {
	var waiting int
	// looked at outside the writer, so that an idle program writes nothing
	if err := j.db.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT id FROM journal_pending LIMIT 1) p`).Scan(&waiting); err != nil || waiting == 0 {
		return 0, err
	}
	var done int
	err := j.db.Maintain(ctx, func(tx *storage.Tx) error {
		done = 0
		state, err := readLog(ctx, tx)
		if err != nil {
			return err
		}
		ids, leaves, err := pending(ctx, tx)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := integrate(ctx, tx, state, ids, leaves); err != nil {
			return err
		}
		done = len(ids)
		return nil
	})
	if errors.Is(err, errLostSeat) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("integrate pending leaves: %w", err)
	}
	return done, nil
}

func pending(ctx context.Context, tx *storage.Tx) (ids []string, leaves [][]byte, err error) {
	rows, err := tx.Query(ctx, `SELECT p.id, e.leaf FROM journal_pending p JOIN journal_entries e ON e.id = p.id ORDER BY p.id LIMIT $1`, batch)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, leaf string
		if err := rows.Scan(&id, &leaf); err != nil {
			return nil, nil, err
		}
		ids, leaves = append(ids, id), append(leaves, []byte(leaf))
	}
	return ids, leaves, rows.Err()
}

// logState is the log's one row.
type logState struct {
	tree                         tlog.Tree
	checkpoint, signer, verifier string
}

func readLog(ctx context.Context, tx *storage.Tx) (logState, error) {
	var s logState
	var size int64
	err := tx.QueryRow(ctx, `SELECT size, checkpoint, signer, verifier FROM journal_log WHERE id = 1`).Scan(&size, &s.checkpoint, &s.signer, &s.verifier)
	if err != nil {
		return s, fmt.Errorf("read log: %w", err)
	}
	_, s.tree, err = OpenCheckpoint(s.checkpoint, s.verifier)
	if err == nil && s.tree.N != size {
		err = fmt.Errorf("the log says %d entries and its checkpoint %d", size, s.tree.N)
	}
	return s, err
}

// integrate numbers the leaves, stores the tiles that they complete or widen, and signs the new tree.
func integrate(ctx context.Context, tx *storage.Tx, s logState, ids []string, leaves [][]byte) error {
	old := s.tree.N
	reader := overlay{fresh: map[int64]tlog.Hash{}, below: hashReader(ctx, tx, s.tree)}
	for i, leaf := range leaves {
		n := old + int64(i)
		hashes, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(leaf), reader)
		if err != nil {
			return fmt.Errorf("hash leaf %d: %w", n, err)
		}
		for k, h := range hashes {
			reader.fresh[tlog.StoredHashIndex(0, n)+int64(k)] = h
		}
	}
	size := old + int64(len(ids))
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return fmt.Errorf("hash tree of %d: %w", size, err)
	}
	origin, _, _ := strings.Cut(s.checkpoint, "\n")
	text, err := sign(origin, s.signer, tlog.Tree{N: size, Hash: root})
	if err != nil {
		return err
	}
	won, err := tx.Exec(ctx, `UPDATE journal_log SET size = $1, checkpoint = $2 WHERE id = 1 AND size = $3`, size, text, old)
	if err != nil {
		return err
	}
	if won != 1 {
		return errLostSeat
	}
	for _, tile := range widest(tlog.NewTiles(tileHeight, old, size)) {
		data, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return fmt.Errorf("tile %s: %w", tile.Path(), err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO journal_tiles (level, n, data) VALUES ($1, $2, $3)
			ON CONFLICT (level, n) DO UPDATE SET data = EXCLUDED.data`, tile.L, tile.N, encode(data)); err != nil {
			return err
		}
	}
	for i, id := range ids {
		if _, err := tx.Exec(ctx, `INSERT INTO journal_leaves (seq, id) VALUES ($1, $2)`, old+int64(i), id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM journal_pending WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// widest keeps the widest version of each tile.
func widest(tiles []tlog.Tile) []tlog.Tile {
	best := map[[2]int64]int{}
	var list []tlog.Tile
	for _, t := range tiles {
		key := [2]int64{int64(t.L), t.N}
		if i, ok := best[key]; ok {
			if list[i].W < t.W {
				list[i] = t
			}
			continue
		}
		best[key] = len(list)
		list = append(list, t)
	}
	return list
}

// sign returns the signed checkpoint of tree: C2SP tlog-checkpoint (origin, size and root on a line each), in a signed note.
func sign(origin, key string, tree tlog.Tree) (string, error) {
	signer, err := note.NewSigner(key)
	if err != nil {
		return "", fmt.Errorf("read signing key: %w", err)
	}
	if tree.N == 0 {
		tree.Hash, err = tlog.TreeHash(0, nil)
		if err != nil {
			return "", err
		}
	}
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)}, signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint of %d: %w", tree.N, err)
	}
	return string(text), nil
}

// OpenCheckpoint checks the signature of a checkpoint by the key verifier (as Go's note package writes keys), and returns its origin and tree.
func OpenCheckpoint(checkpoint, verifier string) (origin string, tree tlog.Tree, err error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", tlog.Tree{}, fmt.Errorf("read public key %q: %w", verifier, err)
	}
	if !canonicalKey(verifier) {
		return "", tlog.Tree{}, fmt.Errorf("read public key %q: it is not written as commun writes it", verifier)
	}
	n, err := note.Open([]byte(checkpoint), note.VerifierList(v))
	if err != nil {
		return "", tlog.Tree{}, fmt.Errorf("open checkpoint: %w", err)
	}
	for _, s := range n.Sigs {
		// the last character of a base64 text has bits that say nothing: package note lets them be anything
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return "", tlog.Tree{}, fmt.Errorf("open checkpoint: read signature: %w", err)
		}
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 {
		return "", tlog.Tree{}, fmt.Errorf("open checkpoint: it has %d lines instead of 3", len(lines)-1)
	}
	if _, err := fmt.Sscanf(lines[1], "%d", &tree.N); err != nil || fmt.Sprint(tree.N) != lines[1] || tree.N < 0 {
		return "", tlog.Tree{}, fmt.Errorf("open checkpoint: %q is no size", lines[1])
	}
	if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return "", tlog.Tree{}, fmt.Errorf("open checkpoint: %w", err)
	}
	return lines[0], tree, nil
}

// canonicalKey says whether a key ("name+hash+data") has its hash in the one form in which it is written.
func canonicalKey(key string) bool {
	_, rest, _ := strings.Cut(key, "+")
	hash, _, ok := strings.Cut(rest, "+")
	return ok && hash == strings.ToLower(hash)
}

// Checkpoint returns the last signed checkpoint and the public key that it is signed by.
func (j *Journal) Checkpoint(ctx context.Context) (checkpoint, verifier string, err error) {
	err = j.db.QueryRow(ctx, `SELECT checkpoint, verifier FROM journal_log WHERE id = 1`).Scan(&checkpoint, &verifier)
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("the log has not begun")
	}
	return checkpoint, verifier, err
}
