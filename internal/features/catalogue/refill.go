package catalogue

import (
	"context"
	"fmt"
	"iter"

	"commun/internal/core/commons"
	"commun/internal/platform/search"
)

// Documents yields what the search index is given of every commons, to fill it anew: after a restore, or when the analyser changed.
func (s *Service) Documents(ctx context.Context) iter.Seq2[search.Doc, error] {
	return func(yield func(search.Doc, error) bool) {
		for after := ""; ; {
			list, err := s.Commons.All(ctx, after, loadPage)
			if err != nil {
				yield(search.Doc{}, fmt.Errorf("read commons for the index: %w", err))
				return
			}
			if len(list) == 0 {
				return
			}
			for i := range list {
				if list[i].State != commons.Merged && !yield(document(&list[i]), nil) {
					return
				}
			}
			after = list[len(list)-1].ID
		}
	}
}
