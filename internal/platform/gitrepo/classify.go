package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"commun/internal/platform/fault"
)

// fsckWords finds the name of the check that an object failed: "error: object 0123…: hasDotgit: contains '.git'", or of fsck itself "error in
// tree 0123…: hasDotgit: contains '.git'".
var fsckWords = regexp.MustCompile(`(?m)^(?:(?:error|fatal): (?:object|fsck error in packed object|.*in packed object)|error in [a-z]+ )[^:\n]*: ([a-z][A-Za-z0-9]{2,40}): `)

// statusWords finds the status of a server that changed its mind after the probe.
var statusWords = regexp.MustCompile(`The requested URL returned error: ([0-9]{3})`)

// classify puts the words of a failed git into a fault. words are git's and ssh's own, remote those that the server sent, which decide only
// what a server may say of itself: that there is no such repository, and that its own is damaged. Only words of git 2.31 and later under LC_ALL=C are known
// here; all else is gitrepo.failed, with the words as its cause, for the log.
func classify(a Address, words, remote string, err error) error {
	said := errors.New(lastLines(words))
	if err != nil {
		said = errors.Join(err, said)
	}
	here := a.kind == Local || a.kind == Bundle
	if here {
		words += remote // the other side is a git of this machine
	}
	has := func(parts ...string) bool { return containsAny(words, parts) }
	var f *fault.Error
	switch {
	case errors.Is(err, exec.ErrNotFound):
		f = fault.Busy(KeyNoGit)
	case errors.Is(err, errTooMuch):
		f = invalid(KeyTooManyObjects)
	case has("No space left on device", "Disk quota exceeded"):
		f = fault.Busy(KeyNoSpace)
	case has("ssh: not found", "cannot run ssh", "ssh: command not found"):
		f = fault.Busy(KeyNoSSH)
	case has("REMOTE HOST IDENTIFICATION HAS CHANGED", "host key for", "Host key for"):
		f = fault.Denied(KeyHostKeyChanged).With("host", a.host)
	case has("Host key verification failed", "host key is known for"):
		f = fault.Denied(KeyHostUnknown).With("host", a.host)
	case has("Permission denied (", "terminal prompts disabled", "Authentication failed", "could not read Username",
		"could not read Password", "Too many authentication failures", "no mutual signature"):
		f = fault.Denied(KeyAuthRequired)
	case has("detected dubious ownership", "unsafe repository"):
		f = fault.Denied(KeyNotOwned)
	case has("lacks these prerequisite commits"):
		f = invalid(KeyBundleIncomplete)
	case has("is shallow", "shallow update not allowed", shallowWords):
		f = invalid(KeyShallow)
	case has("cannot lock ref", "some local refs could not be updated", "unable to update local ref"):
		f, said = fault.Busy(KeyFailed), errors.Join(errRefs, said)
	case fsckWords.MatchString(words):
		f = invalid(KeyUnsafeObjects).With("check", fsckWords.FindStringSubmatch(words)[1])
	case statusWords.MatchString(words):
		f = ofStatus(statusWords.FindStringSubmatch(words)[1])
	case a.kind == SSH && has("Could not resolve hostname"):
		f = fault.Busy(KeyHostNotFound).With("host", a.host)
	case a.kind == SSH && has("Connection timed out", "Operation timed out"):
		f = fault.Busy(KeyTimeout)
	case has("Connection refused", "Connection reset", "Connection closed", "No route to host", "Network is unreachable",
		"Failed to connect", "Couldn't connect"):
		f = fault.Busy(KeyUnreachable).With("host", a.host)
	case has("SSL certificate problem", "server certificate verification failed", "SSL peer certificate", "gnutls_handshake"):
		f = invalid(KeyTLS).With("host", a.host)
	case has("Operation too slow"):
		f = fault.Busy(KeyStalled)
	case here && (has(missingWords...) || has("lazy fetching disabled", "promisor remote")):
		f = invalid(KeySourceIncomplete)
	case strings.Contains(remote, sourceBroken):
		f, said = invalid(KeyCorrupt), errors.Join(said, fmt.Errorf("the server: %q", lastLines(remote)))
		if !containsAny(remote, corruptWords) {
			f = invalid(KeySourceIncomplete)
		}
	case has("upload-pack: not our ref"):
		f = invalid(KeySourceIncomplete) // it listed the reference a moment ago, and cannot read what it names
	case has(corruptWords...), has(missingWords...), has("early EOF", "bad pack header") && (here || !has(brokenOff...)),
		here && has("index-pack died", "repository corruption on the remote side"):
		f = invalid(KeyCorrupt)
	case has("does not appear to be a git repository", "not a git repository", "Repository not found", "no such repository",
		"does not look like a v2 or v3 bundle", "unrecognized header", "ERROR: ") || a.kind == SSH && noRepository(remote):
		f = invalid(KeyNotARepository)
		if a.kind == SSH {
			f = fault.Missing(KeyNotFound) // forges say so of what is not there, and of what the key may not see
		}
	case has("early EOF", "unexpected disconnect", "hung up unexpectedly", "RPC failed", "invalid index-pack output",
		"expected flush", "expected 'packfile'", "bad line length", "protocol error", "Empty reply"):
		f = fault.Busy(KeyUnreachable).With("host", a.host)
	case has("Permission denied"):
		f = fault.Denied(KeyUnreadable)
	default:
		f = fault.Busy(KeyFailed)
	}
	return f.Wrap(said)
}

// shallowWords are what a git says that succeeds, but leaves out a branch whose history is cut.
const shallowWords = "shallow roots are not allowed"

// sourceBroken is what a serving git says last when it cannot read its own repository. The fetching git only sees that no more comes.
const sourceBroken = "aborting due to possible repository corruption"

// brokenOff are the words for an answer that stopped before its end: the way is at fault then, and not what was sent. Where a pack ends too
// soon without them, the answer was whole and the pack was not.
var brokenOff = []string{"unexpected disconnect", "hung up unexpectedly", "RPC failed", "of body are still expected", "length header were received",
	"transfer closed", "Connection reset"}

// corruptWords are git's words for damaged objects, at the source or here.
var corruptWords = []string{
	"inflate: data stream error", "index-pack: bad", "pack is corrupted", "pack has bad object", "bad object", "is corrupt",
	"corrupt loose object", "does not match index", "packfile", "pack has junk at the end", "pack signature mismatch",
	"SHA1 COLLISION", "bad tree object", "Failed to traverse", "did not send all necessary objects", "missing necessary objects",
	"broken", "unresolved delta", "invalid sha1 pointer", "error in object", "loose object", "serious inflate inconsistency",
	"unable to unpack", "failed to read", "could not get object info", "unable to find", "hash mismatch", "garbage at end",
}

// missingWords are git's words for objects that are not there.
var missingWords = []string{"unable to read", "missing blob object", "missing object"}

func containsAny(words string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(words, p) })
}

func noRepository(remote string) bool {
	remote = strings.ToLower(remote)
	return strings.Contains(remote, "not found") || strings.Contains(remote, "could not be found") || strings.Contains(remote, "does not exist")
}

func ofStatus(status string) *fault.Error {
	switch status {
	case "401", "403", "407":
		return fault.Denied(KeyAuthRequired)
	case "404":
		return fault.Missing(KeyNotFound)
	case "410", "451":
		return fault.Missing(KeyGone)
	case "429":
		return fault.Busy(KeyRateLimited)
	}
	return fault.Busy(KeyServerError).With("status", status)
}

// classifyLocal is classify for a command that read the mirror alone: what fails there is the mirror.
func classifyLocal(words string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fault.Busy(KeyNoGit).Wrap(err)
	case errors.Is(err, errTooMuch):
		return err
	case errors.Is(err, fs.ErrPermission) || strings.Contains(words, "Permission denied"):
		return fault.Denied(KeyUnreadable).Wrap(errors.Join(err, errors.New(lastLines(words))))
	}
	return invalid(KeyCorrupt).Wrap(errors.Join(err, errors.New(lastLines(words))))
}
