package app

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"commun/engines/githistory"
	"commun/internal/core/commons"
	"commun/internal/core/instance"
	"commun/internal/core/journal"
	"commun/internal/core/people"
	catalogueapi "commun/internal/features/catalogue/api"
	catalogue "commun/internal/features/catalogue/site"
	vitality "commun/internal/features/vitality/site"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/account"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
	"commun/internal/web/components"
	"commun/internal/web/gallery"
	"commun/internal/web/record"
)

// Site builds the router with every page, feed and operation of the instance.
func (a *App) Site() (*web.Router, error) {
	set, err := a.Instance.Settings(context.Background())
	if err != nil {
		return nil, err
	}
	rt := web.NewRouter(web.Options{Product: set.Name, Live: a.live(set), Bundle: a.Bundle, Sessions: a.People, Log: a.Log, Base: a.Config.URL,
		Footer: []web.NavItem{{Name: "organisations", Key: "account.organisations", Path: "/organisations"}, {Name: "record", Key: "record.about", Path: "/record"},
			{Name: "definitions", Key: "app.definitions", Path: "/definitions"}, {Name: "api", Key: "app.api", Path: "/api"}}})

	pages := &record.Pages{Journal: a.Journal, Names: a.People.Names, Things: a.things, Shown: shown, Value: valueText, Field: fieldName, Title: a.title}
	pages.Routes(rt)
	(&account.Pages{People: a.People, Settings: a.Instance.Settings, Forget: a.Forget, Titles: a.titles, Mail: a.mailLeaves()}).Routes(rt)
	administration := &admin.Pages{Queue: a.Queue, Hub: a.Hub, People: a.People, Instance: a.Instance, Health: a.health(a.started), Forget: a.Forget, AnswerForgetting: a.AnswerForgetting, Hosts: a.hosts(),
		Base: a.Config.PublicURL(), Owners: a.titles, OpenReports: a.Catalogue.CountOpenReports}
	administration.Routes(rt)
	measured := &vitality.Pages{Commons: a.Commons, Vitality: a.Vitality}
	measured.Routes(rt)
	(&catalogue.Pages{Catalogue: a.Catalogue, Commons: a.Commons, People: a.People, Journal: a.Journal, Queue: a.Queue, Record: pages,
		Settings: a.Instance.Settings, Panels: []catalogue.Panel{measured}, AdminTabs: administration.Tabs}).Routes(rt)
	gallery.Register(rt)

	api := webapi.New(rt, Version())
	a.api(pages).Register(api)

	return rt, web.Health(rt, a.registry(), a.ready, a.readsMetrics)
}

// live keeps the settings that every page needs in memory, fresh after each change here, and within a minute after one on another node.
func (a *App) live(set instance.Settings) func() (product, lang string) {
	type known struct {
		name, lang string
		at         time.Time
	}
	var now atomic.Pointer[known]
	keep := func(s instance.Settings) { now.Store(&known{s.Name, s.Lang, time.Now()}) }
	keep(set)
	fresh := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s, err := a.Instance.Settings(ctx); err == nil {
			keep(s)
		}
	}
	a.Journal.OnEntry(func(e journal.Recorded) {
		if e.Object.Kind == instance.ObjectKind {
			fresh()
		}
	})
	return func() (string, string) {
		k := now.Load()
		if time.Since(k.at) > time.Minute {
			now.Store(&known{k.name, k.lang, time.Now()}) // one asks, the others go on with what is known
			fresh()
			k = now.Load()
		}
		return k.name, k.lang
	}
}

// readsMetrics lets in who may read the metrics. A request that a proxy passed on and that no trusted proxy vouches for is not local.
func (a *App) readsMetrics(r *http.Request) error {
	anyone, ranges := a.Config.MetricsReaders()
	if anyone {
		return nil
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err == nil && r.Header.Get("X-Forwarded-For") == "" || len(a.Config.Proxies()) > 0 {
		if addr, err := netip.ParseAddr(host); err == nil && among(addr, ranges) {
			return nil
		}
	}
	return fault.Denied("app.metrics_denied")
}

func (a *App) title(ctx context.Context) (string, error) {
	set, err := a.Instance.Settings(ctx)
	return set.Name, err
}

// shown says what of the record is for whose eyes: commons and organisations for all who may see them, the rest for administrators.
func shown(by people.Actor, e journal.Recorded) bool {
	switch e.Object.Kind {
	case commons.ObjectKind, people.OrganisationObject, instance.ObjectKind:
		return true
	}
	return by.IsAdmin()
}

// things names objects for a reader in as many queries as there are kinds.
func (a *App) things(ctx context.Context, by people.Actor, lang string, objects []journal.Object) (map[journal.Object]record.Thing, error) {
	named := map[journal.Object]record.Thing{}
	var ids []string
	for _, o := range objects {
		switch o.Kind {
		case commons.ObjectKind:
			ids = append(ids, o.ID)
		case instance.ObjectKind:
			title, err := a.title(ctx)
			if err != nil {
				return nil, err
			}
			named[o] = record.Thing{Title: title, Path: "/"}
		case people.OrganisationObject:
			org, err := a.People.OrganisationByID(ctx, o.ID)
			if err != nil && fault.KindOf(err) != fault.MissingKind {
				return nil, err
			}
			if err == nil {
				named[o] = record.Thing{Title: org.Name, Path: "/organisations/" + org.Slug}
			}
		case people.AskedObject:
			if by.IsAdmin() {
				named[o] = record.Thing{Title: a.Bundle.For(lang).T("admin.forgetting"), Path: "/admin/forgetting"}
			}
		case people.PersonObject, people.RolesObject:
			if by.IsAdmin() {
				named[o] = record.Thing{Title: a.Bundle.For(lang).T("admin.people"), Path: "/admin/people"}
			}
		}
	}
	list, err := a.Commons.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.State != commons.Proposed || by.IsAdmin() || by.SignedIn() && by.Person == c.CreatedBy {
			named[journal.Object{Kind: commons.ObjectKind, ID: c.ID}] = record.Thing{Title: c.Name(), Path: "/commons/" + c.Slug}
		}
	}
	return named, nil
}

// titles names owners of roles and jobs: commons and organisations.
func (a *App) titles(ctx context.Context, ids []string) (map[string]components.Link, error) {
	links := map[string]components.Link{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	list, err := a.Commons.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.State != commons.Proposed {
			links[c.ID] = components.Link{Text: c.Name(), Href: "/commons/" + c.Slug}
		}
	}
	for _, id := range ids {
		if _, ok := links[id]; ok {
			continue
		}
		o, err := a.People.OrganisationByID(ctx, id)
		if fault.KindOf(err) == fault.MissingKind {
			continue
		}
		if err != nil {
			return nil, err
		}
		links[id] = components.Link{Text: o.Name, Href: "/organisations/" + o.Slug}
	}
	return links, nil
}

// fieldName and valueText write a change in words, whatever it is of.
func fieldName(l *i18n.Localizer, field, lang string) string {
	if _, ok := commons.FieldByName(field); ok {
		return catalogue.FieldName(l, field, lang)
	}
	if key := settingKeys[field]; key != "" {
		return l.T(key)
	}
	return field
}

// settingKeys name the settings in the history of the instance.
var settingKeys = map[string]string{
	"about": "app.setting_about", "contact": "admin.set_contact", "lang": "admin.set_lang", "adding": "admin.set_adding",
	"open": "admin.set_open", "refresh": "admin.set_refresh",
}

func valueText(l *i18n.Localizer, field, lang string, value json.RawMessage) string {
	if _, ok := commons.FieldByName(field); ok {
		return catalogue.ValueText(l, field, lang, value)
	}
	return string(value)
}

// api hands the operations what they need.
func (a *App) api(pages *record.Pages) *catalogueapi.API {
	return &catalogueapi.API{Catalogue: a.Catalogue, Commons: a.Commons, People: a.People, Instance: a.Instance, Queue: a.Queue, Journal: a.Journal,
		Record: pages, Health: a.health(a.started), Hosts: a.hosts(), Forget: a.Forget, AnswerForgetting: a.AnswerForgetting,
		Vitality: func(ctx context.Context, commons string) (githistory.Result, time.Time, error) {
			m, err := a.Vitality.Of(ctx, commons)
			return m.Result, m.At, err
		}}
}
