package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestAFaultIsFoundThroughWrapping(t *testing.T) {
	cause := errors.New("disk is full")
	err := fmt.Errorf("save commons: %w", Busy("storage.full").With("free", 0).Wrap(cause))
	if KindOf(err) != BusyKind || !errors.Is(err, Busy("storage.full")) || !errors.Is(err, cause) {
		t.Fatalf("got %v of kind %v", err, KindOf(err))
	}
	if errors.Is(err, Busy("storage.locked")) {
		t.Fatal("another key must be another fault")
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	base := Invalid("name", "commons.too_long").With("limit", 200)
	a, b := base.With("got", 201), base.With("got", 999)
	if len(base.Args) != 1 || a.Args["got"] != 201 || b.Args["got"] != 999 {
		t.Fatalf("shared arguments: %v %v %v", base.Args, a.Args, b.Args)
	}
}

func TestAListShowsEveryField(t *testing.T) {
	err := fmt.Errorf("edit: %w", List{Invalid("name", "a"), Conflict("slug", "b")}.OrNil())
	if got := Of(err); len(got) != 2 || got[1].Field != "slug" || !errors.Is(err, Conflict("slug", "b")) {
		t.Fatalf("got %v", got)
	}
	if (List{}).OrNil() != nil || KindOf(errors.New("x")) != InternalKind {
		t.Fatal("no fault must be no error")
	}
}
