package journal

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// BenchmarkVerify checks a whole record: half as many things as entries, all integrated. It reports entries a second, and how much the heap
// grew at its highest.
func BenchmarkVerify(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := testkit.Open(b, storage.Options{Path: filepath.Join(b.TempDir(), "commun.db")})
			if err := db.Migrate(b.Context(), Migrations(), things); err != nil {
				b.Fatal(err)
			}
			j := New(db, "commons.example.org/log", slog.New(slog.DiscardHandler))
			j.Register(thingKind())
			if err := j.Begin(b.Context()); err != nil {
				b.Fatal(err)
			}
			fillMany(b, j, n)
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			highest := uint64(0)
			b.ResetTimer()
			for b.Loop() {
				rep, err := j.Verify(b.Context(), Trust{}, func(done, total int64) {
					if done%(64<<tileHeight) == 0 || done == total {
						runtime.ReadMemStats(&now)
						highest = max(highest, now.HeapAlloc)
					}
				})
				if err != nil || rep.Faults != 0 || rep.Entries != int64(n) {
					b.Fatalf("%+v %v", rep, err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(highest-min(highest, before.HeapAlloc))/(1<<20), "MB")
		})
	}
}

// fillMany writes n entries over n/2 things from many writers at once, which share commits, and integrates them.
func fillMany(b *testing.B, j *Journal, n int) {
	b.Helper()
	var all sync.WaitGroup
	const writers = 64
	for w := range writers {
		all.Go(func() {
			for i := w; i < n; i += writers {
				id := fmt.Sprintf("t%06d", i%(n/2))
				err := j.Write(b.Context(), author("ana"), func(tx *storage.Tx) (Entry, error) {
					_, err := tx.Exec(b.Context(), `INSERT INTO things (id, text, revision) VALUES ($1, $2, 1)
						ON CONFLICT (id) DO UPDATE SET text = EXCLUDED.text, revision = things.revision + 1`, id, fmt.Sprint("text ", i))
					return Entry{Kind: "thing.set", Object: Object{"thing", id}, Owner: id, Body: map[string]string{"text": fmt.Sprint("text ", i)}}, err
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for {
		done, err := j.Sequence(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if done == 0 {
			return
		}
	}
}
