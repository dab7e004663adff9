// Package tally counts shared budgets: which projects win, exactly, and why.
//
// DRAFT of the shared shapes; the proof of exactness follows with the count itself.
package tally
