package publiccode

import (
	_ "embed"
	"net/url"
	"strings"
)

// ipaList and oembedList are the lists of folder lists, one item a line, sorted, below a line with the day of their source.
//
//go:embed lists/ipa.txt
var ipaList string

//go:embed lists/oembed.txt
var oembedList string

// dayOf is the day of a list's source.
func dayOf(list string) string {
	first, _, _ := strings.Cut(list, "\n")
	return strings.TrimPrefix(first, "# ")
}

// isIPA tells whether the Italian index of public bodies had a code, in capitals or not, on the day of the list.
func isIPA(code string) bool {
	code = strings.ToLower(code)
	low, high := 0, len(ipaList)
	for low < high { // a binary search over bytes, moved back to the start of a line
		start := strings.LastIndexByte(ipaList[:(low+high)/2], '\n') + 1
		line, _, _ := strings.Cut(ipaList[start:], "\n")
		switch {
		case line == code:
			return code != "" && code[0] != '#'
		case line < code:
			low = start + len(line) + 1
		default:
			high = start
		}
	}
	return false
}

// paURN is the URN of an Italian public body, with its code.
const paURN = "urn:x-italian-pa:"

// paCode is the code in such a URN.
func paCode(uri string) (string, bool) {
	if len(uri) < len(paURN) || !strings.EqualFold(uri[:len(paURN)], paURN) {
		return "", false
	}
	return uri[len(paURN):], true
}

// videoSite is what can be said of a video's address without calling it.
type videoSite uint8

const (
	notVideo    videoSite = iota // no site that is known for oEmbed
	videoKnown                   // an address of a form that its site answers for
	videoOther                   // such a site, another form of address
	videoUnsure                  // the form that PeerTube and Pod give to a video: both support oEmbed, and run on thousands of hosts
)

// videoAt judges the address of a video by the list of oEmbed providers. http counts as https, and a site as its www and other names.
func videoAt(address string) videoSite {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return notVideo
	}
	host := strings.ToLower(u.Hostname())
	rest := strings.TrimPrefix(u.RequestURI(), "/")
	if u.Fragment != "" {
		rest += "#" + u.Fragment
	}
	site := notVideo
	for list := oembedList; list != ""; {
		var line string
		line, list, _ = strings.Cut(list, "\n")
		_, form, ok := strings.Cut(line, "://")
		if !ok {
			continue
		}
		formHost, path, _ := strings.Cut(form, "/")
		if !hostFits(formHost, host) {
			continue
		}
		if fits(path, rest) {
			return videoKnown
		}
		site = videoOther
	}
	if site == notVideo {
		path := strings.Split(strings.Trim(u.Path, "/"), "/")
		switch {
		case len(path) == 2 && path[0] == "w", len(path) == 3 && path[0] == "w" && path[1] == "p",
			len(path) == 3 && path[0] == "videos" && (path[1] == "watch" || path[1] == "embed"), len(path) == 2 && path[0] == "video":
			return videoUnsure
		}
	}
	return site
}

// hostFits compares a host with one of the list, in which "*." stands for any name before, or none, and "www." says nothing.
func hostFits(form, host string) bool {
	form = strings.ToLower(form)
	return fits(form, host) || fits(strings.TrimPrefix(form, "*."), host) || fits(strings.TrimPrefix(form, "www."), strings.TrimPrefix(host, "www."))
}

// fits tells whether s has the form, in which each * stands for any text.
func fits(form, s string) bool {
	parts := strings.Split(form, "*")
	if len(parts) == 1 {
		return form == s
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return len(s) >= len(last) && strings.HasSuffix(s, last)
}
