package blt

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeNotBLT         = "blt.not_blt"
	codeLongLine       = "blt.line_too_long"
	codeTooLarge       = "blt.too_large"
	codeManyCandidates = "blt.too_many_candidates"
	codeByteOrderMark  = "blt.byte_order_mark"
	codeEncoding       = "blt.encoding"
	codeNoSeats        = "blt.no_seats"
	codeNoCandidates   = "blt.no_candidates"
	codeManySeats      = "blt.more_seats_than_candidates"
	codeCommas         = "blt.commas"
	codeBracket        = "blt.bracket"
	codeWithdrawn      = "blt.withdrawn"
	codeWithdrawnName  = "blt.withdrawn_name"
	codeWithdrawnTwice = "blt.withdrawn_twice"
	codeUnknown        = "blt.unknown_candidate"
	codeNotCandidate   = "blt.not_candidate"
	codeTwice          = "blt.candidate_twice"
	codeWeight         = "blt.weight"
	codeWeightSign     = "blt.weight_not_positive"
	codeParenthesis    = "blt.parenthesis"
	codeIDTwice        = "blt.id_twice"
	codeNoZero         = "blt.no_zero"
	codeAfterZero      = "blt.after_zero"
	codeNoEnd          = "blt.no_end"
	codeBareName       = "blt.bare_name"
	codeOpenQuote      = "blt.open_quote"
	codeEmptyName      = "blt.empty_name"
	codeNameTwice      = "blt.name_twice"
	codeFewNames       = "blt.too_few_names"
	codeManyNames      = "blt.too_many_names"
	codeNoTitle        = "blt.no_title"
	codeAliases        = "blt.names_in_comments"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeNotBLT: {En: "This is no BLT file: its first line must be two numbers, of candidates and of seats. Check that this is the right file.",
		Fr: "Ce n’est pas un fichier BLT : sa première ligne doit être deux nombres, de candidats et de sièges. Vérifiez que c’est le bon fichier."},
	codeLongLine: {En: "This line is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cette ligne dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeTooLarge: {En: "The file is larger than {max} bytes, too much to be held whole. Stream it, or raise the limit.",
		Fr: "Le fichier dépasse {max} octets, trop pour être tenu en entier. Lisez-le en flux, ou augmentez la limite."},
	codeManyCandidates: {En: "There are more than {max} candidates. Check that this is the right file.",
		Fr: "Il y a plus de {max} candidats. Vérifiez que c’est le bon fichier."},
	codeByteOrderMark: {En: "The file begins with a byte order mark. Save it as UTF-8 without it.",
		Fr: "Le fichier commence par une marque d’ordre des octets. Enregistrez-le en UTF-8 sans cette marque."},
	codeEncoding: {En: "This line is not UTF-8. Save the file as UTF-8.",
		Fr: "Cette ligne n’est pas en UTF-8. Enregistrez le fichier en UTF-8."},
	codeNoSeats: {En: "There is no seat to fill. Write how many, behind the number of candidates.",
		Fr: "Il n’y a aucun siège à pourvoir. Écrivez combien, après le nombre de candidats."},
	codeNoCandidates: {En: "There is no candidate. Write how many there are.",
		Fr: "Il n’y a aucun candidat. Écrivez combien il y en a."},
	codeManySeats: {En: "There are {seats} seats for {count} candidates. Check both.",
		Fr: "Il y a {seats} sièges pour {count} candidats. Vérifiez les deux."},
	codeCommas: {En: "Commas stand between the numbers, which many programs do not read. Separate them by blanks.",
		Fr: "Des virgules séparent les nombres, ce que bien des programmes ne lisent pas. Séparez-les par des espaces."},
	codeBracket: {En: "A bracket is opened and not closed. Close it on the same line.",
		Fr: "Un crochet est ouvert et pas fermé. Fermez-le sur la même ligne."},
	codeWithdrawn: {En: "{value} is no withdrawn candidate. Write the number with a minus before it.",
		Fr: "{value} n’est pas un candidat retiré. Écrivez son numéro précédé d’un moins."},
	codeWithdrawnName: {En: "{value} stands for a withdrawn candidate by a nickname, which is not followed. Write the number.",
		Fr: "{value} désigne un candidat retiré par un surnom, qui n’est pas suivi. Écrivez le numéro."},
	codeWithdrawnTwice: {En: "Candidate {value} is withdrawn twice. Keep one.",
		Fr: "Le candidat {value} est retiré deux fois. N’en gardez qu’une."},
	codeUnknown: {En: "There is no candidate {value}: they are numbered from 1 to {count}. Check the number.",
		Fr: "Il n’y a pas de candidat {value} : ils sont numérotés de 1 à {count}. Vérifiez le numéro."},
	codeNotCandidate: {En: "{value} is no number of a candidate. Check this ballot.",
		Fr: "{value} n’est pas un numéro de candidat. Vérifiez ce bulletin."},
	codeTwice: {En: "The ballot names candidate {value} twice; the first counts. Keep one.",
		Fr: "Le bulletin nomme deux fois le candidat {value} ; la première compte. N’en gardez qu’une."},
	codeWeight: {En: "{value} is no number of ballots. A line begins with how many voters cast it.",
		Fr: "{value} n’est pas un nombre de bulletins. Une ligne commence par le nombre d’électeurs qui l’ont déposé."},
	codeWeightSign: {En: "{value} ballots cannot be counted. Write one or more, or remove the line.",
		Fr: "{value} bulletins ne peuvent pas être comptés. Écrivez un ou plus, ou supprimez la ligne."},
	codeParenthesis: {En: "A parenthesis is opened and not closed. Close it behind the ballot’s name.",
		Fr: "Une parenthèse est ouverte et pas fermée. Fermez-la après le nom du bulletin."},
	codeIDTwice: {En: "The ballot {id} stands here and on line {first}. Keep the one that counts.",
		Fr: "Le bulletin {id} est ici et à la ligne {first}. Gardez celui qui compte."},
	codeNoZero: {En: "The ballot does not end with 0. Add it, on the same line.",
		Fr: "Le bulletin ne finit pas par 0. Ajoutez-le, sur la même ligne."},
	codeAfterZero: {En: "{value} follows the 0 that ends the ballot. Put each ballot on its own line.",
		Fr: "{value} suit le 0 qui finit le bulletin. Mettez chaque bulletin sur sa ligne."},
	codeNoEnd: {En: "The line 0 that ends the ballots is missing. Add it before the names.",
		Fr: "La ligne 0 qui finit les bulletins manque. Ajoutez-la avant les noms."},
	codeBareName: {En: "{value}: put each name in quotation marks, and double the marks inside.",
		Fr: "{value} : mettez chaque nom entre guillemets, et doublez ceux de l’intérieur."},
	codeOpenQuote: {En: "{value}: a quotation mark is never closed. Close it.",
		Fr: "{value} : un guillemet n’est jamais fermé. Fermez-le."},
	codeEmptyName: {En: "Candidate {number} has no name. Give one.",
		Fr: "Le candidat {number} n’a pas de nom. Donnez-en un."},
	codeNameTwice: {En: "Candidates {first} and {number} are both called {value}. Tell them apart.",
		Fr: "Les candidats {first} et {number} s’appellent tous deux {value}. Distinguez-les."},
	codeFewNames: {En: "There are {count} names for {want} candidates. Add what is missing.",
		Fr: "Il y a {count} noms pour {want} candidats. Ajoutez ce qui manque."},
	codeManyNames: {En: "Behind the ballots stand {count} texts for {want} candidates, and another. The one behind the last candidate is taken for the title, the rest for remarks. If one of them is a candidate, correct the first line.",
		Fr: "Après les bulletins, il y a {count} textes pour {want} candidats, et un de plus. Celui qui suit le dernier candidat est pris pour le titre, le reste pour des remarques. Si l’un d’eux est un candidat, corrigez la première ligne."},
	codeAliases: {En: "The candidates are named in comments only (ALTERNATIVE NAME), which many programs do not read. Put each name in quotation marks below the line 0.",
		Fr: "Les candidats ne sont nommés qu’en commentaire (ALTERNATIVE NAME), ce que bien des programmes ne lisent pas. Mettez chaque nom entre guillemets sous la ligne 0."},
	codeNoTitle: {En: "The title is missing. Add it in quotation marks, below the names.",
		Fr: "Le titre manque. Ajoutez-le entre guillemets, sous les noms."},
}
