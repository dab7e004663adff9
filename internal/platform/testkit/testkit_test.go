package testkit

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"commun/internal/platform/storage"
)

var tables = storage.Migrations{Owner: "own", Steps: []storage.Step{{Name: "own", SQL: storage.Both(`CREATE TABLE own (id TEXT NOT NULL PRIMARY KEY)`)}}}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	for _, name := range []string{"one", "other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			EachDB(t, func(t *testing.T, db *storage.DB) {
				Migrate(t, db, tables)
				errs := TogetherEach(4, func(i int) error {
					return db.Write(t.Context(), func(tx *storage.Tx) error {
						_, err := tx.Exec(t.Context(), `INSERT INTO own (id) VALUES ($1)`, "abca"[i:i+1])
						return err
					})
				})
				failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
				if len(failed) != 1 || !storage.IsUnique(failed[0]) {
					t.Fatal(errs)
				}
			})
		})
	}
}

func TestTogetherHasAllAtWorkAtOnce(t *testing.T) {
	var at atomic.Int32
	all := make(chan struct{})
	errs := Together(8, func() error {
		if at.Add(1) == 8 {
			close(all)
			return nil
		}
		<-all // would wait for ever if one came after another
		return errors.ErrUnsupported
	})
	WantOne(t, errs, nil)
	WantErr(t, errs[slices.IndexFunc(errs, func(err error) bool { return err != nil })], errors.ErrUnsupported)
}
