package app_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheRecordFromOutside: what anyone can check of a running instance, by its address alone, and with a key and a checkpoint that they kept.
func TestTheRecordFromOutside(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		admin := i.use()
		base := "http://" + i.addr
		kept := t.TempDir()
		key, last := filepath.Join(kept, "commons.pub"), filepath.Join(kept, "last.txt")
		if err := os.WriteFile(key, []byte(i.must(i.visitor(), http.MethodGet, "/log/key", nil, nil).text), 0o600); err != nil {
			t.Fatal(err)
		}
		check := func(rule string, want int, says string, args ...string) {
			t.Helper()
			out, errs, status := command(t, "", nil, append([]string{"verify", "--url", base}, args...)...)
			if status != want || !strings.Contains(out+errs, says) {
				t.Errorf("%s: want status %d and %q, got %d: %s%s", rule, want, says, status, out, errs)
			}
		}
		check("by its address alone", 0, "The record is whole.")
		check("with the key that was kept", 0, "The record is whole.", "--key", key, "--save-checkpoint", last)
		check("as JSON", 0, `"faults":0`, "--json")
		check("another key", 1, "not signed", "--key", "127.0.0.1/log+00000000+ASumY0tH3vbZAtL2Yl1KH5b6bX1YDUwBU5D2s4VRtFcM")
		if _, err := i.add(admin, "One more"); err != nil {
			t.Fatal(err)
		}
		i.logged(admin.Get)
		check("a log that only grew", 0, "The record is whole.", "--key", key, "--checkpoint", last, "--save-checkpoint", last)

		// a hand changes rows below the running server
		db := i.hand()
		var commons, leaf string
		if err := db.QueryRow(`SELECT id FROM commons ORDER BY id LIMIT 1`).Scan(&commons); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRow(`SELECT leaf FROM journal_entries WHERE id = (SELECT id FROM journal_leaves WHERE seq = 7)`).Scan(&leaf); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ rule, does, undoes, says string }{
			{"the state of a commons", `UPDATE commons SET state = 'archived' WHERE id = '` + commons + `'`,
				`UPDATE commons SET state = 'active' WHERE id = '` + commons + `'`, "commons/" + commons + ": its public state is not"},
			{"a commons that is hidden", `UPDATE commons SET id = 'zz' WHERE id = '` + commons + `'`,
				`UPDATE commons SET id = '` + commons + `' WHERE id = 'zz'`, "commons/zz: this row has no entry"},
			{"a leaf", `UPDATE journal_entries SET leaf = REPLACE(leaf, '"revision":', '"revision":1') WHERE id = (SELECT id FROM journal_leaves WHERE seq = 7)`,
				`UPDATE journal_entries SET leaf = '` + leaf + `' WHERE id = (SELECT id FROM journal_leaves WHERE seq = 7)`, "The record does not hold"},
		} {
			if _, err := db.Exec(c.does); err != nil {
				t.Fatalf("%s: %v", c.rule, err)
			}
			check(c.rule, 1, c.says)
			if _, err := db.Exec(c.undoes); err != nil {
				t.Fatalf("%s: %v", c.rule, err)
			}
		}
		check("all put back", 0, "The record is whole.", "--key", key, "--checkpoint", last)
	})
}

// TestAProofThroughTheProgram: one entry, proved by the server or by its own folder, from the command line and from its page; checked offline.
func TestAProofThroughTheProgram(t *testing.T) {
	onEach(t, func(t *testing.T, i *recorded) {
		admin := i.use()
		key := strings.TrimSpace(i.must(admin, http.MethodGet, "/log/key", nil, nil).text)
		var h struct{ Items []struct{ ID string } }
		i.must(admin, http.MethodGet, "/api/activity", nil, &h)
		entry := h.Items[3].ID
		page := i.must(i.visitor(), http.MethodGet, "/entries/"+entry+"/proof.json", nil, nil).text
		api := i.must(i.visitor(), http.MethodGet, "/api/entries/"+entry+"/proof", nil, nil).text
		beside, errs, status := command(t, "", nil, append([]string{"prove", entry, "--data", i.data}, i.place()...)...)
		if status != 0 {
			t.Fatalf("prove beside the server: %d %s", status, errs)
		}
		closed, _, _ := command(t, "", nil, append([]string{"prove", entry, "--closed", "--data", i.data}, i.place()...)...)
		i.stop()
		alone, errs, status := command(t, "", nil, append([]string{"prove", entry, "--data", i.data}, i.place()...)...)
		if status != 0 {
			t.Fatalf("prove without the server: %d %s", status, errs)
		}
		i.whole() // it wrote nothing that does not hold

		dir := t.TempDir()
		verify := func(name, text string, args ...string) (string, int) {
			t.Helper()
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			out, errs, status := command(t, "", nil, append([]string{"verify", path}, args...)...)
			return out + errs, status
		}
		for name, text := range map[string]string{"proof": beside, "page.json": page, "api.json": api, "alone": alone, "closed": closed} {
			if out, status := verify(name, text, "--key", key); status != 0 || !strings.Contains(out, "Entry "+entry) {
				t.Errorf("%s: %d %s", name, status, out)
			}
		}
		if strings.Contains(closed, `"salt"`) || strings.Contains(closed, `"body"`) {
			t.Errorf("a closed proof says what was changed: %s", closed)
		}
		if out, status := verify("no-key", beside); status != 0 || !strings.Contains(out, "compare it with the one that the instance publishes") {
			t.Errorf("without a key: %d %s", status, out)
		}
		if out, status := verify("other", beside, "--key", "x+00000000+ASumY0tH3vbZAtL2Yl1KH5b6bX1YDUwBU5D2s4VRtFcM"); status != 1 {
			t.Errorf("another key: %d %s", status, out)
		}
		if out, status := verify("json", beside, "--key", key, "--json"); status != 0 || !strings.Contains(out, `"holds":true`) {
			t.Errorf("as JSON: %d %s", status, out)
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		for range 25 { // TestAProofHoldsOfflineAndNotWhenChanged of core/journal flips every bit
			b := []byte(strings.TrimSpace(beside))
			at := rng.IntN(len(b))
			b[at] ^= 1 << rng.IntN(7)
			want := 1
			if !json.Valid(b) {
				want = 2
			}
			if out, status := verify("flipped", string(b), "--key", key); status != want {
				t.Errorf("byte %d flipped: status %d instead of %d: %s\n%s", at, status, want, out, b)
			}
		}
	})
}
