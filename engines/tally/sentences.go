package tally

type args = map[string]any

func say(key string, a args) Message { return Say(Sentences, key, a) }

// Sentences are the messages of this package in words, by key.
func Sentences(key string) Sentence {
	switch key {
	case "tally.round.greedy":
		return Sentence{"{project} has {score} and fits: it costs {cost} of the {left} left.", "{project} a {score} et tient : son coût est {cost} sur les {left} qui restent."}
	case "tally.round.unfit":
		return Sentence{"{project} has {score} but does not fit: it costs {cost} and {left} is left.", "{project} a {score} mais ne tient pas : son coût est {cost} et il reste {left}."}
	case "tally.round.judged":
		return Sentence{"{project} is judged {grade} and fits: it costs {cost} of the {left} left.", "{project} est jugé {grade} et tient : son coût est {cost} sur les {left} qui restent."}
	case "tally.round.misjudged":
		return Sentence{"{project} is judged {grade} but does not fit: it costs {cost} and {left} is left.", "{project} est jugé {grade} mais ne tient pas : son coût est {cost} et il reste {left}."}
	case "tally.round.free":
		return Sentence{"{project} costs nothing and has support.", "{project} ne coûte rien et a des soutiens."}
	case "tally.round.shares":
		return Sentence{"{project} is bought: {full} of its supporters pay {payment} each, {poor} pay what they have left; it counts as {votes} full votes.",
			"{project} est acheté : parmi ses soutiens, {full} paient {payment} chacun et {poor} paient ce qui leur reste ; cela vaut {votes} votes pleins."}
	case "tally.round.over":
		return Sentence{"{project} is bought: its supporters pay up to {payment} each; at an equal price they cover {part} % of it.",
			"{project} est acheté : ses soutiens paient jusqu'à {payment} chacun ; à prix égal, ils en couvrent {part} %."}
	case "tally.round.phragmen":
		return Sentence{"Purchase {n}: the supporters of {project} have earned its cost when each voter has had {load}.",
			"Achat {n} : les soutiens de {project} ont réuni son coût quand chaque votant a reçu {load}."}
	case "tally.note.raised":
		return Sentence{"Every share was raised step by step, {steps} in all, to {share}. One step more would spend more than the budget.",
			"Chaque part a été relevée pas à pas, {steps} en tout, jusqu'à {share}. Un pas de plus dépasserait le budget."}
	case "tally.note.raised.fits":
		return Sentence{"Every share was raised step by step, {steps} in all, to {share}. Nothing more fits into the budget now.",
			"Chaque part a été relevée pas à pas, {steps} en tout, jusqu'à {share}. Plus rien ne tient alors dans le budget."}
	case "tally.note.raised.all":
		return Sentence{"Every share was raised step by step, {steps} in all, to {share}. Every project that may win has won now.",
			"Chaque part a été relevée pas à pas, {steps} en tout, jusqu'à {share}. Tous les projets qui peuvent être retenus le sont alors."}
	case "tally.note.completed":
		return Sentence{"With the money left, {projects} more were taken by votes.", "Avec l'argent restant, {projects} de plus ont été pris selon les votes."}
	case "tally.note.stays":
		return Sentence{"Equal shares stay: {shares} voters prefer them, {greedy} prefer the most voted.", "Les parts égales sont gardées : {shares} votants les préfèrent, {greedy} préfèrent les plus votés."}
	case "tally.note.greedy":
		return Sentence{"The most voted are taken instead: {greedy} voters prefer them, {shares} prefer equal shares.", "Les plus votés sont retenus à la place : {greedy} votants les préfèrent, {shares} préfèrent les parts égales."}
	case "tally.note.void":
		return Sentence{"Ballots beyond the allowed points, not counted: {ballots}.", "Bulletins au-delà des points permis, non comptés : {ballots}."}
	case "tally.flaw.again":
		return Sentence{"{project} is no project of this budget, or was taken before.", "{project} n'est pas un projet de ce budget, ou a déjà été pris."}
	case "tally.flaw.phase":
		return Sentence{"{project} is taken by {phase}, which the rule does not have here.", "{project} est pris par {phase}, que la règle n'a pas à cet endroit."}
	case "tally.flaw.barred":
		return Sentence{"{project} was not allowed at this place.", "{project} n'était pas permis à cet endroit."}
	case "tally.flaw.paid":
		return Sentence{"What the supporters of {project} pay is not its cost.", "Ce que paient les soutiens de {project} n'est pas son coût."}
	case "tally.flaw.counted":
		return Sentence{"The numbers of supporters of {project} who paid in full or in part are others.", "Les nombres de soutiens de {project} qui ont payé en entier ou en partie sont autres."}
	case "tally.flaw.better":
		return Sentence{"{other} comes before {project} here.", "{other} vient ici avant {project}."}
	case "tally.flaw.left":
		return Sentence{"{project} should have been looked at next.", "{project} aurait dû venir ensuite."}
	case "tally.flaw.fits":
		return Sentence{"{project} is taken without fitting, or left out although it fits, or stands at the wrong place.", "{project} est pris sans tenir, ou écarté bien qu'il tienne, ou n'est pas à sa place."}
	case "tally.flaw.winners":
		return Sentence{"The winners are not those that the rounds take.", "Les retenus ne sont pas ceux que prennent les tours."}
	case "tally.won":
		return Sentence{"{project} won, as number {place}.", "{project} est retenu, en position {place}."}
	case "tally.lost.unsupported":
		return Sentence{"Nobody voted for {project}.", "Personne n'a voté pour {project}."}
	case "tally.lost.threshold":
		return Sentence{"{project} has {score}; at least {least} are needed.", "{project} a {score} ; il faut au moins {least}."}
	case "tally.lost.unfit":
		return Sentence{"{project} costs {cost}, and {left} is left.", "{project} coûte {cost}, et il reste {left}."}
	case "tally.lost.ended":
		return Sentence{"The count ended before {project}.", "Le compte s'est arrêté avant {project}."}
	case "tally.lost.shares":
		return Sentence{"{project} costs {cost}; its {voters} supporters had {had} left together.", "{project} coûte {cost} ; à ses {voters} soutiens, il restait {had} en tout."}
	case "tally.lost.envelope":
		return Sentence{"{project} costs {cost}, and {left} is left of {envelope}.", "{project} coûte {cost}, et il reste {left} pour {envelope}."}
	case "tally.lost.group":
		return Sentence{"{other} won, and only one of its group with {project} may.", "{other} est retenu, et un seul de son groupe avec {project} peut l'être."}
	case "tally.lost.needs":
		return Sentence{"{project} needs {others}, which did not win before.", "{project} a besoin de {others}, non retenu auparavant."}
	case "tally.ballot":
		return Sentence{"{won} of {choices} choices won. Of a share of {share}, {spent} went to them.", "{won} choix sur {choices} sont retenus. Sur une part de {share}, {spent} y sont allés."}
	case "tally.ballot.void":
		return Sentence{"This ballot gives more points than allowed. It is void, and was not counted.", "Ce bulletin donne plus de points que permis. Il est nul, et n'a pas été compté."}
	case "tally.ballot.full":
		return Sentence{"{project} won; this ballot paid {paid}, as every supporter who could.", "{project} est retenu ; ce bulletin a payé {paid}, comme chaque soutien qui le pouvait."}
	case "tally.ballot.rest":
		return Sentence{"{project} won; this ballot paid all that it had left, {paid}.", "{project} est retenu ; ce bulletin a payé tout ce qui lui restait, {paid}."}
	case "tally.ballot.even":
		return Sentence{"{project} won; split evenly over its supporters, its cost is {paid} for this ballot.", "{project} est retenu ; réparti également entre ses soutiens, son coût est de {paid} pour ce bulletin."}
	case "tally.ejr":
		return Sentence{"{voters} supporters of {project} are owed more: together they hold {share} of the budget, and none of them has more than {most} in winners.",
			"À {voters} soutiens de {project}, il est dû davantage : ils détiennent ensemble {share} du budget, et aucun n'a plus de {most} en projets retenus."}
	}
	return Sentence{}
}
