package githistory

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestHalf(t *testing.T) {
	for _, c := range []struct {
		rule   string
		counts []int64
		want   int
	}{
		{"CHAOSS's own example", []int64{1000, 433, 343, 332, 202, 90, 42, 33}, 2},
		{"the order does not count", []int64{33, 42, 90, 202, 332, 343, 433, 1000}, 2},
		{"exactly half is enough", []int64{5, 3, 2}, 1},
		{"just under half is not", []int64{49, 48, 3}, 2},
		{"one person alone", []int64{7}, 1},
		{"all alike", []int64{1, 1, 1, 1, 1}, 3},
		{"nobody", nil, 0},
		{"people without a line", []int64{0, 0}, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := Half(c.counts); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestHalfIsTheSmallestThatHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOf(rapid.Int64Range(0, 1000)).Draw(t, "counts")
		n := Half(counts)
		slices.Sort(counts)
		slices.Reverse(counts)
		sum := func(v []int64) (s int64) {
			for _, x := range v {
				s += x
			}
			return s
		}
		if total := sum(counts); total > 0 && (2*sum(counts[:n]) < total || 2*sum(counts[:n-1]) >= total) {
			t.Fatalf("%d of %v", n, counts)
		}
	})
}

// months makes flow's input of lists of active months a person, counted from January 2020.
func activeMonths(people ...[]int) (active []uint64) {
	for who, months := range people {
		for _, m := range months {
			active = append(active, uint64(who)<<32|uint64(2020*12+m))
		}
	}
	return active
}

func TestPeopleComeStayLeaveAndReturn(t *testing.T) {
	months := map[int]*Month{}
	// One works three months in a row; one comes back after exactly a year (never gone) and after 14 months (gone in
	// between); one came once and is gone a year later.
	flow(months, activeMonths([]int{0, 1, 2}, []int{0, 12, 26}, []int{1}), 2020*12+30)
	var got []string
	for _, m := range lineUp(months, 0) {
		if m.Active+m.New+m.Returning+m.Gone > 0 {
			got = append(got, strings.Join([]string{m.Month, strings.Repeat("a", m.Active), strings.Repeat("n", m.New),
				strings.Repeat("r", m.Returning), strings.Repeat("g", m.Gone)}, "/"))
		}
	}
	want := "2020-01/aa/nn// 2020-02/aa/n// 2020-03/a/// 2021-01/a/// 2021-02////g 2021-03////g 2022-01////g 2022-03/a//r/"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestWhoIsThereIsWhoCameLessWhoLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := 60
		var people [][]int
		for range rapid.IntRange(0, 8).Draw(t, "people") {
			m := rapid.SliceOfNDistinct(rapid.IntRange(0, end), 1, 12, rapid.ID).Draw(t, "months")
			slices.Sort(m)
			people = append(people, m)
		}
		months := map[int]*Month{}
		flow(months, activeMonths(people...), 2020*12+end)
		there := 0
		for n := range end + 1 {
			if m := months[2020*12+n]; m != nil {
				there += m.New + m.Returning - m.Gone
			}
			want := 0
			for _, p := range people {
				if slices.ContainsFunc(p, func(m int) bool { return m <= n && m > n-goneAfter }) {
					want++
				}
			}
			if there != want {
				t.Fatalf("month %d: %d, want %d", n, there, want)
			}
		}
	})
}

func TestCohortsCountWhoStays(t *testing.T) {
	// First quarter of 2020: three people, of whom one is seen two quarters later and one three years later.
	got := cohorts(activeMonths([]int{0}, []int{1, 7}, []int{2, 40}), 2020*12+12)
	if len(got) != 1 || got[0].Quarter != "2020-Q1" || got[0].Size != 3 || *got[0].After1 != 2 || *got[0].After2 != 2 || got[0].After4 != nil || got[0].After8 != nil {
		t.Errorf("%+v", got)
	}
	if got = cohorts(activeMonths([]int{0}, []int{1, 7}, []int{2, 40}), 2020*12+41); *got[0].After4 != 1 || *got[0].After8 != 1 {
		t.Errorf("%+v", got)
	}
}

func TestHoursAreTheAuthors(t *testing.T) {
	for _, c := range []struct {
		rule, at string
		want     bool
	}{
		{"Monday at nine", "2024-01-01T09:00:00+01:00", false},
		{"Monday at nine in Tokyo, though it is night in Greenwich", "2024-01-01T09:00:00+09:00", false},
		{"before eight", "2024-01-01T07:59:59+01:00", true},
		{"one second before seven in the evening", "2024-01-01T18:59:59+01:00", false},
		{"seven in the evening", "2024-01-01T19:00:00+01:00", true},
		{"Saturday at noon", "2024-01-06T12:00:00+01:00", true},
		{"Friday afternoon in Los Angeles, Saturday in Paris", "2024-01-05T17:00:00-08:00", false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			_, offset := at.Zone()
			if got := OutsideHours(at.Unix(), offset/60); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestBots(t *testing.T) {
	for _, c := range []struct {
		name, email string
		want        bool
	}{
		{"dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", true},
		{"Renovate Bot", "bot@renovateapp.com", true},
		{"project", "project_12_bot_ab@noreply.gitlab.example.org", true},
		{"snyk-bot", "snyk-bot@snyk.io", true},
		{"Hosted Weblate", "hosted@weblate.org", true},
		{"pre-commit-ci", "x@y.org", true},
		{"Jan Bot", "jan.de@bot.nl", false}, // a Dutch family name
		{"Abbot Botha", "abbot@x.fr", false},
		{"Robot Framework User", "talbot@x.fr", false},
		{"Ana", "ana@town.example.fr", false},
		{"", "", false},
	} {
		if got := IsBot(c.name, c.email); got != c.want {
			t.Errorf("%s <%s>: %v", c.name, c.email, got)
		}
	}
	if !slices.IsSorted(botNames) || !slices.IsSorted(freeMail) {
		t.Error("a list that is searched by halves is not sorted")
	}
}

func TestOrganisations(t *testing.T) {
	for _, c := range []struct{ email, want string }{
		{"ana@dev.beta.gouv.fr", "beta.gouv.fr"},
		{"ana@BETA.gouv.fr", "beta.gouv.fr"},
		{"bea@cs.helsinki.fi", "helsinki.fi"},
		{"cy@gmail.com", ""},
		{"cy@users.noreply.github.com", ""},
		{"1+cy@users.noreply.forge.example.org", ""},
		{"noreply@town.example.fr", ""},
		{"root@laptop", ""},
		{"root@laptop.local", ""},
		{"me@(none)", ""},
		{"me@94557f15-0b3e-4d3b-9f0e-6d2f4f2f1d11", ""},
		{"no address", ""},
		{"", ""},
		{"x@", ""},
		{"x@.", ""},
		{"x@fr", ""},
		{"x@co.uk", ""},
	} {
		if got, _ := Organisation(c.email); got != c.want {
			t.Errorf("%q: %q, want %q", c.email, got, c.want)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		tag, line string
		scheme    Scheme
		pre       bool
	}{
		{"v1.2.3", "1.2", SemVer, false},
		{"1.2", "1.2", SemVer, false},
		{"V2.0.0.1", "2.0", SemVer, false},
		{"v12", "12", SemVer, false},
		{"v1.2.3-rc.1", "1.2", SemVer, true},
		{"1.2rc1", "1.2", SemVer, true},
		{"1.2b3", "1.2", SemVer, true},
		{"v1.2.3-0.3.7", "1.2", SemVer, false},
		{"v1.0.0+build.5", "1.0", SemVer, false},
		{"1.2.3.Final", "1.2", SemVer, false},
		{"name-1.2.3", "name 1.2", SemVer, false},
		{"name-v1.2.3", "name 1.2", SemVer, false},
		{"my-lib2-1.2.3", "my-lib2 1.2", SemVer, false},
		{"pkg/v1.2.3", "pkg 1.2", SemVer, false},
		{"@scope/pkg@1.2.3", "@scope/pkg 1.2", SemVer, false},
		{"release-1.2.3", "1.2", SemVer, false},
		{"release_1_2_3", "1.2", SemVer, false},
		{"2024.05.1", "2024.05", CalVer, false},
		{"v2024.5", "2024.5", CalVer, false},
		{"2024-05-01", "2024.05", CalVer, false},
		{"20240501", "2024.05", CalVer, false},
		{"nightly", "", "", false},
		{"sprint-12", "", "", false},
		{"build-1234", "", "", false},
		{"12345678", "", "", false},
		{"junio-gpg-pub", "", "", false},
		{"before-1.2-doc-import-by-hand", "", "", false},
		{"", "", "", false},
	} {
		v, ok := ParseVersion(c.tag)
		if ok != (c.line != "") || v != (Version{c.scheme, c.line, c.pre}) {
			t.Errorf("%q: %+v %v, want %q %s %v", c.tag, v, ok, c.line, c.scheme, c.pre)
		}
	}
}

func TestFindingsSayWhatStandsInTheFigures(t *testing.T) {
	res := &Result{Windows: Windows{Year: Window{Commits: 12, BotCommits: 3, Contributors: 5, NewContributors: 0,
		AbsenceFactor: AbsenceFactor{Commits: 3, Lines: 1}, ElephantFactor: ElephantFactor{UnknownShare: 1}}},
		Missing: Missing{Blobs: 1, Commits: 2}, Rewritten: true}
	var codes []string
	for _, f := range res.Findings(Window12m) {
		codes = append(codes, f.Code)
		if !slices.Contains(Codes(), f.Code) {
			t.Errorf("%s is not among the codes", f.Code)
		}
	}
	want := []string{FindAbsence, FindActivity, FindAbsenceLines, FindNew, FindUnknownOrg, FindOutside, FindBots, FindNoRelease, FindMissing, FindRewritten}
	if !slices.Equal(codes, want) {
		t.Errorf("got %v, want %v", codes, want)
	}
	if f := (&Result{}).Findings("no such window")[0]; f.Code != FindQuiet || f.Window != WindowAll {
		t.Errorf("%+v", f)
	}
}

func TestCleanIsAlwaysFitToShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := clean(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\n\r\u009b\u202e") {
			t.Fatalf("%q", s)
		}
	})
}
