package gitrepo

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
)

// Phase is what git is doing. The names are stable: a page may use them as the end of a message key.
type Phase string

// The phases of an update, in their order. A phase may be skipped.
const (
	Connecting  Phase = "connecting"  // asking the server what it has
	Counting    Phase = "counting"    // the server counts what to send
	Compressing Phase = "compressing" // the server packs it
	Receiving   Phase = "receiving"
	Resolving   Phase = "resolving" // deltas are put together and checked
	Finishing   Phase = "finishing" // references are written
)

// Progress is one step of an update. Done of Total are objects (deltas while Resolving); Total is 0 while it is not known.
type Progress struct {
	Phase   Phase
	Percent int // of the phase, 0 to 100
	Done    int64
	Total   int64
	Bytes   int64 // received, as git rounds it
}

// phases gives git's words, which are English under LC_ALL=C.
var phases = map[string]Phase{
	"Enumerating objects": Counting,
	"Counting objects":    Counting,
	"Compressing objects": Compressing,
	"Receiving objects":   Receiving,
	"Unpacking objects":   Receiving,
	"Indexing objects":    Receiving,
	"Resolving deltas":    Resolving,
}

var progressForm = regexp.MustCompile(`^(?:remote: )?([A-Z][a-z]+ [a-z]+): +(?:([0-9]{1,3})% \(([0-9]{1,18})/([0-9]{1,18})\)|([0-9]{1,18}))` +
	`(?:, ([0-9]{1,12}(?:\.[0-9]{1,4})?) (bytes|KiB|MiB|GiB))?`)

// parseProgress reads one line of git's --progress; ok is false for every other line. Numbers come from the other side of the network
// and are kept within bounds, not believed.
func parseProgress(line []byte) (p Progress, ok bool) {
	m := progressForm.FindSubmatch(line)
	if m == nil {
		return p, false
	}
	if rest := line[len(m[0]):]; len(m[5]) > 0 && len(rest) > 0 && rest[0] != ',' && rest[0] != ' ' {
		return p, false // a share of numbers too long to be true
	}
	if p.Phase, ok = phases[string(m[1])]; !ok {
		return p, false
	}
	number := func(b []byte) int64 { n, _ := strconv.ParseInt(string(b), 10, 64); return n }
	if len(m[5]) > 0 {
		p.Done = number(m[5])
	} else {
		p.Percent, p.Done, p.Total = min(int(number(m[2])), 100), number(m[3]), number(m[4])
		p.Done = min(p.Done, p.Total)
	}
	if len(m[6]) > 0 {
		n, _ := strconv.ParseFloat(string(m[6]), 64)
		shift := map[string]int{"bytes": 0, "KiB": 10, "MiB": 20, "GiB": 30}[string(m[7])]
		if n = math.Ldexp(n, shift); n < 1<<62 {
			p.Bytes = int64(n)
		}
	}
	return p, true
}

const (
	maxLine = 4 << 10  // of a line of stderr; the rest of a longer one is dropped
	maxKept = 16 << 10 // of git's own words, for the log and to tell what went wrong
)

// report is where a child's stderr goes: progress to a function, the rest kept, within bounds whatever comes. It takes bytes in any
// cuts; lines end with CR or LF.
type report struct {
	onProgress func(Progress)
	onBytes    func()
	line       []byte
	last       Progress
	kept       bytes.Buffer // the last lines that are no progress and not the server's words
	remote     bytes.Buffer // the server's words ("remote: …"), which prove nothing
}

func (r *report) Write(p []byte) (int, error) {
	if r.onBytes != nil && len(p) > 0 {
		r.onBytes()
	}
	for _, c := range p {
		switch {
		case c == '\n' || c == '\r':
			r.end()
		case len(r.line) < maxLine:
			r.line = append(r.line, c)
		}
	}
	return len(p), nil
}

// end takes the line that is complete.
func (r *report) end() {
	line := bytes.TrimRight(r.line, " \t")
	r.line = r.line[:0]
	if len(line) == 0 {
		return
	}
	if p, ok := parseProgress(line); ok {
		// git writes the same percentage several times a second; the asker need not hear it.
		if r.onProgress != nil && (p.Phase != r.last.Phase || p.Percent != r.last.Percent) {
			r.onProgress(p)
		}
		r.last = p
		return
	}
	if line[0] == ' ' && !bytes.HasPrefix(line, []byte(" !")) {
		return // the table of references, whose names are the other side's to choose
	}
	to := &r.kept
	if bytes.HasPrefix(line, []byte("remote:")) {
		to = &r.remote
	}
	if to.Len()+len(line) > maxKept {
		// What matters comes last: drop the older half.
		tail := bytes.Clone(to.Bytes()[to.Len()/2:])
		to.Reset()
		to.Write(tail)
		if to.Len()+len(line) > maxKept {
			to.Reset()
		}
	}
	to.Write(line)
	to.WriteByte('\n')
}

// words returns git's own words, invalid bytes replaced.
func (r *report) words() string {
	if len(r.line) > 0 {
		r.end()
	}
	return string(bytes.ToValidUTF8(r.kept.Bytes(), []byte("?")))
}
