package app

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	catalogueapi "commun/internal/features/catalogue/api"
	catalogue "commun/internal/features/catalogue/site"
	vitality "commun/internal/features/vitality/site"
	"commun/internal/platform/fault"
	"commun/internal/platform/i18n"
	"commun/internal/web"
	"commun/internal/web/account"
	"commun/internal/web/admin"
	"commun/internal/web/gallery"
	"commun/internal/web/record"
)

//go:embed messages/*.toml
var own embed.FS

// Sources returns every file system that holds messages.
func Sources() []fs.FS {
	return []fs.FS{own, web.Messages(), gallery.Messages(), account.Messages(), record.Messages(), admin.Messages(), catalogue.Messages(),
		catalogueapi.Messages(), vitality.Messages()}
}

// Words returns all messages, with lang as the default language.
func Words(lang string) (*i18n.Bundle, error) {
	b, err := i18n.New(lang, Sources()...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return b, nil
}

// Sentence says an error to who types commands: each fault in English words, with its cause, else the error's own text.
func Sentence(err error) string {
	faults := fault.Of(err)
	if len(faults) == 0 {
		return err.Error()
	}
	words, wordsErr := Words("en")
	if wordsErr != nil {
		return err.Error()
	}
	l := words.For("en")
	var lines []string
	for _, f := range faults {
		text := f.Error()
		if l.Has(f.Key) {
			text = l.T(f.Key, i18n.Args(f.Args))
			if f.Cause != nil && f.Kind != fault.MissingKind { // why something is not there is said by the sentence itself
				text += " (" + strings.Join(strings.Fields(f.Cause.Error()), " ") + ")" // one line, whatever a driver writes
			}
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

func (a *App) sentence(err error) string { return Sentence(err) }
