package storage

import (
	"context"
	"errors"
	"io"
)

// Script runs statements that are allowed to no one else on the writer's connection.
func Script(db *DB, text string) error {
	return db.Write(context.Background(), func(tx *Tx) error { return tx.script(context.Background(), text) })
}

// Waiting returns how many operations wait for the writer.
func Waiting(db *DB) int { return int(db.writer.waits.Load()) }

// Written returns the tables that a text writes to, and SQLite's form of it.
func Written(q string) (tables []string, text string) {
	s := parse(SQLite, q)
	return s.writes, s.text
}

// Upkeep says whether upkeep may run q.
func (db *DB) MayMaintain(q string) error { return db.mayMaintain(parse(db.dialect, q).writes) }

// ReadBackup reads what is in a backup, unpacked, to its end without a database.
func ReadBackup(r io.Reader) error {
	f, err := newFrameReader(r)
	if err != nil {
		return err
	}
	return f.each(func(t table, next func([]any) error) error {
		values := make([]any, len(t.Columns))
		for {
			if err := next(values); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	})
}

// MajorOf is majorOf.
func MajorOf(version string) (int, bool) { return majorOf(version) }
