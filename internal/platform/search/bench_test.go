package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// BenchmarkQuestions asks a catalogue of 20,000 in SQLite; bench/search is the whole measurement.
func BenchmarkQuestions(b *testing.B) {
	db := testkit.Open(b, storage.Options{Path: filepath.Join(b.TempDir(), "commun.db")})
	testkit.Migrate(b, db, Migrations())
	ix := New(db, nil)
	rnd := rand.New(rand.NewPCG(1, 1))
	zipf := rand.NewZipf(rnd, 1.07, 8, 11_999)
	word := func() string {
		return "w" + strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(zipf.Uint64()))
	}
	err := ix.Refill(context.Background(), func(yield func(Doc, error) bool) {
		for i := range 20_000 {
			words := make([]string, 33)
			for j := range words {
				words[j] = word()
			}
			yield(Doc{Kind: "commons", ID: fmt.Sprint(i), Public: true, Score: rnd.Float64(), Facets: map[string][]string{"kind": {fmt.Sprint(i % 5)}, "stage": {fmt.Sprint(i % 3)}},
				Texts: []Text{{Lang: "fr", Name: strings.Join(words[:3], " "), Summary: strings.Join(words[3:], " ")}}}, nil)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"commonest word", func() error {
			_, err := ix.Query(context.Background(), Request{Text: "wa", Count: true})
			return err
		}},
		{"two words, one mistyped", func() error {
			_, err := ix.Query(context.Background(), Request{Text: word() + " " + word() + "x", Count: true})
			return err
		}},
		{"a long word that is none", func() error {
			_, err := ix.Query(context.Background(), Request{Text: word() + "qx" + word() + "xz" + word(), Count: true})
			return err
		}},
		{"type-ahead, one mistyped", func() error {
			w := word() + word() + word()
			_, err := ix.Suggest(context.Background(), Request{Text: "z" + w[1:min(len(w), 7)], Limit: 8})
			return err
		}},
		{"browse", func() error {
			_, err := ix.Browse(context.Background(), Request{Count: true, Where: map[string][]string{"kind": {"1"}, "stage": {"2"}}})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIndexing indexes 10,000 documents that wait, in batches of the size that Run takes.
func BenchmarkIndexing(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		b.StopTimer()
		db := testkit.Open(b, storage.Options{Path: filepath.Join(b.TempDir(), "commun.db")})
		testkit.Migrate(b, db, Migrations())
		ix := New(db, nil)
		rnd := rand.New(rand.NewPCG(1, 1))
		zipf := rand.NewZipf(rnd, 1.07, 8, 11_999)
		err := db.Maintain(ctx, func(tx *storage.Tx) error {
			for i := range 10_000 {
				words := make([]string, 33)
				for j := range words {
					words[j] = "w" + strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprint(zipf.Uint64()))
				}
				err := ix.Put(ctx, tx, Doc{Kind: "commons", ID: fmt.Sprint(i), Public: true, Score: rnd.Float64(), Facets: map[string][]string{"kind": {fmt.Sprint(i % 5)}, "stage": {fmt.Sprint(i % 3)}},
					Texts: []Text{{Lang: "fr", Name: strings.Join(words[:3], " "), Summary: strings.Join(words[3:], " ")}}})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := ix.turn(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
