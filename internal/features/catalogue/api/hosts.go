package api

import (
	"context"
	"net/http"

	"commun/internal/core/people"
	"commun/internal/platform/gitrepo"
	"commun/internal/web"
	"commun/internal/web/admin"
	webapi "commun/internal/web/api"
)

// registerHosts has what private repositories need: the instance's ssh key, and the servers whose keys are known.
func (a *API) registerHosts(api *webapi.API) {
	denied, see := []int{http.StatusForbidden}, acts(admin.ActHosts)
	on(api, operation{id: "listHosts", method: "GET", path: "/api/admin/hosts", tag: tagAdmin, summary: "catalogue_api.hosts", fails: denied, acts: see}, a.hosts)
	on(api, operation{id: "scanHost", method: "POST", path: "/api/admin/hosts/scan", tag: tagAdmin, summary: "catalogue_api.scan_host",
		more: "catalogue_api.scan_host_more", fails: append(denied, http.StatusServiceUnavailable), acts: see}, a.scanHost)
	on(api, operation{id: "addHost", method: "POST", path: "/api/admin/hosts", tag: tagAdmin, summary: "catalogue_api.add_host",
		status: http.StatusNoContent, fails: denied, acts: see}, a.addHost)
	on(api, operation{id: "removeHost", method: "DELETE", path: "/api/admin/hosts", tag: tagAdmin, summary: "catalogue_api.remove_host",
		status: http.StatusNoContent, fails: append(denied, http.StatusNotFound), acts: see}, a.removeHost)
}

// Host is an ssh server whose key is known.
type Host struct {
	Host        string `json:"host" doc:"catalogue_api.host_name"`
	Type        string `json:"type" doc:"catalogue_api.host_type"`
	Fingerprint string `json:"fingerprint" doc:"catalogue_api.host_fingerprint"`
	Line        string `json:"line" doc:"catalogue_api.host_line"`
}

// Hosts are the servers that are trusted, and the instance's own key.
type Hosts struct {
	Key   string `json:"key" doc:"catalogue_api.ssh_key"`
	Items []Host `json:"items" nullable:"false" doc:"catalogue_api.items"`
}

type hostsOutput struct {
	Body Hosts
}

// mayHosts asks for the service, which knows no persons.
func mayHosts(ctx context.Context) error {
	return web.ActorIn(ctx).May(admin.ActHosts, people.Instance)
}

func (a *API) hosts(ctx context.Context, _ *noInput) (*hostsOutput, error) {
	if err := mayHosts(ctx); err != nil {
		return nil, err
	}
	key, err := a.Hosts.Key()
	if err != nil {
		return nil, err
	}
	known, err := a.Hosts.Known()
	if err != nil {
		return nil, err
	}
	out := &hostsOutput{}
	out.Body.Key, out.Body.Items = key, []Host{}
	for _, h := range known {
		out.Body.Items = append(out.Body.Items, Host(h))
	}
	return out, nil
}

// HostAddress is an ssh address on the server whose key is looked up.
type HostAddress struct {
	Address string `json:"address" maxLength:"2000" doc:"catalogue_api.host_address"`
}

type scanHostInput struct {
	Body HostAddress
}

type hostOutput struct{ Body Host }

func (a *API) scanHost(ctx context.Context, i *scanHostInput) (*hostOutput, error) {
	err := mayHosts(ctx)
	var found gitrepo.KnownHost
	if err == nil {
		found, err = a.Hosts.Scan(ctx, i.Body.Address)
		err = refused("address", err)
	}
	if err != nil {
		return nil, in("body", err)
	}
	return &hostOutput{Body: Host(found)}, nil
}

// NewHost is the line of a server to trust.
type NewHost struct {
	Line string `json:"line" maxLength:"2000" doc:"catalogue_api.host_line"`
}

type addHostInput struct {
	Body NewHost
}

func (a *API) addHost(ctx context.Context, i *addHostInput) (*nothing, error) {
	err := mayHosts(ctx)
	if err == nil {
		err = a.Hosts.Add(i.Body.Line)
	}
	return &nothing{}, in("body", err)
}

type removeHostInput struct {
	Host        string `query:"host" required:"true" maxLength:"300" doc:"catalogue_api.host_name"`
	Fingerprint string `query:"fingerprint" required:"true" maxLength:"200" doc:"catalogue_api.host_fingerprint"`
}

func (a *API) removeHost(ctx context.Context, i *removeHostInput) (*nothing, error) {
	err := mayHosts(ctx)
	if err == nil {
		err = a.Hosts.Remove(i.Host, i.Fingerprint)
	}
	return &nothing{}, in("query", err)
}
