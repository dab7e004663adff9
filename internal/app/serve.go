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
	"commun/internal/platform/mail"
	"commun/internal/web"
)

// stopTime is how long what runs may take to end in order.
const stopTime = 20 * time.Second

// Serve runs the instance until ctx ends. What a person should read, such as the address and the set-up link, goes to out.
func Serve(ctx context.Context, c config.Config, log *slog.Logger, terminal mail.Sender, out io.Writer) (err error) {
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
		if errors.Is(err, syscall.EADDRINUSE) {
			err = errors.New("another program listens there already: stop it, or choose another address with --addr (COMMUN_ADDR)")
		}
		return fmt.Errorf("listen on %s: %w", c.Addr, err)
	}
	if err := a.listenControl(ctx); err != nil {
		return err
	}
	if err := a.welcome(ctx, out); err != nil {
		return err
	}
	go giveBack(ctx, a.Detector.Warm()) // building the detector is some seconds of work that no import should wait for
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
func (a *App) welcome(ctx context.Context, out io.Writer) error {
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
		_, _ = fmt.Fprintln(out, "There is no administrator yet. «commun people setup» prints the link that makes one.")
		return nil
	}
	_, _ = fmt.Fprintf(out, "\nMake yourself the administrator (once):\n  %s/sign-in/%s\n\n", base, token)
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
