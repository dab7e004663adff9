// Package surveycsv reads ballots from the tables that survey tools export: LimeSurvey, Framaforms, Google Forms, and what looks like them.
//
// A table says nothing about itself, so a [Mapping] says what it means: where the choices stand and what a cell tells. It is data, to be
// printed with a result so that anyone counts again. [Guess] proposes one from the head and the first lines, or says why it cannot. There are
// four forms:
//
//	columns  a column for each choice, its head "Question [Choice]" (LimeSurvey: "Q1[SQ001]" or "Q1 [Choice]", Google's grid: "Question [Choice]"),
//	         or any heads that the mapping lists. The cell is yes or no, a rank, a score, or a grade
//	ranks    a column for each rank, its head "Question [1]", "Question [Rank 1]"; the cell is the choice (LimeSurvey's ranking)
//	list     one column; the cell lists the choices with a separator (Google's checkboxes: ", "; Framaforms: ";"), in any order or best first
//	one      one column; the cell is one choice
//
// and four meanings of a cell:
//
//	yes      chosen or not: Y, Yes, Oui, O, X, 1, True, Vrai, ✓ are yes; N, No, Non, 0, False, Faux, "-" and empty are no, capitals or not
//	rank     a whole number, 1 the best; equal ranks are ties, empty is unranked
//	score    a decimal number, empty is none
//	grade    a word of Grades, best first; empty is none
//
// Separators between fields (comma, semicolon, tab) are found from the head. A head of several lines, as Framaforms writes it, is passed by
// [Mapping].HeadLine. Choices that contain the separator of a list are kept whole when the mapping names them. Choices that it does not name are
// numbered as they first come. A line of nothing but separators is no answer.
//
// [NewReader] streams; [Read] holds a table, whose [File.Write] gives back the same bytes where nothing changed.
//
// Not read: spreadsheets themselves (.xlsx, .ods; export them as CSV), LimeSurvey's arrays of two scales, files in another encoding than UTF-8
// (each line that is not is an error).
//
// Source: LimeSurvey's manual (export results), Drupal's Webform (on which Framaforms stands), exports of Google Forms.
package surveycsv
