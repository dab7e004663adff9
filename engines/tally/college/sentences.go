package college

import "commun/engines/tally"

// Sentences are the messages of this package in words, by key.
func Sentences(key string) tally.Sentence {
	switch key {
	case "college.weighs":
		return tally.Sentence{En: "College {college} weighs {weight}; votes cast in it: {votes}; under the caps {after} are counted.",
			Fr: "Le collège {college} pèse {weight} ; voix exprimées : {votes} ; avec les plafonds, {after} comptent."}
	case "college.weighs.spread":
		return tally.Sentence{En: "College {college} weighs {weight}, and {given} with what silent colleges leave; votes cast in it: {votes}; under the caps {after} are counted.",
			Fr: "Le collège {college} pèse {weight}, et {given} avec ce que laissent les collèges muets ; voix exprimées : {votes} ; avec les plafonds, {after} comptent."}
	case "college.silent.lost":
		return tally.Sentence{En: "Nobody voted in college {college}: its weight of {weight} is lost.", Fr: "Personne n'a voté dans le collège {college} : son poids de {weight} est perdu."}
	case "college.silent.spread":
		return tally.Sentence{En: "Nobody voted in college {college}: its weight of {weight} goes to the others by their weights.",
			Fr: "Personne n'a voté dans le collège {college} : son poids de {weight} va aux autres selon leurs poids."}
	case "college.silent.spread-equally":
		return tally.Sentence{En: "Nobody voted in college {college}: its weight of {weight} goes to the others in equal parts.",
			Fr: "Personne n'a voté dans le collège {college} : son poids de {weight} va aux autres à parts égales."}
	case "college.cap.free":
		return tally.Sentence{En: "Group {group} has {before} of the votes cast and may have {most}: its votes count in full, {after} in the end.",
			Fr: "Le groupe {group} a {before} des voix exprimées et peut en avoir {most} : ses voix comptent en entier, {after} au bout du compte."}
	case "college.cap.free.college":
		return tally.Sentence{En: "College {group} has {before} of the votes cast and may have {most}: its votes count in full, {after} in the end.",
			Fr: "Le collège {group} a {before} des voix exprimées et peut en avoir {most} : ses voix comptent en entier, {after} au bout du compte."}
	case "college.cap.binds.college":
		return tally.Sentence{En: "College {group} has {before} of the votes cast and may have no more than {most}: its votes count {factor} each, {after} in the end.",
			Fr: "Le collège {group} a {before} des voix exprimées et ne peut pas dépasser {most} : ses voix comptent chacune pour {factor}, {after} au bout du compte."}
	case "college.cap.binds":
		return tally.Sentence{En: "Group {group} has {before} of the votes cast and may have no more than {most}: its votes count {factor} each, {after} in the end.",
			Fr: "Le groupe {group} a {before} des voix exprimées et ne peut pas dépasser {most} : ses voix comptent chacune pour {factor}, {after} au bout du compte."}
	case "college.mistake.college":
		return tally.Sentence{En: "The key {key} names the college “{college}”, which is none of {known}.", Fr: "La clé {key} nomme le collège « {college} », qui n'est aucun de {known}."}
	case "college.mistake.weight":
		return tally.Sentence{En: "Somebody sits in the college “{college}”, to which the rule gives no weight; it weighs {known}.",
			Fr: "Quelqu'un siège dans le collège « {college} », auquel la règle ne donne pas de poids ; elle pèse {known}."}
	case "college.mistake.group":
		return tally.Sentence{En: "The key caps names the group “{group}”, to which nobody belongs; groups of the table are {known}.",
			Fr: "La clé caps nomme le groupe « {group} », auquel personne n'appartient ; les groupes du tableau sont {known}."}
	case "college.mistake.delegation":
		return tally.Sentence{En: "{member} delegates to {delegate}, and the rule has delegation=no.", Fr: "{member} délègue à {delegate}, et la règle a delegation=no."}
	case "college.mistake.day":
		return tally.Sentence{En: "The delegation of {member} to {delegate} has days: say when the vote is, with day=2026-11-25 in the rule.",
			Fr: "La délégation de {member} à {delegate} a des dates : dites quand a lieu le vote, avec day=2026-11-25 dans la règle."}
	case "college.refused":
		return tally.Sentence{En: "The vote cannot be counted: all votes cast are under caps that let them reach {reached} together, not 100 %: {caps}.",
			Fr: "Le vote ne peut pas être compté : toutes les voix exprimées sont sous des plafonds qui ne leur laissent que {reached} ensemble, et non 100 % : {caps}."}
	case "college.delegation.carried":
		return tally.Sentence{En: "{delegate} votes for {member}.", Fr: "{delegate} vote pour {member}."}
	case "college.delegation.circle":
		return tally.Sentence{En: "The delegation of {member} goes in a circle: an abstention is counted.", Fr: "La délégation de {member} tourne en rond : une abstention est comptée."}
	case "college.delegation.cycle":
		return tally.Sentence{En: "The delegation of {member} goes in a circle: no vote is counted.", Fr: "La délégation de {member} tourne en rond : aucune voix n'est comptée."}
	case "college.delegation.depth":
		return tally.Sentence{En: "The delegation of {member} would pass through too many hands after {delegate}: no vote is counted.",
			Fr: "La délégation de {member} passerait par trop de mains après {delegate} : aucune voix n'est comptée."}
	case "college.delegation.delegate":
		return tally.Sentence{En: "{delegate}, to whom the vote of {member} came, did not vote: no vote is counted.",
			Fr: "{delegate}, à qui la voix de {member} est allée, n'a pas voté : aucune voix n'est comptée."}
	case "college.delegation.over":
		return tally.Sentence{En: "{delegate} may not vote for more members: the vote of {member} is not counted.",
			Fr: "{delegate} ne peut pas voter pour davantage de membres : la voix de {member} n'est pas comptée."}
	case "college.quorum.reached":
		return tally.Sentence{En: "The quorum is reached: {counted} of {of} members, and {least} are asked for.", Fr: "Le quorum est atteint : {counted} membres sur {of}, pour {least} demandés."}
	case "college.quorum.missed":
		return tally.Sentence{En: "The quorum is not reached: {counted} of {of} members, and {least} are asked for.", Fr: "Le quorum n'est pas atteint : {counted} membres sur {of}, pour {least} demandés."}
	case "college.quorum.reached.college":
		return tally.Sentence{En: "The quorum is reached in college {college}: {counted} of {of} members, and {least} are asked for.",
			Fr: "Le quorum est atteint dans le collège {college} : {counted} membres sur {of}, pour {least} demandés."}
	case "college.quorum.missed.college":
		return tally.Sentence{En: "The quorum is not reached in college {college}: {counted} of {of} members, and {least} are asked for.",
			Fr: "Le quorum n'est pas atteint dans le collège {college} : {counted} membres sur {of}, pour {least} demandés."}
	case "college.option":
		return tally.Sentence{En: "{option}: {weight}, which is {share} of the votes cast.", Fr: "{option} : {weight}, soit {share} des voix exprimées."}
	case "college.decision.adopted":
		return tally.Sentence{En: "Adopted: yes passes the {needed} that are needed.", Fr: "Adopté : le oui dépasse les {needed} nécessaires."}
	case "college.decision.rejected":
		return tally.Sentence{En: "Rejected: yes does not pass the {needed} that are needed.", Fr: "Rejeté : le oui ne dépasse pas les {needed} nécessaires."}
	case "college.decision.quorum":
		return tally.Sentence{En: "Nothing is decided, for want of a quorum.", Fr: "Rien n'est décidé, faute de quorum."}
	case "college.decision.won":
		return tally.Sentence{En: "{winner} wins: it passes the {needed} that are needed.", Fr: "{winner} l'emporte : les {needed} nécessaires sont dépassés."}
	case "college.decision.none":
		return tally.Sentence{En: "No option wins: none leads alone with more than {needed}; in front: {leading}.", Fr: "Aucune option ne l'emporte : aucune n'est seule en tête avec plus de {needed} ; en tête : {leading}."}
	case "college.scic.kinds":
		return tally.Sentence{En: "A SCIC needs members of three kinds at least; here are {kinds}.", Fr: "Une SCIC doit avoir au moins trois catégories d'associés ; il y en a {kinds}."}
	case "college.scic.beneficiaries":
		return tally.Sentence{En: "A SCIC needs members who benefit from what it does.", Fr: "Une SCIC doit avoir des associés bénéficiaires de son activité."}
	case "college.scic.employees":
		return tally.Sentence{En: "A SCIC needs members who are its employees, or else producers.", Fr: "Une SCIC doit avoir des associés salariés ou, à défaut, producteurs."}
	case "college.scic.weight":
		return tally.Sentence{En: "College {college} weighs {weight}: a SCIC's colleges weigh 10 at least and 50 at most, of 100.",
			Fr: "Le collège {college} pèse {weight} : dans une SCIC, un collège pèse de 10 à 50, sur 100."}
	case "college.scic.sum":
		return tally.Sentence{En: "The weights of the colleges sum up to {sum}, not to 100.", Fr: "Les poids des collèges font {sum}, et non 100."}
	case "college.scic.votes":
		return tally.Sentence{En: "{member} has {votes} votes in {seats} colleges: in a SCIC each member has one vote, in one college.",
			Fr: "{member} a {votes} voix dans {seats} collèges : dans une SCIC, un associé a une voix, dans un collège."}
	}
	return tally.Sentence{}
}
