package people_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"commun/internal/core/coretest"
	"commun/internal/core/people"
	"commun/internal/platform/fault"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

func TestALinkSignsInOnceInTheBrowserThatAsked(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		w.Must(w.People.AskLink(ctx, " Leo@example.org", "mine", "fr", "/commons"))
		var id string
		w.Must(db.QueryRow(ctx, `SELECT id FROM sign_in_links`).Scan(&id))
		token, email, lang, err := w.People.Token(ctx, id)
		w.Must(err)
		if email != "Leo@example.org" || lang != "fr" {
			t.Fatalf("got %q %q", email, lang)
		}
		if _, err := w.People.ShowLink(ctx, token, "other"); !errors.Is(err, fault.Denied("people.link_other_browser")) {
			t.Fatalf("another browser: %v", err)
		}
		if _, _, err := w.People.UseLink(ctx, token, "", "a", "", "", true); !errors.Is(err, fault.Denied("people.link_other_browser")) {
			t.Fatalf("no browser: %v", err)
		}
		for range 2 { // a mail scanner looks twice
			_, err = w.People.ShowLink(ctx, token, "mine")
			w.Must(err)
		}
		var mu sync.Mutex
		var sessions []string
		errs := testkit.Together(4, func() error {
			s, back, err := w.People.UseLink(ctx, token, "mine", "a", "", "", true)
			if err == nil {
				mu.Lock()
				sessions = append(sessions, s)
				mu.Unlock()
				if back != "/commons" {
					t.Errorf("back to %q", back)
				}
			}
			return err
		})
		testkit.WantOne(t, errs, nil)
		by := w.Actor(sessions[0])
		if !by.SignedIn() || by.IsAdmin() {
			t.Fatalf("got %+v", by)
		}
		w.Must(w.People.SignOut(ctx, sessions[0]))
		if w.Actor(sessions[0]).SignedIn() {
			t.Fatal("a session that was ended still signs in")
		}
		w.WantWhole()
	})
}

func TestAClosedInstanceGivesNoAccountToAnUnknownAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		admin := w.Admin()
		invited, err := w.People.Invite(ctx, admin, "Ines", "ines@example.org")
		w.Must(err)
		for _, c := range []struct {
			email string
			want  error
		}{{"stranger@example.org", fault.Denied("people.link_invalid")}, {"INES@example.org", nil}} {
			// asking gives the same answer for both
			w.Must(w.People.AskLink(ctx, c.email, "b", "en", "/"))
			var id string
			w.Must(db.QueryRow(ctx, `SELECT id FROM sign_in_links WHERE purpose = 'sign-in'`).Scan(&id))
			token, _, _, err := w.People.Token(ctx, id)
			w.Must(err)
			session, _, err := w.People.UseLink(ctx, token, "b", "a", "", "", false)
			testkit.WantErr(t, err, c.want)
			if err == nil && w.Actor(session).Person != invited.ID {
				t.Fatal("signed in as somebody else")
			}
			w.Must(db.Maintain(ctx, func(tx *storage.Tx) error { _, err := tx.Exec(ctx, `DELETE FROM sign_in_links`); return err }))
		}
		w.WantWhole()
	})
}

// Who comes for the first time may say a name before anybody sees one; a name that is none keeps the link, and an account keeps its own.
func TestAFirstEntryTakesANameAndALaterOneNone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		ask := func(email string) string {
			w.Must(w.People.AskLink(ctx, email, "b", "fr", "/"))
			var id string
			w.Must(db.QueryRow(ctx, `SELECT id FROM sign_in_links WHERE email = $1`, email).Scan(&id))
			token, _, _, err := w.People.Token(ctx, id)
			w.Must(err)
			return token
		}
		for _, c := range []struct{ rule, email, name, want string }{
			{"a name that was given", "lea@example.org", " Léa  Roux ", "Léa Roux"},
			{"none, or blanks", "max@example.org", "  ", ""},
			{"the account's own name stays", "lea@example.org", "Somebody else", "Léa Roux"},
		} {
			token := ask(c.email)
			link, err := w.People.ShowLink(ctx, token, "b")
			w.Must(err)
			if first := c.name != "Somebody else"; link.New != first {
				t.Errorf("%s: new is %v", c.rule, link.New)
			}
			_, _, err = w.People.UseLink(ctx, token, "b", "a", strings.Repeat("x", people.MaxName+1), "", true)
			if link.New {
				testkit.WantErr(t, err, fault.Invalid("name", "people.name_too_long"))
			} else {
				w.Must(err)
				token = ask(c.email)
			}
			session, _, err := w.People.UseLink(ctx, token, "b", "a", c.name, "", true)
			w.Must(err)
			if got := w.Actor(session).Name; got != c.want && (c.want != "" || !strings.HasPrefix(got, "@")) {
				t.Errorf("%s: shown as %q, want %q", c.rule, got, c.want)
			}
		}
		w.WantWhole()
	})
}

// Whoever is given a role by somebody else is told once; a role held already, or given to oneself, is no news.
func TestWhoIsGivenARoleIsTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		lea := w.Member("Lea", "lea@example.org")
		max := w.Member("Max", "max@example.org")
		o, err := w.People.CreateOrganisation(ctx, lea, "Mairie", people.PublicBody, "")
		w.Must(err)
		lea = w.Again(lea)
		told := func(rule string, want int) {
			t.Helper()
			var n int
			w.Must(db.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE kind = $1 AND person_id = $2`, people.RoleMail, max.Person).Scan(&n))
			var others int
			w.Must(db.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE kind = $1 AND person_id <> $2`, people.RoleMail, max.Person).Scan(&others))
			if n != want || others != 0 {
				t.Errorf("%s: %d mails to who got it and %d to others, want %d", rule, n, others, want)
			}
		}
		told("an organisation's first steward made it", 0)
		w.Must(w.People.GrantTo(ctx, lea, o.ID, "max@example.org", people.Observer))
		told("a role that is given", 1)
		w.Must(w.People.GrantTo(ctx, lea, o.ID, "max@example.org", people.Observer))
		told("a role that is held already", 1)
		w.Must(w.People.Revoke(ctx, lea, o.ID, max.Person, people.Observer))
		told("a role that is taken", 1)
		w.Must(w.People.Grant(ctx, lea, o.ID, lea.Person, people.Observer))
		told("a role that one gives oneself", 1)
		w.WantWhole()
	})
}

func TestTheSetUpLinkMakesOneAdministrator(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		first, err := w.People.SetupLink(ctx)
		w.Must(err)
		second, err := w.People.SetupLink(ctx) // the program was started again
		w.Must(err)
		if _, _, err := w.People.UseLink(ctx, first, "", "a", "Ana", "ana@example.org", true); err == nil {
			t.Fatal("an earlier set-up link still works")
		}
		_, _, err = w.People.UseLink(ctx, second, "", "a", "", "no address", true)
		if faults := fault.Of(err); len(faults) != 2 || faults[0].Field != "name" || faults[1].Field != "email" {
			t.Fatalf("all that is wrong with the form must be said at once, and leave the link usable: %v", err)
		}
		session, _, err := w.People.UseLink(ctx, second, "", "a", "Ana", "ana@example.org", true)
		w.Must(err)
		admin := w.Actor(session)
		if !admin.IsAdmin() {
			t.Fatal("not an administrator")
		}
		if link, err := w.People.SetupLink(ctx); err != nil || link != "" {
			t.Fatalf("a set-up link although there is an administrator: %q %v", link, err)
		}
		testkit.WantErr(t, w.People.Revoke(ctx, admin, people.Instance, admin.Person, people.Admin), fault.Conflict("role", "people.last_admin"))
		_, err = w.People.Forget(ctx, admin, admin.Person, nil)
		testkit.WantErr(t, err, fault.Conflict("person", "people.last_admin"))
		w.WantWhole()
	})
}

func TestRolesAreTheServicesToGive(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		admin, ana, bob := w.Admin(), w.Member("Ana", "ana@example.org"), w.Member("Bob", "bob@example.org")
		o, err := w.People.CreateOrganisation(ctx, ana, "Ville d’Échirolles", people.PublicBody, "https://echirolles.example")
		w.Must(err)
		if o.Slug != "ville-d-echirolles" {
			t.Fatalf("slug %q", o.Slug)
		}
		if _, err := w.People.CreateOrganisation(ctx, bob, "ville d'échirolles", people.PublicBody, ""); fault.KindOf(err) != fault.ConflictKind {
			t.Fatalf("the same name twice: %v", err)
		}
		ana = w.Again(ana)
		testkit.WantErr(t, w.People.Grant(ctx, bob, o.ID, bob.Person, people.Steward), fault.Denied("people.not_allowed"))
		testkit.WantErr(t, w.People.Grant(ctx, people.Actor{}, o.ID, bob.Person, people.Steward), fault.Denied("people.sign_in_first"))
		testkit.WantErr(t, w.People.Grant(ctx, ana, o.ID, bob.Person, people.Admin), fault.Invalid("role", "people.role_unknown"))
		testkit.WantErr(t, w.People.Grant(ctx, ana, people.Instance, ana.Person, people.Admin), fault.Denied("people.not_allowed"))
		w.Must(w.People.Grant(ctx, ana, o.ID, bob.Person, people.Contributor))
		w.Must(w.People.Grant(ctx, ana, o.ID, bob.Person, people.Contributor)) // twice changes nothing
		w.Must(w.People.Grant(ctx, admin, people.Instance, ana.Person, people.Admin))
		if list, err := w.People.Grants(ctx, o.ID); err != nil || len(list) != 2 {
			t.Fatalf("got %+v %v", list, err)
		}
		o.Name = "Échirolles"
		w.Must(w.People.EditOrganisation(ctx, ana, o))
		testkit.WantErr(t, w.People.EditOrganisation(ctx, ana, o), fault.Conflict("", "people.changed_meanwhile"))
		w.WantWhole()
	})
}

func TestAForgottenPersonIsNowhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ctx := t.Context()
		admin, eve := w.Admin(), w.Member("Eve Markerson", "eve.marker@example.org")
		_, err := w.People.CreateOrganisation(ctx, eve, "Les amis", people.Association, "")
		w.Must(err)
		w.Forget(admin, eve, "Eve Markerson")
		w.Forget(admin, eve, "Eve Markerson") // twice changes nothing
		for _, table := range []string{"persons", "journal_entries", "sign_in_links", "sessions", "roles", "jobs", "forgotten_marks"} {
			text := dump(t, db, table)
			if strings.Contains(strings.ToLower(text), "marker") {
				t.Fatalf("%s still speaks of her: %s", table, text)
			}
		}
		gone, err := w.People.Forgotten(ctx)
		w.Must(err)
		if !gone("EVE.marker@example.org") || !gone("eve  markerson") || gone("ada@example.org") {
			t.Fatal("the forgotten address is not known again")
		}
		w.WantWhole()
	})
}

// dump returns every value of a table as text.
func dump(t *testing.T, db *storage.DB, table string) string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT * FROM `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new([]byte)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			b.Write(*v.(*[]byte))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestSlug(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Démarches simplifiées", "demarches-simplifiees"},
		{"L’Œuvre & Cie  (2024)", "l-oeuvre-cie-2024"},
		{"  --  ", "x"},
		{"日本語", "日本語"},
		{strings.Repeat("a", 500), strings.Repeat("a", people.MaxSlug)},
		{"<script>alert(1)</script>", "script-alert-1-script"},
	} {
		if got := people.Slug(c.name); got != c.want {
			t.Errorf("%q: got %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	f.Add("L’été")
	f.Fuzz(func(t *testing.T, s string) {
		if got := people.Slug(s); got == "" || len(got) > people.MaxSlug || strings.ContainsAny(got, "/ \\?#<>\"'") {
			t.Fatalf("%q gives %q", s, got)
		}
	})
}

func TestNamesThatLeaveLittleOfThemselvesInAnAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := coretest.New(t, db)
		ana := w.Member("Ana", "ana@example.org")
		for _, c := range []struct{ rule, name, slug string }{
			{"signs alone", "👩‍👩‍👧", "x"},
			{"other signs alone", "☂☂", "x-2"},
			{"another script beside one letter", "مشاع C++", "c"},
			{"that letter alone", "C", "c-2"},
			{"the name of a page", "new", "new-2"},
			{"the same letters in another case, with accents", "NÉW", ""},
			{"the same signs", "☂☂", ""},
			{"turned around", "moc.live\u202Emunmoc", ""},
			{"a control character", "a\x00b", ""},
			{"a mark of direction that its language needs", "مشاع\u200f", "مشاع"},
			{"lines and blanks", " Ville\n de  Nîmes ", "ville-de-nimes"},
		} {
			o, err := w.People.CreateOrganisation(t.Context(), ana, c.name, people.Association, "")
			if (err == nil) != (c.slug != "") || o.Slug != c.slug && err == nil {
				t.Errorf("%s: %q, %v", c.rule, o.Slug, err)
			}
		}
	})
}
