package publiccode

import (
	"errors"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"commun/formats/licence"

	"golang.org/x/text/language"
)

// text judges a scalar by the form that its key asks for.
func (j *judge) text(fd *field, n *Node, path string, at Pos) {
	raw := strings.TrimRight(n.Value, "\n") // a block of text ends with a line end
	v := strings.TrimSpace(raw)
	bad := func(code string) { j.err(at, path, code, args{"value": v}) }
	if v != raw && (fd.check == webAddress || fd.check == address || fd.check == uri || fd.check == video) {
		j.err(at, path, codeBlankAround, nil)
	}
	switch fd.check {
	case webAddress:
		if !isWeb(v) {
			bad(codeBadWebAddress)
		}
	case address:
		if u, err := url.Parse(v); err != nil || u.Scheme == "" || u.Host == "" || strings.ContainsAny(v, " \t\n") {
			bad(codeBadAddress)
		}
	case uri:
		if code, ok := paCode(v); !isURI(v) {
			bad(codeBadURI)
		} else if ok && !isIPA(code) {
			j.err(at, path, codeBadIPA, args{"value": code, "day": dayOf(ipaList)})
		}
	case ipa:
		if !isIPA(v) {
			j.err(at, path, codeBadIPA, args{"value": v, "day": dayOf(ipaList)})
		}
	case video:
		j.video(v, path, at)
	case support:
		if alias, ok := strings.CutPrefix(v, "alias:"); ok {
			if !slices.Contains(aliases, alias) {
				j.err(at, path, codeBadAlias, args{"value": alias, "allowed": aliases})
			}
		} else if !isURI(v) {
			bad(codeBadURI)
		}
	case date:
		if _, err := time.Parse(time.DateOnly, v); err != nil {
			bad(codeBadDate)
		}
	case email:
		if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
			bad(codeBadEmail)
		}
	case file:
		j.path(fd, v, path, at)
	case mime:
		if !mediaType.MatchString(v) {
			bad(codeBadMIME)
		}
	case country:
		j.country(v, path, at)
	case languageTag:
		j.language(v, path, at)
	case word:
		j.word(fd, v, path, at)
	case spdx:
		j.licence(v, path, at)
	}
}

// mediaType is the form of RFC 6838: a type and a subtype of restricted names.
var mediaType = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$`)

// urn is the form of RFC 8141, without its optional components.
var urn = regexp.MustCompile(`(?i)^urn:[a-z0-9][a-z0-9-]{0,30}[a-z0-9]:\S+$`)

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (strings.EqualFold(u.Scheme, "http") || strings.EqualFold(u.Scheme, "https")) && u.Hostname() != "" && !strings.ContainsAny(s, " \t\n")
}

func isURI(s string) bool {
	if strings.HasPrefix(strings.ToLower(s), "urn:") {
		return urn.MatchString(s)
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != "" && !strings.ContainsAny(s, " \t\n")
}

// scheme is the start of an address, or of a path that names a drive.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// path judges a picture or another file: an address, or a path from the root of the repository that stays inside it; then its ending. An
// address may hide its format (GitHub's attachments do), so it is judged only by an ending that names another one.
func (j *judge) path(fd *field, v, path string, at Pos) {
	name, web := v, isWeb(v)
	switch {
	case web:
		if u, err := url.Parse(v); err == nil {
			name = u.Path
		}
	case scheme.MatchString(v), slices.Contains(strings.Split(v, "/"), ".."), strings.ContainsAny(v, "\n\x00"):
		j.err(at, path, codeBadFile, args{"value": v})
		return
	case strings.HasPrefix(v, "/"):
		j.err(at, path, codeRootedFile, args{"value": v, "use": strings.TrimLeft(v, "/")})
		return
	}
	if len(fd.list) == 0 {
		return
	}
	name = name[strings.LastIndexByte(name, '/')+1:]
	dot := strings.LastIndexByte(name, '.')
	ending := strings.ToLower(name[dot+1:])
	if dot >= 0 && slices.Contains(fd.list, ending) || web && (dot < 0 || !slices.Contains(otherFormats, ending)) {
		return
	}
	j.err(at, path, codeBadFormat, args{"value": v, "allowed": fd.list})
}

// video judges where a video is.
func (j *judge) video(v, path string, at Pos) {
	if !isWeb(v) {
		j.err(at, path, codeBadWebAddress, args{"value": v})
		return
	}
	switch videoAt(v) {
	case notVideo:
		j.err(at, path, codeNotVideo, args{"value": v, "day": dayOf(oembedList)})
	case videoOther:
		j.warn(at, path, codeVideoOther, args{"value": v})
	case videoUnsure:
		j.warn(at, path, codeVideoUnsure, args{"value": v})
	}
}

func (j *judge) country(v, path string, at Pos) {
	upper := strings.ToUpper(v)
	switch {
	case v != upper && v != strings.ToLower(v), !slices.Contains(countries, upper):
		j.err(at, path, codeBadCountry, args{"value": v})
	case v != upper && j.gen >= v05:
		j.warn(at, path, codeLowerCountry, args{"value": v, "use": upper})
	}
}

func (j *judge) language(v, path string, at Pos) {
	tag, err := language.Parse(v)
	if err != nil || strings.Contains(v, "_") || strings.TrimSpace(v) != v {
		j.err(at, path, codeBadLanguage, args{"value": v})
		return
	}
	// version 0.1 asked for the three letters of ISO 639-2
	base, _, _ := strings.Cut(v, "-")
	if short := tag.String(); j.gen >= v02 && len(base) == 3 && len(short) < len(v) {
		j.warn(at, path, codeLongLanguage, args{"value": v, "use": short})
	}
}

func (j *judge) word(fd *field, v, path string, at Pos) {
	allowed := fd.list
	if fd.key == "softwareType" && j.gen == v01 {
		allowed = append(slices.Clone(typesBefore02), types...)
	}
	if !slices.Contains(allowed, v) {
		if fd.key == "softwareType" && v == "standalone" { // legal in 0.1; its successors are more than one
			j.err(at, path, codeUnknownValueNear, args{"value": v, "use": types[:6]})
			return
		}
		if near := nearest(v, allowed); near != "" {
			j.err(at, path, codeUnknownValueNear, args{"value": v, "use": near})
			return
		}
		j.err(at, path, codeUnknownValue, args{"value": v, "allowed": allowed})
		return
	}
	if since := younger[v]; fd.key == "categories" && j.gen < since {
		j.warn(at, path, codeEarlyValue, args{"value": v, "since": since.String(), "version": j.gen.String()})
	}
}

// licence judges an SPDX expression: whether it is one, whether it is written as SPDX writes it, whether it is open.
func (j *judge) licence(v, path string, at Pos) {
	e, err := licence.Normalise(v)
	if err != nil {
		var unknown *licence.UnknownError
		if errors.As(err, &unknown) && len(unknown.Suggestions) > 0 {
			j.err(at, path, codeLicenceNear, args{"value": v, "use": unknown.Suggestions})
			return
		}
		j.err(at, path, codeLicence, args{"value": v})
		return
	}
	for _, r := range e.Replaced() {
		use := strings.Join(r.To, " / ")
		if use == "" {
			use = "—"
		}
		j.warn(at, path, codeLicenceWithdrawn, args{"value": r.From, "use": use})
	}
	if e.Recased() {
		j.warn(at, path, codeLicenceCase, args{"value": v, "use": e.String()})
	}
	if !licence.Judge(e).Open {
		j.warn(at, path, codeLicenceNotOpen, args{"value": e.String()})
	}
}

// nearest is the only word that differs from s by its case, or by at most two letters and a third of its length; else "".
func nearest(s string, words []string) string {
	if len(s) > 60 {
		return ""
	}
	best, limit := "", min(2, len(s)/3)+1
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return w
		}
		if d := edits(strings.ToLower(s), strings.ToLower(w)); d < limit {
			best, limit = w, d
		}
	}
	return best
}

// edits is the number of bytes to change, add or drop between two short words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for k := range row {
		row[k] = k
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for k := 1; k <= len(b); k++ {
			cost := diagonal
			if a[i-1] != b[k-1] {
				cost = 1 + min(diagonal, row[k], row[k-1])
			}
			diagonal, row[k] = row[k], cost
		}
	}
	return row[len(b)]
}
