package catalogue_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"commun/formats/licence"
	"commun/internal/core/commons"
	"commun/internal/core/coretest"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/jobs"
	"commun/internal/platform/live"
	"commun/internal/platform/mail"
	"commun/internal/platform/search"
	"commun/internal/platform/storage"
	"commun/internal/platform/testkit"
)

// detector is built once for all tests: its automaton takes seconds.
var detector = licence.NewDetector()

// world is the core with a catalogue, a started queue and a search index.
type world struct {
	*coretest.World
	Cat   *catalogue.Service
	Jobs  *jobs.Queue
	Index *search.Index
	hub   *live.Hub
	post  *post
}

// post keeps the mails that would have gone out.
type post struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, m)
	return nil
}

// each runs a story on both databases.
func each(t *testing.T, story func(w *world)) {
	eachWith(t, catalogue.Limits{}, story)
}

func eachWith(t *testing.T, limits catalogue.Limits, story func(w *world)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *storage.DB) {
		w := open(t, db, limits)
		story(w)
		w.WantWhole()
	})
}

func open(t *testing.T, db *storage.DB, limits catalogue.Limits) *world {
	t.Helper()
	w := &world{World: coretest.New(t, db, search.Migrations(), catalogue.Migrations()), hub: live.NewHub(), post: &post{}}
	w.Journal.Register(catalogue.Kinds()...)
	w.Jobs = jobs.New(db, jobs.Options{Node: "test", Hub: w.hub})
	w.Index = search.New(db, nil)
	w.Cat = catalogue.New(catalogue.Options{DB: db, Journal: w.Journal, People: w.People, Commons: w.Commons, Settings: w.Instance.Settings, Queue: w.Jobs,
		Search: w.Index, Detector: detector, Cache: t.TempDir(), Trusted: gitrepo.Policy{AllowLocal: true, AllowSSH: true}, Mail: w.post, Limits: limits, Base: "https://communs.example.org",
		Words: func(lang, key string, args map[string]any) string { return fmt.Sprint(lang, " ", key, " ", args) }})
	w.People.OnForget(w.Cat.Eraser())
	w.Must(w.Cat.Load(t.Context()))
	w.Must(w.Jobs.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := w.Jobs.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return w
}

// wait follows a job to its end and returns it.
func (w *world) wait(id string) jobs.Record {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(w.T.Context(), 5*time.Minute)
	defer cancel()
	events := w.hub.Subscribe(ctx, jobs.AllTopic)
	for {
		r, err := w.Jobs.Get(ctx, id)
		w.Must(err)
		if r.State.Final() {
			return r
		}
		if r.Failures > 0 {
			return r // waits to be tried again: its fault is what a test wants to see
		}
		<-events
	}
}

// idle waits until no job of a kind waits or runs.
func (w *world) idle(kind string) {
	w.T.Helper()
	for _, state := range []jobs.State{jobs.Queued, jobs.Running} {
		list, err := w.Jobs.List(w.T.Context(), jobs.Filter{Kind: kind, State: state})
		w.Must(err)
		for _, r := range list {
			w.wait(r.ID)
		}
	}
}

// add adds an address as an administrator would, waits for its import, and returns the commons.
func (w *world) add(address string) commons.Commons {
	w.T.Helper()
	a, err := w.Cat.Add(w.T.Context(), admin, address)
	w.Must(err)
	if a.Job != "" {
		if r := w.wait(a.Job); r.State != jobs.Done {
			w.T.Fatalf("import of %s is %s: %+v", address, r.State, r.Fault)
		}
	}
	return w.get(a.Commons.ID)
}

// again refreshes a commons and returns it as it is then.
func (w *world) again(id string) commons.Commons {
	w.T.Helper()
	job, err := w.Cat.Refresh(w.T.Context(), admin, id)
	w.Must(err)
	if r := w.wait(job); r.State != jobs.Done {
		w.T.Fatalf("refresh is %s: %+v", r.State, r.Fault)
	}
	return w.get(id)
}

func (w *world) get(id string) commons.Commons {
	w.T.Helper()
	c, err := w.Commons.ByID(w.T.Context(), admin, id)
	w.Must(err)
	return c
}

func (w *world) about(id string) catalogue.Refreshed {
	w.T.Helper()
	r, err := w.Cat.About(w.T.Context(), admin, id)
	w.Must(err)
	return r
}

// entries counts the entries of a commons.
func (w *world) entries(id string) int {
	w.T.Helper()
	list, err := w.Journal.History(w.T.Context(), journal.Object{Kind: commons.ObjectKind, ID: id}, 0)
	w.Must(err)
	return len(list)
}

// admin is the command line.
var admin = people.Program("command line")

func best(c commons.Commons, field, lang string) string {
	v, _ := c.Best(field, lang)
	return strings.Trim(string(v.JSON), `"`)
}

// want compares what the catalogue shows of fields: "field" or "field.lang", then the value, then its source and note.
func (w *world) want(c commons.Commons, rows ...[4]string) {
	w.T.Helper()
	for _, r := range rows {
		field, lang, _ := strings.Cut(r[0], ".")
		v, _ := c.Best(field, lang)
		got := string(v.JSON)
		var text string
		if json.Unmarshal(v.JSON, &text) == nil {
			got = text
		}
		if got != r[1] || string(v.Source) != r[2] || v.Note != r[3] {
			w.T.Errorf("%s is %q from %s (%s), want %q from %s (%s)", r[0], got, v.Source, v.Note, r[1], r[2], r[3])
		}
	}
}

// codes returns the codes of the remarks that are the catalogue's own.
func codes(remarks []catalogue.Remark) []string {
	var list []string
	for _, r := range remarks {
		if strings.HasPrefix(r.Code, "catalogue.") {
			list = append(list, strings.TrimPrefix(r.Code, "catalogue.remark."))
		}
	}
	return list
}

func (w *world) wantCode(id, code string) {
	w.T.Helper()
	if got := codes(w.about(id).Remarks); !slices.Contains(got, code) {
		w.T.Errorf("no remark %s among %v", code, got)
	}
}

// repo is a git repository made for a test.
type repo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB) *repo {
	r := &repo{t, filepath.Join(t.TempDir(), "work")}
	r.must(os.Mkdir(r.dir, 0o755))
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repo) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *repo) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_AUTHOR_DATE=2024-03-01T12:00:00Z", "GIT_COMMITTER_DATE=2024-03-01T12:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit writes files and commits them; a nil text deletes.
func (r *repo) commit(files map[string]string) *repo {
	r.t.Helper()
	for name, text := range files {
		p := filepath.Join(r.dir, name)
		r.must(os.MkdirAll(filepath.Dir(p), 0o755))
		r.must(os.WriteFile(p, []byte(text), 0o644))
	}
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", "change")
	return r
}
