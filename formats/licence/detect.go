package licence

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/licensecheck"
)

// maxScan is how much of a licence file is looked at, in bytes; the longest licence text known has about 50 kB.
const maxScan = 256 << 10

// idle is how long an automaton that nobody asks is kept: longer than the pauses between the repositories of one list.
const idle = time.Minute

// Detector recognises the text of licences. Its automaton takes a second or two of processor time to build and 25 MB to hold, so it is built
// at the first use, by Warm in the background or by Detect, and let go when nobody asked for a minute. It is safe for several goroutines. Make
// one with NewDetector and share it.
type Detector struct {
	build func() (*licensecheck.Scanner, error)
	idle  time.Duration

	mu      sync.Mutex
	built   chan struct{} // closed when scanner or err is there; nil while nothing is built
	scanner *licensecheck.Scanner
	err     error
	last    *time.Timer // lets the automaton go
}

// NewDetector returns a detector that has built nothing yet.
func NewDetector() *Detector {
	return &Detector{idle: idle, build: func() (*licensecheck.Scanner, error) {
		return licensecheck.NewScanner(licensecheck.BuiltinLicenses())
	}}
}

// Warm starts to build the automaton in the background, unless it is there, and returns at once; the channel is closed when it is built. Call
// it where a text to detect is on its way: the time that it takes to arrive is then not lost.
func (d *Detector) Warm() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.built != nil {
		if d.last != nil {
			d.last.Reset(d.idle)
		}
		return d.built
	}
	built := make(chan struct{})
	d.built = built
	go func() {
		scanner, err := d.build()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.scanner, d.err = scanner, err
		d.last = time.AfterFunc(d.idle, func() { d.letGo(built) })
		close(built)
	}()
	return built
}

// letGo forgets the automaton of which built told, unless a later one took its place. Whoever scans with it at this moment has it to the end.
func (d *Detector) letGo(built chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.built == built {
		d.built, d.scanner, d.err, d.last = nil, nil, nil, nil
	}
}

// ready returns the automaton, which it builds when there is none.
func (d *Detector) ready() (*licensecheck.Scanner, error) {
	for {
		<-d.Warm()
		d.mu.Lock()
		scanner, err := d.scanner, d.err
		d.mu.Unlock()
		if scanner != nil || err != nil { // else it was let go between the two
			return scanner, err
		}
	}
}

// Detect returns the identifier of the licence that covers most of text, and the share of text, from 0 to 1, that it covers.
// The identifier is "" and the share 0 when no licence is recognised. A text cites one licence and holds another: the longest
// passage wins. A GPL text alone does not say "only" or "or later": its identifier is then the withdrawn one ("GPL-3.0").
func (d *Detector) Detect(text []byte) (id string, coverage float64, err error) {
	scanner, err := d.ready()
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
