package site

import (
	"regexp"
	"slices"
	"strings"

	"commun/formats/licence"
	"commun/internal/platform/i18n"
	"commun/internal/web/components"
)

// reuse answers whether the commons may be reused, and on what duties: the facts of package licence in words, no legal advice.
func (v *oneView) reuse(l *i18n.Localizer) {
	x, ok := v.C.Best("licence", "")
	if !ok {
		v.ReuseTitle, v.ReuseLead = l.T("find.reuse_none"), l.T("find.reuse_none_text")
		return
	}
	e, err := licence.Normalise(x.Text())
	verdict := licence.Judge(e)
	v.ReuseTitle, v.ReuseLead = reuseAnswer(l, x.Text(), err == nil, verdict)
	if slices.Contains(shareAlike, verdict.Family) && verdict.Open {
		v.Facts = append(v.Facts, l.T("find.reuse_only_use")) // first, for those whom the duties of who passes it on would frighten
	}
	for _, f := range verdict.Facts {
		if verdict.Family != licence.Unknown {
			v.Facts = append(v.Facts, l.T(string(f)))
		}
	}
	row := components.Row{Key: FieldName(l, "licence", ""), Value: x.Text(), Source: sourceText(l, x)}
	if names := licenceNames(e); names != "" {
		row.Value = x.Text() + " – " + names
	}
	v.Reuse = append(v.Reuse, row)
	if verdict.Family != licence.Unknown {
		v.Reuse = append(v.Reuse, components.Row{Key: l.T("find.family_label"), Value: named(l, familyWords, string(verdict.Family))})
	}
	if err == nil {
		v.Reuse = append(v.Reuse, components.Row{Key: l.T("find.approved_label"), Value: approved(l, verdict)})
	}
	// the licence file is a row of its own where it is not itself what the licence was read from
	if file, ok := v.C.Best("licence_file", ""); ok && (file.Text() != x.Text() || file.Note != x.Note) {
		v.Reuse = append(v.Reuse, components.Row{Key: FieldName(l, "licence_file", ""), Value: file.Text(), Source: sourceText(l, file)})
	}
	if r, ok := licenceDiffers(v.About.Remarks); ok {
		v.Differs = remarkText(l, r)
	}
}

// shareAlike are the families whose duties fall on who passes on what they changed.
var shareAlike = []licence.Family{licence.WeakCopyleft, licence.StrongCopyleft, licence.NetworkCopyleft}

func reuseAnswer(l *i18n.Localizer, text string, known bool, verdict licence.Verdict) (title, lead string) {
	args := i18n.Args{"licence": text}
	switch {
	case !known || verdict.Family == licence.Unknown && !verdict.Open:
		return l.T("find.reuse_unknown", args), l.T("find.reuse_unknown_text")
	case verdict.Family == licence.Proprietary && !verdict.Open:
		return l.T("find.reuse_limited", args), l.T("find.reuse_limited_text")
	case verdict.Open:
		return l.T("find.reuse_open", args), l.T("find.reuse_open_text")
	}
	return l.T("find.reuse_unknown", args), l.T("find.reuse_unknown_text")
}

// licenceNames are the names of the licences of an expression, where they say more than their identifiers.
func licenceNames(e licence.Expression) string {
	var names []string
	for _, id := range e.Licences() {
		if n := licence.Name(id); n != "" && n != id {
			names = append(names, n)
		}
	}
	return strings.Join(names, "; ")
}

func approved(l *i18n.Localizer, v licence.Verdict) string {
	switch {
	case v.OSI && v.FSF:
		return l.T("find.approved_both")
	case v.OSI:
		return l.T("find.approved_osi")
	case v.FSF:
		return l.T("find.approved_fsf")
	}
	return l.T("find.approved_none")
}

var (
	badge    = regexp.MustCompile(`\[!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])\](?:\([^)\n]*\)|\[[^\]\n]*\])`)
	image    = regexp.MustCompile(`!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])`)
	htmlTags = regexp.MustCompile(`(?s)<!--.*?-->|</?[a-zA-Z][^>\n]*>`)
	empty    = regexp.MustCompile(`\[\s*\]\([^)\n]*\)`) // a link whose image went
	heading  = regexp.MustCompile(`^#{1,2}\s+(.+?)\s*#*$`)
)

// tidy makes a README fit to stand under its name and summary: badges, images and HTML go, and so do a first heading and a first paragraph that
// only repeat them. Code blocks stay as they are.
func tidy(markdown, name, summary string) string {
	var out []string
	fenced, begun := false, false
	for line := range strings.SplitSeq(markdown, "\n") {
		mark := strings.TrimSpace(line)
		if strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~") {
			fenced = !fenced
		} else if !fenced {
			line = outsideCode(line, func(s string) string {
				for _, gone := range []*regexp.Regexp{badge, image, htmlTags, empty} {
					s = gone.ReplaceAllStringFunc(s, func(found string) string {
						if found[0] == '<' && !components.IsHTML(found) {
							return found // <name> in words, or an address
						}
						return ""
					})
				}
				return s
			})
			if m := heading.FindStringSubmatch(strings.TrimSpace(line)); m != nil && !begun && strings.EqualFold(strings.Trim(m[1], " *_`"), name) {
				continue
			}
		}
		if strings.TrimSpace(line) != "" {
			begun = true
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	text := strings.TrimSpace(strings.Join(out, "\n"))
	if first, rest, ok := strings.Cut(text, "\n\n"); ok && bare(first) == bare(summary) {
		return strings.TrimSpace(rest)
	}
	return text
}

// outsideCode changes a line of Markdown but for its code spans, which open and close with as many backticks.
func outsideCode(line string, change func(string) string) string {
	var out strings.Builder
	for {
		start := strings.IndexByte(line, '`')
		if start < 0 {
			break
		}
		ticks := line[start : start+len(line[start:])-len(strings.TrimLeft(line[start:], "`"))]
		end := strings.Index(line[start+len(ticks):], ticks)
		if end < 0 {
			break
		}
		end += start + 2*len(ticks)
		out.WriteString(change(line[:start]))
		out.WriteString(line[start:end])
		line = line[end:]
	}
	out.WriteString(change(line))
	return out.String()
}

var link = regexp.MustCompile(`\[([^\]\n]*)\]\([^)\n]*\)`)

// bare is a paragraph without its marks, on one line.
func bare(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("*", "", "_", "", "`", "").Replace(link.ReplaceAllString(s, "$1"))), " ")
}

// introLength is about how many bytes of a description stand on the page; the rest is folded.
const introLength = 1200

// intro parts a description at the end of a block: what stands on the page, and what is folded.
func intro(markdown string) (head, rest string) {
	if len(markdown) <= introLength*3/2 {
		return markdown, ""
	}
	fenced, at := false, 0
	for at < len(markdown) {
		end := strings.IndexByte(markdown[at:], '\n')
		if end < 0 {
			return markdown, ""
		}
		line := strings.TrimSpace(markdown[at : at+end])
		if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			fenced = !fenced
		}
		at += end + 1
		// a heading must not be the last of what is shown, so the cut is before one or after a paragraph
		if at >= introLength/2 && !fenced && (line == "" && at >= introLength || strings.HasPrefix(markdown[at:], "#")) {
			return strings.TrimSpace(markdown[:at]), strings.TrimSpace(markdown[at:])
		}
	}
	return markdown, ""
}
