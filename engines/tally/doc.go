// Package tally counts shared budgets from the ballots of the voters: which projects win, exactly, and why.
//
// An [Instance] is one budget: projects with costs, money, ballots ([Ballots], equal ones kept once, made with a [Builder]), and perhaps
// [Constraints]. A [Rule] is data, written NAME[,key=value…], one of [Rules]. [Count] gives a [Result]: the winners in the order of their
// choice, every round, a verdict on each project with what it lacked, and fairness. [ExplainBallot] tells a voter what became of one ballot,
// [Replay] follows a published result round by round without the code that counts, [Recount] does that and then finds the first difference to a
// new count, [Judge] measures any set of winners. Packages election and college count other
// votes with the same shapes: [Ballots], [Rule], [Specs], [Ties], [Number], [Message], [ElectionResult].
//
// Promises: no result depends on the order of ballots or projects, on the machine, or on how many workers counted. Amounts are whole numbers
// of a smallest unit, at most [MaxAmount]; more is refused. No clock, no file, no global state: the same [Ballots] may be counted by any
// number of goroutines at once. Ties go by an order that is stated with the rule ([Ties]), by a lot that anyone can draw again, or are left
// open, and then every outcome is listed.
//
// # Words
//
// A voter *supports* a project that the ballot names (with points: with at least one). Equal shares give every voter the same *share* and
// then, round by round, buy the project whose supporters pay least for what it is worth to them, each as much as the others for the same
// weight, or all that is left (the *poor*; the others are *rich*). What a project is worth is its cost (utility=cost), one (count), or the
// points or rank that the ballot gives it, which then are *weights*. add1 raises every share by a step until the next step would spend more
// than the budget, and keeps the last that did not; it also ends when every supported project has won or is barred by a constraint.
// Projects that cost nothing and have support are taken first: the references leave them out.
//
// # Why the result is exact
//
// Greedy rules, majority judgment and points compare whole numbers (products in 128 bits). Phragmén and bounded overspending choose by
// floats, whose sums of at most 2^28 terms of one sign err by less than 2^-24 of the sum, and compare as rationals whatever is within four
// times that of the best. Equal shares need more care, because add1 counts hundreds of times and the common denominator of all purses grows
// with every purchase. There each purse is kept twice.
//
// Exactly: a voter who can still pay has paid in full for every winner that the ballot names, so the purse is the first share less a sum of
// earlier payments, known from the list of them. In round v everyone rich paid x[v] / (d0·m[0]·…·m[v]) for each weight, where share/d0 is the
// first share and m[v] the weight of the rich. The next payment p of a project with cost C solves poor purses + p·(rich weight m) = C; times
// d0·m[0]·…·m[last] this is whole:
//
//	x = (C·d0 - share·poor)·q + Σ count[v]·x[v]·q/(m[0]·…·m[v]),   q = m[0]·…·m[last],
//
// with count[v] what the poor paid in round v. The sum is evaluated by Horner's rule in whole numbers of any size: no division, no
// rounding. Two prices of one round have the denominators d0·q·m and d0·q·m', so they compare by two multiplications by words.
//
// Nearly: a purse is also a whole number a of fast units of 2^-shift smallest units, so fine that all purses together, times any weight, are
// below 2^61. It starts at most 1 below the truth and E = 2. A payment of weight w is subtracted as t·w with t within 4 of the exact payment
// (a quotient of the 64 leading bits of both numbers errs by less than 2^-62 of itself, so by less than 2, and cutting by 1). Since x ↦
// max(0, x - y) changes no more than x and y do together, after every round |a - purse| ≤ E with E raised by 4·(largest weight), whether a
// voter was taken for poor or rich.
//
// Hence for any price θ the sum F(θ) of min(purse, θ·w) over the voters who support c is within S = E·voters of the same sum of fast
// purses, and:
//
//   - If that sum is below C - S at the price at which c would equal the best so far, c is dearer than the best, exactly. F is concave, so
//     its tangent at θ also bounds the price of c from below in all later rounds, when purses can only have shrunk: c is not looked at again
//     before a price passes that bound.
//   - If all supporters together have less than C - S, c cannot be bought now or later.
//   - The price found in fast units from a division into poor and rich is within S/m + 4 of the exact price of the same division. Voters
//     whose purse is within that and E of what they would pay are unsure; all others are on the right side. Only the unsure are compared
//     exactly, and moved until none is wrong; this is Newton's method on a concave function, so it ends. Equality may stand on either side:
//     both give the same price and leave nothing.
//   - Two prices whose intervals meet are compared exactly. So is what all supporters have with the cost, when it is within S.
//
// Most counts of add1 need not even the chain: while only winners are wanted, a payment is taken as found in fast units, within (E·poor+1)/m + 2
// of the truth, and E grows by that much instead of 4. The first time that this is not enough to decide, the count is thrown away and done
// again with 64 bits more below each purse's unit, which are looked at in payments alone (loose.go); and should that not be enough either, with
// the chain. The count that is reported is always done with it.
//
// Every decision (who is bought, who pays what, who can pay) is therefore the one that rationals would make; and nothing else of the fast
// numbers is kept. The tests hold every rule against a plain implementation with math/big on thousands of instances full of ties.
//
// # Why it is fast
//
// Equal ballots are one, and while add1 searches also those that differ only in projects that no share near can buy (lean.go); a round walks
// only projects that may win it, with no branch that depends on the data; last run's winners and prices are tried first; what a run saw at each
// place bounds what the next can find there, so that most projects that lose a round are not looked at again (memo.go has the proof); steps are
// shared out to workers, once there is enough to count. And a count can *watch*: it follows bounds on how every purse and price moves as the first
// share rises, and so knows up to which share its winners and their order stay (watch.go has the proof). Steps of add1 up to there are passed
// over uncounted, so the work grows with what changes between steps. A step that is tiny beside the shares costs nothing.
// What a loser lacked in money is mostly known without a count, or by one that begins where that loser first matters (missing_cost.go has the proof).
//
// # Sources
//
// Peters, Pierczyński, Skowron, Proportional participatory budgeting with additive utilities (2021). Brill, Peters, Robust and verifiable
// proportionality axioms (2023). Los, Christoff, Grossi, Proportional budget allocations (2022). Papasotiropoulos and others, Method of equal
// shares with bounded overspending (2024). Balinski, Laraki, Majority judgment (2011). Where the tool of equalshares.net and pabutools differ
// from each other or from this, [Rules] has a key for it; a fault of the first, which skips voters with nothing in the comparison step, is not
// copied.
package tally
