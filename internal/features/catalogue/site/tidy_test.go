package site

import "testing"

func TestAReadmeStandsUnderItsName(t *testing.T) {
	for _, c := range []struct{ rule, markdown, want string }{
		{"a heading that repeats the name goes", "# uMap\n\nMaps for all.\n\n## Use", "Maps for all.\n\n## Use"},
		{"another heading stays", "# Welcome\n\nMaps.", "# Welcome\n\nMaps."},
		{"badges and images go", "[![ok](https://x.org/a.svg)](https://x.org) ![logo](a.png)\n\nText.", "Text."},
		{"a link around an HTML image goes with it", "[<img src=\"a.png\">](https://x.org)\n\nText.", "Text."},
		{"HTML goes and its words stay", "<p align=\"center\">Text</p>", "Text"},
		{"code stays as it is", "```\n<b>![a](b)</b>\n```", "```\n<b>![a](b)</b>\n```"},
		{"code in a line stays as it is", "Ask `git help <b>` or ``a`<p>``.", "Ask `git help <b>` or ``a`<p>``."},
		{"an address and what is no HTML stay", "At <https://x.org/y>, by git-<command>.", "At <https://x.org/y>, by git-<command>."},
		{"a first paragraph that is the summary goes", "Maps *for* [all](https://x.org).\n\nMore.", "More."},
	} {
		summary := "Maps for all."
		if c.rule == "a heading that repeats the name goes" {
			summary = ""
		}
		if got := tidy(c.markdown, "uMap", summary); got != c.want {
			t.Errorf("%s: got %q, want %q", c.rule, got, c.want)
		}
	}
}

func TestALongDescriptionIsCutBetweenBlocks(t *testing.T) {
	block := "A paragraph of some length that says something about the commons and its people.\n\n"
	long := ""
	for range 40 {
		long += block
	}
	head, rest := intro(long)
	if rest == "" || len(head) > 2*introLength || head[len(head)-1] != '.' {
		t.Errorf("cut into %d and %d bytes", len(head), len(rest))
	}
	if head, rest := intro(block); head != block || rest != "" {
		t.Error("a short description is not cut")
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("# a\n\n[![x](y)](z)\n```\n<b>", "a", "b")
	f.Fuzz(func(t *testing.T, markdown, name, summary string) {
		head, rest := intro(tidy(markdown, name, summary))
		if len(head)+len(rest) > len(markdown) {
			t.Error("a description grew")
		}
	})
}

func TestPartiesAreReadAsTheyAreWritten(t *testing.T) {
	list := parties("Ana Silva | Town of Lyon\n\nTown | https://example.org \nFirm | https://firm.example | Group")
	if len(list) != 3 || list[0].Of != "Town of Lyon" || list[1].URL != "https://example.org" || list[2].Of != "Group" || list[2].URL != "https://firm.example" {
		t.Errorf("got %+v", list)
	}
}

func FuzzParties(f *testing.F) {
	f.Add("a | b | https://c")
	f.Fuzz(func(t *testing.T, s string) {
		for _, line := range partyLines(parties(s)) {
			if again := partyLines(parties(line)); len(again) > 1 {
				t.Errorf("one line became %d", len(again))
			}
		}
	})
}
