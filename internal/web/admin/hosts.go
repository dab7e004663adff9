package admin

import (
	"context"
	"net/http"

	"commun/internal/core/people"
	"commun/internal/platform/gitrepo"
	"commun/internal/web"
	"commun/internal/web/components"
)

// ActHosts is deciding which ssh servers private repositories may be fetched from.
var ActHosts = people.Act{Name: "admin.hosts"}

// Hosts is what the page of private repositories needs: the instance's key, and the ssh servers whose keys are known.
type Hosts interface {
	Key() (public string, err error)
	Known() ([]gitrepo.KnownHost, error)
	Scan(ctx context.Context, address string) (gitrepo.KnownHost, error)
	Add(line string) error
	Remove(host, fingerprint string) error
}

// hostForm is what an administrator types: an ssh address, and, once its fingerprint was compared, the line to keep.
type hostForm struct {
	Address string `form:"address" max:"2000"`
	Line    string `form:"line" max:"2000"`
}

func (p *Pages) hosts(w http.ResponseWriter, r *http.Request) error {
	return p.hostsPage(w, r, hostForm{}, nil, nil)
}

func (p *Pages) hostsPage(w http.ResponseWriter, r *http.Request, f hostForm, found *gitrepo.KnownHost, errs components.Errors) error {
	key, err := p.Hosts.Key()
	if err != nil {
		return err
	}
	known, err := p.Hosts.Known()
	if err != nil {
		return err
	}
	return web.Render(w, r, p.page(r, "admin.hosts", errs), hostsPage(key, known, f, found, errs))
}

// addHost looks the server's key up, or keeps the one that was looked up before.
func (p *Pages) addHost(w http.ResponseWriter, r *http.Request) error {
	var f hostForm
	err := web.Decode(r, &f)
	var found gitrepo.KnownHost
	switch {
	case err != nil:
	case f.Line != "":
		if err = p.Hosts.Add(f.Line); err == nil {
			web.Flash(w, r, components.Success, "admin.host_added")
			return web.SeeOther(w, r, "/admin/hosts")
		}
	default:
		if found, err = p.Hosts.Scan(r.Context(), f.Address); err == nil {
			return p.hostsPage(w, r, f, &found, nil)
		}
	}
	errs, err := web.FormErrors(r, err)
	if err != nil {
		return err
	}
	return p.hostsPage(w, r, f, nil, errs)
}

func (p *Pages) removeHost(w http.ResponseWriter, r *http.Request) error {
	var f struct {
		Host        string `form:"host,required" max:"300"`
		Fingerprint string `form:"fingerprint,required" max:"200"`
	}
	if err := web.Decode(r, &f); err != nil {
		return err
	}
	if err := p.Hosts.Remove(f.Host, f.Fingerprint); err != nil {
		return err
	}
	web.Flash(w, r, components.Success, "admin.host_removed")
	return web.SeeOther(w, r, "/admin/hosts")
}
