package gitrepo

import (
	"net"
	"net/url"
	"strings"
)

// Kind says how the repository is reached.
func (a Address) Kind() Kind { return a.kind }

// IsZero says whether a is no address.
func (a Address) IsZero() bool { return a.kind == None }

// Host is the host's name or literal address, without port; empty for what is on this machine.
func (a Address) Host() string { return a.host }

// Path is the absolute path of a folder or bundle of this machine, and empty for all else.
func (a Address) Path() string {
	if a.scheme == "file" {
		return a.path
	}
	return ""
}

// String is the address in the one spelling that git is given. Parse reads it back to an equal Address. It never holds a secret.
func (a Address) String() string {
	switch a.kind {
	case None:
		return ""
	case Local, Bundle:
		return a.path
	}
	at := a.hostPort()
	if a.user != "" {
		at = a.user + "@" + at
	}
	if a.scp && a.port == "" {
		return at + ":" + a.path
	}
	p := a.path
	if a.kind == SSH {
		p = (&url.URL{Path: p}).EscapedPath()
	}
	return a.scheme + "://" + at + p
}

// hostPort is the host as a URL shows it: brackets around IPv6, a port only if it is not the scheme's own.
func (a Address) hostPort() string {
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if a.port != "" {
		host += ":" + a.port
	}
	return host
}

// dialTarget is host:port, always with the port.
func (a Address) dialTarget() string {
	port := a.port
	if port == "" {
		port = defaultPort(a.scheme)
	}
	return net.JoinHostPort(a.host, port)
}

// Key is what makes two addresses one repository, such as "github.com/owner/name". Two addresses have one key when they differ only by:
// https, http or ssh; a final slash or ".git"; the host's letter case or final dot; the scheme's own port; escapes that need not be;
// the account names that forges give to all (git, gitea, forgejo, gitlab) or none; and, on github.com, gitlab.com and codeberg.org, the
// path's letter case. Elsewhere letter case counts. "www." counts, and so does any other port: what they hide only a redirect can tell,
// and Result.Final does. A folder's key is "file:" and its path, where /x and /x/.git are one.
func (a Address) Key() string {
	switch a.kind {
	case None:
		return ""
	case Local, Bundle:
		return "file:" + a.path
	}
	host, port, p := a.host, a.port, a.path
	switch { // the forges' second door, for networks that only let web ports through
	case host == "ssh.github.com" && (port == "443" || port == ""):
		host, port = "github.com", ""
	case host == "altssh.gitlab.com" && (port == "443" || port == ""):
		host, port = "gitlab.com", ""
	}
	if a.kind == Web {
		if un, err := url.PathUnescape(p); err == nil {
			p = un
		}
	}
	p = strings.Trim(p, "/")
	if short := strings.TrimSuffix(p, ".git"); short != "" && !strings.HasSuffix(short, "/") {
		p = short
	}
	if f, ok := forgeOf(host); ok && f.fold {
		p = strings.ToLower(p)
	}
	key := Address{host: host, port: port}.hostPort() + "/" + p
	switch a.user {
	case "", "git", "gitea", "forgejo", "gitlab":
		return key
	}
	if _, ok := forgeOf(host); ok {
		return key // org-123@github.com: an account name that says nothing of the repository
	}
	return a.user + "@" + key
}

// Web is the page where people see the repository, or "" where it cannot be told from the address: ssh to a host that is no known
// forge, and everything on this machine.
func (a Address) Web() string {
	switch a.kind {
	case Web:
		return a.scheme + "://" + a.hostPort() + strings.TrimSuffix(a.path, ".git")
	case SSH:
		host := strings.SplitN(a.Key(), "/", 2)[0]
		if _, ok := forgeOf(host); ok {
			p := strings.TrimSuffix("/"+strings.TrimPrefix(a.path, "/"), ".git")
			return "https://" + host + (&url.URL{Path: p}).EscapedPath()
		}
	}
	return ""
}

// Name is the last part of the path without ".git" or ".bundle": a first guess at the repository's name.
func (a Address) Name() string {
	p := a.path
	if a.kind == Web {
		if un, err := url.PathUnescape(p); err == nil {
			p = un
		}
	}
	p = p[strings.LastIndex(p, "/")+1:]
	if s := strings.TrimSuffix(strings.TrimSuffix(p, ".git"), ".bundle"); s != "" {
		return s
	}
	return p
}
