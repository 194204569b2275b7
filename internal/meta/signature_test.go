package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

// vectorBody and its digests were computed apart from this code.
const vectorBody = `{"object":"page","entry":[{"id":"1001","time":1760000000000,"messaging":[{"sender":{"id":"2002"},"recipient":{"id":"1001"},"timestamp":1760000000000,"message":{"mid":"m_T1","text":"caf\u00e9 \ud83d\ude00 a\/b"}}]}]}`

const vectorDigest = "1539ad18de0e074363f35c2aae5e93b4e1a49b6381583c0a4b30b05f8d3b8515"

var vectorSecret = bm.NewSecret("app-secret-for-tests")

func header(values ...string) http.Header {
	h := http.Header{}
	for _, v := range values {
		h.Add("x-hub-signature-256", v)
	}
	return h
}

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestASignatureCountsOnlyOverTheRawBytes(t *testing.T) {
	t.Parallel()
	for name, digest := range map[string]string{
		"the raw bytes":       vectorDigest,
		"re-encoded as UTF-8": "692d6d5ae3d86ddf57c92837563295c44a3580b18b5c28c86eab5ab6a9aae668",
		"slash not escaped":   "e1161d8f5b9c7ce336ca25656960936514ad6ccdbbfb147155d10afa2145fa51",
	} {
		want := digest == vectorDigest
		if got := (Messenger{}).Signed(header("sha256="+digest), []byte(vectorBody), vectorSecret); got != want {
			t.Errorf("%s: signed = %v, want %v", name, got, want)
		}
	}
}

func TestOnlyOneWholeSHA256HeaderSigns(t *testing.T) {
	t.Parallel()
	right := "sha256=" + vectorDigest
	sha1 := http.Header{"X-Hub-Signature": {"sha1=8d069e964be9aa13079591473e0423b9fdb444f1"}}
	cases := []struct {
		name        string
		h           http.Header
		has, signed bool
	}{
		{"right", header(right), true, true},
		{"upper-case digits name the same number", header("sha256=" + strings.ToUpper(vectorDigest)), true, true},
		{"beside the legacy header", http.Header{signatureHeader: {right}, "X-Hub-Signature": sha1["X-Hub-Signature"]}, true, true},
		{"SHA-1 alone", sha1, false, false},
		{"SHA-1 in the newer header", header("sha1=8d069e964be9aa13079591473e0423b9fdb444f1"), true, false},
		{"none", http.Header{}, false, false},
		{"empty", header(""), false, false},
		{"twice", header(right, right), true, false},
		{"joined", header(right + ", " + right), true, false},
		{"no prefix", header(vectorDigest), true, false},
		{"upper-case prefix", header("SHA256=" + vectorDigest), true, false},
		{"space behind", header(right + " "), true, false},
		{"cut short", header(right[:len(right)-1]), true, false},
		{"prefix only", header("sha256="), true, false},
		{"one digit off", header("sha256=2" + vectorDigest[1:]), true, false},
		{"not hex", header("sha256=z" + vectorDigest[1:]), true, false},
	}
	for _, c := range cases {
		if got := (Messenger{}).Signed(c.h, []byte(vectorBody), vectorSecret); got != c.signed {
			t.Errorf("%s: signed = %v", c.name, got)
		}
		if got := (Messenger{}).HasSignature(c.h); got != c.has {
			t.Errorf("%s: has signature = %v", c.name, got)
		}
	}
}

func TestAnEmptySecretSignsNothing(t *testing.T) {
	t.Parallel()
	body := []byte("{}")
	if (Messenger{}).Signed(header(sign("", body)), body, bm.NewSecret("")) {
		t.Error("a post signed with nothing was taken")
	}
}

func TestChangedBytesOrAnotherSecretAreRefused(t *testing.T) {
	t.Parallel()
	h := header("sha256=" + vectorDigest)
	for i := range len(vectorBody) {
		b := []byte(vectorBody)
		b[i] ^= 1
		if (Messenger{}).Signed(h, b, vectorSecret) {
			t.Fatalf("byte %d changed, still signed", i)
		}
	}
	if (Messenger{}).Signed(h, []byte(vectorBody), bm.NewSecret("app-secret-for-test")) {
		t.Error("another secret, still signed")
	}
}

func FuzzSignatureHeader(f *testing.F) {
	f.Add("sha256="+vectorDigest, []byte(vectorBody), "app-secret-for-tests")
	f.Add("sha256=", []byte("{}"), "")
	f.Add("sha1=8d069e964be9aa13079591473e0423b9fdb444f1", []byte(vectorBody), "s")
	f.Fuzz(func(t *testing.T, v string, body []byte, secret string) {
		want := secret != "" && strings.HasPrefix(v, "sha256=") &&
			strings.EqualFold(v, sign(secret, body)) && isASCII(v)
		if got := signed(http.Header{signatureHeader: {v}}, body, bm.NewSecret(secret)); got != want {
			t.Fatalf("signed = %v, want %v", got, want)
		}
		right := sign(secret, body)
		if secret != "" && !signed(http.Header{signatureHeader: {right}}, body, bm.NewSecret(secret)) {
			t.Fatal("the right signature was refused")
		}
	})
}

// isASCII: EqualFold also folds the Kelvin sign and the long s.
func isASCII(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r > 0x7e })
}

func BenchmarkSigned(b *testing.B) {
	h := header("sha256=" + vectorDigest)
	b.ReportAllocs()
	for b.Loop() {
		if !(Messenger{}).Signed(h, []byte(vectorBody), vectorSecret) {
			b.Fatal("not signed")
		}
	}
}
