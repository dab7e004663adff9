// Package githistory measures who keeps a commons alive from the history of its git repository alone.
//
// It reads with git's own plumbing, because git's line counts come from its own diff and no other implementation gives
// the same numbers: one `git log` for who and when, then `git diff-tree --stdin --numstat` in parallel workers for
// changed lines. Reading and judging are apart: [Read] fills a [History] (one small row a commit), [History.Measure]
// computes every figure from it in memory, so that another view (since a day, with people merged) costs no reading.
//
// Words: a *contributor* is one name and e-mail as `git shortlog -se` groups them, after .mailmap; a *person* is a
// contributor that is no bot; *changes* and *commits* in figures are those that are no merge; *lines* are those of
// `git log --no-merges --no-renames --numstat`. The date of a commit is its committer date, in UTC: it says when work
// came into the history, it is what git's own --since compares, and windows count back from HEAD's. Only the question
// at what hour people work uses the author's date and zone.
//
// Promises: contributors and commits equal `git shortlog -sne --no-merges`, lines equal numstat summed ([Check] tells
// for any repository); git's exit codes are read, and what is missing (partial clones) is counted and said; memory is
// some 60 bytes a commit. Errors are [ErrNotRepository], [ErrEmpty], [ErrNoBranch], [ErrUnknownRef], [ErrCorrupt].
//
// It runs nothing itself: git comes in by [Runner]; package gitexec is the one that runs the installed git safely.
// It reads no clock and no file. E-mail addresses are kept in the History, and left out of [Result].
package githistory
