package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oneSided are the words that only one of the two databases takes. Text that has them stands in a two-sided storage.SQL literal.
var oneSided = []*regexp.Regexp{
	regexp.MustCompile(`::[a-z]`), regexp.MustCompile(`(?i)=\s*ANY\s*\(`), regexp.MustCompile(`(?i)\bFOR UPDATE\b`), regexp.MustCompile(`(?i)\bnow\(\)`),
	regexp.MustCompile(`(?i)\bILIKE\b`), regexp.MustCompile(`(?i)\bSKIP LOCKED\b`), regexp.MustCompile(`(?i)\bjsonb?_`), regexp.MustCompile(`(?i)\btsvector\b|to_tsquery|@@`),
	regexp.MustCompile(`(?i)\bMATCH \$`), regexp.MustCompile(`(?i)\browid\b`), regexp.MustCompile(`(?i)\bAUTOINCREMENT\b|\bSERIAL\b`), regexp.MustCompile(`(?i)\bPRAGMA\b`),
	regexp.MustCompile(`(?i)\bVIRTUAL TABLE\b`), regexp.MustCompile(`(?i)\bINSERT OR \b`), regexp.MustCompile(`(?i)\bOFFSET \$`),
}

var looksLikeSQL = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|WHERE)\s`)

// speaksToEach are the packages whose work is one database or the other.
var speaksToEach = map[string]bool{
	"internal/platform/storage": true, // opens both
	"internal/platform/testkit": true, // makes PostgreSQL schemas
	"internal/platform/live":    true, // its bridge is LISTEN and NOTIFY
}

// TestOneTextForBothDatabases: SQL that one database alone takes stands in a literal with both sides. The storage package itself speaks to
// each.
func TestOneTextForBothDatabases(t *testing.T) {
	seen := 0
	files(t, func(pkg, file string, f *ast.File, set *token.FileSet) {
		if !strings.HasPrefix(pkg, "internal/") || speaksToEach[pkg] {
			return
		}
		var walk func(n ast.Node, twoSided bool)
		walk = func(n ast.Node, twoSided bool) {
			ast.Inspect(n, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.CompositeLit:
					if s, ok := x.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "SQL" && !twoSided {
						for _, e := range x.Elts {
							walk(e, true)
						}
						return false
					}
				case *ast.BasicLit:
					if x.Kind != token.STRING || twoSided {
						return true
					}
					text, err := strconv.Unquote(x.Value)
					if err != nil || !looksLikeSQL.MatchString(text) {
						return true
					}
					seen++
					for _, r := range oneSided {
						if m := r.FindString(text); m != "" {
							t.Errorf("%s: SQL with %q, which one database does not take, outside a storage.SQL literal", set.Position(x.Pos()), m)
						}
					}
				}
				return true
			})
		}
		walk(f, false)
	})
	if seen < 30 {
		t.Fatalf("only %d texts of SQL were read: the walk is broken", seen)
	}
}

// TestOnlyTheJournalWritesState: storage's Write is called by the journal alone, so that no state changes without an entry.
func TestOnlyTheJournalWritesState(t *testing.T) {
	files(t, func(pkg, file string, f *ast.File, set *token.FileSet) {
		if pkg == "internal/core/journal" || pkg == "internal/platform/storage" || !strings.HasPrefix(pkg, "internal/") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Write" {
				return true
			}
			name := ""
			switch x := sel.X.(type) {
			case *ast.Ident:
				name = x.Name
			case *ast.SelectorExpr:
				name = x.Sel.Name
			}
			if strings.EqualFold(name, "db") {
				t.Errorf("%s: state is written through journal.Write", set.Position(call.Pos()))
			}
			return true
		})
	})
}

// TestNoInit: nothing runs before main.
func TestNoInit(t *testing.T) {
	files(t, func(pkg, file string, f *ast.File, set *token.FileSet) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: init hides what a program does before main", set.Position(fn.Pos()))
			}
		}
	})
}

// TestEveryPackageSaysWhatItIsFor: one file of each package has the package comment.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	files(t, func(pkg, file string, f *ast.File, set *token.FileSet) {
		said[pkg] = said[pkg] || f.Doc != nil && len(strings.TrimSpace(f.Doc.Text())) > 20
	})
	for pkg, ok := range said {
		if !ok {
			t.Errorf("%s has no comment that says what it is for", pkg)
		}
	}
}
