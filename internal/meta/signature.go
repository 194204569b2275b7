package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"businessmanager/internal/bm"
)

// signatureHeader carries "sha256=" and 64 hex digits. The older X-Hub-Signature
// (SHA-1) counts for nothing: whoever sends only that has not signed.
const (
	signatureHeader = "X-Hub-Signature-256"
	signaturePrefix = "sha256="
)

// hasSignature tells whether the header is there at all, right or wrong: the two
// are refused alike, but for different reasons.
func hasSignature(h http.Header) bool {
	for _, v := range h[signatureHeader] {
		if v != "" {
			return true
		}
	}
	return false
}

// signed compares the HMAC of the raw bytes with the one header value. The key is
// the secret's own characters, not what its hex digits stand for.
//
// Two header values are none: a proxy that adds one must not decide which counts.
// Meta writes lower-case digits; upper-case ones name the same number and count.
// An empty secret signs nothing, since anybody could sign with it.
func signed(h http.Header, body []byte, appSecret bm.Secret) bool {
	values := h[signatureHeader]
	if len(values) != 1 || appSecret.Empty() {
		return false
	}
	v := values[0]
	if len(v) != len(signaturePrefix)+2*sha256.Size || v[:len(signaturePrefix)] != signaturePrefix {
		return false
	}
	var claimed, sum [sha256.Size]byte
	if _, err := hex.Decode(claimed[:], []byte(v[len(signaturePrefix):])); err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(appSecret.Reveal()))
	mac.Write(body)
	return hmac.Equal(mac.Sum(sum[:0]), claimed[:])
}
