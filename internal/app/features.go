package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"commun/formats/licence"
	"commun/internal/core/people"
	"commun/internal/features/catalogue"
	"commun/internal/features/vitality"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
	"commun/internal/web/components"
)

// mirrors, histories and sshDir are the folders of a data folder. The first two are caches.
func mirrors(data string) string   { return filepath.Join(data, "cache", "repositories") }
func histories(data string) string { return filepath.Join(data, "cache", "histories") }
func sshDir(data string) string    { return filepath.Join(data, "ssh") }

// features makes each feature's service and hands it what it needs of the others.
func (a *App) features() error {
	if ended, err := gitrepo.EndOrphans(mirrors(a.Config.Data)); err != nil {
		return fmt.Errorf("end what a dead process left: %w", err)
	} else if ended > 0 {
		a.Log.Info("ended git processes that a dead process left", "count", ended)
	}
	if a.Config.SSHKnownHosts != "" {
		lines, err := os.ReadFile(a.Config.SSHKnownHosts)
		if err == nil {
			err = gitrepo.AddKnownHost(sshDir(a.Config.Data), string(lines))
		}
		if err != nil {
			return fmt.Errorf("read known hosts: %w", err)
		}
	}
	words, err := Words(a.Config.Lang)
	if err != nil {
		return err
	}
	a.Bundle = words
	a.Detector = licence.NewDetector()
	inner := a.Config.AllowInner
	a.Catalogue = catalogue.New(catalogue.Options{
		DB: a.DB, Journal: a.Journal, People: a.People, Commons: a.Commons, Settings: a.Instance.Settings, Queue: a.Queue, Search: a.Search,
		Detector: a.Detector, Cache: mirrors(a.Config.Data), Mail: a.Mail, Hub: a.Hub, Log: a.Log,
		Visitors: gitrepo.Policy{AllowInner: inner},
		Trusted:  gitrepo.Policy{AllowInner: inner, AllowLocal: true, AllowSSH: true, SSHDir: sshDir(a.Config.Data)},
		Base:     a.Config.PublicURL(),
		Words:    func(lang, key string, args map[string]any) string { return words.For(lang).T(key, i18n.Args(args)) },
	})
	a.Vitality = vitality.New(vitality.Options{
		DB: a.DB, Queue: a.Queue, Forgotten: a.People.ForgottenIn, Cache: histories(a.Config.Data), Log: a.Log,
		Mirrors: func(commons string) string { return a.Catalogue.Mirror(commons).Dir },
	})
	a.Catalogue.OnImported(a.Vitality.QueueMeasure)
	a.Queue.Register(jobs.Kind{Name: people.SignInMail, MaxAttempts: 5, Handle: a.sendSignIn})
	a.Queue.Register(jobs.Kind{Name: people.AskedMail, MaxAttempts: 5, Handle: a.sendAsked})
	a.Queue.Register(jobs.Kind{Name: people.RoleMail, MaxAttempts: 5, Handle: a.sendRole})
	return nil
}

// sendSignIn makes a link's secret and sends it, in the language of the page on which it was asked for.
func (a *App) sendSignIn(ctx context.Context, run *jobs.Run) error {
	var ref people.LinkRef
	if err := run.Decode(&ref); err != nil {
		return err
	}
	token, email, lang, err := a.People.Token(ctx, ref.Link)
	if err != nil {
		return err // used or over: nothing to send
	}
	set, err := a.Instance.Settings(ctx)
	if err != nil {
		return err
	}
	l := a.Bundle.For(lang)
	args := i18n.Args{"name": set.Name, "link": a.Config.PublicURL() + "/sign-in/" + token}
	return a.Mail.Send(ctx, mail.Message{To: email, Subject: l.T("app.mail_subject", args), Text: l.T("app.mail_text", args)})
}

// sendAsked tells an administrator that somebody asks to be forgotten where others wrote the name. The letter holds no name.
func (a *App) sendAsked(ctx context.Context, run *jobs.Run) error {
	p, err := a.People.Person(ctx, people.Program("letters"), run.Person)
	if err != nil {
		return err
	}
	set, err := a.Instance.Settings(ctx)
	if err != nil {
		return err
	}
	if _, none := a.Mail.(mail.None); none || p.Email == "" {
		return nil // the administration's own pages count what waits
	}
	l := a.Bundle.For(p.Lang)
	args := i18n.Args{"name": set.Name, "link": a.Config.PublicURL() + "/admin/forgetting"}
	return a.Mail.Send(ctx, mail.Message{To: p.Email, Subject: l.T("app.asked_subject", args), Text: l.T("app.asked_text", args)})
}

// roleKeys say a role with what it is held on, in the mail that tells of it.
var roleKeys = map[people.Role]string{people.Steward: "app.role_steward", people.Contributor: "app.role_contributor",
	people.Observer: "app.role_observer", people.Admin: "app.role_admin"}

// sendRole tells a person of a role that somebody gave them, with a link to what it is held on. A role that was taken back meanwhile is not told.
func (a *App) sendRole(ctx context.Context, run *jobs.Run) error {
	var ref people.RoleRef
	if err := run.Decode(&ref); err != nil {
		return err
	}
	held, err := a.People.Grants(ctx, ref.Owner)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(held, func(g people.Grant) bool { return g.Person == run.Person && g.Role == ref.Role }) {
		return nil
	}
	p, err := a.People.Person(ctx, people.Program("letters"), run.Person)
	if err != nil {
		return err
	}
	set, err := a.Instance.Settings(ctx)
	if err != nil {
		return err
	}
	if _, none := a.Mail.(mail.None); none || p.Email == "" {
		return nil // the person's own account lists it
	}
	on := components.Link{Text: set.Name, Href: "/admin"}
	if ref.Owner != people.Instance {
		titles, err := a.titles(ctx, []string{ref.Owner})
		if err != nil {
			return err
		}
		var named bool
		if on, named = titles[ref.Owner]; !named {
			return nil // gone, or not to be seen yet
		}
	}
	l := a.Bundle.For(p.Lang)
	says := l.T(roleKeys[ref.Role], i18n.Args{"on": on.Text})
	return a.Mail.Send(ctx, mail.Message{To: p.Email, Subject: l.T("app.role_subject", i18n.Args{"name": set.Name, "says": headerLine(says)}),
		Text: l.T("app.role_text", i18n.Args{"name": set.Name, "says": says, "link": a.Config.PublicURL() + on.Href})})
}

// headerLine makes a text one that a header takes: a commons' name may hold anything.
func headerLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
}
