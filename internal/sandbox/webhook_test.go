package sandbox

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is a callback as the console would have it, with a memory.
type receiver struct {
	url    string
	mu     sync.Mutex
	gets   []*http.Request
	posts  []posted
	answer []int // statuses for the next posts; 200 when it runs out
}

type posted struct {
	header http.Header
	body   []byte
}

func newCallback(t *testing.T, key string) *receiver {
	t.Helper()
	c := &receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.Method == http.MethodGet {
			c.gets = append(c.gets, r)
			q := r.URL.Query()
			if q.Get("hub.mode") != "subscribe" || q.Get("hub.verify_token") != key {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			io.WriteString(w, q.Get("hub.challenge"))
			return
		}
		c.posts = append(c.posts, posted{r.Header, body})
		if len(c.answer) > 0 {
			w.WriteHeader(c.answer[0])
			c.answer = c.answer[1:]
		}
	}))
	t.Cleanup(server.Close)
	c.url = server.URL + "/facebook/abc"
	return c
}

func (c *receiver) seen() []posted {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]posted(nil), c.posts...)
}

func (c *receiver) next(statuses ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = statuses
}

func TestTheHandshakeIsMetas(t *testing.T) {
	t.Parallel()
	// What a URL would bend, and the space that a careless paste brings.
	key := "a+b&c=d%20é/😀 "
	world := newCallback(t, key)
	b := start(t, Options{})
	m := b.create()
	if v := b.webhook(m.ID, world.url+"?own=1&own=2", key); !v.OK || v.Status != http.StatusOK {
		t.Fatalf("%+v", v)
	}
	if v := b.webhook(m.ID, world.url, key); !v.OK {
		t.Fatalf("%+v", v)
	}
	got := world.gets[0]
	q := got.URL.Query()
	if fmt.Sprint(q["own"]) != "[1 2]" {
		t.Errorf("the callback's own parameters became %v", q["own"])
	}
	if c := q.Get("hub.challenge"); strings.Trim(c, digits) != "" || len(c) < 9 || c == world.gets[1].URL.Query().Get("hub.challenge") {
		t.Errorf("challenge %q", c)
	}
	if ua := got.UserAgent(); !strings.HasPrefix(ua, "facebookplatform/1.0") {
		t.Errorf("user agent %q", ua)
	}
	if got.Header.Get("X-Hub-Signature-256") != "" {
		t.Error("the handshake is signed; Meta's is not")
	}
}

func TestOnlyTheChallengeItselfPasses(t *testing.T) {
	t.Parallel()
	elsewhere := newCallback(t, "key")
	say := func(f func(w http.ResponseWriter, challenge string)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { f(w, r.URL.Query().Get("hub.challenge")) }
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"newline after it": {say(func(w http.ResponseWriter, c string) { io.WriteString(w, c+"\n") }), "not with the challenge"},
		"quotes around it": {say(func(w http.ResponseWriter, c string) { io.WriteString(w, `"`+c+`"`) }), "not with the challenge"},
		"empty":            {say(func(http.ResponseWriter, string) {}), "not with the challenge"},
		"far too much":     {say(func(w http.ResponseWriter, c string) { io.WriteString(w, c+strings.Repeat("x", 1<<20)) }), "not with the challenge"},
		"201 with it":      {say(func(w http.ResponseWriter, c string) { w.WriteHeader(201); io.WriteString(w, c) }), "answered 201"},
		"403 with it":      {say(func(w http.ResponseWriter, c string) { w.WriteHeader(403); io.WriteString(w, c) }), "answered 403"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.url+"?"+r.URL.RawQuery, http.StatusFound)
		}, "Redirects are not followed"},
		"too slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within"},
		"cut off":  {func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.answer)
			defer server.Close()
			b := start(t, Options{Timeout: time.Second})
			m := b.create()
			v := b.webhook(m.ID, server.URL, "key")
			if v.OK || !strings.Contains(v.Message, c.says) || len(v.Body) > 2048 {
				t.Errorf("%+v", v)
			}
			var a shown
			b.call(http.StatusOK, "GET", "/apps/"+m.ID, nil, &a)
			if a.CallbackURL != "" || len(a.Fields) != 0 {
				t.Errorf("saved all the same: %+v", a)
			}
		})
	}
	t.Cleanup(func() {
		if len(elsewhere.gets) != 0 {
			t.Error("the redirect was followed")
		}
	})
}

func TestAFailedHandshakeKeepsTheEarlierCallback(t *testing.T) {
	t.Parallel()
	world := newCallback(t, "key")
	b := start(t, Options{})
	m := b.create()
	b.webhook(m.ID, world.url, "key")
	if v := b.webhook(m.ID, world.url+"/other", "key "); v.OK || v.Status != http.StatusForbidden {
		t.Fatalf("%+v", v)
	}
	var a shown
	b.call(http.StatusOK, "GET", "/apps/"+m.ID, nil, &a)
	if a.CallbackURL != world.url {
		t.Errorf("%q", a.CallbackURL)
	}
}

func TestALaterHandshakeLeavesTheSubscriptions(t *testing.T) {
	t.Parallel()
	world := newCallback(t, "key")
	b := start(t, Options{})
	m := b.create()
	b.webhook(m.ID, world.url, "key")
	b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/subscriptions", map[string]any{"fields": []string{"messages"}, "page_fields": []string{}}, nil)
	b.webhook(m.ID, world.url, "key")
	var a shown
	b.call(http.StatusOK, "GET", "/apps/"+m.ID, nil, &a)
	if len(a.Fields) != 1 || len(a.PageFields) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestOnlyThisMachineIsCalled(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	m := b.create()
	// Addresses for documentation, so that a hole would still reach nobody.
	for _, at := range []string{"http://192.0.2.1/", "http://[2001:db8::1]/", "http://0.0.0.0:9/", "http://[::ffff:192.0.2.1]/"} {
		if v := b.webhook(m.ID, at, "key"); v.OK || !strings.Contains(v.Message, "only this machine") {
			t.Errorf("%s: %+v", at, v)
		}
	}
	for _, at := range []string{"ftp://127.0.0.1/", "127.0.0.1/x", "http://a:b@127.0.0.1/", "http://127.0.0.1/#x", "http:///x", ""} {
		b.call(http.StatusUnprocessableEntity, "POST", "/apps/"+m.ID+"/webhook",
			map[string]string{"callback_url": at, "verify_token": "key"}, nil)
	}
	if b.client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy of the environment would be used")
	}
}

func TestNobodyListening(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	b := start(t, Options{})
	if v := b.webhook(b.create().ID, "http://"+ln.Addr().String(), "key"); v.OK || !strings.Contains(v.Message, "refused") {
		t.Errorf("%+v", v)
	}
}

// A key in a log, on a page or on disk would be one that was not meant for it.
func TestTheVerifyTokenIsKeptNowhere(t *testing.T) {
	t.Parallel()
	const key = "planted-verify-token"
	file := filepath.Join(t.TempDir(), "sandbox.json")
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Query().Get("hub.verify_token"))
	}))
	t.Cleanup(echo.Close)
	world := newCallback(t, key)
	b := start(t, Options{StateFile: file})
	m := b.create()
	access := b.token(m.ID)
	all := asJSON(t, b.webhook(m.ID, echo.URL, key)) +
		asJSON(t, b.webhook(m.ID, "http://192.0.2.1/", key)) +
		asJSON(t, b.webhook(m.ID, "http://127.0.0.1:1/", key)) +
		asJSON(t, b.webhook(m.ID, world.url, key))
	b.send(m.ID, ask{Text: "hello"})
	_, page := b.get("/apps/" + m.ID)
	_, chat := b.get("/apps/" + m.ID + "/chat")
	disk, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"answers": all, "pages": page + chat, "log": b.log.String(), "disk": string(disk)} {
		if strings.Contains(text, key) || strings.Contains(text, access) {
			t.Errorf("the %s hold it: %s", where, text)
		}
		if where != "disk" && strings.Contains(text, m.Secret) {
			t.Errorf("the %s hold the app secret", where)
		}
	}
	if b.log.String() == "" {
		t.Error("nothing was logged, so this proves nothing")
	}
}
