package app

import (
	"context"

	"commun/internal/platform/gitrepo"
	"commun/internal/web/admin"
)

// hosts is the ssh side of imports, as the administration sees it.
type hosts struct {
	dir    string
	policy gitrepo.Policy
}

func (a *App) hosts() admin.Hosts {
	return hosts{dir: sshDir(a.Config.Data), policy: gitrepo.Policy{AllowInner: a.Config.AllowInner, AllowSSH: true, SSHDir: sshDir(a.Config.Data)}}
}

func (h hosts) Key() (string, error)                { return gitrepo.EnsureKey(h.dir) }
func (h hosts) Known() ([]gitrepo.KnownHost, error) { return gitrepo.KnownHosts(h.dir) }
func (h hosts) Add(line string) error               { return gitrepo.AddKnownHost(h.dir, line) }
func (h hosts) Remove(host, fingerprint string) error {
	return gitrepo.RemoveKnownHost(h.dir, host, fingerprint)
}

func (h hosts) Scan(ctx context.Context, address string) (gitrepo.KnownHost, error) {
	a, err := gitrepo.Parse(address)
	if err != nil {
		return gitrepo.KnownHost{}, err
	}
	return gitrepo.ScanHost(ctx, a, h.policy)
}
