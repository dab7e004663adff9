package journal

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
)

// Proof shows, without the database, that an entry is in the log that a checkpoint signs. Body, author and their salts are there when the
// one who asked may see them.
type Proof struct {
	Format     string      `json:"format"` // "commun-proof/1"
	Leaf       string      `json:"leaf"`
	Seq        int64       `json:"seq"`
	Checkpoint string      `json:"checkpoint"`
	Key        string      `json:"key"`
	Hashes     []tlog.Hash `json:"hashes"`
	Body       string      `json:"body,omitempty"` // a text, so that no reader reformats it; before it whom it concerns and a zero byte, if anyone
	Salt       string      `json:"salt,omitempty"`
	Author     string      `json:"author,omitempty"`
	AuthorSalt string      `json:"author_salt,omitempty"`
}

const proofFormat = "commun-proof/1"

// Prove returns the proof of one entry against the last checkpoint. open adds what was changed and by whom; without it the proof holds
// hashes only. An entry that is still pending is a busy fault: it is in the log within a second.
func (j *Journal) Prove(ctx context.Context, id string, open bool) (Proof, error) {
	var p Proof
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		var found *row
		if err := each(ctx, tx, func(r row) error { found = &r; return nil }, `WHERE e.id = $1`, id); err != nil {
			return err
		}
		if found == nil {
			return fault.Missing("journal.no_entry").With("id", id).Wrap(ErrNoEntry)
		}
		if found.seq < 0 {
			return fault.Busy("journal.still_pending").With("id", id)
		}
		s, err := readLog(ctx, tx)
		if err != nil {
			return err
		}
		p = Proof{Format: proofFormat, Leaf: string(found.leaf), Seq: found.seq, Checkpoint: s.checkpoint, Key: s.verifier}
		if open {
			p.Body, p.Salt, p.Author, p.AuthorSalt = string(about(found.person, found.body)), encode(found.salt), found.author, encode(found.authorSalt)
		}
		p.Hashes, err = tlog.ProveRecord(s.tree.N, found.seq, hashReader(ctx, tx, s.tree))
		return err
	})
	if err != nil {
		return Proof{}, fmt.Errorf("prove entry %s: %w", id, err)
	}
	return p, nil
}

// ReadProof reads a proof from a file. It may have been laid out anew by a tool, but every name and value must be one that commun writes:
// nothing unknown, nothing twice, nothing spelled in another way.
func ReadProof(file []byte) (Proof, error) {
	var p Proof
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Proof{}, fault.Invalid("proof", "verify.proof_unreadable").Wrap(err)
	}
	again, err := json.Marshal(p)
	if err != nil {
		return Proof{}, fault.Invalid("proof", "verify.proof_unreadable").Wrap(err)
	}
	var as, was map[string]any
	if err := errors.Join(json.Unmarshal(file, &as), json.Unmarshal(again, &was)); err != nil {
		return Proof{}, fault.Invalid("proof", "verify.proof_unreadable").Wrap(err)
	}
	if !reflect.DeepEqual(as, was) {
		return Proof{}, fault.Invalid("proof", "verify.proof_spelling")
	}
	return p, nil
}

// Check verifies the proof by itself. verifier, when not empty, is a key got from elsewhere, which must have signed the checkpoint.
// It returns the leaf and the tree that it is proved to be in.
func (p Proof) Check(verifier string) (Leaf, tlog.Tree, error) {
	if p.Format != proofFormat {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_format").With("is", p.Format).With("wanted", proofFormat)
	}
	if verifier == "" {
		verifier = p.Key
	}
	if p.Key != verifier {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_key")
	}
	l, err := ParseLeaf([]byte(p.Leaf))
	if err != nil {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_leaf").Wrap(err)
	}
	_, tree, err := OpenCheckpoint(p.Checkpoint, verifier)
	if err != nil {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_checkpoint").Wrap(err)
	}
	if err := tlog.CheckRecord(p.Hashes, tree.N, tree.Hash, p.Seq, tlog.RecordHash([]byte(p.Leaf))); err != nil {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_place").With("number", p.Seq).Wrap(err)
	}
	// a text without its salt proves nothing and is refused, so that no one can put words beside an honest proof
	if p.Salt+p.Body != "" && !holds(l.Body, decode(p.Salt), []byte(p.Body)) {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_body")
	}
	if p.AuthorSalt+p.Author != "" && !holds(l.Author, decode(p.AuthorSalt), []byte(p.Author)) {
		return Leaf{}, tlog.Tree{}, fault.Invalid("proof", "verify.proof_author")
	}
	return l, tree, nil
}

// Consistency returns the proof that the log of size from is the beginning of the last checkpoint's.
func (j *Journal) Consistency(ctx context.Context, from int64) (checkpoint string, hashes []tlog.Hash, err error) {
	err = j.db.Read(ctx, func(tx *storage.Tx) error {
		s, err := readLog(ctx, tx)
		if err != nil {
			return err
		}
		checkpoint = s.checkpoint
		if from < 1 || from > s.tree.N {
			return fault.Invalid("from", "journal.no_such_size").With("size", s.tree.N)
		}
		hashes, err = tlog.ProveTree(s.tree.N, from, hashReader(ctx, tx, s.tree))
		return err
	})
	return checkpoint, hashes, err
}

// Tile returns the bytes of a tile as tlog-tiles serves it: hashes for level ≥ 0, and for level -1 the leaves themselves, each with a
// two-byte length before it. width is 256 for a full tile. A tile beyond the log is sql.ErrNoRows.
func (j *Journal) Tile(ctx context.Context, level, n int64, width int) ([]byte, error) {
	var data []byte
	err := j.db.Read(ctx, func(tx *storage.Tx) error {
		if level >= 0 {
			b, err := (tileTable{ctx, tx}).ReadTiles([]tlog.Tile{{H: tileHeight, L: int(level), N: n, W: width}})
			if err != nil {
				return fmt.Errorf("%w: %w", sql.ErrNoRows, err)
			}
			data = b[0]
			return nil
		}
		data = nil
		count := 0
		err := each(ctx, tx, func(r row) error {
			count++
			data = append(data, byte(len(r.leaf)>>8), byte(len(r.leaf)))
			data = append(data, r.leaf...)
			return nil
		}, `WHERE l.seq >= $1 AND l.seq < $2 ORDER BY l.seq`, n<<tileHeight, n<<tileHeight+int64(width))
		if err == nil && count < width {
			err = sql.ErrNoRows
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tile %d/%d of width %d: %w", level, n, width, err)
	}
	return data, nil
}

// SplitEntries reads an entry tile back into its leaves.
func SplitEntries(tile []byte) ([][]byte, error) {
	var leaves [][]byte
	for len(tile) > 0 {
		if len(tile) < 2 {
			return nil, errors.New("read entry tile: it ends in a length")
		}
		n := int(tile[0])<<8 | int(tile[1])
		if len(tile) < 2+n {
			return nil, fmt.Errorf("read entry tile: a leaf of %d bytes is cut short", n)
		}
		leaves, tile = append(leaves, tile[2:2+n]), tile[2+n:]
	}
	return leaves, nil
}

// Hash is a hash of the Merkle tree; its JSON is base64.
type Hash = tlog.Hash
