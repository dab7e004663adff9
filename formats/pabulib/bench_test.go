package pabulib

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// generated is a file of so many projects and ballots of one to 15 projects each, about 40 bytes a ballot.
func generated(projects, ballots int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	fmt.Fprintf(&b, "META\nkey;value\ndescription;Generated\ncountry;France\nunit;Ville\ninstance;2026\nnum_projects;%d\nnum_votes;%d\nbudget;1000000\n", projects, ballots)
	b.WriteString("vote_type;approval\nrule;greedy\ndate_begin;01.01.2026\ndate_end;31.01.2026\nPROJECTS\nproject_id;cost\n")
	for p := range projects {
		fmt.Fprintf(&b, "%d;%d\n", p+1, 1000+rnd.IntN(100_000))
	}
	b.WriteString("VOTES\nvoter_id;age;sex;vote\n")
	named := make([]int, projects)
	for v := range ballots {
		fmt.Fprintf(&b, "%d;%d;%c;", v+1, 16+rnd.IntN(80), "MF"[rnd.IntN(2)])
		for i := range 1 + rnd.IntN(15) {
			p := rnd.IntN(projects)
			for named[p] == v+1 {
				p = (p + 1) % projects
			}
			named[p] = v + 1
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprint(&b, p+1)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func benchmark(b *testing.B, o Options) {
	data := generated(300, 100_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(data), o)
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
			n += len(r.Ballot().Projects)
		}
		if r.Err() != nil || r.Errors() > 0 || r.Count() != 100_000 {
			b.Fatal(r.Err(), r.Problems())
		}
	}
	b.ReportMetric(float64(b.N)*100_000/b.Elapsed().Seconds(), "ballots/s")
}

func BenchmarkStream(b *testing.B) { benchmark(b, Options{}) }

func BenchmarkJudge(b *testing.B) { benchmark(b, Options{Judge: true}) }

func BenchmarkRead(b *testing.B) {
	data := generated(300, 100_000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	data := generated(300, 100_000)
	f, err := Read(bytes.NewReader(data), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var out bytes.Buffer
		out.Grow(len(data))
		if err := f.Write(&out); err != nil || out.Len() != len(data) {
			b.Fatal(err, out.Len())
		}
	}
}
