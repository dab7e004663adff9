package catalogue

import (
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// readme is what a README says of its repository.
type readme struct {
	title   string // "" when it has none
	summary string // its first paragraph that is a sentence
	text    string // all of it
	lang    string // the language guessed, or undetermined
}

// fewRunes is the shortest paragraph that may be a summary: badges and "work in progress" are shorter.
const fewRunes = 30

// denseScripts are written without spaces between words, and in few signs: fewDense of them may say what thirty letters do.
var denseScripts = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

const fewDense = 10

// parseReadme reads a README. Markdown is read by its structure, others by their lines.
func parseReadme(name string, raw []byte) readme {
	source, _ := printable(decoded(raw), true)
	var r readme
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".mdown":
		r = parseMarkdown(source)
		source = withoutBadges(source)
	default:
		r = parsePlain(source)
	}
	r.text = strings.TrimSpace(source)
	r.lang = guessLanguage(r.text)
	return r
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	badgeLine   = regexp.MustCompile(`(?m)^[ \t]*(?:\[?!\[[^\]\n]*\]\([^)\n]*\)(?:\]\([^)\n]*\))?[ \t]*)+$\n?`)
)

// withoutBadges leaves comments and lines of nothing but images out of a Markdown text: they describe the repository's machinery.
func withoutBadges(source string) string {
	return badgeLine.ReplaceAllString(htmlComment.ReplaceAllString(source, ""), "")
}

func parseMarkdown(source string) readme {
	var r readme
	raw := []byte(source)
	doc := goldmark.DefaultParser().Parse(text.NewReader(raw))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if t := inlineText(n, raw); r.title == "" && r.summary == "" {
				r.title = t
			}
		case *ast.Paragraph, *ast.Blockquote:
			if t := inlineText(n, raw); r.summary == "" && isSentence(t) {
				r.summary = t
			}
		case *ast.HTMLBlock: // many READMEs begin with centred HTML
			block := linesOf(n, raw)
			if m := htmlHeading.FindStringSubmatch(block); m != nil && r.title == "" {
				r.title = plainHTML(m[1])
			} else if t := plainHTML(block); r.summary == "" && isSentence(t) {
				r.summary = t
			}
		}
		if r.title != "" && r.summary != "" {
			break
		}
	}
	return r
}

var (
	htmlHeading = regexp.MustCompile(`(?is)<h1[^>]*>(.*?)</h1>`)
	htmlTag     = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
)

func plainHTML(s string) string {
	return oneLine(htmlTag.ReplaceAllString(s, " "))
}

// oneLine joins lines and spaces to single spaces. Between two signs of a script that writes no spaces the end of a line is none.
func oneLine(s string) string {
	return strings.Join(strings.Fields(unspaced.ReplaceAllString(s, "$1$2")), " ")
}

// unspaced finds a line that ends, and one that begins, with a sign of Chinese or Japanese.
var unspaced = regexp.MustCompile(`([\p{Han}\p{Hiragana}\p{Katakana}\x{3000}-\x{303F}\x{FF00}-\x{FF60}])[ \t]*\r?\n[ \t]*([\p{Han}\p{Hiragana}\p{Katakana}\x{3000}-\x{303F}\x{FF00}-\x{FF60}])`)

func linesOf(n ast.Node, raw []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(raw))
	}
	return b.String()
}

// inlineText is the text of a block without images, raw HTML and marks.
func inlineText(n ast.Node, raw []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image, *ast.RawHTML, *ast.FencedCodeBlock, *ast.CodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			b.Write(n.Segment.Value(raw))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		}
		return ast.WalkContinue, nil
	}) // the walker above never fails
	return oneLine(b.String())
}

// isSentence tells a paragraph that says something from a row of links or a note.
func isSentence(s string) bool {
	letters, dense := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.In(r, denseScripts...) {
			dense++
		}
	}
	if dense >= fewDense && dense*2 >= letters { // words stand without spaces, and each says more
		row := strings.ContainsAny(s, "|·•") && !strings.ContainsAny(s, "。、，！？；") // of links to other languages
		return !row && !strings.Contains(s, "](")
	}
	return utf8.RuneCountInString(s) >= fewRunes && letters*3 >= utf8.RuneCountInString(s)*2 && strings.Count(s, " ") >= 3 && !strings.Contains(s, "](")
}

// parsePlain reads reStructuredText, AsciiDoc and plain text: the first line is the title, the first longer paragraph the summary.
func parsePlain(source string) readme {
	var r readme
	for _, block := range strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n\n") {
		var words []string
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); strings.Trim(line, "=-~*#^+_`'\". ") != "" && !strings.HasPrefix(line, "..") && !strings.HasPrefix(line, ":") {
				words = append(words, strings.TrimLeft(line, "=# "))
			}
		}
		if len(words) == 0 {
			continue
		}
		if r.title == "" {
			r.title = oneLine(words[0])
			words = words[1:]
		}
		if t := oneLine(strings.Join(words, "\n")); isSentence(t) {
			r.summary = t
			return r
		}
	}
	return r
}

// stopWords tell languages apart: the commonest words that the others do not share.
var stopWords = map[string]string{
	"en": "the and of to is for with this that are from you your can it be as on an how which will",
	"fr": "le la les des et est une un du pour dans par sur avec qui vous que aux ce cette être sont nous votre ou",
	"de": "der die das und ist für mit ein eine den von zu auf im nicht werden wird oder sie dem des",
	"it": "il lo gli di che è per una con del della dei delle nel sono questo alla anche si da",
	"es": "el los las es para con una del que en por se este esta como más sus al son y",
	"nl": "het een van en voor met dat zijn niet op wordt deze aan kan naar ook bij worden de",
	"sv": "och att är som för med på det av till den ett en inte kan från vi har eller",
	"da": "og at er som for med på det af til den et en ikke kan fra vi har eller",
	"pt": "o os as é para com uma do da que em por se não como mais dos das são e",
}

// guessWords is how many words are looked at.
const guessWords = 600

// guessLanguage returns the language whose commonest words stand in a text much more often than those of any other, or undetermined.
func guessLanguage(s string) string {
	if lang := languageOfScript(s); lang != "" {
		return lang
	}
	count := map[string]int{}
	total := 0
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if total++; total > guessWords {
			break
		}
		count[w]++
	}
	best, second, lang := 0, 0, undetermined
	for l, words := range stopWords {
		n := 0
		for w := range strings.FieldsSeq(words) {
			n += count[w]
		}
		switch {
		case n > best || n == best && l < lang:
			best, second, lang = n, best, l
		case n > second:
			second = n
		}
	}
	if best < 3 || best*4 < second*5 {
		return undetermined
	}
	return lang
}

// languageOfScript returns the language of a text in a script that tells it: Japanese by its kana, Korean by its hangul, Chinese by Han signs
// without either. Names and commands in Latin letters stand in such texts too; a sign of theirs says as much as some two letters.
func languageOfScript(s string) string {
	var latin, han, kana, hangul int
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.IsLetter(r):
			latin++
		}
	}
	switch {
	case (han+kana+hangul)*2 < latin || han+kana+hangul < fewDense:
		return ""
	case hangul > han+kana:
		return "ko"
	case kana*10 >= han:
		return "ja"
	}
	return "zh"
}
