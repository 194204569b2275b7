package console

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/nbutton23/zxcvbn-go"
	"golang.org/x/text/unicode/norm"

	"businessmanager/internal/bm"
)

// Rules of passwords after NIST SP 800-63B-4, 3.1.1.2. Fifteen characters, because
// there is no second factor yet and a password stands alone; no rules of
// composition; no hints; every character counts, spaces too, and nothing is ever
// cut off. A thousand bytes are more than anybody types and little to hash.
const (
	passwordShortest = 15
	passwordLongest  = 1000 // bytes
	// passwordScore is where the estimator says that some 10^10 guesses are needed.
	passwordScore = 3
	// passwordRated is how much of a password is rated: the estimator's time grows
	// with the square of the length, and a hundred characters settle it.
	passwordRated = 100
	// passwordWait is how long a sign-in waits for its turn before it is told to come back.
	passwordWait = 5 * time.Second
)

// PasswordRules says in words what CheckPassword asks for.
const PasswordRules = "At least 15 characters. Four or five unrelated words are easy to keep and hard to guess."

// Passwords hashes and compares passwords, a few at a time: each takes 19 MiB and
// some tens of milliseconds, and anybody may ask for it. Known browsers have a
// place of their own, so that a flood of strangers does not hold them up.
type Passwords struct {
	params   argon2id.Params
	strange  chan struct{}
	familiar chan struct{}
	dummy    bm.Secret
}

// NewPasswords makes ready for argon2id with 19 MiB, two passes and one lane, which
// the OWASP Password Storage Cheat Sheet gives as the least; two at once, one for
// each of the two cores that we ask of a machine.
func NewPasswords() *Passwords {
	p := &Passwords{
		params:  argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		strange: make(chan struct{}, 2), familiar: make(chan struct{}, 1),
	}
	// Compared with where there is no account, so that it takes as long. Nobody
	// knows its password, not even we. Making it fails only without randomness,
	// which ends the process before.
	hash, _ := argon2id.CreateHash(newCookieValue(), &p.params)
	p.dummy = bm.NewSecret(hash)
	return p
}

// CheckPassword says what is wrong with a new password, as a finished sentence, or
// nothing. Email and name of the person count as easily guessed.
func CheckPassword(plain bm.Secret, email, name string) string {
	v := norm.NFKC.String(plain.Reveal())
	switch n := utf8.RuneCountInString(v); {
	case !utf8.ValidString(v):
		return "The password holds characters that cannot be read. Type it again."
	case len(v) > passwordLongest:
		return "The password is longer than 1,000 bytes. Choose a shorter one; it was not cut off."
	case n < passwordShortest:
		return "The password has fewer than 15 characters. Add a word or two."
	}
	rated := []rune(v)
	rated = rated[:min(len(rated), passwordRated)]
	if zxcvbn.PasswordStrength(string(rated), []string{email, name, "business manager"}).Score < passwordScore {
		return "This password can be guessed too easily. Four or five unrelated words are harder to guess than signs and digits."
	}
	return ""
}

// Hash makes the hash of a new password that CheckPassword has nothing against.
func (p *Passwords) Hash(ctx context.Context, plain bm.Secret) (bm.Secret, error) {
	leave, err := enter(ctx, p.strange)
	if err != nil {
		return bm.Secret{}, err
	}
	defer leave()
	hash, err := argon2id.CreateHash(norm.NFKC.String(plain.Reveal()), &p.params)
	return bm.NewSecret(hash), err
}

// matches tells whether a password belongs to a hash, and whether the hash was
// made at another cost than today's. An empty hash belongs to none and takes as
// long to say so.
func (p *Passwords) matches(ctx context.Context, plain, hash bm.Secret, known bool) (ok, old bool, err error) {
	absent := hash.Empty()
	if absent {
		hash = p.dummy
	}
	v := norm.NFKC.String(plain.Reveal())
	if len(v) > passwordLongest {
		return false, false, nil // for every account alike
	}
	place := p.strange
	if known {
		place = p.familiar
	}
	leave, err := enter(ctx, place)
	if err != nil {
		return false, false, err
	}
	defer leave()
	ok, params, err := argon2id.CheckHash(v, hash.Reveal())
	if err != nil {
		return false, false, errors.New("console: a stored password hash cannot be read")
	}
	return ok && !absent, *params != p.params, nil
}

// enter waits for a place, first come, first served.
func enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, passwordWait)
	defer cancel()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, bm.Errorf(bm.Busy, "Many people are signing in just now. Try again in a moment; nothing is wrong with your account.")
	}
}
