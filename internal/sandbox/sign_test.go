package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// The vectors were computed apart from this program, with this secret.
const (
	vectorSecret secret = "app-secret-for-tests"
	vectorBody          = `{"object":"page","entry":[{"id":"1001","time":1760000000000,"messaging":[{"sender":{"id":"2002"},` +
		`"recipient":{"id":"1001"},"timestamp":1760000000000,"message":{"mid":"m_T1","text":"caf\u00e9 \ud83d\ude00 a\/b"}}]}]}`
)

// vectorEnvelope says in our own types what the vector's body says.
func vectorEnvelope() envelope {
	c := scene{ask: ask{PSID: "2002", Mid: "m_T1", Text: "café 😀 a/b"}, pageID: "1001", now: 1760000000000}
	k, _ := kindNamed("message")
	return c.wrap(k.Field, []item{k.build(c)})
}

func TestAChatMessageHasTheVectorsBytes(t *testing.T) {
	t.Parallel()
	body, err := encode(vectorEnvelope())
	if err != nil {
		t.Fatal(err)
	}
	if string(body) != vectorBody {
		t.Errorf("body\n%s\nwanted\n%s", body, vectorBody)
	}
}

func TestSignaturesMatchTheVectors(t *testing.T) {
	t.Parallel()
	plain, err := json.Marshal(vectorEnvelope())
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct{ body, want string }{
		"as posted":                 {vectorBody, "1539ad18de0e074363f35c2aae5e93b4e1a49b6381583c0a4b30b05f8d3b8515"},
		"decoded and encoded again": {string(plain), "692d6d5ae3d86ddf57c92837563295c44a3580b18b5c28c86eab5ab6a9aae668"},
		"with plain slashes": {strings.ReplaceAll(vectorBody, `\/`, "/"),
			"e1161d8f5b9c7ce336ca25656960936514ad6ccdbbfb147155d10afa2145fa51"},
	} {
		if got := signature256(vectorSecret, []byte(v.body)); got != "sha256="+v.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := signature1(vectorSecret, []byte(vectorBody)); got != "sha1=8d069e964be9aa13079591473e0423b9fdb444f1" {
		t.Errorf("SHA-1: %s", got)
	}
	if got := proof(vectorSecret, "PAGE-TOKEN-FOR-TESTS"); got != "12dbb526a039486781d5cf4ee3c55bba52d0b22e588c9aa4c6ee61c714c53e28" {
		t.Errorf("proof: %s", got)
	}
}

func TestEscapingFollowsMetasRules(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"äöå":               `"\u00e4\u00f6\u00e5"`,
		"<b>":               `"\u003cb>"`,
		"50%":               `"50\u0025"`,
		"a@b":               `"a\u0040b"`,
		"a/b":               `"a\/b"`,
		"😀":                 `"\ud83d\ude00"`,
		"\U0010ffff\uffff":  `"\udbff\udfff\uffff"`,
		"\"\\\n\t\x01":      `"\"\\\n\t\u0001"`,
		"\u2028":            `"\u2028"`,
		`\u00e9 as written`: `"\\u00e9 as written"`,
		`back\/slash`:       `"back\\\/slash"`,
	} {
		got, err := encode(text)
		if err != nil || string(got) != want {
			t.Errorf("%q: %s, wanted %s (%v)", text, got, want, err)
		}
	}
}

func TestEscapedTextReadsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		body, err := encode(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(body, &back); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); utf8.ValidString(text) && back[want] != want {
			t.Fatalf("%q came back as %q", text, back)
		}
		if strings.ContainsAny(strings.ReplaceAll(string(body), `\/`, ""), "/<%@") {
			t.Fatalf("left as it was: %s", body)
		}
		for _, c := range body {
			if c >= utf8.RuneSelf {
				t.Fatalf("not ASCII: %s", body)
			}
		}
	})
}
