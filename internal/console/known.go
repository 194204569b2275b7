package console

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"businessmanager/internal/bm"
)

// A browser that signed in carries a mark of the account, sealed by our keyset.
// It opens nothing: it only spares its owner the buckets that strangers fill (see
// signin.go of store). Half a year: who comes less often is a newcomer again.
const (
	knownLasts   = 182 * 24 * time.Hour
	knownContext = "known browser"
)

// mark is what the cookie holds: of which account, which browser, until when.
type mark struct {
	Account []byte    `json:"a"` // digest of the email address
	Browser string    `json:"b"`
	Until   time.Time `json:"u"`
}

func accountDigest(email string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(email))))
	return sum[:16]
}

func (c *call) knownName() string { return cookieName("bm-known", c.base.Scheme == "https") }

// knownBrowser names this browser if it signed in to the account before, and is
// empty otherwise. Whatever cannot be read, is foreign or ran out is unknown.
func (c *call) knownBrowser(email string) string {
	cookie, err := c.web.Request().Cookie(c.knownName())
	if err != nil {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return ""
	}
	plain, err := c.Keyset.Open(bm.Sealed(raw), knownContext)
	if err != nil {
		return ""
	}
	var m mark
	if json.Unmarshal([]byte(plain.Reveal()), &m) != nil || !c.Now().Before(m.Until) ||
		string(m.Account) != string(accountDigest(email)) {
		return ""
	}
	return m.Browser
}

// markBrowser gives the browser its mark after a sign-in. A browser keeps the name
// that it has: signing in does not buy a fresh bucket.
func (c *call) markBrowser(u bm.User) error {
	m := mark{Account: accountDigest(u.Email), Browser: c.knownBrowser(u.Email), Until: c.Now().Add(knownLasts)}
	if m.Browser == "" {
		m.Browser = rand.Text() // at least 128 random bits
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return err
	}
	sealed, err := c.Keyset.Seal(bm.NewSecret(string(plain)), knownContext)
	if err != nil {
		return err
	}
	opts := c.jar.options
	opts.MaxAge = int(knownLasts / time.Second)
	http.SetCookie(c.web.Response(), sessions.NewCookie(c.knownName(), base64.RawURLEncoding.EncodeToString(sealed), &opts))
	return nil
}
