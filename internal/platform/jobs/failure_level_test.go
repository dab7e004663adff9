package jobs

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"commun/internal/platform/fault"
)

// TestWhatWasGivenWronglyIsNoErrorOfTheProgram: who gave it reads why; the log is for what somebody has to mend.
func TestWhatWasGivenWronglyIsNoErrorOfTheProgram(t *testing.T) {
	for _, c := range []struct {
		err  error
		want slog.Level
	}{
		{fault.Invalid("address", "x.y"), slog.LevelInfo},
		{fmt.Errorf("import: %w", fault.Missing("x.y").Wrap(errors.New("404"))), slog.LevelInfo},
		{fault.Denied("x.y"), slog.LevelInfo},
		{Permanent(fault.Invalid("", "x.y")), slog.LevelInfo},
		{fault.Busy("x.y"), slog.LevelWarn},
		{errors.New("disk I/O"), slog.LevelError},
	} {
		if got := failureLevel(c.err); got != c.want {
			t.Errorf("%v is logged as %s, want %s", c.err, got, c.want)
		}
	}
}
