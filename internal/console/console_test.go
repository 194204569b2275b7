package console

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
	"businessmanager/static"
)

// house is a console on a database of its own, with a clock that tests turn.
type house struct {
	*Console
	t    *testing.T
	pool *pgxpool.Pool
	log  *lockedBuffer

	mu sync.Mutex
	at time.Time
}

// lockedBuffer is a log that many write and a test reads.
type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

const password = "sieben Birnen fahren heim"

func newHouse(t *testing.T, change ...func(*Deps)) *house {
	t.Helper()
	pool := pgtest.New(t)
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keyset"))
	fine(t, err)
	files, err := static.New()
	fine(t, err)
	h := &house{t: t, pool: pool, log: &lockedBuffer{}, at: time.Now().Truncate(time.Second)}
	d := Deps{
		Store: store.New(pool), Static: files, Keyset: keys, Environment: "development",
		ConsoleURL: "http://127.0.0.1:8080", WebhookURL: "http://127.0.0.1:8081", Version: "0.1.0",
		Log: slog.New(slog.NewTextHandler(h.log, nil)), Now: h.now,
	}
	for _, f := range change {
		f(&d)
	}
	withConnect(&d)
	h.Console, err = New(d)
	fine(t, err)
	return h
}

// abroad is a console as it stands in production.
func abroad(d *Deps) {
	d.Environment, d.ConsoleURL = "production", "https://console.example"
	d.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

// later turns the clock.
func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// person adds somebody with the password above.
func (h *house) person(email string, role bm.Role) bm.User {
	h.t.Helper()
	ctx := context.Background()
	u, err := h.Store.CreateUser(ctx, bm.System("test"), email, "Mara Lindqvist", role, nil, true)
	fine(h.t, err)
	hash, err := h.passwords.Hash(ctx, bm.NewSecret(password))
	fine(h.t, err)
	fine(h.t, h.Store.SetPassword(ctx, bm.System("test"), u.ID, hash))
	u.HasPassword = true
	return u
}

// browser is somebody at a browser: it keeps cookies and the last form's token.
type browser struct {
	h       *house
	cookies map[string]string
	csrf    string
	address string
	header  http.Header // sent with everything
}

func (h *house) browser() *browser {
	return &browser{h: h, cookies: map[string]string{}, address: "192.0.2.1", header: http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}}}
}

// in is a browser of somebody who is signed in.
func (h *house) in(u bm.User) *browser {
	h.t.Helper()
	b := h.browser()
	if a := b.signIn(u.Email, password); a.status != http.StatusSeeOther {
		h.t.Fatalf("%s does not get in: %d\n%s", u.Email, a.status, a.body)
	}
	b.get("/profile")
	return b
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) to() string { return a.header.Get("Location") }

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *browser) do(method, path string, form url.Values, change ...func(*http.Request)) answer {
	b.h.t.Helper()
	var r *http.Request
	if form == nil {
		r = httptest.NewRequest(method, b.h.ConsoleURL+path, nil)
	} else {
		r = httptest.NewRequest(method, b.h.ConsoleURL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range b.header {
		r.Header[name] = values
	}
	r.RemoteAddr = b.address + ":40000"
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	got := w.Result()
	for _, c := range got.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	if m := csrfField.FindStringSubmatch(w.Body.String()); m != nil {
		b.csrf = m[1]
	}
	return answer{got.StatusCode, got.Header, w.Body.String()}
}

func (b *browser) get(path string, change ...func(*http.Request)) answer {
	b.h.t.Helper()
	return b.do(http.MethodGet, path, nil, change...)
}

// post sends a form of the page that was last seen.
func (b *browser) post(path string, form url.Values, change ...func(*http.Request)) answer {
	b.h.t.Helper()
	sent := url.Values{"csrf": {b.csrf}}
	for k, v := range form {
		sent[k] = v
	}
	return b.do(http.MethodPost, path, sent, append([]func(*http.Request){func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", b.h.ConsoleURL)
	}}, change...)...)
}

func (b *browser) signIn(email, plain string, more ...string) answer {
	b.h.t.Helper()
	b.get("/signin")
	form := url.Values{"email": {email}, "password": {plain}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.post("/signin", form)
}

// isIn tells whether the browser is signed in.
func (b *browser) isIn() bool {
	b.h.t.Helper()
	return b.get("/profile").status == http.StatusOK
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
