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
	"syscall"
	"time"

	"commun/internal/platform/config"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/platform/mail"
	"commun/internal/web"
)

// stopTime is how long what runs may take to end in order.
const stopTime = 20 * time.Second

// Serve runs the instance until ctx ends. What a person should read, such as the address and the set-up link, goes to out, in lang; the log
// is in English, for whoever searches it.
func Serve(ctx context.Context, c config.Config, lang string, log *slog.Logger, terminal mail.Sender, out io.Writer) (err error) {
	a, err := Open(ctx, c, log, terminal)
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
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", notListening(c.Addr, err))
	}
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

// notListening says why the server can't listen on an address.
func notListening(addr string, err error) error {
	key := "fail.not_listening"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		key = "fail.port_used"
	case errors.Is(err, syscall.EACCES):
		key = "fail.port_denied"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		key = "fail.address_elsewhere"
	default:
		return fault.Busy(key).With("address", addr).Wrap(err)
	}
	return fault.Invalid("addr", key).With("address", addr)
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
