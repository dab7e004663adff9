package admin

import (
	"testing"

	"commun/internal/platform/i18n/i18ntest"
)

func TestBothLanguagesSayTheSame(t *testing.T) {
	i18ntest.Messages(t, Messages())
}

func TestEveryKeyIsUsedAndThere(t *testing.T) {
	i18ntest.Keys(t, Messages(), []string{".", "../../core/instance", "../../platform/jobs", "../../platform/storage", "../../core/journal"}, "admin.phase_", "admin.job_", "admin.thing_", "jobs.cancel", "jobs.wake", "journal.forgotten")
}
