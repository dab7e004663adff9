// Package preflib reads, judges and writes PrefLib's files of ranked ballots: .soc and .soi (strict orders, complete or not), .toc and .toi
// (orders with ties).
//
// Both styles of head are read, told apart by the first line. The new one has lines "# KEY: value", among them "# ALTERNATIVE NAME 1: …",
// and ballots "3: 1,{2,4},5"; the old one has the number of candidates, a line "1,Name" for each, a line "voters,sum,orders", and ballots
// "3,1,{2,4},5". The number before an order is how many voters gave it. Candidates are numbered from 1 in the file, from 0 here.
//
// [NewReader] streams, [Check] judges, [Read] holds a file, whose [File.Write] gives back the same bytes where nothing changed. The type of data
// (soc, soi, toc, toi) comes from the head, or from [Options].Type for the old style, where only the file's name has it; ballots are held to it.
//
// Files that are no orders (.cat, .wmd, .mjg, .wmg, .pwg, .tog) are not read. Blanks around numbers are accepted; a brace around one candidate is a
// warning.
//
// Source: preflib.org/format, in its present and its earlier version.
package preflib
