package githistory

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// botWord is a name or the part of an address before the @ that says bot as a word of its own, set off by punctuation:
// "renovate-bot", "codecov_bot", "bot.release", "project_12_bot_3f". A blank is no such mark: Bot is a family name.
var botWord = regexp.MustCompile(`(?i)(?:^|[-_.+/])(?:ro)?bot(?:$|[-_.+/0-9])`)

// botNames are machine accounts whose name does not say so, or says it after a blank, in lower case.
var botNames = []string{
	"allcontributors", "codecov", "copilot", "dependabot", "dependabot-preview", "github actions", "github-actions", "gitlab bot",
	"greenkeeper", "hosted weblate", "imgbot", "l10n daemon script", "mergify", "pre-commit-ci", "pyup-bot", "release bot",
	"renovate", "renovate bot", "restyled-io", "semantic-release-bot", "snyk bot", "snyk-bot", "transifex",
	"translatewiki.net", "web-flow", "weblate", "whitesource-renovate",
}

// IsBot says whether a contributor is a program, by these rules: the name or address bears "[bot]", which GitHub gives
// to every app (docs.github.com, "Differences between GitHub Apps and OAuth apps"); either says bot as a word of its
// own (the name rule of Dey et al. 2020, "Detecting and Characterizing Bots that Commit Code"); or the name is that of
// a known machine account. A person behind a script, or a bot under a person's name, is not told apart.
func IsBot(name, email string) bool {
	if len(name)+len(email) > 1000 {
		return false // nobody's name; and words are not looked for in a book
	}
	lower := strings.ToLower(strings.TrimSpace(name))
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	if strings.Contains(lower, "[bot]") || strings.Contains(local, "[bot]") {
		return true
	}
	_, known := slices.BinarySearch(botNames, lower)
	return known || botWord.MatchString(lower) || botWord.MatchString(local)
}

// freeMail are providers where anyone has an address, so that it says nothing of an employer. A list of what is common
// in public histories; what is missing shows as an organisation of that name. Sorted.
var freeMail = []string{
	"126.com", "163.com", "aol.com", "arcor.de", "att.net", "bbox.fr", "bluewin.ch", "btinternet.com", "club-internet.fr",
	"comcast.net", "cox.net", "disroot.org", "duck.com", "email.com", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr",
	"freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.fr", "gmx.net", "googlemail.com", "hey.com",
	"home.nl", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "icloud.com", "inbox.ru",
	"interia.pl", "laposte.net", "libero.it", "list.ru", "live.be", "live.co.uk", "live.com", "live.fr", "live.nl", "mac.com",
	"mail.com", "mail.ru", "mailbox.org", "mailo.com", "me.com", "msn.com", "naver.com", "neuf.fr", "numericable.fr", "o2.pl",
	"online.de", "orange.fr", "outlook.com", "outlook.de", "outlook.es", "outlook.fr", "pm.me", "posteo.de", "posteo.net",
	"proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rambler.ru", "riseup.net", "rocketmail.com", "sbcglobal.net",
	"seznam.cz", "sfr.fr", "sina.com", "skynet.be", "t-online.de", "telenet.be", "tiscali.it", "tuta.com", "tuta.io",
	"tutanota.com", "tutanota.de", "ukr.net", "verizon.net", "virgilio.it", "voila.fr", "wanadoo.fr", "web.de", "wp.pl",
	"xs4all.nl", "ya.ru", "yahoo.ca", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.br", "yahoo.de",
	"yahoo.es", "yahoo.fr", "yahoo.it", "yandex.com", "yandex.ru", "yeah.net", "ymail.com", "zoho.com",
}

// Organisation returns the registered domain of an e-mail address ("beta.gouv.fr" of "ana@dev.beta.gouv.fr", by the
// public suffix list), in lower case. False when it tells no organisation: a free mail provider, a forge's noreply
// address, no address, a machine's own name, an example. CHAOSS, "Organizational Diversity", leaves how to find an
// organisation open; a domain is evidence, not proof.
func Organisation(email string) (string, bool) {
	if len(email) > 320 { // the longest address there is
		return "", false
	}
	email = strings.ToLower(strings.TrimSpace(email))
	at := strings.LastIndexByte(email, '@')
	if at < 0 {
		return "", false
	}
	local, host := email[:at], strings.Trim(email[at+1:], ".")
	switch {
	case !strings.Contains(host, "."), strings.ContainsAny(host, " <>()[]/:,;\"'"), !utf8.ValidString(host):
		return "", false // "root@laptop", "me@(none)", an imported repository's UUID
	case strings.Contains(host, "noreply"), strings.Contains(host, "no-reply"), local == "noreply", local == "no-reply":
		return "", false
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return "", false
	}
	switch tld := domain[strings.LastIndexByte(domain, '.')+1:]; tld {
	case "local", "localdomain", "lan", "home", "internal", "invalid", "test", "example", "localhost":
		return "", false
	}
	switch domain {
	case "example.com", "example.org", "example.net":
		return "", false
	}
	if _, free := slices.BinarySearch(freeMail, domain); free {
		return "", false
	}
	return domain, true
}

// clean makes git's bytes fit to be shown: what is no UTF-8 is read as Latin-1, which is what old histories are
// written in, and what would move a terminal's cursor or turn the direction of text is left out.
func clean(s string) string {
	if !utf8.ValidString(s) {
		runes := make([]rune, 0, len(s))
		for i := range len(s) {
			runes = append(runes, rune(s[i]))
		}
		s = string(runes)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c' {
			return -1
		}
		return r
	}, s)
}
