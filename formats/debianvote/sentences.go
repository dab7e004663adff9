package debianvote

import "commun/formats/problem"

// The codes of all problems; each has one sentence in each language below.
const (
	codeNotTally    = "debianvote.not_tally"
	codeLongLine    = "debianvote.line_too_long"
	codeTooLarge    = "debianvote.too_large"
	codeEncoding    = "debianvote.encoding"
	codeNoLegend    = "debianvote.no_legend"
	codeNoVotes     = "debianvote.no_votes"
	codeOption      = "debianvote.option_number"
	codeManyOptions = "debianvote.too_many_options"
	codeNoVoter     = "debianvote.no_voter"
	codeVoterTwice  = "debianvote.voter_twice"
	codeLength      = "debianvote.length"
	codeRank        = "debianvote.rank"
)

// sentences says for each code what is wrong, and how to mend it.
var sentences = map[string]problem.Sentence{
	codeNotTally: {En: "This is no tally sheet: it has neither a legend of options nor a line that begins with V:. Check that this is the right file.",
		Fr: "Ce n’est pas une feuille de dépouillement : elle n’a ni légende des options, ni ligne commençant par V:. Vérifiez que c’est le bon fichier."},
	codeLongLine: {En: "This line is longer than {max} bytes. Check that lines end where they should.",
		Fr: "Cette ligne dépasse {max} octets. Vérifiez que les lignes finissent là où elles doivent."},
	codeTooLarge: {En: "The file is larger than {max} bytes, too much to be held whole. Stream it, or raise the limit.",
		Fr: "Le fichier dépasse {max} octets, trop pour être tenu en entier. Lisez-le en flux, ou augmentez la limite."},
	codeEncoding: {En: "This line is not UTF-8; a name may show wrongly. Save the file as UTF-8.",
		Fr: "Cette ligne n’est pas en UTF-8 ; un nom peut mal s’afficher. Enregistrez le fichier en UTF-8."},
	codeNoLegend: {En: "The legend that names the options is missing above the votes; this one has {count}. Add a line for each, such as: / 2---->: Name.",
		Fr: "La légende qui nomme les options manque au-dessus des votes ; celui-ci en a {count}. Ajoutez une ligne pour chacune, comme : / 2---->: Nom."},
	codeNoVotes: {En: "There is no vote. A line of a vote begins with V:.",
		Fr: "Il n’y a aucun vote. La ligne d’un vote commence par V:."},
	codeOption: {En: "Option {number} stands where option {want} is due. Number the options from 1, in order.",
		Fr: "L’option {number} se trouve là où vient l’option {want}. Numérotez les options à partir de 1, dans l’ordre."},
	codeManyOptions: {En: "There are more than {max} options, which ranks of one character cannot tell apart.",
		Fr: "Il y a plus de {max} options, que des rangs d’un caractère ne peuvent pas distinguer."},
	codeNoVoter: {En: "This vote has no voter or hash behind it. Add it.",
		Fr: "Ce vote n’est suivi ni d’un électeur ni d’une empreinte. Ajoutez-le."},
	codeVoterTwice: {En: "The voter {voter} has a vote here and on line {first}. Keep the one that counts.",
		Fr: "L’électeur {voter} a un vote ici et à la ligne {first}. Gardez celui qui compte."},
	codeLength: {En: "The vote {value} has {count} ranks for {want} options. Write one for each, - where there is none.",
		Fr: "Le vote {value} a {count} rangs pour {want} options. Écrivez-en un pour chacune, - là où il n’y en a pas."},
	codeRank: {En: "{value} is no rank, for option {number}. Write 1 to 9, a letter from 10 on, or -.",
		Fr: "{value} n’est pas un rang, pour l’option {number}. Écrivez 1 à 9, une lettre à partir de 10, ou -."},
}
