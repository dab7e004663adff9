package search_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"commun/internal/platform/search"
)

// What somebody meant whose words the catalogue doesn't hold.
func TestCorrectionsAreLikely(t *testing.T) {
	each(t, []search.Doc{
		french("ledger", "LedgerLite", "une comptabilité for all of us, sulle carte", 0), french("osm", "OpenStreetMap", "la carte", 0), french("res", "Préservation", "des forêts, eaux sales", 0),
		french("visio", "Bureau", "une videoconference", 0),
		{Kind: "commons", ID: "huerto", Owner: "huerto", Public: true, Texts: []search.Text{{Lang: "es", Name: "Huerto", Summary: "Mapa del jardín y de las fuentes"}}}, french("rdv", "Accueil", "la prise de rendez-vous nationale", 0),
	}, func(w world) {
		for _, c := range []struct {
			rule, text string
			want       []string
			corrected  map[string]string
		}{
			{"one mistake", "openstretmap", []string{"osm"}, map[string]string{"openstretmap": "openstreetmap"}},
			{"two in a long word", "opnstretmap", []string{"osm"}, map[string]string{"opnstretmap": "openstreetmap"}},
			{"two neighbours swapped are one mistake, and an accent is none, in a language that is not analysed too", "jadrin", []string{"huerto"}, map[string]string{"jadrin": "jardín"}},
			{"with the accent that was meant", "jadrín", []string{"huerto"}, map[string]string{"jadrín": "jardín"}},
			{"in the plural of what stands in the singular", "jadrins", []string{"huerto"}, map[string]string{"jadrins": "jardín"}},
			{"in the singular of what stands in the plural", "funete", []string{"huerto"}, map[string]string{"funete": "fuentes"}},
			{"a short word has no such kin", "furet", nil, nil},
			{"another ending of the same beginning", "ledgerlight", []string{"ledger"}, map[string]string{"ledgerlight": "ledgerlite"}},
			{"never a small word, of whatever language", "salle", nil, nil},
			{"nor by its family", "alls", nil, nil},
			{"nor is a word that is written so on purpose taken for its neighbour", "salle", nil, nil},
			{"in the plural neither", "salles", nil, nil},
			{"a longer one with that ending may well be a mistake", "nationnalle", []string{"rdv"}, map[string]string{"nationnalle": "nationale"}},
			{"and so may one in which another letter is doubled", "carrte", []string{"osm", "ledger"}, map[string]string{"carrte": "carte"}},
			{"a word that is known is never corrected", "sales", []string{"res"}, nil},
			{"a short word keeps its first letter", "darte", nil, nil},
			{"and is corrected after it", "carde", []string{"osm", "ledger"}, map[string]string{"carde": "carte"}},
			{"a beginning is no mistake", "openstree", []string{"osm"}, nil},
			{"a word of another language that means the same is no correction", "visioconference", []string{"visio"}, nil},
			{"nor hinders one", "visiconferance", []string{"visio"}, map[string]string{"visiconferance": "visioconférence"}},
			{"rdv is rendez-vous", "rdv", []string{"rdv"}, nil},
			{"with a space too", "rendez vous", []string{"rdv"}, nil},
			{"and with its hyphen", "prise de rendez-vous", []string{"rdv"}, nil},
		} {
			w.Run(c.rule, func(t *testing.T) {
				w := world{t, w.db, w.ix}
				a := w.ask(search.Request{Text: c.text})
				if got := slices.Sorted(slices.Values(ids(a.Hits))); !slices.Equal(got, slices.Sorted(slices.Values(c.want))) || a.Partial {
					t.Errorf("found %v, want %v", got, c.want)
				}
				if !maps.Equal(a.Corrected, c.corrected) {
					t.Errorf("corrected %v, want %v", a.Corrected, c.corrected)
				}
			})
		}
	})
}

func TestAPartialAnswerSaysSo(t *testing.T) {
	docs := []search.Doc{french("both", "Agenda", "pour la ville", 0), french("rare", "Piscine", "un plan", 0)}
	for i := range 700 { // a broad word
		docs = append(docs, french(fmt.Sprintf("x%03d", i), fmt.Sprint("Plan ", i), "", 0))
	}
	for i := range docs {
		docs[i].Facets = map[string][]string{"kind": {[]string{"code", "map"}[i%2]}}
	}
	each(t, docs, func(w world) {
		a := w.ask(search.Request{Text: "agenda ville"})
		if a.Partial || a.Total != 1 {
			w.Errorf("all words are held, and the answer is partial %v, of %d", a.Partial, a.Total)
		}
		a = w.ask(search.Request{Text: "plan agenda piscine zzzzqqq", Count: true})
		if !a.Partial || !slices.Equal(ids(a.Hits), []string{"rare", "both"}) || !slices.Equal(a.Missing, []string{"zzzzqqq"}) {
			w.Errorf("partial %v: %v, missing %v; want first what holds two words, one of them rare", a.Partial, ids(a.Hits), a.Missing)
		}
		if a.Total != 2 || a.Facets["kind"]["code"] != 1 || len(a.IDs()) != 2 {
			w.Errorf("total %d, facets %v, %d ids, want 2 of which 1 is code", a.Total, a.Facets, len(a.IDs()))
		}
		a = w.ask(search.Request{Text: "plan zzzzqqq", Limit: 60})
		if a.Total != 100 || len(a.Hits) != 60 {
			w.Errorf("%d of %d found for a common word, want 60 of the best 100", len(a.Hits), a.Total)
		}
		b := w.ask(search.Request{Text: "plan zzzzqqq", Limit: 60, After: a.Next})
		if len(b.Hits) != 40 || b.Next != "" || slices.ContainsFunc(b.Hits, func(h search.Hit) bool { return slices.Contains(ids(a.Hits), h.ID) }) {
			w.Errorf("the second page has %d, want the other 40", len(b.Hits))
		}
		a = w.ask(search.Request{Text: "agenda piscine", Where: map[string][]string{"kind": {"map"}}, Count: true})
		if !a.Partial || !slices.Equal(ids(a.Hits), []string{"rare"}) || a.Facets["kind"]["code"] != 1 {
			w.Errorf("within a choice: %v, facets %v", ids(a.Hits), a.Facets)
		}
		if a = w.ask(search.Request{Text: "zzzzqqq wwwwvvv"}); a.Partial || a.Total != 0 {
			w.Errorf("no word is held, and %d are found", a.Total)
		}
		if a = w.ask(search.Request{Text: "agenda piscine", Typing: true}); a.Partial || a.Total != 0 {
			w.Errorf("while typing, %d are found that hold some of the words", a.Total)
		}
	})
}

// A mistaken word is searched as if it had been typed well: with what means the same, and with what was written in two words.
func TestAMistakenWordFindsWhatTheRightOneFinds(t *testing.T) {
	each(t, []search.Doc{
		french("rdv", "RDV Service Public", "la prise de rdv", 0.9), french("hyphen", "Accueil", "la prise de rendez-vous nationale", 0), french("split", "Agenda", "prise de rendez vous", 0),
		french("pages", "Pages", "le service de nous, et pour vous", 0), english("open", "Portal", "the open data of the city", 0), english("osm", "OpenStreetMap", "the map", 0),
		french("visio", "Réunion", "une visio", 0), english("conf", "Meet", "simple video-conferencing for all", 0),
	}, func(w world) {
		for _, c := range []struct {
			text      string
			want      []string
			corrected map[string]string
		}{
			{"prise de rendez-vous", []string{"rdv", "hyphen", "split"}, nil},
			{"prise de rendevous", []string{"rdv", "hyphen", "split"}, map[string]string{"rendevous": "rendez-vous"}},
			{"rendé-vous", []string{"rdv", "hyphen", "split"}, map[string]string{"rendé-vous": "rendez-vous"}},
			{"rende vous", []string{"rdv", "hyphen", "split"}, map[string]string{"rende vous": "rendez-vous"}},
			{"rendez vosu", []string{"rdv", "hyphen", "split"}, map[string]string{"rendez vosu": "rendez-vous"}},
			{"rendez-vosu", []string{"rdv", "hyphen", "split"}, map[string]string{"rendez-vosu": "rendez-vous"}},
			{"rendezvou", []string{"rdv", "hyphen", "split"}, nil},
			{"openstret map", []string{"osm"}, map[string]string{"openstret map": "openstreetmap"}},
			{"opendata", []string{"open"}, map[string]string{"opendata": "open data"}},
			{"opendatta city", []string{"open"}, map[string]string{"opendatta": "open data"}},
			{"visioconférence", []string{"visio", "conf"}, nil},
			{"visioconferance", []string{"visio", "conf"}, map[string]string{"visioconferance": "visioconférence"}},
		} {
			w.Run(c.text, func(t *testing.T) {
				w := world{t, w.db, w.ix}
				a := w.ask(search.Request{Text: c.text})
				if got := slices.Sorted(slices.Values(ids(a.Hits))); !slices.Equal(got, slices.Sorted(slices.Values(c.want))) || a.Partial {
					t.Errorf("found %v, want %v", got, c.want)
				}
				if !maps.Equal(a.Corrected, c.corrected) {
					t.Errorf("corrected %v, want %v", a.Corrected, c.corrected)
				}
			})
		}
	})
}
