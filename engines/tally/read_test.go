package tally

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readPB is a small reader for tests: the real one is formats/pabulib.
func readPB(t testing.TB, path string) *Instance {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	meta := map[string]string{}
	in := &Instance{}
	index := map[string]int32{}
	var b *Builder
	section := ""
	var head map[string]int
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<24)
	amount := func(s string) int64 {
		r, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("amount %q", s)
		}
		n, ok := Units(Exactly(r), in.Scale)
		if !ok {
			t.Fatalf("amount %q", s)
		}
		return n
	}
	for scan.Scan() {
		line := strings.TrimRight(scan.Text(), "\r")
		if line == "META" || line == "PROJECTS" || line == "VOTES" {
			section, head = line, nil
			continue
		}
		r := csv.NewReader(strings.NewReader(line))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = ';', true, -1
		row, err := r.Read()
		if err != nil {
			continue
		}
		if head == nil {
			head = map[string]int{}
			for i, h := range row {
				head[h] = i
			}
			if section == "VOTES" {
				in.Budget = amount(meta["budget"])
				kind := Kind(meta["vote_type"])
				if b, err = NewBuilder(kind, len(in.Projects), true); err != nil {
					t.Fatal(err)
				}
			}
			continue
		}
		at := func(name string) string {
			if i, ok := head[name]; ok && i < len(row) {
				return row[i]
			}
			return ""
		}
		switch section {
		case "META":
			meta[row[0]] = row[1]
		case "PROJECTS":
			index[row[head["project_id"]]] = int32(len(in.Projects))
			in.Projects = append(in.Projects, Project{ID: at("project_id"), Name: at("name"), Cost: amount(at("cost")), Categories: []string{"selected=" + at("selected")}})
		case "VOTES":
			var choices, points []int32
			if v := at("vote"); v != "" {
				for _, id := range strings.Split(v, ",") {
					choices = append(choices, index[id])
				}
			}
			if b.b.Kind.HasPoints() && at("points") != "" {
				for _, p := range strings.Split(at("points"), ",") {
					n, _ := strconv.Atoi(p)
					points = append(points, int32(n))
				}
			}
			if _, err := b.Add(choices, points); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	in.Ballots = b.Done()
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	return in
}

// files are real budgets: those of the folder that COMMUN_PB names, else the one that is kept with the project.
func files(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(cmp.Or(os.Getenv("COMMUN_PB"), "../../formats/pabulib/testdata"), "*.pb"))
	if err != nil || len(list) == 0 {
		t.Fatalf("COMMUN_PB names no folder of .pb files: %v", err)
	}
	return list
}

func bigRat(n *big.Int, d int64) *big.Rat { return new(big.Rat).SetFrac(n, big.NewInt(d)) }
