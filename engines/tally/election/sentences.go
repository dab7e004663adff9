package election

import "commun/engines/tally"

type args = map[string]any

func say(key string, a args) tally.Message { return tally.Say(Sentences, key, a) }

// Sentences are the messages of this package in words, by key.
func Sentences(key string) tally.Sentence {
	switch key {
	case "election.elected":
		return tally.Sentence{En: "{candidate} is elected.", Fr: "Élection de {candidate}."}
	case "election.tie":
		return tally.Sentence{En: "Equal: {candidates}. The order {order} decides.", Fr: "À égalité : {candidates}. L'ordre {order} décide."}
	case "election.votes.elected":
		return tally.Sentence{En: "{candidate} is elected; votes: {votes}.", Fr: "Élection de {candidate} ; voix : {votes}."}
	case "election.votes.short":
		return tally.Sentence{En: "{candidate} cannot be elected; votes: {votes}, needed at least: {least}, to be passed of the valid ballots: {over}.",
			Fr: "{candidate} ne peut être élu ; voix : {votes}, minimum : {least}, part des bulletins valables à dépasser : {over}."}
	case "election.score.elected":
		return tally.Sentence{En: "{candidate} is elected; points: {votes}.", Fr: "Élection de {candidate} ; points : {votes}."}
	case "election.score.mean":
		return tally.Sentence{En: "{candidate} is elected; mean of the points: {votes}.", Fr: "Élection de {candidate} ; moyenne des points : {votes}."}
	case "election.judgment.elected":
		return tally.Sentence{En: "{candidate} is elected; majority grade: {votes}.", Fr: "Élection de {candidate} ; mention majoritaire : {votes}."}
	case "election.judgment.shares":
		return tally.Sentence{En: "{candidate}: the majority grade is {grade}; {above} % of the mentions are above it, {below} % below.",
			Fr: "{candidate} : la mention majoritaire est {grade} ; {above} % des mentions sont au-dessus, {below} % au-dessous."}
	case "election.pair":
		return tally.Sentence{En: "{winner} is preferred to {loser}, {for} to {against}.", Fr: "{winner} est préféré à {loser}, {for} contre {against}."}
	case "election.pair.locked":
		return tally.Sentence{En: "{winner} stands above {loser} ({for} to {against}).", Fr: "{winner} est placé au-dessus de {loser} ({for} contre {against})."}
	case "election.pair.tied":
		return tally.Sentence{En: "Victories of the same strength ({for} to {against}) contradict each other: the order {order} says which come first.",
			Fr: "Des victoires de même force ({for} contre {against}) se contredisent : l'ordre {order} dit lesquelles passent d'abord."}
	case "election.pair.skipped":
		return tally.Sentence{En: "{winner} over {loser} ({for} to {against}) is set aside: victories taken before put {loser} above {winner}.",
			Fr: "{winner} sur {loser} ({for} contre {against}) est écarté : des victoires déjà retenues placent {loser} au-dessus de {winner}."}
	case "election.schulze.several":
		return tally.Sentence{En: "None of these is beaten by any path: {candidates}.", Fr: "Aucun chemin ne bat ceux-ci : {candidates}."}
	case "election.schulze.path":
		return tally.Sentence{En: "Strongest paths, with their weakest victory: from {candidate} to {other} {there}, back {back}.",
			Fr: "Chemins les plus forts, avec leur victoire la plus faible : de {candidate} à {other} {there}, retour {back}."}
	case "election.debian.quorum":
		return tally.Sentence{En: "{option} is dropped: {for} prefer it to {default}, and the quorum is {quorum}.",
			Fr: "{option} est écartée : {for} la préfèrent à {default}, et le quorum est de {quorum}."}
	case "election.debian.majority":
		return tally.Sentence{En: "{option} is dropped: it does not defeat {default} by its majority of {ratio} to 1 ({for} to {against}).",
			Fr: "{option} est écartée : elle ne bat pas {default} à la majorité de {ratio} contre 1 ({for} contre {against})."}
	case "election.debian.stays":
		return tally.Sentence{En: "{option} stays: {for} prefer it to {default}, {against} the other way; quorum {quorum}, majority {ratio} to 1.",
			Fr: "{option} reste : {for} la préfèrent à {default}, {against} l'inverse ; quorum {quorum}, majorité {ratio} contre 1."}
	case "election.debian.schwartz":
		return tally.Sentence{En: "Undefeated from outside (Schwartz set): {options}.", Fr: "Invaincues de l'extérieur (ensemble de Schwartz) : {options}."}
	case "election.debian.drop":
		return tally.Sentence{En: "The weakest defeat among them is dropped: {winner} over {loser}, {for} to {against}.",
			Fr: "La défaite la plus faible entre elles est retirée : {winner} sur {loser}, {for} contre {against}."}
	case "election.stv.quota":
		return tally.Sentence{En: "Valid ballots: {valid}; seats: {seats}; quota: {quota}.", Fr: "Bulletins valables : {valid} ; sièges : {seats} ; quota : {quota}."}
	case "election.stv.reached":
		return tally.Sentence{En: "{candidate} has reached the quota and is elected; votes: {votes}.", Fr: "{candidate} atteint le quota : élection ; voix : {votes}."}
	case "election.stv.last":
		return tally.Sentence{En: "{candidate} is elected, as no more candidates are left than seats; votes: {votes}.",
			Fr: "Élection de {candidate}, car il ne reste pas plus de candidats que de sièges ; voix : {votes}."}
	case "election.stv.surplus":
		return tally.Sentence{En: "The surplus of {candidate}, {surplus}, goes to the next preferences.", Fr: "Le surplus de {candidate}, {surplus}, va aux préférences suivantes."}
	case "election.stv.excluded":
		return tally.Sentence{En: "{candidate} has fewest votes, {votes}, and is excluded.", Fr: "{candidate} a le moins de voix, {votes} : exclusion."}
	case "election.meek.settled":
		return tally.Sentence{En: "Surpluses were moved in {rounds} rounds; quota: {quota}; surplus left: {surplus}.",
			Fr: "Les surplus ont été répartis en {rounds} tours ; quota : {quota} ; surplus restant : {surplus}."}
	case "election.meek.near":
		return tally.Sentence{En: "A decision about {candidate} ({votes} votes) stood closer than rounding can move: exact fractions might decide otherwise.",
			Fr: "Une décision sur {candidate} ({votes} voix) s'est jouée à moins que l'arrondi : des fractions exactes pourraient en décider autrement."}
	case "election.committee.phragmen":
		return tally.Sentence{En: "Seat {seat} goes to {candidate}; supporters: {votes}; a seat's worth is carried with a load of at most {load} each.",
			Fr: "Siège {seat} à {candidate} ; soutiens : {votes} ; la charge d'un siège y est portée avec au plus {load} chacun."}
	case "election.committee.shares":
		return tally.Sentence{En: "Seat {seat} goes to {candidate}: {full} supporters pay {payment} of a seat each, {poor} pay what they have left.",
			Fr: "Siège {seat} à {candidate} : {full} soutiens paient {payment} siège chacun, {poor} paient ce qui leur reste."}
	case "election.committee.greedy":
		return tally.Sentence{En: "Seat {seat}, which no group could pay alone, goes to the most approved: {candidate}; votes: {votes}.",
			Fr: "Siège {seat}, qu'aucun groupe ne pouvait payer seul, au plus soutenu : {candidate} ; voix : {votes}."}
	case "election.committee.raised":
		return tally.Sentence{En: "Every share was raised by {percent} % so that more seats could be paid.", Fr: "Chaque part a été relevée de {percent} % pour que plus de sièges soient payés."}
	case "election.lists.below":
		return tally.Sentence{En: "{list} gets no seat; votes: {votes}, threshold: {threshold} %.", Fr: "{list} n'a pas de siège ; voix : {votes}, seuil : {threshold} %."}
	case "election.lists.divisor":
		return tally.Sentence{En: "Seat {seat} goes to {list}: {votes} votes divided by {divisor} are {quotient}, the highest quotient.",
			Fr: "Siège {seat} à {list} : {votes} voix divisées par {divisor} font {quotient}, le plus fort quotient."}
	case "election.lists.quota":
		return tally.Sentence{En: "{list}: {votes} votes, quota {quota}; full seats: {seats}.", Fr: "{list} : {votes} voix, quotient {quota} ; sièges entiers : {seats}."}
	case "election.lists.remainder":
		return tally.Sentence{En: "{list} gets one of the seats left, by a remainder of {remainder}.", Fr: "{list} a un des sièges restants, par un reste de {remainder}."}
	case "election.lists.full":
		return tally.Sentence{En: "{list} has no more than {places} places; the other seats are counted again among the others.",
			Fr: "{list} n'a que {places} places ; les autres sièges sont comptés de nouveau entre les autres."}
	case "election.note.void":
		return tally.Sentence{En: "Ballots without a clear first preference, not counted: {ballots}.", Fr: "Bulletins sans première préférence claire, non comptés : {ballots}."}
	case "election.note.turnout":
		return tally.Sentence{En: "Nobody is elected: {valid} valid ballots, and {least} are needed.", Fr: "Personne n'est élu : {valid} bulletins valables, il en faut {least}."}
	case "election.note.vacant":
		return tally.Sentence{En: "Seats that stay empty: {vacant}.", Fr: "Sièges qui restent vides : {vacant}."}
	case "election.note.condorcet":
		return tally.Sentence{En: "{candidate} is preferred to each other candidate (Condorcet winner).", Fr: "{candidate} est préféré à chacun des autres (vainqueur de Condorcet)."}
	case "election.note.nocondorcet":
		return tally.Sentence{En: "No candidate is preferred to each other.", Fr: "Aucun candidat n'est préféré à chacun des autres."}
	}
	return tally.Sentence{}
}
