package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"commun/internal/features/catalogue"
	tally "commun/internal/features/tally/report"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/i18n"
	"commun/internal/platform/i18n/i18ntest"
	"commun/internal/web/record"
)

// TestEveryFaultHasItsWords: each message key that the program's code gives to a fault has a message in both languages.
func TestEveryFaultHasItsWords(t *testing.T) {
	words, err := i18n.New("en", append(Sources(), tally.Messages())...) // a count speaks on a terminal only
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, k := range gitrepo.Keys {
		keys[k] = "gitrepo.Keys"
	}
	for _, k := range catalogue.Keys {
		keys[k] = "catalogue.Keys"
	}
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "fault") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if x, isIdent := ast.Expr(nil), false; ok {
				x = sel.X
				var id *ast.Ident
				id, isIdent = x.(*ast.Ident)
				ok = isIdent && id.Name == "fault"
			}
			if !ok {
				return true
			}
			// Invalid and Conflict take the field first
			if lit, ok := call.Args[len(call.Args)-1].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				key, err := strconv.Unquote(lit.Value)
				if err == nil && strings.Contains(key, ".") {
					keys[key] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) < 100 {
		t.Fatalf("only %d keys were found: the walk is broken", len(keys))
	}
	for key, where := range keys {
		for _, lang := range words.Languages() {
			if !words.For(lang).Has(key) {
				t.Errorf("%s: %q has no words in %s", where, key, lang)
			}
		}
	}
}

// TestMessages: what the command line says of failures and of records that do not hold, in both languages, all of it said somewhere.
func TestMessages(t *testing.T) {
	i18ntest.Messages(t, own)
	i18ntest.Keys(t, own, []string{".", "../core", "../features/catalogue"})
}

// TestEveryEntryHasItsWords: each kind of entry that a page of the record shows has a name.
func TestEveryEntryHasItsWords(t *testing.T) {
	words, err := Words("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range append([]string{"commons.created", "commons.imported", "commons.edited", "commons.undone", "commons.archived", "commons.reopened",
		"commons.approved", "commons.merged", "commons.received", "commons.erased", "people.joined", "people.edited", "people.organisation_created",
		"people.organisation_edited", "people.role_given", "people.role_taken", "instance.edited", "journal.forgotten", "people.forgetting_asked",
		"people.forgetting_refused", "people.forgetting_done", "people.marks_kept"}, catalogue.JournalKinds...) {
		for _, lang := range words.Languages() {
			if text := record.KindText(words.For(lang), kind); text == kind {
				t.Errorf("%q has no words in %s", kind, lang)
			}
		}
	}
}
