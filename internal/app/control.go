package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"commun/internal/core/people"
	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/storage"
)

// socketPath is where the process that holds a data folder listens for commands. Only its owner may open it.
func socketPath(data string) string { return filepath.Join(data, "control.sock") }

// operator is who types commands on the machine: who can read the data folder can do everything anyway.
var operator = people.Program("command line")

// listenControl serves commands on the data folder's socket until ctx ends.
func (a *App) listenControl(ctx context.Context) error {
	path := socketPath(a.Config.Data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the socket of a dead process: %w", err)
	}
	l, err := listenUnix(path)
	if err != nil {
		return fmt.Errorf("listen for commands on %s: %w", path, err)
	}
	srv := &http.Server{Handler: a.control(), ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn)}
	a.stop = append(a.stop, func(ctx context.Context) error { return srv.Shutdown(ctx) })
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("command socket", "error", err)
		}
	}()
	return nil
}

// listenUnix listens on a socket that only this user may open. A path that is too long for a socket is reached through its folder.
func listenUnix(path string) (net.Listener, error) {
	short, done, err := shortPath(path)
	if err != nil {
		return nil, err
	}
	defer done()
	l, err := net.Listen("unix", short)
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // by its short path it could not be found again; Close of the app removes it
	return l, os.Chmod(path, 0o600)
}

// maxSocket is the longest path that a socket address holds on Linux, one less for its end.
const maxSocket = 107

// shortPath returns a path of the same socket that fits an address: through an open folder of this process when it must.
func shortPath(path string) (string, func(), error) {
	if len(path) <= maxSocket {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { _ = dir.Close() }, nil
}

// control returns the commands that a running program takes. Errors are sentences for a terminal, in the language that the request asks for.
func (a *App) control() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := f(w, r); err != nil {
				w.WriteHeader(http.StatusUnprocessableEntity)
				_ = json.NewEncoder(w).Encode(controlError{Error: Explain(a.asked(r), err)}) // the client has gone: nobody to tell
			}
		})
	}
	handle("POST /people/link", func(w http.ResponseWriter, r *http.Request) error {
		var in struct{ Email string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return err
		}
		token, err := a.People.HandLink(r.Context(), operator, in.Email)
		if err != nil {
			return nobody(in.Email, err)
		}
		return answer(w, struct{ Link string }{a.Config.PublicURL() + "/sign-in/" + token})
	})
	handle("POST /people/setup", func(w http.ResponseWriter, r *http.Request) error {
		token, err := a.People.SetupLink(r.Context())
		if err != nil || token == "" {
			return errors.Join(err, fault.Conflict("", "people.has_admin"))
		}
		return answer(w, struct{ Link string }{a.Config.PublicURL() + "/sign-in/" + token})
	})
	handle("POST /people/list", func(w http.ResponseWriter, r *http.Request) error {
		after := ""
		for {
			list, err := a.People.Persons(r.Context(), operator, after)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, p := range list {
				if err := answer(w, p); err != nil {
					return err
				}
			}
			after = list[len(list)-1].ID
		}
	})
	handle("POST /people/role", func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Email, Owner, Role string
			Take               bool
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return err
		}
		return a.setRole(r.Context(), in.Email, in.Owner, people.Role(in.Role), in.Take)
	})
	handle("POST /people/forget", func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Email string
			Names []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return err
		}
		p, err := a.People.ByEmail(r.Context(), operator, in.Email)
		if err != nil {
			return nobody(in.Email, err)
		}
		asked, err := a.Forget(r.Context(), operator, p.ID, in.Names)
		if err != nil {
			return err
		}
		return answer(w, struct{ Asked int }{asked})
	})
	handle("POST /backup", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Trailer", "X-Backup")
		if err := a.DB.Backup(r.Context(), w); err != nil {
			return err
		}
		w.Header().Set("X-Backup", "whole")
		return nil
	})
	handle("POST /import", a.controlImport)
	handle("POST /prove", func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Entry string
			Open  bool
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return err
		}
		p, err := a.Journal.Prove(r.Context(), in.Entry, in.Open)
		if err != nil {
			return err
		}
		return answer(w, p)
	})
	return mux
}

// asked is the voice of the language that a command's request asks for.
func (a *App) asked(r *http.Request) *i18n.Localizer {
	return a.Bundle.For(r.Header.Get("Accept-Language"))
}

// setRole gives or takes a role on the instance, or on a commons by its slug.
func (a *App) setRole(ctx context.Context, email, owner string, role people.Role, take bool) error {
	p, err := a.People.ByEmail(ctx, operator, email)
	if err != nil {
		return nobody(email, err)
	}
	if owner == "" {
		owner = people.Instance
	}
	if owner != people.Instance {
		c, err := a.Commons.BySlug(ctx, operator, owner)
		if fault.KindOf(err) == fault.MissingKind {
			return fault.Missing("fail.no_commons").With("commons", owner)
		}
		if err != nil {
			return err
		}
		owner = c.ID
	}
	if take {
		return a.People.Revoke(ctx, operator, owner, p.ID, role)
	}
	return a.People.Grant(ctx, operator, owner, p.ID, role)
}

// nobody names the address that has no account. Pages do not: whether somebody has one is no visitor's business.
func nobody(email string, err error) error {
	if fault.KindOf(err) == fault.MissingKind {
		return fault.Missing("fail.no_account").With("email", email)
	}
	return err
}

func answer(w http.ResponseWriter, v any) error { return json.NewEncoder(w).Encode(v) }

type controlError struct {
	Error string `json:"error"`
}

// Control is the way in which a command reaches the program: the process that runs it, or this one.
type Control struct {
	client *http.Client
	lang   string // in which it answers
	app    *App   // nil when another process runs it
}

// Reach returns the running program of a data folder, or opens it here when none runs. It answers in lang. Over PostgreSQL it is always
// opened here: any number of processes may.
func Reach(ctx context.Context, c config.Config, lang string, log *slog.Logger) (*Control, error) {
	if k := running(ctx, c.Data, lang); k != nil {
		return k, nil
	}
	a, err := Open(ctx, c, log, nil)
	if err == nil {
		err = a.Start(ctx)
	}
	if errors.Is(err, storage.ErrFolderHeld) { // by a server that was about to listen, it may be
		if k := running(ctx, c.Data, lang); k != nil {
			return k, a.Close(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	return &Control{app: a, lang: lang, client: &http.Client{Transport: inProcess{a.control()}}}, nil
}

// running returns the way to the server of a data folder, nil when none answers.
func running(ctx context.Context, data, lang string) *Control {
	conn, err := dialControl(ctx, data)
	if err != nil {
		return nil
	}
	_ = conn.Close() // it answered: there is a server
	return &Control{lang: lang, client: &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialControl(ctx, data)
	}}}}
}

func dialControl(ctx context.Context, data string) (net.Conn, error) {
	short, done, err := shortPath(socketPath(data))
	if err != nil {
		return nil, err
	}
	defer done()
	return (&net.Dialer{}).DialContext(ctx, "unix", short)
}

// Close ends the program when it runs in this process.
func (c *Control) Close(ctx context.Context) error {
	if c.app == nil {
		return nil
	}
	return c.app.Close(ctx)
}

// Do sends one command and gives its answer to read. A fault of the program is an error with its sentence.
func (c *Control) Do(ctx context.Context, path string, in any, read func(io.Reader) error) error {
	body, ok := in.(io.Reader)
	if !ok {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode command: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://commun"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Language", c.lang)
	res, err := c.client.Do(req)
	if err != nil {
		return fault.Busy("fail.server_ended").Wrap(err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	if res.StatusCode != http.StatusOK {
		var e controlError
		if err := json.NewDecoder(res.Body).Decode(&e); err != nil {
			return fmt.Errorf("the running program answered %s", res.Status)
		}
		return Said(e.Error)
	}
	if read != nil {
		if err := read(res.Body); err != nil {
			return err
		}
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if path == "/backup" && res.Trailer.Get("X-Backup") != "whole" {
		return fault.Busy("fail.backup_broke")
	}
	return nil
}

// inProcess answers a request by a handler of this process, streaming its answer.
type inProcess struct{ h http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	pr, pw := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: pw, started: make(chan struct{})}
	trailer := http.Header{}
	go func() {
		p.h.ServeHTTP(w, r)
		w.start(http.StatusOK)
		for k := range w.Header() {
			if k == "X-Backup" {
				trailer.Set(k, w.Header().Get(k))
			}
		}
		_ = pw.Close() // never fails
	}()
	<-w.started
	return &http.Response{Status: http.StatusText(w.status), StatusCode: w.status, Header: w.Header().Clone(), Trailer: trailer, Body: pr, Request: r}, nil
}

// pipeWriter hands on what a handler writes as it writes it.
type pipeWriter struct {
	header  http.Header
	body    *io.PipeWriter
	started chan struct{}
	status  int
}

func (w *pipeWriter) start(status int) {
	if w.status == 0 {
		w.status = status
		close(w.started)
	}
}

// Header returns the answer's headers.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader starts the answer.
func (w *pipeWriter) WriteHeader(status int) { w.start(status) }

// Write hands on a piece of the answer.
func (w *pipeWriter) Write(b []byte) (int, error) {
	w.start(http.StatusOK)
	return w.body.Write(b)
}
