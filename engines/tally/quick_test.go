package tally

import (
	"os"
	"testing"
)

func BenchmarkQuick(b *testing.B) {
	in := readPB(b, os.Getenv("F"))
	rule, _ := Rules().Parse("equal-shares")
	c, _ := newCounter(in, rule, Options{Workers: 1})
	for b.Loop() {
		c.shares.search()
	}
}
