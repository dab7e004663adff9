package app_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"commun/internal/platform/i18n"
)

// TestAPortInUseLeavesTheDatabaseAlone: a server that can't listen says who does and what to do, and has changed nothing: an older program, which
// may be the one that listens, can go on with the database.
func TestAPortInUseLeavesTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // the test is over
	data := filepath.Join(t.TempDir(), "data")
	for lang, variable := range map[string]string{"en": "LC_ALL=C.UTF-8", "fr": "LC_ALL=fr_FR.UTF-8"} {
		_, errs, status := command(t, "", []string{variable}, "serve", "--data", data, "--addr", l.Addr().String())
		want := sentence(t, lang, "fail.port_used", i18n.Args{"address": l.Addr().String()})
		if name, err := os.ReadFile("/proc/self/comm"); err == nil {
			want = sentence(t, lang, "fail.port_used_by", i18n.Args{"address": l.Addr().String(), "program": strings.TrimSpace(string(name)), "process": strconv.Itoa(os.Getpid())})
		}
		if status != 2 || !strings.Contains(errs, want) {
			t.Errorf("it exits with %d and says %q, want %q", status, errs, want)
		}
	}
	for _, file := range []string{"commun.db", "keys"} {
		if _, err := os.Stat(filepath.Join(data, file)); err == nil {
			t.Errorf("%s was made", file)
		}
	}
}
