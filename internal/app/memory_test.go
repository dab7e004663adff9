package app

import "testing"

func TestMemoryIsGivenBackAtRestAfterWork(t *testing.T) {
	const mb = 1 << 20
	rest := resting{}
	for _, c := range []struct {
		rule string
		more uint64 // allocated since the last look
		want bool
	}{
		{"work goes on", 40 * mb, false},
		{"it goes on", 9 * mb, false},
		{"it is over", mb, true},
		{"given back once", mb, false},
		{"what goes on at rest adds up slowly", mb, false},
		{"little by little", mb, false},
		{"and is no reason", mb, false},
		{"work again", 5 * mb, false},
		{"over again", 0, true},
	} {
		if got := rest.since(rest.last + c.more); got != c.want {
			t.Errorf("%s: %v", c.rule, got)
		}
	}
}
