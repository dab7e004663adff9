package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWhatWasKilledIsDoneOnce: while clients write and imports run, the program is killed at a moment that chance picks, several times. In the
// end every acknowledged commons was created once, every acknowledged import took effect once (one entry, one measurement) and no job is left
// behind; and the record holds after each kill, not at the end only.
func TestWhatWasKilledIsDoneOnce(t *testing.T) {
	kills := 5
	if testing.Short() {
		kills = 2
	}
	onEach(t, func(t *testing.T, i *recorded) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		i.serve()
		client := i.admin()
		written, imported := map[string]string{}, map[string]bool{} // names by id of the commons, and ids of jobs
		var repositories []string
		for range 3 * kills {
			repositories = append(repositories, smallRepository(t))
		}
		for k := range kills {
			ctx, cancel := context.WithCancel(t.Context())
			var clients sync.WaitGroup
			var mu sync.Mutex
			for c := range 2 {
				clients.Go(func() {
					for n := 0; ctx.Err() == nil; n++ {
						name := fmt.Sprintf("kept %d-%d-%d", k, c, n)
						id, err := i.add(client, name)
						if err != nil {
							return // the program is gone: this one was not acknowledged
						}
						mu.Lock()
						written[id] = name
						mu.Unlock()
					}
				})
			}
			var jobs []string
			for n := range 3 {
				if job := i.importPath(client, repositories[3*k+n]); job != "" {
					jobs = append(jobs, job)
				}
			}
			time.Sleep(time.Duration(rng.IntN(700)) * time.Millisecond)
			i.kill()
			cancel()
			clients.Wait()
			i.whole()
			i.serve()
			for _, job := range jobs {
				i.wait(client, job)
				imported[job] = true
			}
			i.whole() // beside the running server
		}
		i.idle(client)
		i.stop()
		i.whole()

		db := i.hand()
		count := func(query string, args ...any) (n int64) {
			t.Helper()
			if err := db.QueryRow(query, args...).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for id, name := range written {
			if n := count(`SELECT COUNT(*) FROM journal_entries WHERE object_kind = 'commons' AND object_id = $1 AND kind = 'commons.created'`, id); n != 1 {
				t.Errorf("%s was acknowledged and created %d times", name, n)
			}
		}
		if n := count(`SELECT COUNT(*) FROM jobs WHERE state NOT IN ('done', 'cancelled') AND run_at <= $1`, time.Now().UnixMicro()); n != 0 {
			t.Errorf("%d jobs are left behind", n)
		}
		for job := range imported {
			var commons string
			if err := db.QueryRow(`SELECT subject_id FROM jobs WHERE id = $1 AND state = 'done'`, job).Scan(&commons); err != nil {
				t.Errorf("job %s: %v", job, err)
				continue
			}
			for _, effect := range []string{
				`SELECT COUNT(*) FROM journal_entries WHERE object_kind = 'commons' AND object_id = $1 AND kind = 'commons.imported'`,
				`SELECT COUNT(*) FROM journal_entries WHERE object_kind = 'commons' AND object_id = $1 AND kind = 'commons.created'`,
				`SELECT COUNT(*) FROM vitality_results WHERE commons = $1`,
				`SELECT COUNT(*) FROM catalogue_refreshes WHERE commons = $1 AND succeeded_at > 0`,
			} {
				if n := count(effect, commons); n != 1 {
					t.Errorf("the import of %s: %d and not 1: %s\n%s", commons, n, effect, kinds(t, db, commons))
				}
			}
		}
		if len(imported) < kills || len(written) < 10*kills {
			t.Errorf("%d imports and %d writes were acknowledged: the run shows little", len(imported), len(written))
		}
		t.Logf("%d writes, %d imports", len(written), len(imported))
	})
}

// kinds lists what was entered of a commons, for who looks at a failure.
func kinds(t *testing.T, db *sql.DB, commons string) string {
	t.Helper()
	rows, err := db.Query(`SELECT kind FROM journal_entries WHERE object_id = $1 ORDER BY id`, commons)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		var k string
		if err := rows.Scan(&k); err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
	}
	return strings.Join(all, " ")
}
