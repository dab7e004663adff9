package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"commun/engines/githistory"
)

// Lang is the language of a terminal.
type Lang string

// The languages that the terminal speaks.
const (
	English Lang = "en"
	French  Lang = "fr"
)

// LangOf reads a locale as LANG gives it ("fr_FR.UTF-8"); English when it is neither.
func LangOf(locale string) Lang {
	if strings.HasPrefix(strings.ToLower(locale), "fr") {
		return French
	}
	return English
}

// word is a text with {placeholders}; one is said for a count that is singular in its language, zero for none.
type word struct{ zero, one, other string }

// words are the terminal's texts by key. The keys of findings are their codes; {window} is filled by "in.<window>".
// They stand here and not with the site's messages because the terminal works without the rest of the program.
func words(lang Lang) map[string]word {
	if lang == French {
		return french()
	}
	return english()
}

func english() map[string]word {
	return map[string]word{
		"in.12m":   {other: "in the last 12 months"},
		"in.3y":    {other: "in the last 3 years"},
		"in.all":   {other: "over the whole history"},
		"in.since": {other: "since {from}"},

		"quiet":          {other: "Nobody changed anything {window}; the last change is of {last}."},
		"activity":       {one: "One person made {commits} changes {window}.", other: "{people} people made {commits} changes {window}."},
		"alone":          {other: "One person alone made all changes {window}."},
		"absence":        {one: "One person made half of the changes {window}.", other: "{people} people made half of the changes {window}."},
		"absence_lines":  {one: "Counted by changed lines, it is one person.", other: "Counted by changed lines, it is {people} people."},
		"new":            {zero: "Nobody contributed for the first time {window}.", one: "One person contributed for the first time {window}.", other: "{people} people contributed for the first time {window}."},
		"gone":           {one: "One person left {window}, that is, made no change for a year.", other: "{people} people left {window}, that is, made no change for a year."},
		"elephant":       {one: "Of the changes {window} whose organisation is known, one organisation made half; for {unknown} of all changes it is not known.", other: "Of the changes {window} whose organisation is known, {organisations} organisations made half; for {unknown} of all changes it is not known."},
		"unknown_org":    {other: "No organisation can be told from the e-mail addresses {window} ({unknown} unknown)."},
		"outside_hours":  {other: "{share} of the changes {window} were made outside working hours (Monday to Friday, 8:00 to 19:00)."},
		"release":        {one: "One release: {tag}, on {date}.", other: "{count} releases; the last is {tag}, on {date}."},
		"release_days":   {one: "Half of the time, the next release came within a day.", other: "Half of the time, the next release came within {days} days."},
		"no_release":     {other: "No tag names a release."},
		"bots":           {one: "Programs made one change ({share}) {window}; they are left out of people.", other: "Programs made {commits} changes ({share}) {window}; they are left out of people."},
		"missing":        {one: "The lines of one commit could not be counted; objects that this clone lacks: {blobs}.", other: "The lines of {commits} commits could not be counted; objects that this clone lacks: {blobs}."},
		"shallow":        {other: "This clone is shallow: what is older is not in it, and people look newer than they are."},
		"rewritten":      {other: "The history was rewritten since it was last read: everything was counted anew."},
		"head.windows":   {other: "Figures"},
		"head.people":    {other: "Contributors"},
		"col.window":     {other: "Window"},
		"col.commits":    {other: "Changes"},
		"col.people":     {other: "People"},
		"col.new":        {other: "New"},
		"col.absence":    {other: "Make half"},
		"col.lines":      {other: "by lines"},
		"col.elephant":   {other: "Organisations"},
		"col.unknown":    {other: "Unknown"},
		"col.outside":    {other: "Off hours"},
		"col.name":       {other: "Name"},
		"col.added":      {other: "Added"},
		"col.deleted":    {other: "Deleted"},
		"col.last":       {other: "Last"},
		"name.12m":       {other: "12 months"},
		"name.3y":        {other: "3 years"},
		"name.all":       {other: "all"},
		"name.since":     {other: "since"},
		"spark.people":   {other: "Active people a month, {from} to {to}, at most {most}"},
		"spark.commits":  {other: "Changes a month, {from} to {to}, at most {most}"},
		"more":           {one: "and one more", other: "and {count} more"},
		"bot":            {other: "program"},
		"line.head":      {other: "Commits: {commits}, of which merges: {merges}. Contributors: {contributors}. From {first} to {last}."},
		"phase.commits":  {other: "Reading who and when"},
		"phase.lines":    {other: "Counting changed lines"},
		"check.equal":    {other: "equal"},
		"check.other":    {other: "DIFFERENT"},
		"check.title":    {other: "Compared with git's own counts"},
		"check.not":      {other: "Not compared, as git cannot count it either: {why}"},
		"err.norepo":     {other: "{path}: no git repository is there."},
		"err.empty":      {other: "{path}: the repository has no commit yet."},
		"err.nobranch":   {other: "{path}: HEAD names a branch that does not exist; name one with --ref."},
		"err.ref":        {other: "{path}: there is no branch, tag or commit of that name."},
		"err.corrupt":    {other: "{path}: the repository is damaged; nothing was measured. ({why})"},
		"err.other":      {other: "{path}: could not be measured. ({why})"},
		"fail.met":       {other: "{path}: {expression} holds ({value}, {window})."},
		"fail.unknown":   {other: "{path}: {expression} cannot be judged, as nothing was counted for it {window}."},
		"csv.written":    {other: "Written: {files}"},
		"usage.mistaken": {other: "commun vitality: {why}"},
	}
}

func french() map[string]word {
	return map[string]word{
		"in.12m":   {other: "ces 12 derniers mois"},
		"in.3y":    {other: "ces 3 dernières années"},
		"in.all":   {other: "sur toute l’histoire"},
		"in.since": {other: "depuis le {from}"},

		"quiet":          {other: "Personne n’a rien modifié {window} ; la dernière modification date du {last}."},
		"activity":       {one: "Une personne a fait {commits} modifications {window}.", other: "{people} personnes ont fait {commits} modifications {window}."},
		"alone":          {other: "Une seule personne a fait toutes les modifications {window}."},
		"absence":        {one: "Une seule personne a fait la moitié des modifications {window}.", other: "{people} personnes ont fait la moitié des modifications {window}."},
		"absence_lines":  {one: "En lignes modifiées, c’est une seule personne.", other: "En lignes modifiées, ce sont {people} personnes."},
		"new":            {zero: "Personne n’a contribué pour la première fois {window}.", one: "Une personne a contribué pour la première fois {window}.", other: "{people} personnes ont contribué pour la première fois {window}."},
		"gone":           {one: "Une personne est partie {window} : elle n’a rien modifié pendant un an.", other: "{people} personnes sont parties {window} : elles n’ont rien modifié pendant un an."},
		"elephant":       {one: "{window}, un seul organisme a fait la moitié des modifications dont l’organisme est connu ; il ne l’est pas pour {unknown} de toutes les modifications.", other: "{window}, {organisations} organismes ont fait la moitié des modifications dont l’organisme est connu ; il ne l’est pas pour {unknown} de toutes les modifications."},
		"unknown_org":    {other: "Aucun organisme ne se lit dans les adresses électroniques {window} ({unknown} d’inconnu)."},
		"outside_hours":  {other: "{window}, {share} des modifications ont été faites hors des heures de travail (du lundi au vendredi, de 8 h à 19 h)."},
		"release":        {one: "Une version publiée : {tag}, le {date}.", other: "{count} versions publiées ; la dernière est {tag}, le {date}."},
		"release_days":   {one: "Une fois sur deux, la version suivante est venue dans la journée.", other: "Une fois sur deux, la version suivante est venue en moins de {days} jours."},
		"no_release":     {other: "Aucune étiquette ne désigne une version."},
		"bots":           {one: "Des programmes ont fait une modification ({share}) {window} ; ils ne comptent pas parmi les personnes.", other: "Des programmes ont fait {commits} modifications ({share}) {window} ; ils ne comptent pas parmi les personnes."},
		"missing":        {one: "Les lignes d’une modification n’ont pu être comptées ; objets qui manquent à cette copie : {blobs}.", other: "Les lignes de {commits} modifications n’ont pu être comptées ; objets qui manquent à cette copie : {blobs}."},
		"shallow":        {other: "Cette copie est tronquée : ce qui est plus ancien n’y est pas, et les gens y paraissent plus récents qu’ils ne sont."},
		"rewritten":      {other: "L’histoire a été réécrite depuis la dernière lecture : tout a été recompté."},
		"head.windows":   {other: "Chiffres"},
		"head.people":    {other: "Contributeurs"},
		"col.window":     {other: "Période"},
		"col.commits":    {other: "Modif."},
		"col.people":     {other: "Personnes"},
		"col.new":        {other: "Nouvelles"},
		"col.absence":    {other: "Font la moitié"},
		"col.lines":      {other: "en lignes"},
		"col.elephant":   {other: "Organismes"},
		"col.unknown":    {other: "Inconnu"},
		"col.outside":    {other: "Hors horaires"},
		"col.name":       {other: "Nom"},
		"col.added":      {other: "Ajoutées"},
		"col.deleted":    {other: "Retirées"},
		"col.last":       {other: "Dernière"},
		"name.12m":       {other: "12 mois"},
		"name.3y":        {other: "3 ans"},
		"name.all":       {other: "tout"},
		"name.since":     {other: "depuis"},
		"spark.people":   {other: "Personnes actives par mois, de {from} à {to}, {most} au plus"},
		"spark.commits":  {other: "Modifications par mois, de {from} à {to}, {most} au plus"},
		"more":           {one: "et une autre", other: "et {count} autres"},
		"bot":            {other: "programme"},
		"line.head":      {other: "Commits : {commits}, dont fusions : {merges}. Contributeurs : {contributors}. Du {first} au {last}."},
		"phase.commits":  {other: "Lecture des auteurs et des dates"},
		"phase.lines":    {other: "Compte des lignes modifiées"},
		"check.equal":    {other: "égal"},
		"check.other":    {other: "DIFFÉRENT"},
		"check.title":    {other: "Comparé aux comptes de git lui-même"},
		"check.not":      {other: "Non comparé, git ne pouvant le compter non plus : {why}"},
		"err.norepo":     {other: "{path} : il n’y a pas de dépôt git à cet endroit."},
		"err.empty":      {other: "{path} : le dépôt ne contient encore rien."},
		"err.nobranch":   {other: "{path} : HEAD désigne une branche qui n’existe pas ; nommez-en une avec --ref."},
		"err.ref":        {other: "{path} : aucune branche, étiquette ou modification ne porte ce nom."},
		"err.corrupt":    {other: "{path} : le dépôt est abîmé ; rien n’a été mesuré. ({why})"},
		"err.other":      {other: "{path} : la mesure n’a pu se faire. ({why})"},
		"fail.met":       {other: "{path} : {expression} est vrai ({value}, {window})."},
		"fail.unknown":   {other: "{path} : {expression} ne peut être jugé, rien n’ayant été compté pour cela {window}."},
		"csv.written":    {other: "Écrit : {files}"},
		"usage.mistaken": {other: "commun vitality : {why}"},
	}
}

// speaker says keys in one language.
type speaker struct {
	lang  Lang
	words map[string]word
}

func newSpeaker(lang Lang) speaker { return speaker{lang, words(lang)} }

// say fills a key's text. count chooses its form: French says 0 and 1 in the singular, English 1 only.
func (s speaker) say(key string, count int, args map[string]any) string {
	w := s.words[key]
	text := w.other
	switch {
	case count == 0 && w.zero != "":
		text = w.zero
	case w.one != "" && (count == 1 || count == 0 && s.lang == French):
		text = w.one
	}
	pairs := []string{"{count}", s.number(int64(count))}
	for name, v := range args {
		pairs = append(pairs, "{"+name+"}", s.value(v))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// plain says a key that has one form and no arguments.
func (s speaker) plain(key string) string { return s.words[key].other }

// window says when, as a part of a sentence. from is the day of the window "since".
func (s speaker) window(name string, from time.Time) string {
	return s.say("in."+name, 0, map[string]any{"from": from})
}

func (s speaker) value(v any) string {
	switch v := v.(type) {
	case int:
		return s.number(int64(v))
	case int64:
		return s.number(v)
	case float64:
		return s.share(v)
	case time.Time:
		return s.day(v)
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// number groups thousands: by a comma in English, by a narrow no-break space in French.
func (s speaker) number(n int64) string {
	sep := ","
	if s.lang == French {
		sep = "\u202f"
	}
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + sep + digits[i:]
	}
	return sign + digits
}

// share writes 0.254 as a percentage without decimals; what is not nothing is not shown as 0.
func (s speaker) share(v float64) string {
	n := fmt.Sprintf("%.0f", v*100)
	if n == "0" && v > 0 {
		n = "<1"
	}
	if s.lang == French {
		return n + "\u202f%"
	}
	return n + "%"
}

func (s speaker) day(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	if s.lang == French {
		return t.Format("02/01/2006")
	}
	return t.Format("2006-01-02")
}

// Sentence says one finding in words.
func Sentence(lang Lang, f githistory.Finding) string { return newSpeaker(lang).finding(f) }

func (s speaker) finding(f githistory.Finding) string {
	args := map[string]any{"window": s.window(f.Window, f.From)}
	for k, v := range f.Args {
		args[k] = v
	}
	text := s.capital(s.say(f.Code, f.Count, args))
	if days, ok := f.Args["days"].(int); ok && days > 0 {
		text += " " + s.say("release_days", days, map[string]any{"days": days})
	}
	return text
}

// capital begins a sentence: a small number in letters ("Three people made…"), else a capital.
func (s speaker) capital(text string) string {
	letters := []string{"Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	if s.lang == French {
		letters = []string{"Deux", "Trois", "Quatre", "Cinq", "Six", "Sept", "Huit", "Neuf"}
	}
	if len(text) > 1 && text[0] >= '2' && text[0] <= '9' && text[1] == ' ' {
		return letters[text[0]-'2'] + text[1:]
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
