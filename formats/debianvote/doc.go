// Package debianvote reads, judges and writes the tally sheets of Debian's votes (vote_001_tally.txt): the options, and one line a voter.
//
//	     Option
//	  1-------->: Keep it
//	/ 2-------->: Change it
//	|/ 3------->: None of the above
//	||/
//	V: 1-2	ada	Ada Martin
//
// The *legend* numbers the options; "Option 1------->: Keep it" is read too. In a line of a vote the first character is the rank that the voter
// gave to option 1, the second to option 2, and so on: 1 is the best, equal ranks are ties, - is unranked. Ranks above 9 are letters, a or A for 10.
// What follows names the voter: login and name in a public vote, a hash in a secret one, which is [Ballot].ID alone. Everything else in the
// file, before, between and after, is text; it is kept and written back.
//
// [NewReader] streams, [Check] judges, [Read] holds a file, whose [File.Write] gives back the same bytes where nothing changed. The last option is
// the default one by the constitution, which the sheet does not say: this package does not either.
//
// Source: the sheets at debian.org/vote, as devotee writes them, and the constitution's appendix A.
package debianvote
