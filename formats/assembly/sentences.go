package assembly

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeLongLine    = "assembly.line_too_long"
	codeManyColumns = "assembly.too_many_columns"
	codeOpenQuote   = "assembly.open_quote"
	codeTooLarge    = "assembly.too_large"
	codeManyLines   = "assembly.too_many_lines"
	codeEncoding    = "assembly.encoding"
	codeEmpty       = "assembly.empty"
	codeNoVoters    = "assembly.no_voter_column"
	codeTwoHeads    = "assembly.column_twice"
	codeUnknownHead = "assembly.unknown_column"
	codeFieldCount  = "assembly.field_count"
	codeNoVoter     = "assembly.no_voter"
	codeNoSeat      = "assembly.no_seat"
	codeSeatTwice   = "assembly.seat_twice"
	codeVotes       = "assembly.votes"
	codeTwoChoices  = "assembly.two_choices"
	codeDate        = "assembly.date"
	codeDelegate    = "assembly.delegate"
	codeSelf        = "assembly.self"
	codeNoDelegate  = "assembly.no_delegate"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeLongLine: {En: "This record is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cet enregistrement dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeManyColumns: {En: "This record has more than {max} fields. Check what separates them.",
		Fr: "Cet enregistrement compte plus de {max} champs. Vérifiez ce qui les sépare."},
	codeOpenQuote: {En: "A quotation mark that opens here is never closed. Close it, or double it.",
		Fr: "Un guillemet ouvert ici n’est jamais fermé. Fermez-le, ou doublez-le."},
	codeTooLarge:  {En: "The file is larger than {max} bytes.", Fr: "Le fichier dépasse {max} octets."},
	codeManyLines: {En: "There are more than {max} lines.", Fr: "Il y a plus de {max} lignes."},
	codeEncoding:  {En: "This line is not UTF-8. Save the file as UTF-8.", Fr: "Cette ligne n’est pas en UTF-8. Enregistrez le fichier en UTF-8."},
	codeEmpty:     {En: "The table has no line of a voter.", Fr: "Le tableau n’a aucune ligne de votant."},
	codeNoVoters: {En: "No column is called voter. Name the column of who votes so: voter, member or id.",
		Fr: "Aucune colonne ne s’appelle votant. Nommez ainsi la colonne de qui vote : votant, membre ou id."},
	codeTwoHeads:    {En: "Two columns mean {column}. Keep one.", Fr: "Deux colonnes veulent dire {column}. Gardez-en une."},
	codeUnknownHead: {En: "The column {column} is not known, and was left aside.", Fr: "La colonne {column} n’est pas connue ; elle est laissée de côté."},
	codeFieldCount: {En: "This line has {count} fields, the head has {want}. Check the separators and quotation marks.",
		Fr: "Cette ligne a {count} champs, l’en-tête en a {want}. Vérifiez les séparateurs et les guillemets."},
	codeNoVoter: {En: "This line names no voter. Write who it is about.", Fr: "Cette ligne ne nomme aucun votant. Écrivez de qui elle parle."},
	codeNoSeat:  {En: "{voter} sits in no college. Name one on a line of theirs.", Fr: "{voter} ne siège dans aucun collège. Nommez-en un sur une de ses lignes."},
	codeSeatTwice: {En: "{voter} sits in the college {college} here and on line {first}. Keep one line; a further delegation leaves the college empty.",
		Fr: "{voter} siège dans le collège {college} ici et à la ligne {first}. Gardez une ligne ; une délégation de plus laisse le collège vide."},
	codeVotes: {En: "{value} is no number of votes: write a whole number from 1 to {max}.", Fr: "{value} n’est pas un nombre de voix : écrivez un nombre entier de 1 à {max}."},
	codeTwoChoices: {En: "{voter} chooses {value} here and {other} on line {first}. A voter votes alike in all colleges: keep one.",
		Fr: "{voter} choisit {value} ici et {other} à la ligne {first}. Un votant vote de même dans tous ses collèges : gardez un choix."},
	codeDate:     {En: "{value} is no day. Write it as 2026-11-25 or 25/11/2026.", Fr: "{value} n’est pas un jour. Écrivez-le 2026-11-25 ou 25/11/2026."},
	codeDelegate: {En: "{voter} delegates to {delegate}, who is no voter here. Check the id.", Fr: "{voter} délègue à {delegate}, qui n’est pas votant ici. Vérifiez l’identifiant."},
	codeSelf:     {En: "{voter} delegates to themselves. Leave the delegate empty.", Fr: "{voter} se délègue à soi-même. Laissez le délégué vide."},
	codeNoDelegate: {En: "A topic or a day of a delegation stands here, and no delegate. Name one, or empty these cells.",
		Fr: "Un sujet ou un jour de délégation se trouve ici, sans délégué. Nommez-en un, ou videz ces cases."},
}
