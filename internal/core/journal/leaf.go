package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// saltBytes is the length of a salt: 128 random bits, so that no one can guess a short text from its hash once the salt is gone.
const saltBytes = 16

// Leaf is what the log holds of an entry, and all that anyone needs to check it. What may concern a person stands in it as a salted
// hash only. Its text is this JSON with these keys in this order; the Merkle tree hashes that text.
type Leaf struct {
	Version  int    `json:"v"`
	ID       string `json:"id"`       // of the entry
	At       int64  `json:"at"`       // UTC microseconds, by the clock of the machine that wrote it; orders nothing
	Kind     string `json:"kind"`     // such as "commons.edited"
	Object   string `json:"object"`   // "kind/id" of the thing that changed
	Owner    string `json:"owner"`    // the commons, organisation or instance that the thing belongs to
	Revision int64  `json:"revision"` // of the thing after the change: 1, 2, 3 … without a gap
	Digest   string `json:"digest"`   // salted hash of the thing's snapshot after the change, under a salt of its own
	Body     string `json:"body"`     // salted hash of what changed, and of whom that concerns
	Author   string `json:"author"`   // salted hash of who did it, under a salt of its own
}

// leafVersion is the form above. A new form gets a new number, and old leaves are read for ever.
const leafVersion = 1

// text returns the leaf as the log holds it.
func (l Leaf) text() ([]byte, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encode leaf %s: %w", l.ID, err)
	}
	return b, nil
}

// ParseLeaf reads a leaf's text and refuses any that commun would not have written byte for byte.
func ParseLeaf(text []byte) (Leaf, error) {
	var l Leaf
	if err := json.Unmarshal(text, &l); err != nil {
		return Leaf{}, fmt.Errorf("read leaf: %w", err)
	}
	if l.Version != leafVersion {
		return Leaf{}, fmt.Errorf("read leaf: version %d is not known to this program", l.Version)
	}
	again, err := l.text()
	if err != nil {
		return Leaf{}, err
	}
	if string(again) != string(text) {
		return Leaf{}, fmt.Errorf("read leaf %s: not in its canonical form", l.ID)
	}
	return l, nil
}

// salted returns the hash of text under salt. The salt has a fixed length, so that no two pairs give the same input.
func salted(salt, text []byte) string {
	h := sha256.New()
	h.Write(salt)
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}

// about returns what the hash of a body covers: whom it concerns, when it concerns anyone, and the body. A body is JSON and holds no zero
// byte, so no two pairs give the same text.
func about(person string, body []byte) []byte {
	if person == "" {
		return body
	}
	return append([]byte(person+"\x00"), body...)
}

// holds says whether text under salt gives hash.
func holds(hash string, salt, text []byte) bool {
	return len(salt) == saltBytes && subtle.ConstantTimeCompare([]byte(hash), []byte(salted(salt, text))) == 1
}

func newSalt() []byte {
	b := make([]byte, saltBytes)
	rand.Read(b) // never fails: crypto/rand ends the program when the system has no randomness
	return b
}
