// Package election counts elections and choices between options: from ballots and a rule, who is elected, by which stages, and why. It is
// pure: no file, no clock, no chance. Ballots, rules as data, ties, numbers and messages are those of package tally; [Rules] lists what is
// counted here, [Count] counts, [Sentences] has every message in English and French.
//
// # Words
//
// A *ballot* is valid when it names someone who stands. *Withdrawn* candidates are passed over as if never named. V(a,b) is how many ballots
// prefer a to b: whom a ballot does not name is below all whom it names, and equal to the others. A weight is a ballot cast several times.
// A *tie* is decided by the rule's key ties: an order, drawn before the count where it is a lot ([tally.Ties]); the first in the order
// is preferred, so the last is the one excluded. With ties=open every outcome is listed: the count runs once for each way in which its ties
// can fall, up to [Options].Outcomes counts (Capped says when there were more); Elected is then one of them.
//
// # Rules that add up
//
//   - approval, plurality: most ballots that name the candidate, or name it first. least and over set what a winner needs.
//   - score: most points; missing=leave compares means over the ballots that give points, as fractions.
//   - majority-judgment (Balinski and Laraki): the best middlemost grade, the lower of two; between equal ones that grade is taken once from each,
//     and again. This is computed from the numbers of each grade without repeating: see compareGrades for why that is the same. Where
//     missing=leave leaves candidates with other numbers of grades, every ballot is multiplied until the numbers are equal, which makes the
//     comparison transitive.
//
// # Rules that compare each two
//
//   - schulze: a path is as strong as its weakest victory; a beats b when the strongest path from a to b is stronger than back. Winners are those
//     whom nobody beats; several are all listed, and the tie order chooses. More seats are filled from those who are left, by the same
//     paths. Victories compare by votes for, then fewer against (strength=winning), or by margin. Floyd and Warshall's algorithm.
//   - debian: paragraphs 2 to 8 of the constitution's A.5 (1.9; A.6 until 1.7; package doc-debian has every version). An option is dropped unless R prefer it to the default option and it defeats that by its
//     ratio; then, while there are defeats within the Schwartz set, the weakest of them are dropped, all at once when equal.
//     It elects one. The casting vote is the tie order.
//   - ranked-pairs: victories from the strongest, each kept unless those kept before say the contrary. Equal ones that contradict each other are
//     taken in the tie order of their winners, then against that of their losers; ties=open tries every order of them, for 30 candidates at most.
//
// Each elects a Condorcet winner, and only members of the Smith set (debian: where no option is dropped at the start).
//
// # Single transferable vote, Scottish rules
//
// Values of papers have five decimals, cut, so everything is a whole number of 1/100000: the count is exact by law. The quota is the
// whole part of valid / (seats + 1), plus one. At each stage one surplus, the largest, or else one exclusion, of the lowest. A surplus moves
// all papers at surplus × value when received / votes; an exclusion moves them at their value. Equals are parted by the most recent earlier
// stage at which they were not all equal: those not best there are out, and what remains goes on from there; then the tie order, which
// stands for the lot. When those who continue are as many as the vacancies they are elected and nothing more moves, the papers of who was
// just excluded neither. Always: votes credited + non-transferable + residual (what was cut) = valid ballots.
//
// Groups of equal ballots move as one, since they lie with the same candidate at the same value; the value is rounded for one paper and
// multiplied, as the law counts it.
//
// # Single transferable vote, Meek's method
//
// Each elected candidate keeps a part of each ballot that reaches him, and passes on the rest; the parts are lowered until each has the
// quota, total / (seats + 1), where the total is what candidates keep. Hill, Wichmann and Woodall stop when the surplus left is small;
// so does this, at less than 10^-omega of a vote, or when rounding keeps it from falling. Numbers are whole multiples u of 10^-places. What
// a candidate keeps of one ballot is rounded up and taken from that ballot, the quota is cut and one u added, keep values are rounded up. So the
// result is the same everywhere, and nothing is lost: votes + non-transferable = valid. Who is within the surplus left of the lowest counts
// as equal to it.
//
// How near is that to exact fractions? Let e candidates be elected and N ballots valid. A ballot is rounded at most e times, so at the same
// keep values the votes of one differ from exact ones by at most eN·u, and the quota by less than (eN+1)·u. Let R be the sum over the elected of
// |votes − quota|, plus e(2eN+2)·u for those errors: by so much in all are exact votes of the elected off the exact quota. Moving a surplus on
// brings part of it to those who continue, and part of it ends, say G and E; what other elected candidates would keep of it is surplus again
// and moves on. In the end the elected hold e quotas, which have fallen by E/(seats+1) each, so G + E = R + e·E/(seats+1). With e ≤ seats
// both G ≤ R and E/(seats+1) ≤ R follow: nobody who continues gains more than R, and the quota falls by no more. A shortage moves by the same
// numbers with the other sign, and both together stay below the same R. So a decision clear by 2R + 2eN·u is the exact one, and every
// decision that is not gets a note, "election.meek.near". A result without such a note elects whom exact fractions elect; the tests compare it
// with a count in 400 bits.
//
// # Committees from approvals
//
//   - committee-phragmen: supporters earn alike and buy a seat for the first candidate whom they can pay; exact, by package tally with a cost of
//     one seat each.
//   - committee-shares: each ballot holds seats / ballots; again and again the candidate is elected whose supporters pay least at most; exact.
//     A seat costs 100 units a ballot, so that one percent of the first share is a whole number of units, and add1 steps by percents.
//
// # Party lists
//
// dhondt and sainte-lague compare quotients by cross products; largest-remainder compares fractions. Elected names a list once for each of
// its seats, in the order in which it gets them. A list with fewer places than seats won leaves them to the others.
//
// # Exactness
//
// No float is used anywhere. [MaxVoters] bounds ballots so that sums of points, products of votes with divisors, and of two numbers of
// ballots fit in 64 bits; surpluses and keep values use 128. No result depends on the order of ballots: groups are only ever summed up.
// The tests hold each rule against a second, plain implementation that follows its definition paper by paper, on thousands of small
// elections with ties, empty ballots and one voter; against worked examples; and against the properties that the rules are known for.
package election
