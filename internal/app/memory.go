package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// tolerated is how much free memory the process may keep from the system: about what a minute of ordinary work takes up again.
const tolerated = 32 << 20

// settling is how many looks after the start free memory whatever there is.
const settling = 4

// giveBack returns to the system the memory that a burst of work left free (building the licence detector, a large import), which the Go
// runtime alone gives back over many minutes. An old computer has other things to do with it. ready is closed when the first burst is over.
func giveBack(ctx context.Context, ready <-chan struct{}) {
	select {
	case <-ctx.Done():
		return
	case <-ready:
		debug.FreeOSMemory()
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// the start reads every commons and leaves garbage that nothing else would have collected for two minutes
			if n < settling {
				debug.FreeOSMemory()
				continue
			}
			if metrics.Read(sample); sample[0].Value.Kind() == metrics.KindUint64 && sample[0].Value.Uint64() > tolerated {
				debug.FreeOSMemory()
			}
		}
	}
}
