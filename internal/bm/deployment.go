package bm

import (
	"crypto/rand"
	"encoding/base64"
	"math"
	"strings"
	"time"
)

// Deployment is one business on one platform.
type Deployment struct {
	ID         int64
	BusinessID int64
	Platform   PlatformName
	// CallbackID is the last segment of the callback URL: 128 random bits, fixed
	// for the life of the deployment.
	CallbackID string
	Active     bool
	// ActiveBy and ActiveAt say who last turned the switch, and when.
	ActiveBy string
	ActiveAt time.Time
	// PauseReason says why it is off, in words; empty while it is on.
	PauseReason string
	AccountID   string // Page ID; empty while unknown
	AppID       string
	BotURL      string
	BotEvents   []string
	CreatedAt   time.Time
	Hints       []Hint // of the secrets that are set
}

// Hint gives what may be seen of one secret; false when it is not set.
func (d *Deployment) Hint(name CredentialName) (Hint, bool) {
	for _, h := range d.Hints {
		if h.Name == name {
			return h, true
		}
	}
	return Hint{}, false
}

// Has tells whether a secret is set.
func (d *Deployment) Has(name CredentialName) bool {
	_, ok := d.Hint(name)
	return ok
}

// NewCallbackID makes the last segment of a callback URL: 128 random bits, URL safe.
func NewCallbackID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewChallengeKey makes a challenge key of 256 random bits. It is letters and
// digits only, so that a double click takes all of it.
func NewChallengeKey() Secret { return NewSecret("bmk_" + randomAlphanumeric(43)) }

// NewBotSecret makes a signing secret for a bot after Standard Webhooks:
// "whsec_" and base64 of 32 random bytes.
func NewBotSecret() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:])
	return NewSecret("whsec_" + base64.StdEncoding.EncodeToString(b[:]))
}

// randomAlphanumeric gives n characters of log2(62) = 5.95 bits each; 43 of them
// hold 256 bits. Bytes past the last whole multiple of 62 are thrown away, so that
// no character is likelier than another.
func randomAlphanumeric(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, n)
	var b [64]byte
	for len(out) < n {
		_, _ = rand.Read(b[:])
		for _, c := range b {
			if c < 248 && len(out) < n { // 248 = 4 × 62
				out = append(out, alphabet[c%62])
			}
		}
	}
	return string(out)
}

// CheckChallengeKey says what is wrong with a typed challenge key, as a finished
// sentence, or nothing. A key needs 128 bits: each character counts for the bits
// of the alphabet that the whole key draws on, and repeats count once.
func CheckChallengeKey(v string) string {
	switch {
	case strings.TrimSpace(v) != v || strings.ContainsAny(v, " \t\r\n"):
		return "The key holds white space. Remove it, or press Generate."
	case strings.ContainsFunc(v, func(r rune) bool { return r < 0x21 || r > 0x7e }):
		return "The key holds characters outside printable ASCII. Use letters, digits and signs, or press Generate."
	case len(v) > 1024:
		return "The key is longer than 1,024 characters, which a handshake cannot carry."
	case strings.HasPrefix(v, "EAA") && len(v) > 100:
		return "This looks like an access token. The challenge key is a value of its own: press Generate."
	case keyBits(v) < 128:
		return "The key can be guessed too easily. Use at least 22 random letters and digits, or press Generate."
	}
	return ""
}

// keyBits estimates how many bits a typed key can hold at most: the number of its
// characters that bring something new, times the bits of the alphabet it draws on.
// New is a character that makes, with the one before it, a pair that neither stood
// before nor goes up or down by one. Random keys have some such pairs by chance,
// the more the smaller their alphabet; that many are forgiven.
func keyBits(v string) float64 {
	size, letters := alphabet(v)
	pairs := map[[2]byte]bool{}
	for i := 1; i < len(v); i++ {
		if step := int(v[i]) - int(v[i-1]); step < -1 || step > 1 {
			pairs[[2]byte{v[i-1], v[i]}] = true
		}
	}
	forgiven := min(3+len(v)/5, 8)
	switch {
	case size <= 10:
		forgiven = min(len(v)*2/3, 24)
	case size <= 16:
		forgiven = min(len(v)/2, 16)
	}
	n := min(len(v), len(pairs)+1+forgiven)
	// Few different characters mean a small alphabet, whatever classes they are of.
	if size = min(size, 5*letters); size < 2 {
		return 0
	}
	return float64(n) * math.Log2(float64(size))
}

// alphabet tells how many characters the classes hold that a key draws on, and how
// many different ones it has.
func alphabet(v string) (size, letters int) {
	var lower, upper, digit, sign int
	distinct := map[byte]bool{}
	for i := range len(v) {
		c := v[i]
		distinct[c] = true
		switch {
		case c >= 'a' && c <= 'z':
			lower = 26
		case c >= 'A' && c <= 'Z':
			upper = 26
		case c >= '0' && c <= '9':
			digit = 10
		default:
			sign = 32
		}
	}
	if isHex(v) {
		return min(16, max(digit, lower)), len(distinct)
	}
	if lower > 0 && upper > 0 {
		digit = 10 // a random key of letters and digits may happen to have no digit
	}
	return lower + upper + digit + sign, len(distinct)
}

func isHex(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f')
	})
}

// CheckBotSecret says what is wrong with a bot's signing secret, as a finished
// sentence, or nothing: "whsec_" and base64 of 24 to 64 bytes (Standard Webhooks,
// "Signature scheme").
func CheckBotSecret(v string) string {
	rest, ok := strings.CutPrefix(v, "whsec_")
	key, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return "A bot secret is “whsec_” and base64 of 24 to 64 bytes. Leave it out to have one made."
	}
	return ""
}
