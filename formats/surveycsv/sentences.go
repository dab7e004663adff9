package surveycsv

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeLongLine    = "surveycsv.line_too_long"
	codeManyColumns = "surveycsv.too_many_columns"
	codeManyChoices = "surveycsv.too_many_choices"
	codeTooLarge    = "surveycsv.too_large"
	codeOpenQuote   = "surveycsv.open_quote"
	codeEncoding    = "surveycsv.encoding"
	codeFieldCount  = "surveycsv.field_count"
	codeNoVoter     = "surveycsv.no_voter"
	codeVoterTwice  = "surveycsv.voter_twice"
	codeNotYesNo    = "surveycsv.not_yes_no"
	codeNotGrade    = "surveycsv.not_grade"
	codeNotNumber   = "surveycsv.not_number"
	codeNotRank     = "surveycsv.not_rank"
	codeUnknown     = "surveycsv.unknown_choice"
	codeTwice       = "surveycsv.choice_twice"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeLongLine: {En: "This record is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cet enregistrement dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeManyColumns: {En: "This record has more than {max} fields. Check what separates them.",
		Fr: "Cet enregistrement compte plus de {max} champs. Vérifiez ce qui les sépare."},
	codeManyChoices: {En: "There are more than {max} different choices in this column. Check that the mapping takes the right one.",
		Fr: "Il y a plus de {max} choix différents dans cette colonne. Vérifiez que la correspondance prend la bonne."},
	codeTooLarge: {En: "The file is larger than {max} bytes, too much to be held whole. Stream it, or raise the limit.",
		Fr: "Le fichier dépasse {max} octets, trop pour être tenu en entier. Lisez-le en flux, ou augmentez la limite."},
	codeOpenQuote: {En: "A quotation mark opened on this line is never closed. Close it, or double it where it belongs to the text.",
		Fr: "Un guillemet ouvert sur cette ligne n’est jamais fermé. Fermez-le, ou doublez-le s’il fait partie du texte."},
	codeEncoding: {En: "This line is not UTF-8. Export the table as UTF-8.",
		Fr: "Cette ligne n’est pas en UTF-8. Exportez le tableau en UTF-8."},
	codeFieldCount: {En: "This line has {count} fields, the head has {want}. Quote the field that holds the separator.",
		Fr: "Cette ligne a {count} champs, l’en-tête en a {want}. Mettez entre guillemets le champ qui contient le séparateur."},
	codeNoVoter: {En: "This answer names no voter. Add the voter, or choose another column in the mapping.",
		Fr: "Cette réponse ne nomme pas d’électeur. Ajoutez-le, ou choisissez une autre colonne dans la correspondance."},
	codeVoterTwice: {En: "The voter {voter} answered here and on line {first}. Keep the answer that counts.",
		Fr: "L’électeur {voter} a répondu ici et à la ligne {first}. Gardez la réponse qui compte."},
	codeNotYesNo: {En: "{value} is neither yes nor no. Write Yes or No, or check the mapping.",
		Fr: "{value} n’est ni oui ni non. Écrivez Oui ou Non, ou vérifiez la correspondance."},
	codeNotGrade: {En: "{value} is no grade of the mapping: {allowed}. Write one of these, or add it.",
		Fr: "{value} n’est pas une mention de la correspondance : {allowed}. Écrivez-en une, ou ajoutez-la."},
	codeNotNumber: {En: "{value} is no number. Write digits, or check the mapping.",
		Fr: "{value} n’est pas un nombre. Écrivez des chiffres, ou vérifiez la correspondance."},
	codeNotRank: {En: "{value} is no rank. Write a whole number, 1 for the best.",
		Fr: "{value} n’est pas un rang. Écrivez un nombre entier, 1 pour le meilleur."},
	codeUnknown: {En: "{value} is no choice of the mapping. Correct it, or add it to the choices.",
		Fr: "{value} n’est pas un choix de la correspondance. Corrigez-le, ou ajoutez-le aux choix."},
	codeTwice: {En: "The answer names {value} twice; the first counts. Keep one.",
		Fr: "La réponse nomme deux fois {value} ; la première compte. N’en gardez qu’une."},
}
