package licence

import (
	"fmt"
	"sync"

	"github.com/google/licensecheck"
)

// maxScan is how much of a licence file is looked at, in bytes; the longest licence text known has about 50 kB.
const maxScan = 256 << 10

// Detector recognises the text of licences. It builds its automaton once, at the first use, in some three seconds of
// processor time: call Warm early. It is safe for several goroutines. Make one with NewDetector and share it.
type Detector struct {
	build func() (*licensecheck.Scanner, error)
}

// NewDetector returns a detector that has built nothing yet.
func NewDetector() *Detector {
	return &Detector{build: sync.OnceValues(func() (*licensecheck.Scanner, error) {
		return licensecheck.NewScanner(licensecheck.BuiltinLicenses())
	})}
}

// Warm starts to build the automaton in the background and returns at once; the channel is closed when it is built.
func (d *Detector) Warm() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = d.build() // Detect gives the error to who can act on it
	}()
	return done
}

// Detect returns the identifier of the licence that covers most of text, and the share of text, from 0 to 1, that it covers.
// The identifier is "" and the share 0 when no licence is recognised. A text cites one licence and holds another: the longest
// passage wins. A GPL text alone does not say "only" or "or later": its identifier is then the withdrawn one ("GPL-3.0").
func (d *Detector) Detect(text []byte) (id string, coverage float64, err error) {
	scanner, err := d.build()
	if err != nil {
		return "", 0, fmt.Errorf("build licence detector: %w", err)
	}
	if len(text) > maxScan {
		text = text[:maxScan]
	}
	found := scanner.Scan(text)
	covered, total, best := map[string]int{}, 0, 0
	for _, m := range found.Match {
		covered[m.ID] += m.End - m.Start
		total += m.End - m.Start
		if covered[m.ID] > best {
			id, best = m.ID, covered[m.ID]
		}
	}
	if total == 0 {
		return "", 0, nil
	}
	return id, found.Percent / 100 * float64(best) / float64(total), nil
}
