package sandbox

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // the legacy header only; nothing is protected by it
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// escape rewrites valid JSON into the form in which Meta posts and signs it:
// everything outside ASCII as \u with lower-case hex digits and surrogate pairs
// (documented today), "/" as \/, and "<", "%", "@" as \u (older documentation;
// reference, 2.1). These characters occur in JSON only inside strings, so
// strings need not be tracked, only escapes that are already there.
func escape(valid []byte) []byte {
	out := make([]byte, 0, len(valid)+len(valid)/8)
	for i := 0; i < len(valid); {
		c := valid[i]
		switch {
		case c == '\\':
			out = append(out, c, valid[i+1])
			i += 2
			continue
		case c == '/':
			out = append(out, '\\', '/')
		case c == '<' || c == '%' || c == '@':
			out = fmt.Appendf(out, `\u%04x`, c)
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(valid[i:])
			if r > 0xffff { // two halves, as UTF-16 has it
				r -= 0x10000
				out = fmt.Appendf(out, `\u%04x`, 0xd800+r>>10)
				r = 0xdc00 + r&0x3ff
			}
			out = fmt.Appendf(out, `\u%04x`, r)
			i += size
			continue
		default:
			out = append(out, c)
		}
		i++
	}
	return out
}

// encode gives v as Meta would post it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // escape decides what is escaped
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return escape(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// signature256 is the value of X-Hub-Signature-256 over exactly these bytes.
// The key is the secret's text, not what its hex digits stand for.
func signature256(key secret, body []byte) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// signature1 is the value of the legacy header X-Hub-Signature.
func signature1(key secret, body []byte) string {
	m := hmac.New(sha1.New, []byte(key))
	m.Write(body)
	return "sha1=" + hex.EncodeToString(m.Sum(nil))
}

// proof is the appsecret_proof that belongs to a token.
func proof(key secret, accessToken string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(accessToken))
	return hex.EncodeToString(m.Sum(nil))
}
