package kit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"commun/engines/githistory"
	"commun/engines/githistory/gitexec"
	"commun/internal/app"
	"commun/internal/core/commons"
	"commun/internal/core/people"
	"commun/internal/platform/storage"
)

// Made is a synthetic commons as the client knows it.
type Made struct {
	ID, Slug, Name string
	Words          []string // of its name and summaries, those that are everywhere left out
	Kind, Language string
	Measured       bool
}

// Filled is what Fill put into an instance, and how long that took.
type Filled struct {
	List []Made
	Took time.Duration
}

// together is how many commons are created at once, as a list's import does: their commits come in groups.
const together = 32

// measured is how many commons have figures of vitality, so that their page is that of an imported one.
const measured = 1000

// Fill creates n commons of invented words by the service, each with its entry in the record and its place in the search index, and waits
// until all can be found. The first thousand are measured too. The same n makes the same words.
func Fill(ctx context.Context, a *app.App, n int) (Filled, error) {
	begun := time.Now()
	drafts, list := invent(n)
	by := people.Program("bench")
	next := make(chan int)
	errs := make([]error, together)
	var wg sync.WaitGroup
	for w := range together {
		wg.Go(func() {
			for i := range next {
				c, _, err := a.Commons.Create(ctx, by, drafts[i], nil)
				if err != nil {
					errs[w] = errors.Join(errs[w], err)
				}
				list[i].ID, list[i].Slug = c.ID, c.Slug
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return Filled{}, fmt.Errorf("fill: %w", err)
	}
	if err := describe(ctx, a, list); err != nil {
		return Filled{}, fmt.Errorf("fill: %w", err)
	}
	if _, err := a.Search.Drain(ctx); err != nil {
		return Filled{}, fmt.Errorf("fill the index: %w", err)
	}
	for { // until the log has taken in every entry
		if left, err := a.Journal.Sequence(ctx); err != nil || left == 0 {
			return Filled{list, time.Since(begun)}, err
		}
	}
}

// describe notes when each repository was read, as an import does, and gives the first commons figures of a real history.
func describe(ctx context.Context, a *app.App, list []Made) error {
	dir, err := os.MkdirTemp("", "commun-bench-history-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := Repository(dir, 600); err != nil {
		return err
	}
	git, err := gitexec.Open(dir)
	if err != nil {
		return err
	}
	h, err := githistory.Read(ctx, git, githistory.Options{})
	if err != nil {
		return err
	}
	figures, err := json.Marshal(h.Measure(githistory.View{}))
	if err != nil {
		return err
	}
	const facts = `{"files":{"readme":"README.md","licence":"LICENSE","publiccode":"publiccode.yml"},"releases":6,"tags":6,"valid":true,"standard":"0.7"}`
	for from := 0; from < len(list); from += 500 {
		err := a.DB.Maintain(ctx, func(tx *storage.Tx) error {
			for i := from; i < min(from+500, len(list)); i++ {
				if _, err := tx.Exec(ctx, `INSERT INTO catalogue_refreshes (commons, tried_at, succeeded_at, head, branch, bytes, facts)
					VALUES ($1, $2, $2, $3, 'main', 1000000, $4)`, list[i].ID, storage.Now(), h.Measure(githistory.View{}).Repository.Head, facts); err != nil {
					return err
				}
				if i >= measured {
					continue
				}
				list[i].Measured = true
				if _, err := tx.Exec(ctx, `INSERT INTO vitality_results (commons, head, measured_at, lines_pending, result) VALUES ($1, 'x', $2, 0, $3)`,
					list[i].ID, storage.Now(), string(figures)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// invent returns n commons: a name of 2 or 3 words, summaries of 20 and a description of 60 in French and English, words by Zipf's law
// from some 12,000, and facets as catalogues have them.
func invent(n int) ([]commons.Draft, []Made) {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 4, 11_999)
	vocabulary := words(12_000)
	var seen []string // the rarer words of the commons that is being made
	text := func(n int) string {
		list := make([]string, n)
		for i := range list {
			at := zipf.Uint64()
			if list[i] = vocabulary[at]; at >= 50 {
				seen = append(seen, list[i])
			}
		}
		return strings.Join(list, " ")
	}
	pick := func(list ...string) string { return list[min(rnd.IntN(len(list)), rnd.IntN(len(list)))] } // the first are the commonest
	drafts, made := make([]commons.Draft, n), make([]Made, n)
	for i := range drafts {
		seen = nil
		d := &drafts[i]
		put := func(field, lang string, v any) {
			b, _ := json.Marshal(v) // texts always encode
			d.Values = append(d.Values, commons.Value{Field: field, Lang: lang, Source: commons.FromPublicCode, Note: "publiccode.yml:1", JSON: b})
		}
		d.Name = text(2 + rnd.IntN(2))
		address := fmt.Sprintf("forge%d.example.org/org%d/project-%d", i%7, i%400, i)
		d.Home = commons.Home{Key: address, Address: "https://" + address}
		kind, language := pick(commons.Kinds...), pick("fr", "en", "de", "it", "es", "nl")
		put("name", "", d.Name)
		put("summary", "fr", text(20))
		put("summary", "en", text(20))
		put("description", "fr", text(60))
		put("description", "en", text(60))
		put("kind", "", kind)
		put("licence", "", pick("AGPL-3.0-or-later", "EUPL-1.2", "MIT", "Apache-2.0", "GPL-3.0-or-later", "etalab-2.0", "ODbL-1.0", "CC-BY-4.0"))
		put("stage", "", pick("stable", "beta", "development", "concept", "obsolete"))
		put("languages", "", []string{language, pick("fr", "en", "pt")})
		put("audiences", "", []string{pick(commons.Audiences...), pick(commons.Audiences...)})
		put("countries", "", []string{pick("FR", "IT", "DE", "NL", "SE", "ES")})
		put("stewards", "", []commons.Party{{Name: "Org " + vocabulary[i%400], URL: "https://example.org"}})
		put("website", "", "https://"+address)
		made[i] = Made{Name: d.Name, Words: seen, Kind: kind, Language: language}
	}
	return drafts, made
}

// words makes n different words of two to four syllables.
func words(n int) []string {
	rnd := rand.New(rand.NewPCG(3, 4))
	syllables := strings.Fields("ba bon cau co da der du fer fi gan ge gra hi jan ju ka lan le lin ma mer mi mon na nor nu pa per pi pro ra ren ri sa ser si tan te tri u va ven vi zo")
	seen := map[string]bool{}
	list := make([]string, 0, n)
	for len(list) < n {
		var b strings.Builder
		for range 2 + rnd.IntN(3) {
			b.WriteString(syllables[rnd.IntN(len(syllables))])
		}
		if w := b.String(); !seen[w] && len(w) > 3 {
			seen[w] = true
			list = append(list, w)
		}
	}
	return list
}

// Search returns two words of a commons, one mistyped when mistake says so, or "" when it has too few rare ones.
func (m Made) Search(rnd *rand.Rand, mistake bool) string {
	if len(m.Words) < 2 {
		return ""
	}
	a, b := m.Words[rnd.IntN(len(m.Words))], m.Words[rnd.IntN(len(m.Words))]
	if mistake && len(b) > 4 {
		i := 1 + rnd.IntN(len(b)-2)
		b = b[:i] + b[i+1:]
	}
	return a + " " + b
}

// Repository writes a bare repository whose history resembles a real one into dir, which exists: 400 files of some hundred lines, of which
// each commit rewrites a few lines of one, by 300 people of whom a few do most; a README, a licence, a publiccode.yml; a tag in a hundred.
func Repository(dir string, commits int) error {
	if out, err := exec.Command("git", "init", "--quiet", "--bare", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("make repository: %w: %s", err, out)
	}
	cmd := exec.Command("git", "-C", dir, "fast-import", "--quiet")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w := bufio.NewWriterSize(in, 1<<20)
	rnd := rand.New(rand.NewPCG(5, 6))
	begin := func(n int) {
		who := rnd.IntN(300) * rnd.IntN(300) / 300
		fmt.Fprintf(w, "commit refs/heads/main\ncommitter Person %d <p%d@org%d.example.org> %d +0100\ndata 7\nchange\n", who, who, who%20, 1_700_000_000+n*3600)
	}
	file := func(name, text string) { fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text) }
	begin(0)
	file("README.md", "# A measured project\n\nIt keeps a history long enough to be measured, and does nothing else.\n")
	file("LICENSE", licenceText)
	file("publiccode.yml", publicCode)
	files := make([][]string, 400)
	for n := 1; n < commits; n++ {
		begin(n)
		f := rnd.IntN(len(files))
		for len(files[f]) < 150 {
			files[f] = append(files[f], fmt.Sprintf("line %d of file %d says %d", len(files[f]), f, rnd.IntN(1e6)))
		}
		for range 1 + rnd.IntN(12) {
			files[f][rnd.IntN(150)] = fmt.Sprintf("in commit %d this line became %d", n, rnd.IntN(1e6))
		}
		file(fmt.Sprintf("src/dir%d/file%d.txt", f%20, f), strings.Join(files[f], "\n")+"\n")
		if n%100 == 0 {
			fmt.Fprintf(w, "reset refs/tags/v1.%d\nfrom refs/heads/main\n\n", n/100)
		}
	}
	if err := errors.Join(w.Flush(), in.Close(), cmd.Wait()); err != nil {
		return fmt.Errorf("make repository: %w", err)
	}
	// packed as a forge keeps it, and as a clone is
	for _, args := range [][]string{{"symbolic-ref", "HEAD", "refs/heads/main"}, {"repack", "-a", "-d", "-q"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			return fmt.Errorf("make repository: git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

const licenceText = `MIT License

Copyright (c) 2024 The project

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

const publicCode = `publiccodeYmlVersion: "0.4"
name: Measured
url: https://example.org/measured.git
platforms: [web]
categories: [it-development]
developmentStatus: stable
softwareType: standalone/web
description:
  en:
    shortDescription: A project whose history is long enough to be measured.
    longDescription: This project exists so that the time of an import can be told. It has four hundred files, three hundred authors and a licence. Its history is invented, and always the same, so that two runs of one program can be compared with each other; nothing in it is of any other use to anyone.
    features: [History]
legal:
  license: MIT
maintenance:
  type: community
  contacts:
    - name: Ada
localisation:
  localisationReady: false
  availableLanguages: [en]
`
