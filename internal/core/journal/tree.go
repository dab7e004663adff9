package journal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"commun/internal/platform/storage"
)

// tileHeight makes tiles of 256 hashes, the height that C2SP tlog-tiles asks for.
const tileHeight = 8

func encode(b []byte) string {
	if b == nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(b)
}

func decode(s string) []byte {
	if s == "" {
		return nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// tileTable reads the stored tiles of one transaction. A tile's row holds its widest version so far, so any narrower one is its start.
type tileTable struct {
	ctx context.Context
	tx  *storage.Tx
}

// Height implements tlog.TileReader.
func (t tileTable) Height() int { return tileHeight }

// ReadTiles implements tlog.TileReader.
func (t tileTable) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var text string
		err := t.tx.QueryRow(t.ctx, `SELECT data FROM journal_tiles WHERE level = $1 AND n = $2`, tile.L, tile.N).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("tile %s is missing", tile.Path())
		}
		if err != nil {
			return nil, fmt.Errorf("tile %s: %w", tile.Path(), err)
		}
		b := decode(text)
		if len(b) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %s holds %d bytes instead of %d", tile.Path(), len(b), tile.W*tlog.HashSize)
		}
		data[i] = b[:tile.W*tlog.HashSize]
	}
	return data, nil
}

// SaveTiles implements tlog.TileReader; the tiles come from our own table.
func (tileTable) SaveTiles([]tlog.Tile, [][]byte) {}

// overlay reads hashes that were just computed, and the others from below.
type overlay struct {
	fresh map[int64]tlog.Hash
	below tlog.HashReader
}

// ReadHashes implements tlog.HashReader.
func (o overlay) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	var missing []int64
	var at []int
	for i, x := range indexes {
		if h, ok := o.fresh[x]; ok {
			hashes[i] = h
			continue
		}
		missing, at = append(missing, x), append(at, i)
	}
	if len(missing) == 0 {
		return hashes, nil
	}
	if o.below == nil {
		return nil, fmt.Errorf("hash %d is not in the log", missing[0])
	}
	got, err := o.below.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	for i, h := range got {
		hashes[at[i]] = h
	}
	return hashes, nil
}

// hashReader returns a reader of the stored hashes of the given tree, which checks each tile against the root.
func hashReader(ctx context.Context, tx *storage.Tx, tree tlog.Tree) tlog.HashReader {
	if tree.N == 0 {
		return nil
	}
	return tlog.TileHashReader(tree, tileTable{ctx, tx})
}

// Hashes holds every hash of a tree that is built leaf by leaf, in the order in which tlog stores them: 64 bytes a leaf. It is a
// tlog.HashReader.
type Hashes []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (h Hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d is not in the log", x)
		}
		hashes[i] = h[x]
	}
	return hashes, nil
}

// Add adds leaf number n, which follows those added before.
func (h *Hashes) Add(n int64, leaf []byte) error {
	if int64(len(*h)) != tlog.StoredHashIndex(0, n) {
		return fmt.Errorf("hash leaf %d: it does not follow the last one", n)
	}
	hashes, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(leaf), *h)
	if err != nil {
		return fmt.Errorf("hash leaf %d: %w", n, err)
	}
	*h = append(*h, hashes...)
	return nil
}

// TilePath returns the address of an entry tile below the log's, as C2SP tlog-tiles writes it. width is 256 for a full one.
func TilePath(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 1<<tileHeight {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "/log/tile/entries/" + path
}
