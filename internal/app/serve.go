package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"commun/internal/platform/config"
	"commun/internal/platform/i18n"
	"commun/internal/platform/mail"
	"commun/internal/web"
)

// stopTime is how long what runs may take to end in order.
const stopTime = 20 * time.Second

// Serve runs the instance until ctx ends. What a person should read, such as the address and the set-up link, goes to out, in lang; the log
// is in English, for whoever searches it.
func Serve(ctx context.Context, c config.Config, lang string, log *slog.Logger, terminal mail.Sender, out io.Writer) (err error) {
	// the address is taken before the database is touched: a start that is refused must not have brought it to a version that the running one,
	// or the one that is started instead, can't read
	var l net.Listener
	a, err := open(ctx, c, log, terminal, func() (err error) {
		l, err = listen(ctx, c.Addr)
		return err
	})
	if l != nil {
		defer func() { _ = l.Close() }() // the server closes it too, when it came so far
	}
	if err != nil {
		return errors.Join(err, a.Close(context.WithoutCancel(ctx)))
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		err = errors.Join(err, a.Close(end))
	}()
	if err := a.Start(ctx); err != nil {
		return err
	}
	rt, err := a.Site()
	if err != nil {
		return fmt.Errorf("make the pages: %w", err)
	}
	srv := web.NewServer(c.Addr, a.trustProxies(rt), log)
	if err := a.listenControl(ctx); err != nil {
		return err
	}
	if err := a.welcome(ctx, a.Bundle.For(lang), out); err != nil {
		return err
	}
	go a.giveBack(ctx)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime/2)
	defer cancel()
	if err := srv.Shutdown(end); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// welcome prints where the instance is, and the set-up link until there is an administrator. The link is a secret: it goes to a terminal,
// and to a pipe or a file only a word on how to have it.
func (a *App) welcome(ctx context.Context, l *i18n.Localizer, out io.Writer) error {
	base := a.Config.PublicURL()
	_, _ = fmt.Fprintf(out, "commun %s\n  %s\n", Version(), base)
	token, err := a.People.SetupLink(ctx)
	if err != nil {
		return fmt.Errorf("make the set-up link: %w", err)
	}
	if token == "" {
		return nil
	}
	if f, ok := out.(*os.File); ok && !isTerminal(f) {
		_, _ = fmt.Fprintln(out, l.T("app.welcome_setup"))
		return nil
	}
	_, _ = fmt.Fprintf(out, "\n%s\n  %s/sign-in/%s\n\n", l.T("app.welcome_admin"), base, token)
	return nil
}

func isTerminal(f *os.File) bool {
	_, ok := mail.TerminalOf(f)
	return ok
}

// trustProxies takes the client's address from X-Forwarded-For when, and only when, a trusted proxy sent it.
func (a *App) trustProxies(next http.Handler) http.Handler {
	proxies := a.Config.Proxies()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if addr, ok := clientOf(r, proxies); ok {
			r.RemoteAddr = addr
		} else {
			// whoever sends these from elsewhere is not believed, and must not look local either
			r.Header.Del("X-Forwarded-Proto")
		}
		next.ServeHTTP(w, r)
	})
}
