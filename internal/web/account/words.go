package account

import (
	"context"
	"strings"

	"commun/internal/core/people"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// roleKeys, kindKeys and langKeys say the words of each value; keys are never built from strings.
var roleKeys = map[people.Role]string{
	people.Steward: "account.role_steward", people.Contributor: "account.role_contributor", people.Observer: "account.role_observer",
	people.Admin: "account.role_admin",
}

var kindKeys = map[people.OrganisationKind]string{
	people.PublicBody: "account.kind_public_body", people.Association: "account.kind_association", people.Company: "account.kind_company",
	people.Collective: "account.kind_collective",
}

func roleText(ctx context.Context, r people.Role) string { return i18n.T(ctx, roleKeys[r]) }

func kindText(ctx context.Context, k people.OrganisationKind) string { return i18n.T(ctx, kindKeys[k]) }

func kindOptions(ctx context.Context, selected string) []components.Option {
	var list []components.Option
	for _, k := range people.OrganisationKinds {
		list = append(list, components.Option{Value: string(k), Label: kindText(ctx, k)})
	}
	return components.Selected(list, selected)
}

// roleOptions offers the roles that an organisation gives.
func roleOptions(ctx context.Context, selected string) []components.Option {
	var list []components.Option
	for _, r := range []people.Role{people.Steward, people.Contributor, people.Observer} {
		list = append(list, components.Option{Value: string(r), Label: roleText(ctx, r)})
	}
	return components.Selected(list, selected)
}

func langOptions(ctx context.Context, selected string) []components.Option {
	return components.Selected([]components.Option{
		{Value: "", Label: i18n.T(ctx, "account.lang_browser")},
		{Value: "fr", Label: "Français", Lang: "fr"},
		{Value: "en", Label: "English", Lang: "en"},
	}, selected)
}

func emailHint(ctx context.Context, open bool) string {
	if open {
		return i18n.T(ctx, "account.email_hint_open")
	}
	return i18n.T(ctx, "account.email_hint_closed")
}

// agentText names a browser from what it calls itself: enough for a person to know which one it is.
func agentText(ctx context.Context, agent string) string {
	name := ""
	for _, c := range []struct{ mark, name string }{
		{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(agent, c.mark) {
			name = c.name
			break
		}
	}
	for _, c := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, c.mark) {
			if name == "" {
				return c.name
			}
			return i18n.T(ctx, "account.browser_on", i18n.Args{"browser": name, "system": c.name})
		}
	}
	if name == "" {
		return i18n.T(ctx, "account.browser_unknown")
	}
	return name
}
