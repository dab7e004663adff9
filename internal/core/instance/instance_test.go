package instance_test

import (
	"errors"
	"strings"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestAnInstanceBeginsWithItsDefaults(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		set, err := w.Instance.Settings(t.Context())
		w.Must(err)
		if set.Name != "commun" || set.Lang != "en" || set.Adding != commons.MembersAdd || !set.Open || set.Refresh != 24 || set.Revision != 0 {
			t.Fatalf("got %+v", set)
		}
		if p, err := w.Instance.Policy(t.Context()); err != nil || p != commons.MembersAdd {
			t.Fatalf("got %v %v", p, err)
		}
		w.WantWhole() // settings that nobody changed are no row, and need no entry
	})
}

func TestOnlyAdministratorsChangeTheSettings(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		admin, member := w.Admin(), w.Member("Bea", "bea@example.org")
		set := instance.Default("fr")
		for _, by := range []people.Actor{member, {}} {
			if err := w.Instance.Edit(t.Context(), by, set); fault.KindOf(err) != fault.DeniedKind {
				t.Errorf("%q may: %v", by.Name, err)
			}
		}
		w.Must(w.Instance.Edit(t.Context(), admin, set))
		w.WantWhole()
	})
}

func TestAChangeOfTheSettingsIsInTheRecord(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		admin := w.Admin()
		set, err := w.Instance.Settings(t.Context())
		w.Must(err)
		set.Name, set.Adding = "  The commons\nof Nowhere ", commons.ApprovalAdds
		w.Must(w.Instance.Edit(t.Context(), admin, set))
		now, err := w.Instance.Settings(t.Context())
		w.Must(err)
		if now.Name != "The commons of Nowhere" || now.Revision != 1 {
			t.Fatalf("got %+v", now)
		}
		w.Must(w.Instance.Edit(t.Context(), admin, now)) // nothing changes, so nothing is written
		if err := w.Instance.Edit(t.Context(), admin, set); !errors.Is(err, fault.Conflict("", "instance.changed_meanwhile")) {
			t.Fatalf("an edit of what was seen before: %v", err)
		}
		now.Open = false
		w.Must(w.Instance.Edit(t.Context(), admin, now))
		h, err := w.Journal.History(t.Context(), journal.Object{Kind: instance.ObjectKind, ID: people.Instance}, 0)
		w.Must(err)
		if len(h) != 2 || h[0].Author != admin.Person {
			t.Fatalf("got %+v", h)
		}
		c := h[0].Edit().Changes
		if len(c) != 1 || c[0].Field != "open" || string(c[0].Before) != "true" || string(c[0].After) != "false" {
			t.Fatalf("got %s", h[0].Body)
		}
		w.WantWhole()
	})
}

func TestWhatSettingsMayNotBe(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		admin := w.Admin()
		for _, c := range []struct {
			rule  string
			edit  func(*instance.Settings)
			field string
		}{
			{"an instance has a name", func(s *instance.Settings) { s.Name = " \t" }, "name"},
			{"a name has at most 80 characters", func(s *instance.Settings) { s.Name = strings.Repeat("é", 81) }, "name"},
			{"the language is one that it speaks", func(s *instance.Settings) { s.Lang = "de" }, "lang"},
			{"who may add is one of three", func(s *instance.Settings) { s.Adding = "nobody" }, "adding"},
			{"a refresh is not due at once", func(s *instance.Settings) { s.Refresh = 0 }, "refresh"},
			{"a refresh is due within 90 days", func(s *instance.Settings) { s.Refresh = 24*90 + 1 }, "refresh"},
			{"an address to write to is short", func(s *instance.Settings) { s.Contact = strings.Repeat("x", 201) }, "contact"},
			{"what it says of itself is no book", func(s *instance.Settings) { s.About = map[string]string{"en": strings.Repeat("x", 5001)} }, "about"},
		} {
			set := instance.Default("en")
			c.edit(&set)
			err := w.Instance.Edit(t.Context(), admin, set)
			list := fault.Of(err)
			if len(list) != 1 || list[0].Kind != fault.InvalidKind || list[0].Field != c.field {
				t.Errorf("%s: got %v", c.rule, err)
			}
		}
		for _, name := range []string{strings.Repeat("é", 80), "x"} {
			set, err := w.Instance.Settings(t.Context())
			w.Must(err)
			set.Name = name
			w.Must(w.Instance.Edit(t.Context(), admin, set))
		}
		w.WantWhole()
	})
}

func TestTheSettingsForgetAPerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		w.People.OnForget(w.Instance.Eraser())
		admin, bea := w.Admin(), w.Member("Bea Benson", "bea@example.org")
		set := instance.Default("en")
		set.Contact, set.About = "Bea@example.org", map[string]string{"en": "Kept by Bea Benson."}
		w.Must(w.Instance.Edit(t.Context(), admin, set))
		w.Forget(admin, bea, "Bea Benson")
		now, err := w.Instance.Settings(t.Context())
		w.Must(err)
		if now.Contact != "" || now.About["en"] != "Kept by …." || now.Name != "commun" {
			t.Fatalf("got %+v", now)
		}
		w.WantWhole()
	})
}
