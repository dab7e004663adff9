package account

import (
	"testing"

	"commun/internal/platform/i18n/i18ntest"
)

func TestBothLanguagesSayTheSame(t *testing.T) {
	i18ntest.Messages(t, Messages())
}

func TestEveryKeyIsUsedAndThere(t *testing.T) {
	i18ntest.Keys(t, Messages(), []string{".", "../../core/people", "../../app"}, "people.role_", "people.sign_in_mail", "people.asked_mail", "people.forgetting_")
}
