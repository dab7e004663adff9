package components

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestDiffShowsPhrases(t *testing.T) {
	for _, c := range []struct{ rule, before, after, want string }{
		{"nothing changed", "a b", "a b", "a b"},
		{"a word added", "a map of gardens", "a map of shared gardens", "a map of +[shared ]gardens"},
		{"a phrase for a phrase", "for the town of Lyon.", "for any town.", "for -[the town of Lyon.]+[any town.]"},
		{"from nothing", "", "new", "+[new]"},
		{"to nothing", "old", "", "-[old]"},
		{"line ends are kept", "a\nb", "a\nc", "a\n-[b]+[c]"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var got strings.Builder
			for _, p := range diffWords(c.before, c.after) {
				switch p.kind {
				case removed:
					got.WriteString("-[" + p.text + "]")
				case added:
					got.WriteString("+[" + p.text + "]")
				default:
					got.WriteString(p.text)
				}
			}
			if got.String() != c.want {
				t.Fatalf("got %q, want %q", got.String(), c.want)
			}
		})
	}
}

// Whatever the texts, taking the additions away gives the one before, and taking the removals away the one after.
func FuzzDiff(f *testing.F) {
	f.Add("a b c", "a x c")
	f.Add("", " \n")
	f.Add("\xff a", "a \xff")
	f.Fuzz(func(t *testing.T, before, after string) {
		var b, a strings.Builder
		for _, p := range diffWords(before, after) {
			if p.kind != added {
				b.WriteString(p.text)
			}
			if p.kind != removed {
				a.WriteString(p.text)
			}
		}
		if b.String() != before || a.String() != after {
			t.Fatalf("%q → %q gives back %q → %q", before, after, b.String(), a.String())
		}
	})
}

func TestProseIsSafe(t *testing.T) {
	for _, c := range []struct{ rule, markdown, want string }{
		{"headings begin at h3, without gaps", "# A\n### B\n", "<h3>A</h3>\n<h4>B</h4>\n"},
		{"a text that begins low still begins at h3", "#### A\n", "<h3>A</h3>\n"},
		{"links are people's", "[a](https://example.org)", `<p><a href="https://example.org" rel="nofollow ugc">a</a></p>` + "\n"},
		{"scripts in links go", "[a](javascript:alert(1))", "<p>a</p>\n"},
		{"relative links go", "[a](../x)", "<p>a</p>\n"},
		{"images go", "![a](https://example.org/x.png) b", "<p> b</p>\n"},
		{"raw HTML goes", `<b onclick="x()">b</b><script>x</script>`, "b"},
		{"no ids", "# A {#main}\n", "<h3>A {#main}</h3>\n"},
		{"words in angle brackets are words", "git help <command>, then <a-b> & <my&amp;x>", "<p>git help &lt;command&gt;, then &lt;a-b&gt; &amp; &lt;my&amp;x&gt;</p>\n"},
		{"an address in angle brackets is a link", "<https://a.example/x>", `<p><a href="https://a.example/x" rel="nofollow ugc">https://a.example/x</a></p>` + "\n"},
		{"code is kept as text", "`<script>`", "<p><code>&lt;script&gt;</code></p>\n"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := SafeHTML(c.markdown)
			if c.rule == "raw HTML goes" {
				if strings.Contains(got, "<b") || strings.Contains(got, "script") {
					t.Fatalf("got %q", got)
				}
				return
			}
			if got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

// No Markdown makes an element or an attribute that is not on the list.
func FuzzProse(f *testing.F) {
	for _, s := range []string{"# A\n\n<script>x</script>", "[a](javascript:x)", "![x](data:y)", "<a href=x onclick=y>", "| a |\n|---|\n| <b> |"} {
		f.Add(s)
	}
	allowed := "p br hr h3 h4 h5 h6 ul ol li blockquote pre code em strong del table thead tbody tr th td a"
	f.Fuzz(func(t *testing.T, markdown string) {
		tokens := html.NewTokenizer(strings.NewReader(SafeHTML(markdown)))
		for {
			kind := tokens.Next()
			if kind == html.ErrorToken {
				return
			}
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			token := tokens.Token()
			if !strings.Contains(" "+allowed+" ", " "+token.Data+" ") {
				t.Fatalf("<%s> from %q", token.Data, markdown)
			}
			for _, a := range token.Attr {
				scheme := a.Key != "href" || strings.HasPrefix(a.Val, "http:") || strings.HasPrefix(a.Val, "https:") || strings.HasPrefix(a.Val, "mailto:")
				if a.Key != "href" && a.Key != "rel" || !scheme {
					t.Fatalf("%s=%q from %q", a.Key, a.Val, markdown)
				}
			}
		}
	})
}

func TestFacetsHideTheRareAndNeverTheChosen(t *testing.T) {
	f := Facet{Values: make([]FacetValue, 10)}
	f.Values[8].Selected = true
	first, more := f.visible()
	if len(first) != 7 || !first[6].Selected || len(more) != 3 || !f.open() {
		t.Fatalf("got %d and %d", len(first), len(more))
	}
}

func TestSelectedLeavesTheOptionsAlone(t *testing.T) {
	base := []Option{{Value: "a"}, {Value: "b"}}
	if got := Selected(base, "b"); !got[1].Selected || got[0].Selected || base[1].Selected {
		t.Fatalf("got %+v from %+v", got, base)
	}
}
