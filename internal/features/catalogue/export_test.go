package catalogue

import (
	"context"

	"commun/formats/publiccode"
	"commun/internal/core/commons"
	"commun/internal/platform/gitrepo"
	"commun/internal/platform/storage"
)

// Gather reads a publiccode.yml as an import does, on an instance where nobody was forgotten.
func Gather(name, address string, raw []byte) ([]Remark, []commons.Value) {
	g := newGather(func(string) bool { return false })
	_, d := g.publicCode(name, address, raw, publiccode.Limits{})
	g.licence(d, "", "")
	return g.kept(), g.values
}

// FileWithout returns the text of a publiccode.yml as an import keeps it on an instance where somebody was forgotten.
func FileWithout(raw []byte, forgotten func(string) bool) string {
	g := newGather(forgotten)
	g.publicCode("publiccode.yml", "", raw, publiccode.Limits{})
	v, _ := commons.Commons{Values: g.values}.Of(commons.FromPublicCode, "publiccode", "")
	return v.Text()
}

// Readme reads a README as an import does.
func Readme(name string, raw []byte) (title, summary, lang string) {
	r := parseReadme(name, raw)
	return r.title, r.summary, r.lang
}

// Name returns the name in a README's title, and its text as a description.
func Name(name string, raw []byte) (title, text string) {
	r := parseReadme(name, raw)
	return nameIn(r.title), r.text
}

// Reopen returns the service as another process on the same database would make it, without its own queue.
func Reopen(s *Service) *Service {
	return &Service{Options: s.Options, memory: newMemory()}
}

// Follow takes in what other nodes changed lately.
func Follow(ctx context.Context, s *Service) error {
	_, err := s.follow(ctx, storage.Now())
	return err
}

// Rehome gives a commons another address, as a redirect would.
func Rehome(ctx context.Context, s *Service, id, address string) error {
	a, err := gitrepo.Parse(address)
	if err != nil {
		return err
	}
	_, err = s.Commons.Import(ctx, importer, id, commons.Imported{Homes: []commons.Home{{Key: a.Key(), Address: a.String(), Main: true}}}, nil)
	return err
}

// FillList puts commons into the list and the index, as if they had been read from the database.
func FillList(ctx context.Context, s *Service, list []commons.Commons) error {
	s.memory.fill(list)
	for from := 0; from < len(list); from += 500 {
		err := s.DB.Maintain(ctx, func(tx *storage.Tx) error {
			for _, c := range list[from:min(from+500, len(list))] {
				if err := s.index(ctx, tx, c); err != nil {
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
