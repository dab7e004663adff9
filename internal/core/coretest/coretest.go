// Package coretest builds the small world that a test of a feature needs: the core on an empty database, with people in it. It is imported
// by tests only.
package coretest

import (
	"context"
	"log/slog"
	"testing"

	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/platform/jobs"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// World is the core on one database.
type World struct {
	T        *testing.T
	DB       *storage.DB
	Journal  *journal.Journal
	People   *people.Service
	Instance *instance.Service
	Commons  *commons.Service
	Queue    *jobs.Queue // not started
}

// New migrates db with the core's tables and those of sets, and wires the core.
func New(t *testing.T, db *storage.DB, sets ...storage.Migrations) *World {
	t.Helper()
	all := append([]storage.Migrations{journal.Migrations(), people.Migrations(), instance.Migrations(), commons.Migrations(), jobs.Migrations()}, sets...)
	testkit.Migrate(t, db, all...)
	w := &World{T: t, DB: db, Journal: journal.New(db, "test.example.org/log", slog.New(slog.DiscardHandler))}
	w.Journal.Register(people.Kinds()...)
	w.Journal.Register(instance.Kind(), commons.Kind())
	w.Queue = jobs.New(db, jobs.Options{Node: "test"})
	for _, kind := range []string{people.SignInMail, people.AskedMail, people.RoleMail} {
		w.Queue.Register(jobs.Kind{Name: kind, Handle: func(context.Context, *jobs.Run) error { return nil }})
	}
	w.People = people.New(db, w.Journal, w.Queue)
	w.Instance = instance.New(db, w.Journal, "en")
	w.Commons = commons.New(db, w.Journal, w.Instance.Policy)
	w.People.OnForget(w.Commons.Eraser())
	w.Must(w.Journal.Begin(t.Context()))
	return w
}

// Must fails the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Admin signs the first administrator in through the set-up link and returns them.
func (w *World) Admin() people.Actor {
	w.T.Helper()
	token, err := w.People.SetupLink(w.T.Context())
	w.Must(err)
	session, _, err := w.People.UseLink(w.T.Context(), token, "", "test", "Ada Admin", "ada@example.org", true)
	w.Must(err)
	return w.Actor(session)
}

// Member signs a new member in by mail and returns them.
func (w *World) Member(name, email string) people.Actor {
	w.T.Helper()
	w.Must(w.People.AskLink(w.T.Context(), email, "browser", "fr", "/"))
	session := w.follow(email)
	by := w.Actor(session)
	p, err := w.People.Person(w.T.Context(), by, by.Person)
	w.Must(err)
	w.Must(w.People.EditSelf(w.T.Context(), by, p.Revision, name, "fr"))
	return w.Actor(session)
}

func (w *World) follow(email string) string {
	w.T.Helper()
	var link string
	w.Must(w.DB.QueryRow(w.T.Context(), `SELECT id FROM sign_in_links WHERE email = $1`, email).Scan(&link))
	token, _, _, err := w.People.Token(w.T.Context(), link)
	w.Must(err)
	session, _, err := w.People.UseLink(w.T.Context(), token, "browser", "test", "", "", true)
	w.Must(err)
	return session
}

// Actor returns who holds a session, with the roles of now.
func (w *World) Actor(session string) people.Actor {
	w.T.Helper()
	by, err := w.People.Authenticate(w.T.Context(), session)
	w.Must(err)
	return by
}

// Again returns the actor with the roles of now, as the next request of the same person would have.
func (w *World) Again(by people.Actor) people.Actor {
	w.T.Helper()
	roles := map[string][]people.Role{}
	rows, err := w.DB.Query(w.T.Context(), `SELECT owner, role FROM roles WHERE person = $1`, by.Person)
	w.Must(err)
	defer rows.Close()
	for rows.Next() {
		var owner string
		var role people.Role
		w.Must(rows.Scan(&owner, &role))
		roles[owner] = append(roles[owner], role)
	}
	w.Must(rows.Err())
	return people.NewActor(by.Person, by.Name, by.Lang, roles)
}

// Forget has by forget somebody, and say yes to the names given. It returns how many names wait.
func (w *World) Forget(by, who people.Actor, names ...string) int {
	w.T.Helper()
	asked, err := w.People.Forget(w.T.Context(), by, who.Person, names)
	w.Must(err)
	return asked
}

// WantWhole fails the test unless the record holds, with everything integrated.
func (w *World) WantWhole() {
	w.T.Helper()
	for {
		n, err := w.Journal.Sequence(w.T.Context())
		w.Must(err)
		if n == 0 {
			break
		}
	}
	r, err := w.Journal.Verify(context.WithoutCancel(w.T.Context()), journal.Trust{}, nil)
	w.Must(err)
	if r.Faults != 0 {
		w.T.Fatalf("the record does not hold: %v (%d faults)", r.First, r.Faults)
	}
}
