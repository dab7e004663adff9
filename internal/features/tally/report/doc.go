// Package report is the command `commun tally`: it reads a file of ballots, has it counted by engines/tally, and writes the result to a terminal, as
// JSON, as CSV files, or as one self-contained page that a city can publish. It also compares rules, counts again ([Recount]), lists the rules, judges
// Pabulib files, and makes ballots fit to be published ([Publish]).
//
// It knows nothing of accounts, of the database, or of HTTP: what it shows is a tally.Result and the file that it was counted from. A *ballot file* is
// one of the formats of [Open]; a *loser* a project that did not win. Sentences of the engine name projects by id; [voice.engine] puts names there.
package report
