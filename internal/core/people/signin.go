package people

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"commun/internal/core/journal"
	"commun/internal/platform/fault"
	"commun/internal/platform/jobs"
	"commun/internal/platform/mail"
	"commun/internal/platform/storage"
)

// LinkLife is how long a sign-in link works: the most that OWASP ASVS 5.0, 6.5.5, allows.
const LinkLife = 10 * time.Minute

// SessionLife is how long a session lasts without being used.
const SessionLife = 30 * 24 * time.Hour

// SignInMail is the job kind that makes a link's token and sends it. Its arguments name the link only: no address, no secret.
const SignInMail = "people.sign_in_mail"

// LinkRef is the argument of a SignInMail job.
type LinkRef struct {
	Link string `json:"link"`
}

// Queue queues a job in a transaction. jobs.Queue is one.
type Queue interface {
	Enqueue(ctx context.Context, tx *storage.Tx, j jobs.Job) (id string, existed bool, err error)
}

// The purposes of a link.
const (
	purposeSignIn = "sign-in" // asked for on a page: works in the browser that asked
	purposeHand   = "hand"    // printed by who runs the instance, for one address
	purposeSetup  = "setup"   // makes the first administrator
)

// Link is a sign-in link as its page shows it.
type Link struct {
	Setup bool   // it makes the first administrator, whose name and address are to be given
	New   bool   // its address has no account yet: using it makes one, under the name that is given with it
	Email string // whom it signs in
	Back  string // the page to return to
	Lang  string
}

var errLink = fault.Denied("people.link_invalid")

// secret returns 32 random bytes as text.
func secret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// fingerprint is how a secret is kept: who reads the database cannot use it.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// AskLink queues a mail with a sign-in link, for the browser that holds the secret browser. The answer is the same whether the address
// has an account or not: with open registration, a link to an unknown address makes its account when it is used.
func (s *Service) AskLink(ctx context.Context, email, browser, lang, back string) error {
	address, err := mail.ParseAddress(email)
	if err != nil {
		return fault.Invalid("email", "people.email_invalid").Wrap(err)
	}
	return s.db.Maintain(ctx, func(tx *storage.Tx) error {
		id := storage.NewID()
		if err := sweepLinks(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO sign_in_links (id, token, purpose, email, browser, lang, back, expires_at) VALUES ($1, NULL, $2, $3, $4, $5, $6, $7)`,
			id, purposeSignIn, address, fingerprint(browser), lang, back, storage.Now()+LinkLife.Microseconds())
		if err != nil {
			return fmt.Errorf("add link: %w", err)
		}
		_, _, err = s.queue.Enqueue(ctx, tx, jobs.Job{Kind: SignInMail, Owner: Instance, Args: LinkRef{Link: id}})
		return err
	})
}

func sweepLinks(ctx context.Context, tx *storage.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM sign_in_links WHERE expires_at < $1`, storage.Now())
	return err
}

// Token gives a link asked for by AskLink its secret, and returns that with the address to send it to. The mail job calls it; called
// again, after a failed sending, it makes a new secret and the old one is void. A link that is gone or used gives a missing fault.
func (s *Service) Token(ctx context.Context, link string) (token, email, lang string, err error) {
	token = secret()
	err = s.db.Maintain(ctx, func(tx *storage.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT email, lang FROM sign_in_links WHERE id = $1 AND expires_at > $2`, link, storage.Now()).Scan(&email, &lang); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE sign_in_links SET token = $1 WHERE id = $2`, fingerprint(token), link)
		return err
	})
	if isNoRows(err) {
		return "", "", "", fault.Missing("people.link_invalid")
	}
	return token, email, lang, err
}

// HandLink makes a link for an address that works in any browser, for who runs the instance to hand over. For administrators.
func (s *Service) HandLink(ctx context.Context, by Actor, email string) (token string, err error) {
	p, err := s.ByEmail(ctx, by, email)
	if err != nil {
		return "", err
	}
	return s.handLink(ctx, purposeHand, p.Email)
}

// SetupLink makes the link that makes the first administrator, or returns "" when there is one already. Earlier set-up links are void.
func (s *Service) SetupLink(ctx context.Context) (token string, err error) {
	var have int
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { have, err = admins(ctx, tx); return err })
	if err != nil || have > 0 {
		return "", err
	}
	return s.handLink(ctx, purposeSetup, "")
}

func (s *Service) handLink(ctx context.Context, purpose, email string) (string, error) {
	token := secret()
	life := LinkLife
	if purpose == purposeSetup {
		life = 24 * time.Hour // who starts a program may read its terminal later; it is void once there is an administrator
	}
	err := s.db.Maintain(ctx, func(tx *storage.Tx) error {
		if err := sweepLinks(ctx, tx); err != nil {
			return err
		}
		if purpose == purposeSetup {
			if _, err := tx.Exec(ctx, `DELETE FROM sign_in_links WHERE purpose = $1`, purposeSetup); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO sign_in_links (id, token, purpose, email, browser, expires_at) VALUES ($1, $2, $3, $4, '', $5)`,
			storage.NewID(), fingerprint(token), purpose, email, storage.Now()+life.Microseconds())
		return err
	})
	return token, err
}

// link reads an unused link by its secret.
type link struct {
	id, purpose, email, browser, lang, back string
}

func linkBy(ctx context.Context, tx *storage.Tx, token string) (link, error) {
	var l link
	err := tx.QueryRow(ctx, `SELECT id, purpose, email, browser, lang, back FROM sign_in_links WHERE token = $1 AND expires_at > $2`,
		fingerprint(token), storage.Now()).Scan(&l.id, &l.purpose, &l.email, &l.browser, &l.lang, &l.back)
	if isNoRows(err) {
		return l, errLink
	}
	return l, err
}

func (l link) check(browser string) error {
	if l.purpose == purposeSignIn && (browser == "" || l.browser != fingerprint(browser)) {
		return fault.Denied("people.link_other_browser")
	}
	return nil
}

// ShowLink says what a link would do, without using it: a mail scanner that opens it changes nothing.
func (s *Service) ShowLink(ctx context.Context, token, browser string) (Link, error) {
	var l link
	isNew := false
	err := s.db.Read(ctx, func(tx *storage.Tx) (err error) {
		if l, err = linkBy(ctx, tx, token); err == nil {
			err = l.check(browser)
		}
		if err != nil || l.purpose == purposeSetup {
			return err
		}
		// only who holds the secret learns it, and would by using the link
		_, err = personBy(ctx, tx, "email_key", mail.Fold(l.email))
		if isNew = isNoRows(err); isNew {
			return nil
		}
		return err
	})
	if err != nil {
		return Link{}, err
	}
	return Link{Setup: l.purpose == purposeSetup, New: isNew, Email: l.email, Back: l.back, Lang: l.lang}, nil
}

// checkFirst says all that is wrong with what the first administrator typed, so that the form shows it at once.
func checkFirst(name, email string) error {
	var faults fault.List
	if _, err := checkName("name", name); err != nil {
		faults = append(faults, fault.Of(err)...)
	}
	if _, err := mail.ParseAddress(email); err != nil {
		faults = append(faults, fault.Invalid("email", "people.email_invalid").Wrap(err))
	}
	return faults.OrNil()
}

// UseLink uses a link, once, and returns the secret of a new session. name is whom a new account is shown as, "" for one of random letters, and
// ignored when there is an account; email is the first administrator's when the link is the set-up link, and ignored else. agent is what the browser calls itself, for the list of sessions. open says that registration is
// open: else an unknown address gets no account.
func (s *Service) UseLink(ctx context.Context, token, browser, agent, name, email string, open bool) (session, back string, err error) {
	session = secret()
	var l link
	err = s.db.Read(ctx, func(tx *storage.Tx) (err error) { l, err = linkBy(ctx, tx, token); return err })
	if err == nil {
		err = l.check(browser)
	}
	if err != nil {
		return "", "", err
	}
	use := func(tx *storage.Tx) (journal.Entry, error) {
		if l, err = linkBy(ctx, tx, token); err != nil { // read again: two uses at once, one wins
			return journal.Entry{}, err
		}
		if n, err := tx.Exec(ctx, `DELETE FROM sign_in_links WHERE id = $1`, l.id); err != nil || n != 1 {
			return journal.Entry{}, errLink.Wrap(err)
		}
		who, given := l.email, strings.TrimSpace(name)
		if l.purpose == purposeSetup {
			who = email
			if have, err := admins(ctx, tx); err != nil || have > 0 {
				return journal.Entry{}, errLink.Wrap(err)
			}
			if err := checkFirst(name, email); err != nil {
				return journal.Entry{}, err
			}
		}
		p, entry, err := s.account(ctx, tx, given, who, l.lang)
		isNew := err == nil
		if err != nil && !errors.Is(err, journal.Nothing) {
			return journal.Entry{}, err
		}
		if isNew && l.purpose == purposeSignIn && !open {
			return journal.Entry{}, errLink
		}
		if l.purpose == purposeSetup {
			g := Grant{Owner: Instance, Person: p.ID, Role: Admin, Since: storage.Now()}
			if _, err := grant(ctx, tx, g); err != nil {
				return journal.Entry{}, fmt.Errorf("make the first administrator: %w", err)
			}
			role := roleEntry("people.role_given", g)
			if !isNew {
				entry = role
			} else {
				entry.Also = append(entry.Also, role)
			}
			isNew = true
		}
		if err := addSession(ctx, tx, session, p.ID, agent); err != nil {
			return journal.Entry{}, err
		}
		if !isNew {
			return journal.Entry{}, errSignedIn
		}
		return entry, nil
	}
	err = s.journal.Write(ctx, Program("sign-in"), use)
	if errors.Is(err, errSignedIn) {
		// nothing that needs proof was written, so nothing was committed: a session alone is upkeep
		err = s.db.Maintain(ctx, func(tx *storage.Tx) error {
			if _, err := use(tx); err != nil && !errors.Is(err, errSignedIn) {
				return err
			}
			return nil
		})
	}
	if err != nil {
		return "", "", err
	}
	return session, l.back, nil
}

// errSignedIn says that a link signed in a person who has an account already.
var errSignedIn = errors.New("signed in")

func addSession(ctx context.Context, tx *storage.Tx, secret, person, agent string) error {
	now := storage.Now()
	if len(agent) > 200 {
		agent = strings.ToValidUTF8(agent[:200], "")
	}
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE expires_at < $1`, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO sessions (id, person, level, agent, created_at, seen_at, expires_at) VALUES ($1,$2,1,$3,$4,$4,$5)`,
		fingerprint(secret), person, agent, now, now+SessionLife.Microseconds())
	return err
}

// Authenticate returns who holds the session secret: a visitor when it is unknown, revoked or over. At most once an hour it notes that
// the session was used.
func (s *Service) Authenticate(ctx context.Context, session string) (Actor, error) {
	if session == "" {
		return Actor{}, nil
	}
	id, now := fingerprint(session), storage.Now()
	var person, name, lang string
	var seen int64
	roles := map[string][]Role{}
	// One question for the person and the roles: it is asked for each page of whoever is signed in.
	rows, err := s.db.Query(ctx, `SELECT s.person, p.name, p.lang, s.seen_at, COALESCE(r.owner, ''), COALESCE(r.role, '')
		FROM sessions s JOIN persons p ON p.id = s.person LEFT JOIN roles r ON r.person = s.person
		WHERE s.id = $1 AND s.expires_at > $2 AND p.forgotten = 0`, id, now)
	if err != nil {
		return Actor{}, fmt.Errorf("read session: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var owner string
		var role Role
		if err := rows.Scan(&person, &name, &lang, &seen, &owner, &role); err != nil {
			return Actor{}, fmt.Errorf("read session: %w", err)
		}
		if owner != "" {
			roles[owner] = append(roles[owner], role)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return Actor{}, fmt.Errorf("read session: %w", err)
	}
	if person == "" {
		return Actor{}, nil
	}
	if now-seen > time.Hour.Microseconds() {
		err := s.db.Maintain(ctx, func(tx *storage.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id = $3`, now, now+SessionLife.Microseconds(), id)
			return err
		})
		if err != nil {
			return Actor{}, fmt.Errorf("note session: %w", err)
		}
	}
	return NewActor(person, name, lang, roles), nil
}

// Session is one of a person's sessions.
type Session struct {
	ID        string // its public handle, useless for signing in
	Agent     string
	CreatedAt int64
	SeenAt    int64
	Current   bool
}

// Sessions lists the actor's sessions, the newest first. current is the secret of the one in use.
func (s *Service) Sessions(ctx context.Context, by Actor, current string) ([]Session, error) {
	if err := by.May(ActListSessions, Instance); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `SELECT id, agent, created_at, seen_at FROM sessions WHERE person = $1 AND expires_at > $2 ORDER BY created_at DESC LIMIT 100`,
		by.Person, storage.Now())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var list []Session
	for rows.Next() {
		var x Session
		if err := rows.Scan(&x.ID, &x.Agent, &x.CreatedAt, &x.SeenAt); err != nil {
			return nil, err
		}
		x.Current = x.ID == fingerprint(current)
		list = append(list, x)
	}
	return list, rows.Err()
}

// EndSession ends one of the actor's sessions by its handle; "" ends them all.
func (s *Service) EndSession(ctx context.Context, by Actor, id string) error {
	if err := by.May(ActListSessions, Instance); err != nil {
		return err
	}
	return s.db.Maintain(ctx, func(tx *storage.Tx) error {
		if id == "" {
			_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE person = $1`, by.Person)
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE person = $1 AND id = $2`, by.Person, id)
		return err
	})
}

// SignOut ends the session whose secret is given.
func (s *Service) SignOut(ctx context.Context, session string) error {
	return s.db.Maintain(ctx, func(tx *storage.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE id = $1`, fingerprint(session))
		return err
	})
}

// markKey is the key under which forgotten texts are remembered.
const markKey = "forgotten-marks"

func markOf(key, text string) string {
	m := newMarker(key)
	return hex.EncodeToString(m.of(text))
}

// marker makes marks under one key. One that is kept is four times as fast as hmac.New for each, and an import makes a million.
type marker struct{ pool *sync.Pool }

func newMarker(key string) marker {
	return marker{&sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(key)) }}}
}

// of returns the mark of a text: whatever its case, and whatever blanks stand between its words.
func (m marker) of(text string) []byte {
	h, ok := m.pool.Get().(hash.Hash)
	if !ok {
		return nil // the pool holds nothing else
	}
	defer m.pool.Put(h)
	h.Reset()
	h.Write([]byte(strings.ToLower(strings.Join(strings.Fields(text), " "))))
	return h.Sum(nil)
}

// Beside is a name beside an address, as git writes an author: what Forgotten is asked of a name that stands beside a forgotten address.
func Beside(name, address string) string { return foldName(name) + " <" + address + ">" }

// mark remembers, by keyed hashes only, the texts that no import may bring back.
func (s *Service) mark(ctx context.Context, tx *storage.Tx, markers []string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO instance_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, markKey, secret()); err != nil {
		return err
	}
	var key string
	if err := tx.QueryRow(ctx, `SELECT value FROM instance_secrets WHERE name = $1`, markKey).Scan(&key); err != nil {
		return err
	}
	for _, m := range markers {
		for _, text := range []string{m, foldName(m)} { // as it stands, and in other accents
			if strings.TrimSpace(text) == "" || text != m && strings.ContainsAny(m, "@\n") {
				continue
			}
			if _, err := tx.Exec(ctx, `INSERT INTO forgotten_marks (mark, at) VALUES ($1, $2) ON CONFLICT (mark) DO NOTHING`, markOf(key, text), storage.Now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// within is a text as it was forgotten in one thing only.
func within(owner, text string) string { return owner + "\n" + text }

// Forgotten returns a function that says whether a text (an address, a name, a name Beside an address) is one that was forgotten: an import leaves
// it out.
func (s *Service) Forgotten(ctx context.Context) (func(text string) bool, error) {
	return s.ForgottenIn(ctx, "")
}

// ForgottenIn is Forgotten for what is imported into one commons: names that were forgotten there only are left out too.
func (s *Service) ForgottenIn(ctx context.Context, owner string) (func(text string) bool, error) {
	var key string
	err := s.db.QueryRow(ctx, `SELECT value FROM instance_secrets WHERE name = $1`, markKey).Scan(&key)
	if isNoRows(err) {
		return func(string) bool { return false }, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read forgotten marks: %w", err)
	}
	rows, err := s.db.Query(ctx, `SELECT mark FROM forgotten_marks`)
	if err != nil {
		return nil, fmt.Errorf("read forgotten marks: %w", err)
	}
	defer rows.Close()
	marks := map[[sha256.Size]byte]bool{}
	for rows.Next() {
		var m string
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		if b, err := hex.DecodeString(m); err == nil && len(b) == sha256.Size { // another text was never a mark: verify says so
			marks[[sha256.Size]byte(b)] = true
		}
	}
	if len(marks) == 0 {
		return func(string) bool { return false }, rows.Err()
	}
	maker := newMarker(key)
	marked := func(text string) bool { return marks[[sha256.Size]byte(maker.of(text))] }
	return func(text string) bool {
		if marked(text) {
			return true
		}
		if strings.Contains(text, "@") {
			return false
		}
		folded := foldMark(text)
		if folded != text && marked(folded) {
			return true
		}
		return owner != "" && (marked(within(owner, folded)) || folded != text && marked(within(owner, text)))
	}, rows.Err()
}

// foldMark is foldName but for a comma, which stays: "Martelange, Élodie" is Élodie Martelange, and "Ask Ana, Table says" is no Ana Table.
func foldMark(text string) string {
	if before, behind, ok := strings.Cut(text, ","); ok {
		return foldName(before) + ", " + foldName(behind)
	}
	return foldName(text)
}
