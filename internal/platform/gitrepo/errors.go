package gitrepo

import (
	"commun/internal/platform/fault"
)

// field is the form field that a refused address is shown at.
const field = "address"

// The keys of every message that this package can ask for. No message may show the address itself: it could hold a secret.
//
//	key                              kind      arguments
//	gitrepo.address_missing          invalid
//	gitrepo.address_too_long         invalid   limit (characters)
//	gitrepo.address_malformed        invalid
//	gitrepo.address_control          invalid   (a control or invisible character)
//	gitrepo.address_option           invalid   (a part begins with "-")
//	gitrepo.address_relative         invalid   (a path that is not absolute)
//	gitrepo.scheme_refused           invalid   allowed (list of schemes, as text)
//	gitrepo.credentials_in_address   invalid
//	gitrepo.local_refused            denied    (a folder or bundle of this machine)
//	gitrepo.ssh_refused              denied
//	gitrepo.inner_address            denied    host
//	gitrepo.redirect_refused         invalid   (to another scheme, from https to http, or to what is no repository)
//	gitrepo.too_many_redirects       invalid   limit
//	gitrepo.host_not_found           busy      host
//	gitrepo.unreachable              busy      host (connection refused or broken)
//	gitrepo.tls                      invalid   host (certificate not trusted)
//	gitrepo.timeout                  busy      seconds
//	gitrepo.stalled                  busy      seconds
//	gitrepo.server_error             busy      status
//	gitrepo.rate_limited             busy
//	gitrepo.auth_required            denied    (asks for a password: private, or not there at all; forges do not say which)
//	gitrepo.not_found                missing
//	gitrepo.gone                     missing   (was there at the last update, or the server says that it left for good)
//	gitrepo.not_a_repository         invalid
//	gitrepo.dumb_server              invalid   (serves files only, not git's smart protocol)
//	gitrepo.empty                    invalid   (no commit)
//	gitrepo.shallow                  invalid   (a folder or bundle whose history is cut)
//	gitrepo.source_incomplete        invalid   (objects are missing at the source, a partial clone say)
//	gitrepo.not_owned                denied    (a folder of another account of this machine)
//	gitrepo.unreadable               denied    (no permission to read the folder or file)
//	gitrepo.bundle_incomplete        invalid   (a bundle that builds on commits that it lacks)
//	gitrepo.corrupt                  invalid   (damaged objects at the source, or in the mirror)
//	gitrepo.unsafe_objects           invalid   check (git's name of the check that failed, such as "hasDotgit")
//	gitrepo.too_large                invalid   limit (bytes)
//	gitrepo.too_many_objects         invalid   limit
//	gitrepo.file_too_large           invalid   path, size (bytes), limit (bytes)
//	gitrepo.file_missing             missing   path
//	gitrepo.no_space                 busy
//	gitrepo.busy                     busy      (the mirror is being updated already)
//	gitrepo.host_unknown             denied    host (ssh: its key is not among the known ones)
//	gitrepo.host_key_changed         denied    host
//	gitrepo.known_host_malformed     invalid
//	gitrepo.no_git                   busy      (the git program is not installed)
//	gitrepo.no_ssh                   busy      (the ssh program is not installed)
//	gitrepo.failed                   busy      (git failed in a way that this package does not know; the log has its words)
const (
	KeyAddressMissing     = "gitrepo.address_missing"
	KeyAddressTooLong     = "gitrepo.address_too_long"
	KeyAddressMalformed   = "gitrepo.address_malformed"
	KeyAddressControl     = "gitrepo.address_control"
	KeyAddressOption      = "gitrepo.address_option"
	KeyAddressRelative    = "gitrepo.address_relative"
	KeySchemeRefused      = "gitrepo.scheme_refused"
	KeyCredentials        = "gitrepo.credentials_in_address"
	KeyLocalRefused       = "gitrepo.local_refused"
	KeySSHRefused         = "gitrepo.ssh_refused"
	KeyInnerAddress       = "gitrepo.inner_address"
	KeyRedirectRefused    = "gitrepo.redirect_refused"
	KeyTooManyRedirects   = "gitrepo.too_many_redirects"
	KeyHostNotFound       = "gitrepo.host_not_found"
	KeyUnreachable        = "gitrepo.unreachable"
	KeyTLS                = "gitrepo.tls"
	KeyTimeout            = "gitrepo.timeout"
	KeyStalled            = "gitrepo.stalled"
	KeyServerError        = "gitrepo.server_error"
	KeyRateLimited        = "gitrepo.rate_limited"
	KeyAuthRequired       = "gitrepo.auth_required"
	KeyNotFound           = "gitrepo.not_found"
	KeyGone               = "gitrepo.gone"
	KeyNotARepository     = "gitrepo.not_a_repository"
	KeyDumbServer         = "gitrepo.dumb_server"
	KeyEmpty              = "gitrepo.empty"
	KeyShallow            = "gitrepo.shallow"
	KeySourceIncomplete   = "gitrepo.source_incomplete"
	KeyNotOwned           = "gitrepo.not_owned"
	KeyUnreadable         = "gitrepo.unreadable"
	KeyBundleIncomplete   = "gitrepo.bundle_incomplete"
	KeyCorrupt            = "gitrepo.corrupt"
	KeyUnsafeObjects      = "gitrepo.unsafe_objects"
	KeyTooLarge           = "gitrepo.too_large"
	KeyTooManyObjects     = "gitrepo.too_many_objects"
	KeyFileTooLarge       = "gitrepo.file_too_large"
	KeyFileMissing        = "gitrepo.file_missing"
	KeyNoSpace            = "gitrepo.no_space"
	KeyBusy               = "gitrepo.busy"
	KeyHostUnknown        = "gitrepo.host_unknown"
	KeyHostKeyChanged     = "gitrepo.host_key_changed"
	KeyKnownHostMalformed = "gitrepo.known_host_malformed"
	KeyNoGit              = "gitrepo.no_git"
	KeyNoSSH              = "gitrepo.no_ssh"
	KeyFailed             = "gitrepo.failed"
)

// Keys lists every message key of this package, so that the test of the languages sees them all. The table above the constants says
// which arguments each message may name.
var Keys = [...]string{
	KeyAddressMissing, KeyAddressTooLong, KeyAddressMalformed, KeyAddressControl, KeyAddressOption, KeyAddressRelative,
	KeySchemeRefused, KeyCredentials, KeyLocalRefused, KeySSHRefused, KeyInnerAddress, KeyRedirectRefused, KeyTooManyRedirects,
	KeyHostNotFound, KeyUnreachable, KeyTLS, KeyTimeout, KeyStalled, KeyServerError, KeyRateLimited, KeyAuthRequired, KeyNotFound,
	KeyGone, KeyNotARepository, KeyDumbServer, KeyEmpty, KeyShallow, KeySourceIncomplete, KeyNotOwned, KeyUnreadable,
	KeyBundleIncomplete, KeyCorrupt, KeyUnsafeObjects, KeyTooLarge, KeyTooManyObjects, KeyFileTooLarge, KeyFileMissing, KeyNoSpace,
	KeyBusy, KeyHostUnknown, KeyHostKeyChanged, KeyKnownHostMalformed, KeyNoGit, KeyNoSSH, KeyFailed,
}

// invalid is a fault of what was typed, shown at the address.
func invalid(key string) *fault.Error { return fault.Invalid(field, key) }

// KeyOf returns the message key that err carries, or "" when err is none of this package's faults (a cancelled context, say).
func KeyOf(err error) string {
	if l := fault.Of(err); len(l) > 0 {
		return l[0].Key
	}
	return ""
}

// Final says whether trying the same again later is useless until someone changes something: a schedule may then wait longer.
func Final(err error) bool {
	k := fault.KindOf(err)
	return k == fault.InvalidKind || k == fault.DeniedKind || k == fault.MissingKind
}
