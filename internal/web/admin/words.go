package admin

import (
	"context"
	"time"

	"commun/internal/core/commons"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
	"commun/internal/platform/jobs"
	"commun/internal/web/components"
)

func navLinks(ctx context.Context, current string) []components.Link {
	list := []components.Link{
		{Text: i18n.T(ctx, "admin.health"), Href: "/admin"},
		{Text: i18n.T(ctx, "admin.jobs"), Href: "/admin/jobs"},
		{Text: i18n.T(ctx, "admin.people"), Href: "/admin/people"},
		{Text: counted(ctx, "admin.forgetting", waitingIn(ctx).asked), Href: "/admin/forgetting"},
		{Text: counted(ctx, "admin.reports", waitingIn(ctx).reports), Href: "/reports"},
		{Text: i18n.T(ctx, "admin.lists"), Href: "/lists"},
		{Text: i18n.T(ctx, "admin.settings"), Href: "/admin/settings"},
		{Text: i18n.T(ctx, "admin.hosts"), Href: "/admin/hosts"},
	}
	for i := range list {
		list[i].Current = list[i].Href == current
	}
	return list
}

// counted is the name of a page with how much waits there, when something does.
func counted(ctx context.Context, key string, n int64) string {
	if n == 0 {
		return i18n.T(ctx, key)
	}
	return i18n.T(ctx, "admin.waits", i18n.Args{"name": i18n.T(ctx, key), "count": n})
}

// warnings says what an administrator should look after.
func warnings(ctx context.Context, h Health) []string {
	var list []string
	if h.Mail == "none" {
		list = append(list, i18n.T(ctx, "admin.warn_mail"))
	}
	if h.Waiting > 5*time.Minute {
		list = append(list, i18n.T(ctx, "admin.warn_jobs", i18n.Args{"time": i18n.From(ctx).Duration(h.Waiting)}))
	}
	if h.Pending > 10_000 {
		list = append(list, i18n.T(ctx, "admin.warn_log", i18n.Args{"count": h.Pending}))
	}
	return list
}

var mailKeys = map[string]string{"smtp": "admin.mail_smtp", "terminal": "admin.mail_terminal", "none": "admin.mail_none"}

func healthRows(ctx context.Context, h Health, now time.Time) []components.Row {
	l := i18n.From(ctx)
	return []components.Row{
		{Key: l.T("admin.version"), Value: h.Version},
		{Key: l.T("admin.running_for"), Value: l.Duration(now.Sub(h.Started))},
		{Key: l.T("admin.database"), Value: l.T("admin.database_is", i18n.Args{"name": h.Database, "size": l.Bytes(h.Size)})},
		{Key: l.T("admin.memory"), Value: l.Bytes(h.Memory)},
		{Key: l.T("admin.mail"), Value: l.T(mailKeys[h.Mail])},
		{Key: l.T("admin.log"), Value: l.T("admin.log_is", i18n.Args{"count": h.LogSize, "pending": h.Pending})},
		{Key: l.T("admin.search"), Value: l.T("admin.search_is", i18n.Args{"count": int64(h.Documents)})},
		{Key: l.T("admin.writes"), Value: l.T("admin.writes_are", i18n.Args{"count": h.Storage.Ops, "waiting": int64(h.Storage.Queue)})},
	}
}

func countTable(ctx context.Context, counts []jobs.Count) components.TableProps {
	l := i18n.From(ctx)
	t := components.TableProps{Caption: l.T("admin.jobs_now"), Columns: []components.Column{
		{Label: l.T("admin.job")}, {Label: l.T("admin.state")}, {Label: l.T("admin.number"), Numeric: true}}}
	for _, c := range counts {
		t.Rows = append(t.Rows, components.Cells(named(l, "admin.job_", c.Kind), l.T(stateKeys[c.State]), l.Int(c.N)))
	}
	return t
}

func stateLinks(ctx context.Context, counts []jobs.Count, current string) []components.Link {
	n := map[jobs.State]int64{}
	for _, c := range counts {
		n[c.State] += c.N
	}
	l := i18n.From(ctx)
	list := []components.Link{{Text: l.T("admin.state_all"), Href: "/admin/jobs", Current: current == ""}}
	for _, s := range []jobs.State{jobs.Running, jobs.Queued, jobs.Failed, jobs.Done, jobs.Cancelled} {
		list = append(list, components.Link{Text: l.T("admin.state_count", i18n.Args{"state": l.T(stateKeys[s]), "number": n[s]}),
			Href: "/admin/jobs?state=" + string(s), Current: current == string(s)})
	}
	return list
}

func jobTable(ctx context.Context, views []jobView, now time.Time) components.TableProps {
	l := i18n.From(ctx)
	// what no line of the page has needs no column
	var whose, why, may bool
	for _, v := range views {
		whose, why = whose || v.For.Text != "", why || v.Reason != ""
		may = may || v.State != jobs.Done
	}
	columns := []struct {
		key  string
		has  bool
		cell func(jobView) components.Cell
	}{
		{"admin.job", true, func(v jobView) components.Cell {
			return components.Cell{Text: named(l, "admin.job_", v.Kind), Href: "/jobs/" + v.ID}
		}},
		{"admin.for", whose, func(v jobView) components.Cell {
			return components.Cell{Text: v.For.Text, Href: v.For.Href, Lang: v.For.Lang}
		}},
		{"admin.state", true, func(v jobView) components.Cell { return components.Cell{Text: v.Status} }},
		{"admin.why", why, func(v jobView) components.Cell { return components.Cell{Text: v.Reason} }},
		{"admin.queued_at", true, func(v jobView) components.Cell { return components.Cell{Text: l.Ago(at(v.CreatedAt), now)} }},
		{"admin.actions", may, func(v jobView) components.Cell { return components.Cell{Body: jobActions(v)} }},
	}
	t := components.TableProps{Caption: l.T("admin.jobs"), HideCaption: true, Rows: make([][]components.Cell, len(views))}
	for _, c := range columns {
		if !c.has {
			continue
		}
		t.Columns = append(t.Columns, components.Column{Label: l.T(c.key)})
		for i, v := range views {
			t.Rows[i] = append(t.Rows[i], c.cell(v))
		}
	}
	return t
}

func peopleTable(ctx context.Context, list []personLine) components.TableProps {
	l := i18n.From(ctx)
	t := components.TableProps{Caption: l.T("admin.people"), HideCaption: true, Columns: []components.Column{{Label: l.T("admin.name")}, {Label: l.T("admin.email")},
		{Label: l.T("admin.since")}, {Label: l.T("admin.role")}, {Label: l.T("admin.actions")}}}
	for _, x := range list {
		name, role := x.Name, l.T("admin.member")
		if x.Forgotten {
			name = l.T("admin.was_forgotten")
		}
		if x.Admin {
			role = l.T("admin.administrator")
		}
		t.Rows = append(t.Rows, []components.Cell{{Text: name}, {Text: x.Email}, {Text: l.Date(at(x.CreatedAt))}, {Text: role}, {Body: personActions(x)}})
	}
	return t
}

func hostTable(ctx context.Context, known []gitrepo.KnownHost) components.TableProps {
	l := i18n.From(ctx)
	t := components.TableProps{Caption: l.T("admin.known"), HideCaption: true, Empty: l.T("admin.no_hosts"), Columns: []components.Column{
		{Label: l.T("admin.host")}, {Label: l.T("admin.fingerprint")}, {Label: l.T("admin.actions")}}}
	for _, h := range known {
		t.Rows = append(t.Rows, []components.Cell{{Text: h.Host}, {Text: h.Type + " " + h.Fingerprint}, {Body: hostActions(h)}})
	}
	return t
}

func langOptions(selected string) []components.Option {
	return components.Selected([]components.Option{{Value: "fr", Label: "Français", Lang: "fr"}, {Value: "en", Label: "English", Lang: "en"}}, selected)
}

func addingOptions(ctx context.Context, selected string) []components.Option {
	return components.Selected([]components.Option{
		{Value: string(commons.AnyoneAdds), Label: i18n.T(ctx, "admin.adding_anyone"), Hint: i18n.T(ctx, "admin.adding_anyone_hint")},
		{Value: string(commons.MembersAdd), Label: i18n.T(ctx, "admin.adding_members")},
		{Value: string(commons.ApprovalAdds), Label: i18n.T(ctx, "admin.adding_approval"), Hint: i18n.T(ctx, "admin.adding_approval_hint")},
	}, selected)
}
