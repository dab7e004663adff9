package app

import (
	"embed"
	"fmt"
	"io/fs"

	catalogueapi "commun/internal/features/catalogue/api"
	catalogue "commun/internal/features/catalogue/site"
	"commun/internal/features/vitality/report"
	vitality "commun/internal/features/vitality/site"
	"commun/internal/platform/config"
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
	return []fs.FS{own, config.Messages(), web.Messages(), gallery.Messages(), account.Messages(), record.Messages(), admin.Messages(), catalogue.Messages(),
		catalogueapi.Messages(), vitality.Messages(), report.Messages()}
}

// Words returns all messages, with lang as the default language.
func Words(lang string) (*i18n.Bundle, error) {
	b, err := i18n.New(lang, Sources()...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return b, nil
}
