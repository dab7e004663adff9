// Package archtest holds the house to its plan: a table of from → may import → why, read against the imports of every package, and rules
// on the SQL and on who may write. It has no code but its tests.
package archtest
