// Package assembly reads one vote of an assembly from a table: who sits in which college, for which organisation, how they voted, and to whom
// they gave their vote. It is a CSV file (comma, semicolon or tab) with a line for each seat, and heads in English or French:
//
//	voter;college;group;choice;delegate;topic;since;until
//	ana;users;;yes;;;;
//	bo;users;;;ana;;2026-01-01;2026-12-31
//	city;public;public bodies;no;;;;
//
// Only voter is needed. A voter of two colleges has two lines; a line without a college, for a voter who has one elsewhere, is one more
// delegation. What is wrong is a problem beside what was read, with its line. No rule is applied here: package engines/tally/college counts.
package assembly
