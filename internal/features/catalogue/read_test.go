package catalogue_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"commun/internal/features/catalogue"
)

func TestAReadmeGivesTitleFirstSentenceAndLanguage(t *testing.T) {
	for _, c := range []struct{ rule, name, text, title, summary, lang string }{
		{"badges and links are no summary", "README.md", readmeFR, "Cartes pour tous",
			"Un outil qui permet de faire des cartes dans le navigateur, pour les communes et les associations de France.", "fr"},
		{"a centred heading in HTML", "README.md", "<p align=\"center\"><img src=x></p>\n<h1 align=\"center\">Big <b>Tool</b></h1>\n\nThis is the tool that all of you need for the work.\n",
			"Big Tool", "This is the tool that all of you need for the work.", "en"},
		{"marks and links are taken off", "readme.md", "Title\n=====\n\n**Bold** words with [a link](https://x.example) and `code` for the readers of this.\n",
			"Title", "Bold words with a link and code for the readers of this.", "en"},
		{"reStructuredText", "README.rst", "=====\nTitle\n=====\n\n.. image:: x\n\nDas ist ein Werkzeug, mit dem die Karten und das Netz gemacht werden.\n",
			"Title", "Das ist ein Werkzeug, mit dem die Karten und das Netz gemacht werden.", "de"},
		{"nothing but a title", "README", "Title\n", "Title", "", "und"},
		{"nothing at all", "README.md", "", "", "", "und"},
		{"Chinese has no spaces, and says much in few signs", "README.md", "# 地图\n\n[English](README.en.md) | 中文\n\n这是一个开源的在线地图工具，\n任何人都可以使用。更多内容请看文档。\n", "地图", "这是一个开源的在线地图工具，任何人都可以使用。更多内容请看文档。", "zh"},
		{"Japanese, with a word in Latin letters", "README.md", "# uMap\n\nOpenStreetMap の地図を数分で作り、\nサイトに埋め込むためのツールです。\n", "uMap", "OpenStreetMap の地図を数分で作り、サイトに埋め込むためのツールです。", "ja"},
		{"Japanese in plain text", "README.txt", "地図\n\n自治体のための公開データの\nカタログです。\n", "地図", "自治体のための公開データのカタログです。", "ja"},
		{"Korean", "README.md", "# 지도\n\n누구나 자유롭게 지도를 만들고 웹사이트에 넣을 수 있는 도구입니다.\n", "지도", "누구나 자유롭게 지도를 만들고 웹사이트에 넣을 수 있는 도구입니다.", "ko"},
		{"a few Chinese words in an English text", "README.md", "# Tool\n\nThis is the tool for reading 汉字 that all of you need for the work with it.\n", "Tool", "This is the tool for reading 汉字 that all of you need for the work with it.", "en"},
		{"a row of links to languages is no summary", "README.md", "# 工具\n\n[简体中文](a) | [繁體中文](b) | 日本語\n", "工具", "", "zh"},
		{"code first", "README.md", "```\nrm -rf / # with the of and to is for\n```\n", "", "", "en"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			title, summary, lang := catalogue.Readme(c.name, []byte(c.text))
			if title != c.title || summary != c.summary || lang != c.lang {
				t.Errorf("got %q, %q, %q", title, summary, lang)
			}
		})
	}
}

func TestANameIsTakenOutOfASloganAndBadgesAreLeftOut(t *testing.T) {
	for title, want := range map[string]string{"Git - fast, scalable": "Git", "uMap: maps for all": "uMap", "Saint-Malo": "Saint-Malo", "X: y": "X: y"} {
		if got, _ := catalogue.Name("README.md", []byte("# "+title+"\n")); got != want {
			t.Errorf("%q is named %q, want %q", title, got, want)
		}
	}
	_, text := catalogue.Name("README.md", []byte("<!-- lint -->\n[![a](b)](c) [![d](e)](f)\n![g](h)\n\n# T\n\nText with ![i](j) inside.\n"))
	if text != "# T\n\nText with ![i](j) inside." {
		t.Errorf("text is %q", text)
	}
}

// FuzzGather holds that no file makes an import fail: what comes out is always text that pages and databases take.
func FuzzGather(f *testing.F) {
	f.Add([]byte(publicCode))
	f.Add([]byte("name: \"a\\u0000\u202e\"\ndescription: {\"a.b\": {shortDescription: x}, it_IT: {features: [1, null]}}\n"))
	f.Add([]byte("\xff\xfe\x00\xd8n\x00"))
	if data := os.Getenv("COMMUN_DATA"); data != "" {
		files, _ := filepath.Glob(data + "/publiccode/*.yml")
		for _, name := range files {
			if raw, err := os.ReadFile(name); err == nil {
				f.Add(raw)
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		remarks, values := catalogue.Gather("publiccode.yml", "https://forge.example.org/a/b", raw)
		for _, v := range values {
			if !utf8.Valid(v.JSON) || strings.ContainsRune(string(v.JSON), 0) || strings.ContainsRune(v.Note, 0) {
				t.Errorf("%s is %q (%q)", v.Field, v.JSON, v.Note)
			}
		}
		for _, r := range remarks {
			if r.Code == "" {
				t.Errorf("remark without a code: %+v", r)
			}
		}
	})
}

// FuzzReadme holds that any README is read, and gives text.
func FuzzReadme(f *testing.F) {
	f.Add("README.md", []byte(readmeFR))
	f.Add("README.rst", []byte("=\nT\n=\n\n.. x::\n"))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		title, summary, lang := catalogue.Readme(name, raw)
		if !utf8.ValidString(title) || !utf8.ValidString(summary) || lang == "" {
			t.Errorf("%q, %q, %q", title, summary, lang)
		}
	})
}
