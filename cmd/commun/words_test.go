package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"commun/internal/features/vitality/report"
	"commun/internal/platform/config"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
)

// langs are the locales of the two languages.
var langs = map[string]string{"en": "LC_ALL=C.UTF-8", "fr": "LC_ALL=fr_FR.UTF-8"}

// model is the command line as kong reads it.
func model(t *testing.T) *kong.Application {
	t.Helper()
	b := i18ntest.Bundle(t, "en", sources()...)
	k, err := newParser(&verbs{}, b.For("fr"), config.NewLoader(nil), io.Discard, io.Discard, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return k.Model
}

// nodes calls f with each verb, the program itself first.
func nodes(n *kong.Node, f func(*kong.Node)) {
	f(n)
	for _, child := range n.Children {
		nodes(child, f)
	}
}

// keys are the messages that the pages of help are made of. Optional ones are left out.
func keys(n *kong.Node) []string {
	list := []string{verbKey(n) + ".about"}
	for _, v := range n.Positional {
		list = append(list, argKey(n, v), wordKey(v.Name))
	}
	for _, f := range n.Flags {
		if list = append(list, flagKey(n, f)); valueKey(f) != "" {
			list = append(list, valueKey(f))
		}
	}
	return list
}

// TestEveryLineOfHelpIsAMessage: a verb, an argument or a flag without its words in both languages fails here, and so does a sentence in a tag.
func TestEveryLineOfHelpIsAMessage(t *testing.T) {
	words := i18ntest.Bundle(t, "en", sources()...)
	nodes(model(t).Node, func(n *kong.Node) {
		for _, key := range keys(n) {
			for _, lang := range words.Languages() {
				if !words.For(lang).Has(key) {
					t.Errorf("commun %s: no message %s in %s", n.Path(), key, lang)
				}
			}
		}
		if len(n.Children) == 0 && !words.For("en").Has(verbKey(n)+".more") {
			t.Errorf("commun %s: its page says no more than its line: write %s.more", n.Path(), verbKey(n))
		}
		texts := []string{n.Help, n.Detail}
		for _, f := range n.Flags {
			if f.Name != "help" { // kong's own, which the page replaces
				texts = append(texts, f.Help)
			}
		}
		for _, v := range n.Positional {
			texts = append(texts, v.Help)
		}
		if said := strings.Join(texts, ""); said != "" {
			t.Errorf("commun %s: %q stands in the code: make it a message", n.Path(), said)
		}
	})
}

func TestMessages(t *testing.T) {
	i18ntest.Messages(t, own)
	used := []string{"cli.word.verb", "cli.word.options"}
	nodes(model(t).Node, func(n *kong.Node) { used = append(append(used, keys(n)...), verbKey(n)+".more") })
	i18ntest.Keys(t, own, []string{"."}, used...)
}

// alike are the texts that are the same in both languages: names, and words that both have.
var alike = []string{"cli.help.arguments", "cli.help.options", "cli.word.options", "cli.word.condition", "cli.verify.at_thing"}

// TestFrenchIsNotEnglish: no message of the command line was left untranslated.
func TestFrenchIsNotEnglish(t *testing.T) {
	for _, src := range sources() {
		all, err := i18n.Read(src)
		if err != nil {
			t.Fatal(err)
		}
		for key, m := range all["fr"] {
			table, _, _ := strings.Cut(key, ".")
			text := m.Classes["other"]
			if slices.Contains([]string{"cli", "config", "fail", "verify"}, table) && text == all["en"][key].Classes["other"] && !slices.Contains(alike, key) {
				t.Errorf("%s is the same in both languages: %q", key, text)
			}
		}
	}
}

// TestEveryVerbHasAPageOfHelp in both languages, that fits a terminal of 80 columns and names what it takes.
func TestEveryVerbHasAPageOfHelp(t *testing.T) {
	pages := map[string]string{}
	for lang, locale := range langs {
		words := i18ntest.Bundle(t, "en", sources()...).For(lang)
		nodes(model(t).Node, func(n *kong.Node) {
			args := []string{"--help"}
			if n.Parent != nil {
				args = append(strings.Fields(n.Path()), args...)
			}
			var out, errs bytes.Buffer
			if status := run(context.Background(), args, []string{locale}, &out, &errs); status != 0 || errs.Len() > 0 {
				t.Fatalf("commun %v exits with %d: %s", args, status, errs.String())
			}
			page := out.String()
			flat := strings.Join(strings.Fields(page), " ")
			for line := range strings.Lines(page) {
				if width := report.Columns(strings.TrimSuffix(line, "\n")); width > 80 && !strings.HasPrefix(line, "  commun") {
					t.Errorf("commun %v, %s: a line of %d columns: %s", args, lang, width, line)
				}
			}
			if !strings.HasPrefix(page, words.T("cli.help.usage", i18n.Args{"command": ""})) {
				t.Errorf("commun %v, %s: it does not begin with its usage: %s", args, lang, page)
			}
			for _, f := range n.Flags {
				if !strings.Contains(page, "--"+f.Name) || !strings.Contains(page, f.Tag.Get("var")) {
					t.Errorf("commun %v, %s: --%s or its variable is not there", args, lang, f.Name)
				}
			}
			if about := strings.Join(strings.Fields(words.T(verbKey(n)+".about")), " "); !strings.Contains(flat, about) {
				t.Errorf("commun %v, %s: it does not say %q", args, lang, about)
			}
			pages[lang+n.Path()] = page
		})
	}
	for at, page := range pages {
		if verb, ok := strings.CutPrefix(at, "fr"); ok && page == pages["en"+verb] {
			t.Errorf("the page of %q is the same in both languages", verb)
		}
	}
}

// TestHelpIsAVerbToo: "commun help" is the same page as "commun --help", and "commun help VERB" that of the verb.
func TestHelpIsAVerbToo(t *testing.T) {
	for asked, page := range map[string]string{"help": "--help", "help people": "people --help", "help people list": "people list --help", "help --help": "--help"} {
		var got, want, errs bytes.Buffer
		first := run(t.Context(), strings.Fields(asked), []string{langs["fr"]}, &got, &errs)
		second := run(t.Context(), strings.Fields(page), []string{langs["fr"]}, &want, &errs)
		if first != 0 || second != 0 || errs.Len() > 0 || got.Len() == 0 || got.String() != want.String() {
			t.Errorf("commun %s exits with %d and says %q%s, not %q", asked, first, got.String(), errs.String(), want.String())
		}
	}
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"help", "xyzzyx"}, []string{langs["en"]}, &out, &errs); status != 2 || !strings.Contains(errs.String(), "no verb xyzzyx") {
		t.Errorf("help of a verb that is none exits with %d: %s", status, errs.String())
	}
}

// TestTheVersionIsAFlagToo: as other programs have it.
func TestTheVersionIsAFlagToo(t *testing.T) {
	var got, want, errs bytes.Buffer
	first, second := run(t.Context(), []string{"--version"}, nil, &got, &errs), run(t.Context(), []string{"version"}, nil, &want, &errs)
	if first != 0 || second != 0 || errs.Len() > 0 || got.String() != want.String() || got.Len() == 0 {
		t.Errorf("it exits with %d and says %q%s, not %q", first, got.String(), errs.String(), want.String())
	}
	errs.Reset()
	if status := run(t.Context(), []string{""}, nil, &got, &errs); status != 2 || !strings.Contains(errs.String(), "a verb is missing, one of serve, ") {
		t.Errorf("an empty verb exits with %d: %s", status, errs.String())
	}
}

// TestAMistakenCommandLine says in both languages what is wrong and how to mend it. That kong words its errors as mistake.go reads them is held
// here too: a new wording would end in "this command can't be read".
func TestAMistakenCommandLine(t *testing.T) {
	for _, c := range []struct {
		rule   string
		env    string
		args   string
		en, fr []string // what is said; the last is the page of help to read
	}{
		{"a verb that is none", "", "imprt", []string{"there is no verb imprt. Did you mean import?", "Try: commun --help"},
			[]string{"le verbe imprt n’existe pas. Vouliez-vous dire import ?", "Essayez : commun --help"}},
		{"a verb of a verb that is none", "", "people lst", []string{"there is no verb lst. Did you mean list?", "Try: commun people --help"},
			[]string{"le verbe lst n’existe pas. Vouliez-vous dire list ?", "Essayez : commun people --help"}},
		{"a verb that is far from all", "", "xyzzyx", []string{"there is no verb xyzzyx."}, []string{"le verbe xyzzyx n’existe pas."}},
		{"an argument that is missing", "", "import", []string{"LIST is missing.", "Try: commun import --help"}, []string{"il manque LISTE.", "Essayez : commun import --help"}},
		{"two that are missing", "", "people role", []string{"EMAIL and ROLE are missing."}, []string{"il manque COURRIEL et RÔLE."}},
		{"the second of two", "", "people role a@b.c", []string{"ROLE is missing."}, []string{"il manque RÔLE."}},
		{"one of several", "", "vitality", []string{"PATH is missing.", "Try: commun vitality --help"}, []string{"il manque CHEMIN."}},
		{"an argument too many", "", "import a b", []string{"“b” is one argument too many."}, []string{"« b » est un argument de trop."}},
		{"a verb of a verb that is missing", "", "people", []string{"a verb is missing, one of link, setup, list, role and forget."},
			[]string{"il manque un verbe, parmi link, setup, list, role et forget."}},
		{"the only verb of a verb is missing", "", "publiccode", []string{"a verb is missing: check."}, []string{"il manque un verbe : check."}},
		{"a role that is none", "", "people role a@b.c king", []string{"ROLE is “king”: admin, steward, contributor and observer are known.", "Try: commun people role --help"},
			[]string{"RÔLE vaut « king » : les valeurs possibles sont admin, steward, contributor et observer."}},
		{"a flag that is none", "", "serve --adr :1", []string{"there is no option --adr. Did you mean --addr?"}, []string{"l’option --adr n’existe pas. Vouliez-vous dire --addr ?"}},
		{"a short flag that is none", "", "vitality -x", []string{"there is no option -x."}, []string{"l’option -x n’existe pas."}},
		{"a flag without its value", "", "serve --addr", []string{"--addr (COMMUN_ADDR) lacks its value."}, []string{"il manque une valeur à --addr (COMMUN_ADDR)."}},
		{"a flag before another", "", "verify --key --json", []string{"--key lacks its value."}, []string{"il manque une valeur à --key."}},
		{"a number that is none", "", "serve --workers x", []string{"--workers (COMMUN_WORKERS) is “x”: a whole number"}, []string{"--workers (COMMUN_WORKERS) vaut « x » : il faut un nombre entier."}},
		{"a number of a variable", "COMMUN_WORKERS=many", "serve", []string{"--workers (COMMUN_WORKERS) is “many”"}, []string{"--workers (COMMUN_WORKERS) vaut « many »"}},
		{"a switch with a value", "", "verify --json=maybe", []string{"--json takes no value such as “maybe”"}, []string{"--json ne prend pas de valeur comme « maybe »"}},
		{"a number out of range", "", "serve --workers 0", []string{"--workers (COMMUN_WORKERS) is 0"}, []string{"--workers (COMMUN_WORKERS) vaut 0"}},
		{"a variable that is wrong", "COMMUN_ADDR=zzz", "serve", []string{"--addr (COMMUN_ADDR) is “zzz”: write host:port"}, []string{"--addr (COMMUN_ADDR) vaut « zzz » : écrivez hôte:port"}},
		{"a language that is not spoken", "", "config --lang de", []string{"en and fr are known"}, []string{"les valeurs possibles sont en et fr"}},
		{"a language of sentences that is not spoken", "", "publiccode check --lang de x", []string{"--lang is “de”"}, []string{"--lang vaut « de »"}},
		{"a period that is none", "", "vitality --window 2y .", []string{"12m, 3y and all are known", "Try: commun vitality --help"}, []string{"les valeurs possibles sont 12m, 3y et all"}},
		{"a figure that is none", "", "vitality --fail-if score<2 .", []string{"names the figure “score”: absence_factor"}, []string{"nomme le chiffre « score »"}},
		{"a file that is not there", "", "publiccode check /nowhere/at/all", []string{"There is no folder /nowhere/at."}, []string{"Il n’y a pas de dossier /nowhere/at."}},
		{"a list that is not there", "", "import ./nowhere", []string{"There is no file or folder ./nowhere."}, []string{"Il n’y a ni fichier ni dossier ./nowhere."}},
		{"an instance that is not there", "", "verify --data /nowhere", []string{"There is no instance in the folder /nowhere: say with --data"}, []string{"Il n’y a pas d’instance dans le dossier /nowhere"}},
		{"a checkpoint that is none", "", "verify --checkpoint words.go", []string{"words.go) holds no signed checkpoint"}, []string{"words.go) ne contient pas de point de contrôle signé"}},
		{"a key that is none", "", "verify --key nokey", []string{"--key is “nokey”, which is neither a key nor a file"}, []string{"--key vaut « nokey », qui n’est ni une clé ni un fichier"}},
		{"a file that holds no key", "", "verify --key words.go", []string{"is no public key"}, []string{"n’est pas la clé publique"}},
		{"a backup that is none", "", "verify words.go", []string{"words.go is not a whole backup of commun, nor"}, []string{"words.go n’est pas une sauvegarde entière de commun, ni"}},
		{"two things to verify", "", "verify --url https://x words.go", []string{"Give a file or --url, not both."}, []string{"Donnez un fichier ou --url, pas les deux."}},
		{"an address that is none", "", "verify --url x", []string{"--url is “x”, which is no address of an instance"}, []string{"--url vaut « x », qui n’est pas l’adresse d’une instance"}},
		{"an instance that is away", "", "verify --url http://127.0.0.1:1", []string{"Nothing answers at http://127.0.0.1:1"}, []string{"Rien ne répond à http://127.0.0.1:1"}},
		{"a database that is away", "", "people list --database postgres://ada:hunter2@127.0.0.1:1/x --data " + t.TempDir(), []string{"No program listens at 127.0.0.1:1: start the server there"}, []string{"Aucun programme n’écoute à 127.0.0.1:1 : démarrez-y le serveur"}},
		{"a number below nought", "", "serve --workers -5", []string{"--workers (COMMUN_WORKERS) is -5: a number between 1 and 1000"}, []string{"--workers (COMMUN_WORKERS) vaut -5 : il faut un nombre de 1 à 1000."}},
		{"a number beyond", "", "config --workers 5000", []string{"is 5000: a number between 1 and 1000"}, []string{"vaut 5000 : il faut un nombre de 1 à 1000."}},
		{"a role on one commons, without it", "", "people role a@b.c steward", []string{"steward is a role on one commons: add --on", "Try: commun people role --help"},
			[]string{"steward est un rôle sur un commun : ajoutez --on", "Essayez : commun people role --help"}},
		{"a role on the instance, with a commons", "", "people role a@b.c admin --on garden", []string{"leave out --on garden"}, []string{"ôtez --on garden"}},
		{"nothing of the sort is near", "", "config --x", []string{"there is no option --x.\n"}, []string{"l’option --x n’existe pas.\n"}},
		{"a mail server without its scheme", "", "config --smtp mail.example.org", []string{"does not begin with smtp:// or smtps://"}, []string{"ne commence ni par smtp:// ni par smtps://"}},
		{"a setting that PostgreSQL does not know", "", "people list --database postgres://ada:hunter2@127.0.0.1:1/x?sslmode=loud --data " + t.TempDir(),
			[]string{"is none that PostgreSQL knows"}, []string{"est inconnu de PostgreSQL"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for lang, locale := range langs {
				var out, errs bytes.Buffer
				env := []string{locale}
				if c.env != "" {
					env = append(env, c.env)
				}
				status := run(t.Context(), strings.Fields(c.args), env, &out, &errs)
				said := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(errs.String())
				want := c.en
				if lang == "fr" {
					want = c.fr
				}
				for _, part := range want {
					if !strings.Contains(said, part) {
						t.Errorf("%s: %q is not in %q", lang, part, said)
					}
				}
				if status != 2 || out.Len() > 0 || strings.Count(said, "\n") > 3 || strings.Contains(said, "hunter2") {
					t.Errorf("%s: it exits with %d: %s%s", lang, status, out.String(), said)
				}
			}
		})
	}
}
