package intake

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
)

// syncBuffer collects logs of several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestHandshakeReturnsTheChallengeByteForByteAlsoWhilePausedOrIncomplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	check := func(when string) {
		t.Helper()
		for _, challenge := range []string{"1158201444", "<script>alert(1)</script>", " a b ", "%41&x=1", strings.Repeat("z", 1024)} {
			q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {l.key}}
			r := b.request("GET", l.url()+"?"+q.Encode(), nil)
			if r.status != 200 || r.body != challenge {
				t.Fatalf("%s: %d %q for challenge %q", when, r.status, r.body, challenge)
			}
			if r.header.Get("Content-Type") != "text/plain; charset=utf-8" || r.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%s: headers %v", when, r.header)
			}
		}
	}
	check("never switched on")
	yes, no := true, false
	l.save(connect.Change{Active: &yes})
	check("active")
	l.save(connect.Change{Active: &no})
	check("paused")
	l.save(connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: nil, bm.AccessToken: nil}})
	check("without token and app secret")
}

func TestEveryRefusedHandshakeHasTheSameBytes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, bare := b.deployment("1001"), b.deployment("1002")
	bare.save(connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.ChallengeKey: nil}})
	unknown := &line{b: b, deployment: bm.Deployment{CallbackID: bm.NewCallbackID()}}
	wrong := l.handshake("wrong-key")
	for name, r := range map[string]reply{
		"no key set": bare.handshake("anything"), "no key set, its old key": bare.handshake(bare.key), "unknown callback": unknown.handshake(l.key),
		"one character": l.b.request("GET", b.url+"/facebook/x?hub.mode=subscribe&hub.challenge=1&hub.verify_token=a", nil),
	} {
		if r.status != 403 || r.body != wrong.body || headersBut(r.header, "Date") != headersBut(wrong.header, "Date") {
			t.Errorf("%s: %d %q %v, want %d %q %v", name, r.status, r.body, r.header, wrong.status, wrong.body, wrong.header)
		}
	}
	if strings.Contains(wrong.body, "wrong-key") || strings.Contains(wrong.body, "1158201444") {
		t.Error("the refusal echoes what was sent")
	}
}

func headersBut(h http.Header, except string) string {
	h = h.Clone()
	h.Del(except)
	return fmt.Sprint(h)
}

func TestHandshakeWithBadParametersIs400KnownCallbackOrNot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	for _, id := range []string{l.deployment.CallbackID, bm.NewCallbackID()} {
		for name, q := range map[string]string{
			"nothing":           "",
			"another mode":      "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=" + l.key,
			"mode missing":      "hub.challenge=1&hub.verify_token=" + l.key,
			"token missing":     "hub.mode=subscribe&hub.challenge=1",
			"token empty":       "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
			"challenge missing": "hub.mode=subscribe&hub.verify_token=" + l.key,
			"challenge empty":   "hub.mode=subscribe&hub.challenge=&hub.verify_token=" + l.key,
			"challenge 1025":    "hub.mode=subscribe&hub.verify_token=" + l.key + "&hub.challenge=" + strings.Repeat("1", 1025),
			"challenge control": "hub.mode=subscribe&hub.verify_token=" + l.key + "&hub.challenge=1%0d%0aX-Evil:1",
			"challenge unicode": "hub.mode=subscribe&hub.verify_token=" + l.key + "&hub.challenge=%C3%A9",
			"token 1025":        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=" + strings.Repeat("1", 1025),
			"token not ASCII":   "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%00",
		} {
			if r := b.request("GET", b.url+"/facebook/"+id+"?"+q, nil); r.status != 400 {
				t.Errorf("%s: %d", name, r.status)
			}
		}
	}
}

func TestPostsThatAreNotSignedRightAreRefusedWithTheSameBytes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, bare := b.deployment("1001"), b.deployment("1002")
	bare.save(connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: nil}})
	body := []byte(message("1001", "2002", "m_1", "hi"))
	good := sign256(l.secret, body)
	unsigned := b.request("POST", l.url(), body)
	for name, r := range map[string]reply{
		"SHA-1 alone":          b.request("POST", l.url(), body, "X-Hub-Signature", sign1(l.secret, body)),
		"another secret":       b.request("POST", l.url(), body, "X-Hub-Signature-256", sign256("other", body)),
		"empty secret":         b.request("POST", bare.url(), body, "X-Hub-Signature-256", sign256("", body)),
		"changed body":         b.request("POST", l.url(), append(bytes.Clone(body), ' '), "X-Hub-Signature-256", good),
		"no prefix":            b.request("POST", l.url(), body, "X-Hub-Signature-256", strings.TrimPrefix(good, "sha256=")),
		"cut short":            b.request("POST", l.url(), body, "X-Hub-Signature-256", good[:len(good)-2]),
		"empty header":         b.request("POST", l.url(), body, "X-Hub-Signature-256", ""),
		"no secret set":        b.request("POST", bare.url(), body, "X-Hub-Signature-256", sign256(l.secret, body)),
		"unknown callback":     b.request("POST", b.url+"/facebook/"+bm.NewCallbackID(), body, "X-Hub-Signature-256", good),
		"unknown and unsigned": b.request("POST", b.url+"/facebook/abc", body),
	} {
		if r.status != 401 || r.body != unsigned.body || headersBut(r.header, "Date") != headersBut(unsigned.header, "Date") {
			t.Errorf("%s: %d %q %v, want 401 %q %v", name, r.status, r.body, r.header, unsigned.body, unsigned.header)
		}
	}
	if n := len(l.events()) + len(bare.events()); n != 0 {
		t.Errorf("%d events were stored", n)
	}
	eventually(t, "the refusals are counted by reason", func() bool {
		list, err := b.store.Refusals(t.Context(), &l.deployment, b.intake.now())
		if err != nil {
			t.Fatal(err)
		}
		count := map[bm.RefusalReason]int64{}
		for _, r := range list {
			count[r.Reason] += r.Count
		}
		return count[bm.Unsigned] == 3 && count[bm.WrongSigned] == 4
	})
}

func TestOtherMethodsAndPaths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	for _, method := range []string{"PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"} {
		if r := b.request(method, l.url(), nil); r.status != 405 || r.header.Get("Allow") == "" {
			t.Errorf("%s on a callback: %d", method, r.status)
		}
	}
	for _, path := range []string{"/", "/facebook", "/facebook/", "/facebook/a/b", "/telegram/abc", "/Facebook/abc", "//facebook/abc", l.url()[len(b.url):] + "/", "/../facebook/x"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if r := raw(t, b.url, method, path); r != 404 {
				t.Errorf("%s %s: %d, want 404", method, path, r)
			}
		}
	}
	if r := raw(t, b.url, "POST", "/facebook/a%2Fb"); r != 401 {
		t.Errorf("an escaped slash is part of the segment: %d, want 401", r)
	}
}

// raw sends a path as it stands, which net/http's client would clean.
func raw(t *testing.T, base, method, path string) int {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", method, path)
	var status int
	if _, err := fmt.Fscanf(c, "HTTP/1.1 %d", &status); err != nil {
		t.Fatal(err)
	}
	return status
}

func TestAPostOver4MiBIsRefusedAndOneOfJustThatIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	pad := func(total int) string {
		body := message("1001", "2002", "m_1", "")
		return strings.Replace(body, `"text":""`, `"text":"`+strings.Repeat("x", total-len(body))+`"`, 1)
	}
	if r := l.post(pad(4<<20 + 1)); r.status != 413 {
		t.Errorf("4 MiB and a byte: %d", r.status)
	}
	// Without a length, the same counts.
	body := pad(4<<20 + 1)
	req, _ := http.NewRequestWithContext(t.Context(), "POST", l.url(), struct{ *strings.Reader }{strings.NewReader(body)})
	req.ContentLength = -1
	req.Header.Set("X-Hub-Signature-256", sign256(l.secret, []byte(body)))
	if r := b.do(req); r.status != 413 {
		t.Errorf("4 MiB and a byte, chunked: %d", r.status)
	}
	if n := len(l.events()); n != 0 {
		t.Fatalf("%d events stored", n)
	}
	l.mustPost(pad(4 << 20))
	if e := l.events(); len(e) != 1 || len(e[0].Body) < 4<<20-400 {
		t.Errorf("a post of 4 MiB was not kept whole")
	}
	if held := b.intake.room.held.Load(); held != 0 {
		t.Errorf("%d bytes are still accounted for", held)
	}
}

func TestSignedButNotJSONIs400(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	for _, body := range []string{"", "hello", "{", `{"object":"page"} x`, "\xef\xbb\xbf{}"} {
		if r := l.post(body); r.status != 400 {
			t.Errorf("%q: %d", body, r.status)
		}
	}
	for _, body := range []string{"{}", "[]", "null", `"x"`, "3", `{"object":"unheard_of","entry":{"a":1}}`} {
		if r := l.post(body); r.status != 200 {
			t.Errorf("%q: %d", body, r.status)
		}
	}
	for _, e := range l.events() {
		if e.Kind != bm.KindUnknown {
			t.Errorf("%s became %s", e.Body, e.Kind)
		}
	}
}

func TestAValueJustSavedCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	for i := range 20 {
		l.mustPost(message("1001", "2002", fmt.Sprintf("m_%d", i), "hi"))
		l.secret = fmt.Sprintf("app-secret-%d", i)
		l.key = bm.NewChallengeKey().Reveal()
		l.save(connect.Change{Secrets: secrets(map[bm.CredentialName]string{bm.AppSecret: l.secret, bm.ChallengeKey: l.key})})
		if r := l.handshake(l.key); r.status != 200 {
			t.Fatalf("round %d: the new key was refused: %d", i, r.status)
		}
	}
}

func TestARemovedDeploymentsCallbackIsUnknown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	l.mustPost(message("1001", "2002", "m_1", "hi"))
	if err := b.store.RemoveDeployment(t.Context(), b.by, l.business, bm.Facebook, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the callback is unknown", func() bool { return l.post(message("1001", "2002", "m_2", "hi")).status == 401 })
	if r := l.handshake(l.key); r.status != 403 {
		t.Errorf("handshake: %d", r.status)
	}
	if n := len(l.events()); n == 0 {
		t.Error("its events are gone")
	}
	var left int
	if err := b.pool.QueryRow(t.Context(), `SELECT count(*) FROM credentials WHERE deployment_id = $1`, l.deployment.ID).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d secrets are left, %v", left, err)
	}
	before := l.deployment.CallbackID
	l.save(connect.Change{Create: true})
	if l.deployment.CallbackID == before {
		t.Error("made anew, it has the callback of before")
	}
}
