package tally

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkFiles counts each real file by equal shares with add1, ballots read beforehand: COMMUN_PB=… go test -bench Files
func BenchmarkFiles(b *testing.B) {
	for _, f := range files(b) {
		in := readPB(b, f)
		for _, text := range []string{"equal-shares"} {
			rule, err := Rules().Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(filepath.Base(f), func(b *testing.B) {
				steps := 0
				for b.Loop() {
					res, err := Count(in, rule, Options{Workers: workers()})
					if err != nil {
						b.Fatal(err)
					}
					steps = res.Steps
				}
				b.ReportMetric(float64(steps), "steps")
			})
		}
	}
}

func workers() int {
	if os.Getenv("TALLY_WORKERS") == "1" {
		return 1
	}
	return 0
}
