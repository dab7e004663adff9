package pabulib

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeNotPabulib    = "pabulib.not_pabulib"
	codeLongLine      = "pabulib.line_too_long"
	codeManyColumns   = "pabulib.too_many_columns"
	codeManyMeta      = "pabulib.too_many_keys"
	codeManyProjects  = "pabulib.too_many_projects"
	codeTooLarge      = "pabulib.too_large"
	codeOpenQuote     = "pabulib.open_quote"
	codeStrayQuote    = "pabulib.stray_quote"
	codeEncoding      = "pabulib.encoding"
	codeByteOrderMark = "pabulib.byte_order_mark"
	codeBlankLine     = "pabulib.blank_line"

	codeNoSection     = "pabulib.no_section"
	codeSectionTwice  = "pabulib.section_twice"
	codeSectionOrder  = "pabulib.section_order"
	codeSectionName   = "pabulib.section_name"
	codeNoColumns     = "pabulib.no_columns"
	codeMetaHead      = "pabulib.meta_head"
	codeMetaFields    = "pabulib.meta_fields"
	codeMetaTwice     = "pabulib.key_twice"
	codeKeyNear       = "pabulib.key_near"
	codeMissing       = "pabulib.key_missing"
	codeEmpty         = "pabulib.empty"
	codeBlankAround   = "pabulib.blank_around"
	codeColumnEmpty   = "pabulib.column_empty"
	codeColumnTwice   = "pabulib.column_twice"
	codeColumnOld     = "pabulib.column_old"
	codeColumnNear    = "pabulib.column_near"
	codeColumnMissing = "pabulib.column_missing"
	codeFieldCount    = "pabulib.field_count"

	codeNotNumber   = "pabulib.not_number"
	codeNotFinite   = "pabulib.not_finite"
	codeTooLong     = "pabulib.too_many_digits"
	codeLooseNumber = "pabulib.loose_number"
	codeNegative    = "pabulib.negative"
	codeNotWhole    = "pabulib.not_whole"
	codeBudgetZero  = "pabulib.budget_zero"
	codeNotDate     = "pabulib.not_date"
	codeNoDay       = "pabulib.no_such_day"
	codeDateShort   = "pabulib.date_short"
	codeDates       = "pabulib.dates_reversed"
	codeNotOne      = "pabulib.not_one"
	codeVoteType    = "pabulib.vote_type"
	codeWriteAs     = "pabulib.write_as"
	codeRule        = "pabulib.rule"
	codeLanguage    = "pabulib.language"
	codeCurrency    = "pabulib.currency"
	codeComment     = "pabulib.comment"
	codeBounds      = "pabulib.bounds_reversed"

	codeIDEmpty        = "pabulib.project_id_empty"
	codeIDComma        = "pabulib.project_id_comma"
	codeProjectIDTwice = "pabulib.project_id_twice"
	codeSelected       = "pabulib.selected"
	codePlace          = "pabulib.place"
	codeCostZero       = "pabulib.cost_zero"
	codeProjectCheap   = "pabulib.cost_below_bound"
	codeProjectDear    = "pabulib.cost_above_bound"
	codeOverBudget     = "pabulib.cost_over_budget"
	codeWithdrawnWon   = "pabulib.withdrawn_selected"
	codeSpent          = "pabulib.budget_exceeded"
	codeLeftover       = "pabulib.budget_left"
	codeCountProjects  = "pabulib.num_projects"
	codeCountVotes     = "pabulib.num_votes"
	codeTotalVotes     = "pabulib.votes_total"
	codeTotalScore     = "pabulib.score_total"

	codeVoterEmpty     = "pabulib.voter_empty"
	codeVoterTwice     = "pabulib.voter_twice"
	codeVoterValue     = "pabulib.voter_value"
	codeUnknownProject = "pabulib.unknown_project"
	codeProjectTwice   = "pabulib.project_twice"
	codeEmptyInList    = "pabulib.empty_in_list"
	codeBlankInList    = "pabulib.blank_in_list"
	codeTooFew         = "pabulib.too_few"
	codeTooMany        = "pabulib.too_many"
	codeCostLow        = "pabulib.sum_cost_low"
	codeCostHigh       = "pabulib.sum_cost_high"
	codePointsCount    = "pabulib.points_count"
	codePointsLow      = "pabulib.points_low"
	codePointsHigh     = "pabulib.points_high"
	codeSumLow         = "pabulib.sum_points_low"
	codeSumHigh        = "pabulib.sum_points_high"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeNotPabulib: {En: "This is no Pabulib file: it must begin with a line META. Check that this is the right file.",
		Fr: "Ce n’est pas un fichier Pabulib : il doit commencer par une ligne META. Vérifiez que c’est le bon fichier."},
	codeLongLine: {En: "This line is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cette ligne dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeManyColumns: {En: "This line has more than {max} fields. Check what separates them.",
		Fr: "Cette ligne compte plus de {max} champs. Vérifiez ce qui les sépare."},
	codeManyMeta: {En: "META has more than {max} lines. Check that a line PROJECTS follows it.",
		Fr: "META compte plus de {max} lignes. Vérifiez qu’une ligne PROJECTS la suit."},
	codeManyProjects: {En: "There are more than {max} projects. Check that a line VOTES follows them.",
		Fr: "Il y a plus de {max} projets. Vérifiez qu’une ligne VOTES les suit."},
	codeTooLarge: {En: "The file is larger than {max} bytes, too much to be held whole. Stream it, or raise the limit.",
		Fr: "Le fichier dépasse {max} octets, trop pour être tenu en entier. Lisez-le en flux, ou augmentez la limite."},
	codeOpenQuote: {En: "A quotation mark opened on this line is never closed. Close it, or double it where it belongs to the text.",
		Fr: "Un guillemet ouvert sur cette ligne n’est jamais fermé. Fermez-le, ou doublez-le s’il fait partie du texte."},
	codeStrayQuote: {En: "Text stands after a closing quotation mark. Double the marks inside the field, and quote the whole field.",
		Fr: "Du texte suit un guillemet fermant. Doublez les guillemets à l’intérieur du champ, et mettez le champ entier entre guillemets."},
	codeEncoding: {En: "This line is not UTF-8. Save the file as UTF-8.",
		Fr: "Cette ligne n’est pas en UTF-8. Enregistrez le fichier en UTF-8."},
	codeByteOrderMark: {En: "The file begins with a byte order mark. Save it as UTF-8 without it.",
		Fr: "Le fichier commence par une marque d’ordre des octets. Enregistrez-le en UTF-8 sans cette marque."},
	codeBlankLine: {En: "This line is empty. Remove it.",
		Fr: "Cette ligne est vide. Supprimez-la."},

	codeNoSection: {En: "The section {section} is missing. Add a line {section}, then its column names.",
		Fr: "La section {section} manque. Ajoutez une ligne {section}, puis les noms de ses colonnes."},
	codeSectionTwice: {En: "The section {section} begins a second time. Keep one.",
		Fr: "La section {section} commence une deuxième fois. N’en gardez qu’une."},
	codeSectionOrder: {En: "The section {section} comes too early. The order is META, PROJECTS, VOTES.",
		Fr: "La section {section} vient trop tôt. L’ordre est META, PROJECTS, VOTES."},
	codeSectionName: {En: "Write the name of the section as {section}, alone on its line.",
		Fr: "Écrivez le nom de la section {section}, seul sur sa ligne."},
	codeNoColumns: {En: "The section {section} has no column names. Add them as its first line.",
		Fr: "La section {section} n’a pas de noms de colonnes. Ajoutez-les en première ligne."},
	codeMetaHead: {En: "META must begin with the line key;value. Add it.",
		Fr: "META doit commencer par la ligne key;value. Ajoutez-la."},
	codeMetaFields: {En: "The value of {key} has a semicolon. Put it in quotation marks.",
		Fr: "La valeur de {key} contient un point-virgule. Mettez-la entre guillemets."},
	codeMetaTwice: {En: "The key {key} stands here and on line {first}; the first counts. Keep one.",
		Fr: "La clé {key} est ici et à la ligne {first} ; la première compte. N’en gardez qu’une."},
	codeKeyNear: {En: "The format has no key {key}. Perhaps you mean {use}.",
		Fr: "Le format n’a pas de clé {key}. Peut-être vouliez-vous écrire {use}."},
	codeMissing: {En: "The key {key} is missing from META. Add it.",
		Fr: "La clé {key} manque dans META. Ajoutez-la."},
	codeEmpty: {En: "{key} has no value. Give it one.",
		Fr: "{key} n’a pas de valeur. Donnez-en une."},
	codeBlankAround: {En: "There is a blank before or after {value}. Remove it.",
		Fr: "Il y a une espace avant ou après {value}. Supprimez-la."},
	codeColumnEmpty: {En: "Column {number} has no name. Name it, or remove it.",
		Fr: "La colonne {number} n’a pas de nom. Nommez-la, ou supprimez-la."},
	codeColumnTwice: {En: "The column {column} stands twice; the first counts. Keep one.",
		Fr: "La colonne {column} est là deux fois ; la première compte. N’en gardez qu’une."},
	codeColumnOld: {En: "The column {column} is now called {use}. Rename it.",
		Fr: "La colonne {column} s’appelle maintenant {use}. Renommez-la."},
	codeColumnNear: {En: "The format has no column {column}. Perhaps you mean {use}.",
		Fr: "Le format n’a pas de colonne {column}. Peut-être vouliez-vous écrire {use}."},
	codeColumnMissing: {En: "The column {column} is missing. Add it.",
		Fr: "La colonne {column} manque. Ajoutez-la."},
	codeFieldCount: {En: "This line has {count} fields, the columns are {want}. Add what is missing, or quote the field that has a semicolon.",
		Fr: "Cette ligne a {count} champs, il y a {want} colonnes. Ajoutez ce qui manque, ou mettez entre guillemets le champ qui contient un point-virgule."},

	codeNotNumber: {En: "{value} is no number. Write digits, with a point before decimals, without blanks or units.",
		Fr: "{value} n’est pas un nombre. Écrivez des chiffres, avec un point avant les décimales, sans espace ni unité."},
	codeNotFinite: {En: "{value} is no number that can be counted. Write the real one.",
		Fr: "{value} n’est pas un nombre qu’on puisse compter. Écrivez le vrai."},
	codeTooLong: {En: "{value} has more than 18 digits. Check it.",
		Fr: "{value} compte plus de 18 chiffres. Vérifiez-le."},
	codeLooseNumber: {En: "{value} is read as {use}. Write it so.",
		Fr: "{value} est lu comme {use}. Écrivez-le ainsi."},
	codeNegative: {En: "{key} is negative: {value}. Write what it costs, zero or more.",
		Fr: "{key} est négatif : {value}. Écrivez ce que cela coûte, zéro ou plus."},
	codeNotWhole: {En: "{value} is no whole number, zero or more. Write one.",
		Fr: "{value} n’est pas un nombre entier, zéro ou plus. Écrivez-en un."},
	codeBudgetZero: {En: "The budget is zero. Write what can be spent.",
		Fr: "Le budget est nul. Écrivez ce qui peut être dépensé."},
	codeNotDate: {En: "{value} is no date. Write it as 06.09.2019, or the year alone.",
		Fr: "{value} n’est pas une date. Écrivez-la comme 06.09.2019, ou l’année seule."},
	codeNoDay: {En: "There is no day {value}. Check it.",
		Fr: "Le jour {value} n’existe pas. Vérifiez-le."},
	codeDateShort: {En: "{value} lacks a zero. Write {use}.",
		Fr: "Il manque un zéro à {value}. Écrivez {use}."},
	codeDates: {En: "date_end is before date_begin. Check both.",
		Fr: "date_end est avant date_begin. Vérifiez les deux."},
	codeNotOne: {En: "{key} can only be 1. Write 1, or remove the key.",
		Fr: "{key} ne peut valoir que 1. Écrivez 1, ou supprimez la clé."},
	codeVoteType: {En: "{value} is no vote type. Choose one of these: {allowed}.",
		Fr: "{value} n’est pas un type de vote. Choisissez parmi : {allowed}."},
	codeWriteAs: {En: "{value} is read as {use}. Write it so.",
		Fr: "{value} est lu comme {use}. Écrivez-le ainsi."},
	codeRule: {En: "The format does not know the rule {value}. Its rules are: {allowed}.",
		Fr: "Le format ne connaît pas la règle {value}. Ses règles sont : {allowed}."},
	codeLanguage: {En: "{value} is no language code. Write two small letters, such as pl or fr.",
		Fr: "{value} n’est pas un code de langue. Écrivez deux lettres minuscules, comme pl ou fr."},
	codeCurrency: {En: "{value} is no currency code. Write three capital letters, such as EUR or PLN.",
		Fr: "{value} n’est pas un code de monnaie. Écrivez trois lettres capitales, comme EUR ou PLN."},
	codeComment: {En: "A comment begins with its number. Write: #1: and then the text.",
		Fr: "Un commentaire commence par son numéro. Écrivez : #1: puis le texte."},
	codeBounds: {En: "{key} is {value} and {other} is {most}: no ballot can keep both. Check them.",
		Fr: "{key} vaut {value} et {other} vaut {most} : aucun bulletin ne peut respecter les deux. Vérifiez-les."},

	codeIDEmpty: {En: "This project has no project_id. Give it one.",
		Fr: "Ce projet n’a pas de project_id. Donnez-lui-en un."},
	codeIDComma: {En: "The project_id {project} has a comma, so no ballot can name it. Choose another.",
		Fr: "Le project_id {project} contient une virgule, aucun bulletin ne peut donc le nommer. Choisissez-en un autre."},
	codeProjectIDTwice: {En: "The project {project} stands here and on line {first}. Give each its own project_id.",
		Fr: "Le projet {project} est ici et à la ligne {first}. Donnez à chacun son project_id."},
	codeSelected: {En: "{value} is no value of selected. Write 0, 1, 2 or 3.",
		Fr: "{value} n’est pas une valeur de selected. Écrivez 0, 1, 2 ou 3."},
	codePlace: {En: "{value} is no place on Earth. Write degrees with a point, at most {max}.",
		Fr: "{value} n’est pas un endroit sur Terre. Écrivez des degrés avec un point, au plus {max}."},
	codeCostZero: {En: "The project {project} costs nothing. Check it.",
		Fr: "Le projet {project} ne coûte rien. Vérifiez-le."},
	codeProjectCheap: {En: "The project {project} costs {cost}, less than min_project_cost, {min}. Check both.",
		Fr: "Le projet {project} coûte {cost}, moins que min_project_cost, {min}. Vérifiez les deux."},
	codeProjectDear: {En: "The project {project} costs {cost}, more than max_project_cost, {max}. Check both.",
		Fr: "Le projet {project} coûte {cost}, plus que max_project_cost, {max}. Vérifiez les deux."},
	codeOverBudget: {En: "The project {project} costs {cost}, more than the whole budget, {budget}: it cannot win. Check both.",
		Fr: "Le projet {project} coûte {cost}, plus que tout le budget, {budget} : il ne peut pas gagner. Vérifiez les deux."},
	codeWithdrawnWon: {En: "The project {project} has the cost of a withdrawn one, and is selected. Check both.",
		Fr: "Le projet {project} a le coût d’un projet retiré, et il est choisi. Vérifiez les deux."},
	codeSpent: {En: "The selected projects cost {spent}, more than the budget, {budget}. Check selected.",
		Fr: "Les projets choisis coûtent {spent}, plus que le budget, {budget}. Vérifiez selected."},
	codeLeftover: {En: "The project {project} was not selected and costs {cost}, though {left} of the budget is left. Check selected.",
		Fr: "Le projet {project} n’a pas été choisi et coûte {cost}, alors qu’il reste {left} du budget. Vérifiez selected."},
	codeCountProjects: {En: "num_projects says {said}, there are {count}. Check whether a project is missing, then write {count}.",
		Fr: "num_projects dit {said}, il y en a {count}. Vérifiez qu’aucun projet ne manque, puis écrivez {count}."},
	codeCountVotes: {En: "num_votes says {said}, there are {count} ballots. Check whether a ballot is missing, then write {count}.",
		Fr: "num_votes dit {said}, il y a {count} bulletins. Vérifiez qu’aucun ne manque, puis écrivez {count}."},
	codeTotalVotes: {En: "The column votes says {said} for the project {project}, {count} ballots name it. Check whether ballots are missing, then write {count}.",
		Fr: "La colonne votes dit {said} pour le projet {project}, {count} bulletins le nomment. Vérifiez qu’aucun ne manque, puis écrivez {count}."},
	codeTotalScore: {En: "The column score says {said} for the project {project}, the ballots give it {count} points. Check whether ballots are missing, then write {count}.",
		Fr: "La colonne score dit {said} pour le projet {project}, les bulletins lui donnent {count} points. Vérifiez qu’aucun ne manque, puis écrivez {count}."},

	codeVoterEmpty: {En: "This ballot has no voter_id. Give it one that no other has.",
		Fr: "Ce bulletin n’a pas de voter_id. Donnez-lui-en un qu’aucun autre n’a."},
	codeVoterTwice: {En: "The voter {voter} has a ballot here and on line {first}. Keep the one that counts.",
		Fr: "L’électeur {voter} a un bulletin ici et à la ligne {first}. Gardez celui qui compte."},
	codeVoterValue: {En: "{value} is no value of {column} in this format ({use}). Write one of these, or leave it empty.",
		Fr: "{value} n’est pas une valeur de {column} dans ce format ({use}). Écrivez-en une, ou laissez vide."},
	codeUnknownProject: {En: "The ballot of {voter} names the project {project}, which PROJECTS does not have. Check the number.",
		Fr: "Le bulletin de {voter} nomme le projet {project}, que PROJECTS n’a pas. Vérifiez le numéro."},
	codeProjectTwice: {En: "The ballot of {voter} names the project {project} twice; the first counts. Keep one.",
		Fr: "Le bulletin de {voter} nomme deux fois le projet {project} ; la première compte. N’en gardez qu’une."},
	codeEmptyInList: {En: "The ballot of {voter} has a comma too many. Remove it.",
		Fr: "Le bulletin de {voter} a une virgule de trop. Supprimez-la."},
	codeBlankInList: {En: "The list has a blank. Separate by commas alone.",
		Fr: "La liste contient une espace. Séparez par des virgules seules."},
	codeTooFew: {En: "The ballot of {voter} names {count} projects, fewer than min_length, {min}. Check both.",
		Fr: "Le bulletin de {voter} nomme {count} projets, moins que min_length, {min}. Vérifiez les deux."},
	codeTooMany: {En: "The ballot of {voter} names {count} projects, more than the {max} allowed. Check max_length and vote_type.",
		Fr: "Le bulletin de {voter} nomme {count} projets, plus que les {max} permis. Vérifiez max_length et vote_type."},
	codeCostLow: {En: "The projects of {voter} cost {sum}, less than min_sum_cost, {min}. Check both.",
		Fr: "Les projets de {voter} coûtent {sum}, moins que min_sum_cost, {min}. Vérifiez les deux."},
	codeCostHigh: {En: "The projects of {voter} cost {sum}, more than max_sum_cost, {max}. Check both.",
		Fr: "Les projets de {voter} coûtent {sum}, plus que max_sum_cost, {max}. Vérifiez les deux."},
	codePointsCount: {En: "The ballot of {voter} has {count} points for {want} projects. Write one for each, in the same order.",
		Fr: "Le bulletin de {voter} a {count} nombres de points pour {want} projets. Écrivez-en un pour chacun, dans le même ordre."},
	codePointsLow: {En: "The ballot of {voter} gives {value} points, fewer than min_points, {min}. Check both.",
		Fr: "Le bulletin de {voter} donne {value} points, moins que min_points, {min}. Vérifiez les deux."},
	codePointsHigh: {En: "The ballot of {voter} gives {value} points to one project, more than max_points, {max}. Check both.",
		Fr: "Le bulletin de {voter} donne {value} points à un projet, plus que max_points, {max}. Vérifiez les deux."},
	codeSumLow: {En: "The ballot of {voter} gives {sum} points in all, fewer than min_sum_points, {min}. Check both.",
		Fr: "Le bulletin de {voter} donne {sum} points en tout, moins que min_sum_points, {min}. Vérifiez les deux."},
	codeSumHigh: {En: "The ballot of {voter} gives {sum} points in all, more than max_sum_points, {max}. Check both.",
		Fr: "Le bulletin de {voter} donne {sum} points en tout, plus que max_sum_points, {max}. Vérifiez les deux."},
}
