package publiccode

import (
	"net/url"
	"strings"
)

// IsFork tells a technical fork, by the rule of the standard: the file was found in a repository that is not the one its url
// names. Schemes, users, ".git", a last slash and the case of letters make no difference, nor does "git@host:path". It is
// false when the file has no url that can be compared.
func (f *File) IsFork(repoURL string) bool {
	own, there := repository(f.Doc.URL), repository(repoURL)
	return own != "" && there != "" && own != there
}

// repository reduces the address of a repository to host and path, or "".
func repository(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		// git@host:owner/name
		host, path, found := strings.Cut(s, ":")
		if !found || strings.Contains(host, "/") {
			return ""
		}
		s = "ssh://" + host + "/" + strings.TrimPrefix(path, "/")
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	path := strings.Trim(u.Path, "/")
	path = strings.TrimSuffix(path, ".git")
	// a page inside the repository is still the repository
	for _, page := range []string{"/tree/", "/-/tree/", "/blob/", "/-/blob/"} {
		if before, _, found := strings.Cut(path, page); found {
			path = strings.TrimSuffix(before, "/-")
		}
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.") + "/" + strings.ToLower(strings.Trim(path, "/"))
}
