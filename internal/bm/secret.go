package bm

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

const redacted = "[secret]"

// Secret is a value that must never be shown. Every printer, encoder and logger
// gets a placeholder; only Reveal gives the value, so that one search finds every
// place that handles it in the clear.
type Secret struct{ value string }

// NewSecret wraps a value that has just been read or made.
func NewSecret(v string) Secret { return Secret{v} }

// Reveal gives the value itself. Call it where it is sealed, compared or signed
// with, and nowhere else.
func (s Secret) Reveal() string { return s.value }

// Empty tells whether there is no value.
func (s Secret) Empty() bool { return s.value == "" }

// Format redacts for every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Sealed is a secret as it lies at rest: ciphertext that only the keyset opens,
// bound to the deployment and field that it belongs to.
type Sealed []byte

// Fingerprint is a keyed digest of a secret. Equal values have equal
// fingerprints; without the keyset it proves nothing about the value.
type Fingerprint []byte

// String shows the first 32 bits in two groups, as people compare them: "7c1e 90ab".
func (f Fingerprint) String() string {
	if len(f) < 4 {
		return ""
	}
	return fmt.Sprintf("%x %x", []byte(f[:2]), []byte(f[2:4]))
}

// Hint is all that anybody may see of a stored secret.
type Hint struct {
	Name        CredentialName
	LastFour    string // of values with 20 characters or more, else empty
	Length      int    // characters
	Fingerprint Fingerprint
	SetBy       string
	SetAt       time.Time
}

// LastFourOf gives the last four characters of a value that is long enough for
// them to tell nothing about the rest.
func LastFourOf(v string) string {
	r := []rune(v)
	if len(r) < 20 {
		return ""
	}
	return string(r[len(r)-4:])
}
