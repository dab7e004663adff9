package preflib

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeNotPrefLib     = "preflib.not_preflib"
	codeLongLine       = "preflib.line_too_long"
	codeLongHead       = "preflib.head_too_long"
	codeTooLarge       = "preflib.too_large"
	codeManyCandidates = "preflib.too_many_candidates"
	codeByteOrderMark  = "preflib.byte_order_mark"
	codeEncoding       = "preflib.encoding"
	codeType           = "preflib.type"
	codeTypeOther      = "preflib.type_other"
	codeMissing        = "preflib.key_missing"
	codeNames          = "preflib.number_alternatives"
	codeNoName         = "preflib.no_name"
	codeNameTwice      = "preflib.name_twice"
	codeNumber         = "preflib.not_number"
	codeTotals         = "preflib.totals"
	codeVoters         = "preflib.number_voters"
	codeOrders         = "preflib.number_orders"
	codeWeight         = "preflib.weight"
	codeBraces         = "preflib.braces"
	codeOneInBraces    = "preflib.one_in_braces"
	codeUnknown        = "preflib.unknown_candidate"
	codeTwice          = "preflib.candidate_twice"
	codeIncomplete     = "preflib.incomplete"
	codeTie            = "preflib.tie"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeNotPrefLib: {En: "This is no PrefLib file of orders: it begins with lines « # KEY: value », or with the number of candidates. Check that this is the right file.",
		Fr: "Ce n’est pas un fichier de classements PrefLib : il commence par des lignes « # CLÉ: valeur », ou par le nombre de candidats. Vérifiez que c’est le bon fichier."},
	codeLongLine: {En: "This line is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cette ligne dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeLongHead: {En: "There are more than {max} lines before the first ballot. Check that this is the right file.",
		Fr: "Il y a plus de {max} lignes avant le premier bulletin. Vérifiez que c’est le bon fichier."},
	codeTooLarge: {En: "The file is larger than {max} bytes, too much to be held whole. Stream it, or raise the limit.",
		Fr: "Le fichier dépasse {max} octets, trop pour être tenu en entier. Lisez-le en flux, ou augmentez la limite."},
	codeManyCandidates: {En: "There are more than {max} candidates. Check that this is the right file.",
		Fr: "Il y a plus de {max} candidats. Vérifiez que c’est le bon fichier."},
	codeByteOrderMark: {En: "The file begins with a byte order mark. Save it as UTF-8 without it.",
		Fr: "Le fichier commence par une marque d’ordre des octets. Enregistrez-le en UTF-8 sans cette marque."},
	codeEncoding: {En: "This line is not UTF-8. Save the file as UTF-8.",
		Fr: "Cette ligne n’est pas en UTF-8. Enregistrez le fichier en UTF-8."},
	codeType: {En: "{value} is no type of orders. It is one of these: {allowed}.",
		Fr: "{value} n’est pas un type de classements. C’est l’un de ceux-ci : {allowed}."},
	codeTypeOther: {En: "The head says type {value}, the file’s name says {type}, which counts. Correct one of them.",
		Fr: "L’en-tête dit le type {value}, le nom du fichier dit {type}, qui compte. Corrigez l’un des deux."},
	codeMissing: {En: "The line {key} is missing from the head. Add it.",
		Fr: "La ligne {key} manque dans l’en-tête. Ajoutez-la."},
	codeNames: {En: "NUMBER ALTERNATIVES says {said}, there are {count} names. Check whether one is missing, then write {count}.",
		Fr: "NUMBER ALTERNATIVES dit {said}, il y a {count} noms. Vérifiez qu’aucun ne manque, puis écrivez {count}."},
	codeNoName: {En: "Candidate {number} has no name. Add it.",
		Fr: "Le candidat {number} n’a pas de nom. Ajoutez-le."},
	codeNameTwice: {En: "Candidate {number} is named twice; the first counts. Keep one.",
		Fr: "Le candidat {number} est nommé deux fois ; la première compte. N’en gardez qu’une."},
	codeNumber: {En: "{value} is no whole number that fits here. Check it.",
		Fr: "{value} n’est pas un nombre entier qui convienne ici. Vérifiez-le."},
	codeTotals: {En: "The line with the three totals (voters, their sum, orders) is missing below the names. Add it.",
		Fr: "La ligne des trois totaux (électeurs, leur somme, classements) manque sous les noms. Ajoutez-la."},
	codeVoters: {En: "The head says {said} voters, the orders give {count}. Check whether an order is missing, then write {count}.",
		Fr: "L’en-tête dit {said} électeurs, les classements en donnent {count}. Vérifiez qu’aucun ne manque, puis écrivez {count}."},
	codeOrders: {En: "The head says {said} orders, there are {count}. Check whether one is missing, then write {count}.",
		Fr: "L’en-tête dit {said} classements, il y en a {count}. Vérifiez qu’aucun ne manque, puis écrivez {count}."},
	codeWeight: {En: "A line of ballots begins with how many voters gave it, one or more, and « {separator} »; here stands {value}. Correct it; the line is not counted.",
		Fr: "Une ligne de bulletins commence par le nombre d’électeurs, un ou plus, et « {separator} » ; ici se trouve {value}. Corrigez-la ; la ligne n’est pas comptée."},
	codeBraces: {En: "Braces do not pair on this line. Each opening brace needs a closing one, and none stands inside another.",
		Fr: "Les accolades ne vont pas par paires sur cette ligne. Chaque accolade ouvrante en veut une fermante, et aucune n’en contient une autre."},
	codeOneInBraces: {En: "Braces around fewer than two candidates say nothing. Remove them.",
		Fr: "Des accolades autour de moins de deux candidats ne disent rien. Supprimez-les."},
	codeUnknown: {En: "There is no candidate {value}: they are numbered from 1 to {count}. Check the number.",
		Fr: "Il n’y a pas de candidat {value} : ils sont numérotés de 1 à {count}. Vérifiez le numéro."},
	codeTwice: {En: "The order names candidate {value} twice; the first counts. Keep one.",
		Fr: "Le classement nomme deux fois le candidat {value} ; la première compte. N’en gardez qu’une."},
	codeIncomplete: {En: "The order has {count} of {want} candidates, and type {type} asks for all. Complete it, or change the type.",
		Fr: "Le classement a {count} candidats sur {want}, et le type {type} les demande tous. Complétez-le, ou changez le type."},
	codeTie: {En: "The order has candidates on one rank, and type {type} has none. Separate them, or change the type.",
		Fr: "Le classement a des ex æquo, et le type {type} n’en a pas. Départagez-les, ou changez le type."},
}
