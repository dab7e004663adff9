// Package blt reads, judges and writes BLT files, in which elections by ranked ballots are published: the single transferable vote of
// Scottish councils above all.
//
// A file has, in this order: a line with the numbers of candidates and of seats; perhaps lines with the *withdrawn* candidates, as negative
// numbers; the ballots, one a line; a line 0; the names of the candidates in quotation marks, and the title. Candidates are numbered from 1
// in the file, from 0 here. A *ballot* is its weight, the numbers of the candidates from the first preference on, and 0; "3 0" is three
// empty ballots. # begins a comment, outside quotation marks.
//
// [NewReader] streams the ballots, in memory that it uses again; the names come after the last. [Read] holds a file whole, and [File.Write]
// gives back the same bytes where nothing changed. [Check] returns every problem with its line and a sentence that says how to mend it.
//
// The format was never written down in one place. These habits of real files are read, and kept when written back:
//   - names with doubled quotation marks inside ("Jim ""the"" Bar"), commas, or a party in marks behind the name ([Candidate].More);
//   - commas between the numbers of a ballot, with or without blanks; blanks at either end; Windows line ends; a byte order mark;
//   - a ballot's own name in parentheses before it ("(b7) 1 3 2 0"), then without a weight, which is 1;
//   - equal preferences, joined by "=" ("4=1"), and a preference left out, "-", both in [Ballot].Ranks;
//   - options in brackets before the ballots ("[nick a b c]", "[withdrawn b]"), kept and not interpreted, withdrawn aside;
//   - names in comments, "# ALTERNATIVE NAME 3: Ada", where there are no others (Glasgow 2007); remarks behind the title;
//   - weights that are not whole.
//
// A ballot stands on one line: one that goes on over several is an error, since a forgotten 0 would swallow the next voter. Comments between
// /* and */ are not known.
//
// Source: Hill, Wichmann & Woodall, Algorithm 123 (1987), of whom the layout is; OpenSTV's and OpaVote's help; files of Scottish wards.
package blt
