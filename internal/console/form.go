package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"

	"businessmanager/internal/bm"
	"businessmanager/web/ui"
)

// formSize is the largest form that is read. The longest honest one is the notes
// of a business, some kilobytes.
const formSize = 1 << 20

// csrfHeader carries the token of a form that a script sends.
const csrfHeader = "X-CSRF-Token"

// csrfToken is the token of a browser's forms: a digest keyed by the value of its
// cookie, so that nothing needs to be stored, it changes at every sign-in, and
// nobody gets from the token to the cookie. It is hidden under a pad that is new on
// every page, since a proxy that compresses pages would otherwise let it be guessed
// bit by bit from their lengths.
func csrfToken(cookie bm.Secret) string {
	var out [2 * sha256.Size]byte
	_, _ = rand.Read(out[:sha256.Size])
	subtle.XORBytes(out[sha256.Size:], out[:sha256.Size], csrfDigest(cookie))
	return base64.RawURLEncoding.EncodeToString(out[:])
}

func csrfDigest(cookie bm.Secret) []byte {
	mac := hmac.New(sha256.New, []byte(cookie.Reveal()))
	mac.Write([]byte("form"))
	return mac.Sum(nil)
}

func csrfMatches(token string, cookie bm.Secret) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*sha256.Size {
		return false
	}
	var got [sha256.Size]byte
	subtle.XORBytes(got[:], raw[:sha256.Size], raw[sha256.Size:])
	return hmac.Equal(got[:], csrfDigest(cookie))
}

// readForm reads the body of what changes something and asks for the token.
func (c *call) readForm() error {
	r := c.web.Request()
	r.Body = http.MaxBytesReader(c.web.Response(), r.Body, formSize)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &refusal{status: http.StatusRequestEntityTooLarge}
		}
		return bm.Errorf(bm.Invalid, "The form could not be read. Nothing was changed. Open the page anew and send it once more.")
	}
	token := r.PostForm.Get(ui.CSRFField)
	if token == "" {
		token = r.Header.Get(csrfHeader)
	}
	if !csrfMatches(token, c.cookie()) {
		return &refusal{status: http.StatusUnprocessableEntity}
	}
	return nil
}
