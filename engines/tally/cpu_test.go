package tally

import (
	"path/filepath"
	"syscall"
	"testing"
)

func cpuMS() float64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec)*1e3 + float64(r.Utime.Usec)/1e3
}
func TestCPU(t *testing.T) {
	for _, f := range files(t) {
		in := readPB(t, f)
		rule, _ := Rules().Parse("equal-shares")
		c, _ := newCounter(in, rule, Options{Workers: 1})
		runs, over, watched = 0, 0, 0
		c.shares.search()
		r, o, wt := runs, over, watched
		n := 0
		t0 := cpuMS()
		for cpuMS()-t0 < 400 {
			c.shares.search()
			n++
		}
		ms := (cpuMS() - t0) / float64(n)
		t.Logf("%-45s %.3f ms cpu; runs %d watched %d skipped %d; per run %.1f us", filepath.Base(f), ms, r, wt, o, ms*1000/float64(r))
	}
}
