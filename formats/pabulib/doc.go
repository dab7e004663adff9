// Package pabulib reads, judges and writes Pabulib files (.pb): the projects of a participatory budget and every ballot cast on them.
//
// A file has three *sections*: META, keys with values; PROJECTS, a table; VOTES, a table with a line for each *ballot*. Fields are
// separated by semicolons and quoted as in CSV, the lists inside a field by commas.
//
// Three ways in:
//   - [NewReader] streams. It reads META and PROJECTS, then hands out one ballot after the other in memory that it uses again: what it holds
//     does not grow with the number of ballots ([Options].Judge aside, which keeps voters apart). A million ballots take well under a second.
//   - [Check] reads to the end and returns every [problem.Problem], with line, column, key, and a sentence that says how to mend it.
//   - [Read] holds a whole file, to change it; [File.Write] gives back the same bytes where nothing changed.
//
// Reading is lenient: what can be understood is handed out, what is wrong is a problem beside it, and [Reader.Errors] counts what a count of
// votes must not pass over. A project that a ballot names and PROJECTS lacks, or that it names twice, is left out of the ballot and is an
// error. Amounts and points are exact ([decimal.Decimal]): 827838.5 stays what it is.
//
// Real files keep older habits, which are warnings here: the column target (beneficiaries since April 2026, where the format's own checker
// calls it an error), language;polish for pl, 6.09.2019 without its zero, sex K for F, empty lines, a byte order mark, Windows line ends,
// sections padded with semicolons by spreadsheets. Unknown keys and columns are kept and are no problem, unless they look misspelt.
//
// What this package judges and the format's page does not say: a number of more than 18 digits is refused; the columns votes and score of
// PROJECTS must equal what the ballots say; dates may also be YYYY alone; unbounded fields have the limits of [Limits].
// What it does not judge: whether selected follows from rule (only that greedy leaves nothing that could be paid). Count the ballots to know.
//
// Source: pabulib.org/format and its checker 0.3.1 (2026-06); the files of Toulouse, Warszawa, Wrocław, Gdańsk, Kraków and Wieliczka.
package pabulib
