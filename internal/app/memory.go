package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// tolerated is how much free memory the process may keep from the system: about what a minute of ordinary work takes up again.
	tolerated = 32 << 20
	// settling is how many looks after the start free memory whatever there is.
	settling = 4
	// little is how much is allocated between two looks by what goes on when nobody asks for anything.
	little = 2 << 20
	// worthIt is how much is allocated since memory was last given back before a process at rest does so again.
	worthIt = 8 << 20
)

// looks is the pause between two looks at the memory.
const looks = 5 * time.Second

// giveBack returns to the system the memory that a burst of work left free (the start, a large import), which the Go runtime alone gives back
// over many minutes, and what the database keeps to answer faster, when nobody asks it anything. An old computer has other things to do with it.
func (a *App) giveBack(ctx context.Context) {
	rest := resting{}
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		free, allocated := heap()
		switch {
		case rest.since(allocated), n < settling:
			if err := a.DB.GiveBack(ctx); err != nil && ctx.Err() == nil {
				a.Log.Warn("the database keeps its memory", "error", err)
			}
			debug.FreeOSMemory()
		case free > tolerated:
			debug.FreeOSMemory()
		}
	}
}

// heap returns the bytes of the heap that are free, and all that were ever allocated.
func heap() (free, allocated uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(samples)
	value := func(s metrics.Sample) uint64 {
		if s.Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that no longer tells it
		}
		return s.Value.Uint64()
	}
	return value(samples[0]), value(samples[1])
}

// resting tells when a process came to rest after it worked.
type resting struct {
	last  uint64 // allocated at the last look
	given uint64 // allocated when memory was last given back
}

// since takes what was allocated until now, and tells whether there was work since memory was given back, and none since the last look.
func (r *resting) since(allocated uint64) bool {
	quiet := allocated-r.last < little
	r.last = allocated
	if !quiet || allocated-r.given < worthIt {
		return false
	}
	r.given = allocated
	return true
}
