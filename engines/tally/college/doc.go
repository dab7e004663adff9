// Package college counts votes of assemblies whose members sit in colleges with weights, under caps that hold whatever the turnout. It is pure
// and exact: every weight and share is a fraction. [Statutes] are the rules as data, [Count] counts a [Vote], [Sentences] has every message in
// English and French.
//
// # Words
//
// A *college* has a weight, which the votes cast in it share: with 30 and 4 votes each weighs 7.5. A *member* has seats, perhaps in
// several colleges, and votes for all of them alike. A *group* is members of whom a *cap* speaks: "the public bodies never weigh more than
// 49 %", "no more than 20 % for this firm". The votes of a group are those that its members have, whoever casts them, **and** those that
// its members cast for others: else a group could gather by delegation what its cap takes from it.
//
// # The order of a count
//
//  1. Delegations are followed. An own vote comes before any delegation; a delegation for the topic before one for all topics; a later one
//     before an earlier. Days are given with the vote, no clock is read. A vote that goes in a circle is not cast, or cast as an abstention,
//     as the statutes say; one that reaches somebody who does not vote, or passes through too many hands, is not cast. A delegate who may
//     carry so many members keeps those who came over fewest hands, then by the earliest day, then by id.
//  2. Each college has its weight; that of a college where nobody voted is lost, or spread in proportion or equally. Abstentions are votes
//     cast, for nobody (in), or no votes at all (out).
//  3. The caps are applied, after spreading. See below.
//  4. Options have the weights of their votes; quorums and the majority decide. With Silent lost, a majority of "all" counts what was
//     lost too.
//
// # Caps
//
// A cap is a part of the votes that were cast, not of those that could have been. With others weighing O and the capped group P, its votes
// must count a factor f ≤ 1 with f·P ≤ c·(O + f·P), so at most f = min(1, c·O / ((1 − c)·P)).
//
// With several caps, each cut changes the sum that the others are parts of, and groups may share members. [Fit] therefore looks at
// shares instead of weights: all votes' shares grow together from nothing in proportion to their weights; when the votes under a cap have
// reached its part, they stop; the others grow on until the shares sum up to 1. Then:
//
//   - each cap holds: the shares under it grew until it was reached, and no further;
//   - with one cap it is the formula above: O·l = 1 − c and f·P·l = c, where l is the level at the end;
//   - nobody is cut for nothing: whoever is cut is under a cap that is used up and under which nobody has more for his weight. Shares with
//     that property are the max-min fair ones, of which there is exactly one (Bertsekas and Gallager, Data networks, section 6.5);
//   - it takes one step a cap, of additions and divisions of fractions: nothing is iterated, nothing rounded.
//
// A vote under several caps counts with the least of their factors. Caps can make a vote impossible: when all votes cast are under caps that
// stop them before 100 % — two colleges at 33 % at most, or only the capped group turned up — the count is refused with a [Refusal] that
// says so. It is refused too where 100 % could only be reached by taking from members of two groups what fairness gives them.
// [Assembly.Check] refuses statutes whose caps fail even when everybody votes.
//
// # The SCIC
//
// [SCIC] and [CheckSCIC] are the arithmetic of the société coopérative d'intérêt collectif (law 47-1775 of 10 September 1947, articles 19
// quinquies and after): at least three kinds of members, colleges of 10 to 50 of 100, one member one vote in a college.
package college
