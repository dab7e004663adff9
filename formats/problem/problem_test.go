package problem

import (
	"errors"
	"strings"
	"testing"
)

var words = map[string]Sentence{
	"t.bad":  {En: "{value} is bad on {count} lines.", Fr: "{value} est mauvais à {count} lignes."},
	"t.list": {En: "Choose: {list}.", Fr: "Choisissez : {list}."},
}

func TestSentences(t *testing.T) {
	p := Make(words, Error, 3, 5, "budget", "t.bad", Args{"value": "x\n{count}\u202e", "count": 2})
	if p.Message != "x {count}  is bad on 2 lines." || p.Text("fr-CA") != "x {count}  est mauvais à 2 lignes." || p.Text("de") != p.Message {
		t.Errorf("%q %q", p.Message, p.Text("fr"))
	}
	if p.String() != "3:5: error: "+p.Message || (&Failure{p}).Error() != "line 3, column 5: "+p.Message {
		t.Errorf("%s, %s", p, &Failure{p})
	}
	long := Make(words, Warning, 1, 1, strings.Repeat("k", 1000), "t.bad", Args{"value": strings.Repeat("é", 1000), "count": 1})
	if len([]rune(long.Message)) > 100 || len(long.Key) > 4*maxShown || len(long.Args["value"].(string)) > 4*maxShown {
		t.Errorf("a long value is kept: %d, %d", len(long.Message), len(long.Key))
	}
	if got := Make(words, Error, 1, 1, "", "t.list", Args{"list": []string{"a", "b"}}).Message; got != "Choose: a, b." {
		t.Error(got)
	}
	if got := Make(words, Error, 1, 1, "", "t.unknown", nil).Message; got != "t.unknown" {
		t.Error(got)
	}
}

func TestAListKeepsSomeAndCountsAll(t *testing.T) {
	l := NewList(words, 2)
	for line := 9; line > 0; line-- {
		l.Add(Warning, line, 1, "k", "t.bad", Args{"value": "{x}", "count": line})
	}
	l.Add(Error, 4, 2, "k", "t.list", nil)
	ps := l.All()
	if len(ps) != 4 || ps[0].Line != 4 || ps[1].Line != 8 || ps[2].Line != 9 || l.Errors() != 1 || l.Count("t.bad") != 9 || Valid(ps) {
		t.Fatalf("%v", ps)
	}
	if ps[3].Line != 0 || ps[3].Message != "Lines with the same problem as line 8, not shown: 7." || ps[3].Text("fr") != "Lignes qui ont le même problème que la ligne 8, non montrées : 7." {
		t.Errorf("%v, %s", ps[3], ps[3].Text("fr"))
	}
}

func TestReport(t *testing.T) {
	ps := []Problem{Make(words, Warning, 2, 3, "age", "t.bad", Args{"value": "x", "count": 1})}
	var text, json strings.Builder
	r := NewReport("a.pb", ps, &Failure{Make(words, Error, 9, 1, "", "t.list", Args{"list": []string{"<a>"}})}, "fr")
	if err := r.WriteText(&text); err != nil || text.String() != "a.pb:2:3: attention: age: x est mauvais à 1 lignes.\na.pb:9:1: erreur: Choisissez : <a>.\n" {
		t.Errorf("%v %q", err, text.String())
	}
	r = NewReport("a.pb", nil, errors.New("gone"), "en")
	want := `{"file":"a.pb","valid":false,"problems":[{"severity":"error","line":1,"column":1,"key":"","code":"ballots.unreadable",` +
		`"message":"The file cannot be read: gone. Check that it is there and that it may be read."}]}` + "\n"
	if err := r.WriteJSON(&json); err != nil || json.String() != want {
		t.Errorf("%v %s", err, json.String())
	}
	json.Reset()
	if err := NewReport("b.pb", nil, nil, "en").WriteJSON(&json); err != nil || json.String() != `{"file":"b.pb","valid":true,"problems":[]}`+"\n" {
		t.Errorf("%v %s", err, json.String())
	}
}
