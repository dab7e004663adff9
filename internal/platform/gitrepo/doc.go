// Package gitrepo goes from the address of a git repository to a safe bare copy on disk, and to the few files that a catalogue reads
// in it. It does nothing else: history is measured by engines/githistory, files are understood by formats/.
//
// Words: an *address* is what a person typed, checked; a *mirror* is our bare copy of one repository (default branch and tags only);
// a *policy* says what the asker may reach; a *run* is one update of one mirror.
//
// Promises:
//   - Nothing of the repository is executed: no shell sees an address, no checkout, hook, submodule, filter or LFS; git reads no
//     configuration but ours, and every address comes after "--".
//   - The web is reached through one dialer that checks the address a name *resolved to* and connects to exactly that one. git itself
//     only sees a proxy of this process, which lets it reach the one host that was asked for. Redirects are followed here, each checked.
//   - Nobody's role opens the machine's own network: inner servers are those of the policy's list, and no redirect leads to one.
//   - What comes from elsewhere is judged object by object (fetch.fsckObjects). A folder of this machine is copied by its files, checked for
//     damage and for what is missing, and not judged; see copyFiles.
//   - A mirror is whole or absent: a first copy is made beside its place and renamed; refs change all at once.
//   - What a dead process left (children, half copies, locks) is ended and swept by EndOrphans and by the next update.
//   - Every failure that a person can act on is a fault with one of the keys in Keys.
//
// Sources of the rules: git's own documentation (git-config, git-fetch, gitprotocol-http), the advisories CVE-2018-15192, 2022-30781,
// 2022-39253, 2022-42968, 2024-32002, 2024-32004, 2024-32465, 2025-48384, 2026-58418.
//
// It needs the git program, 2.31 or later, and a Unix.
package gitrepo
