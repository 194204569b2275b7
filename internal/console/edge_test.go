package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

func TestFormOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	for name, forge := range map[string]func(*http.Request){
		"another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"another port": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an older browser": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		},
	} {
		// Even with the right token.
		if a := b.post("/profile/sessions/end-all", nil, forge); a.status != http.StatusForbidden {
			t.Errorf("%s: got %d", name, a.status)
		}
	}
	if !b.isIn() {
		t.Error("a forged form was taken")
	}
}

func TestFormWithoutItsTokenIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	b, other := h.in(u), h.in(u)
	for name, token := range map[string]string{"none": "", "nonsense": "x", "of another session": other.csrf} {
		if a := b.post("/appearance", url.Values{"csrf": {token}, "theme": {"dark"}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("token %s: got %d", name, a.status)
		}
	}
	if a := b.post("/appearance?csrf="+b.csrf, url.Values{"csrf": {""}, "theme": {"dark"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a token in the address counts: %d", a.status)
	}
	visitor := h.browser()
	if a := visitor.post("/signin", url.Values{"email": {u.Email}, "password": {password}}); a.status != http.StatusUnprocessableEntity || visitor.isIn() {
		t.Errorf("signing in without a token gave %d", a.status)
	}
	if first, second := b.csrf, ""; b.isIn() {
		second = b.csrf
		if first == second {
			t.Error("two pages show the same token; a compressing proxy would let it be guessed")
		}
		for _, token := range []string{first, second} {
			if a := b.post("/appearance", url.Values{"csrf": {token}, "theme": {"dark"}}); a.status != http.StatusSeeOther {
				t.Errorf("a good token gave %d", a.status)
			}
		}
	}
}

func TestScriptMaySendTheTokenInAHeader(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	if a := b.post("/appearance", url.Values{"csrf": {""}, "theme": {"dark"}}, func(r *http.Request) { r.Header.Set("X-CSRF-Token", b.csrf) }); a.status != http.StatusSeeOther {
		t.Errorf("got %d", a.status)
	}
}

func TestRequestForAnotherHostIsRefused(t *testing.T) {
	t.Parallel()
	named := func(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }
	dev, abroad := newHouse(t), newHouse(t, abroad)
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "localhost:8080": 200, "LOCALHOST:8080": 200, "[::1]:8080": 200, "127.0.0.9:8080": 200, "app.localhost:8080": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8080": 421, "localhost.evil.example": 421, "192.0.2.1:8080": 421,
	} {
		if a := dev.browser().get("/signin", named(host)); a.status != want {
			t.Errorf("in development %s gave %d, want %d", host, a.status, want)
		}
	}
	for host, want := range map[string]int{
		"console.example": 200, "CONSOLE.example": 200, "console.example:443": 200,
		"localhost": 421, "127.0.0.1": 421, "evil.example": 421, "console.example.": 421, "[::1]:443": 421,
	} {
		if a := abroad.browser().get("/signin", named(host)); a.status != want {
			t.Errorf("in production %s gave %d, want %d", host, a.status, want)
		}
	}
	a := abroad.browser().get("/static/app.css", named("evil.example"))
	if a.status != 421 {
		t.Errorf("a static file gave %d", a.status)
	}
}

func TestPartOfAPageSendsTheWholePageToSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	part := func(r *http.Request) {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", h.ConsoleURL+"/businesses/42?q=x")
	}
	a := h.browser().get("/profile", part)
	if a.status != http.StatusUnauthorized || a.header.Get("HX-Redirect") != "/signin?next=%2Fbusinesses%2F42%3Fq%3Dx" {
		t.Errorf("got %d, HX-Redirect %q", a.status, a.header.Get("HX-Redirect"))
	}
	if strings.Contains(a.body, "<form") {
		t.Error("a sign-in form would be put into the page")
	}
	if a := h.browser().get("/profile?tab=1"); a.status != http.StatusSeeOther || a.to() != "/signin?next=%2Fprofile%3Ftab%3D1" {
		t.Errorf("a whole page got %d to %q", a.status, a.to())
	}
	// A script asks for a part and says only by the referrer where it stands.
	a = h.browser().get("/profile", func(r *http.Request) {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("Referer", h.ConsoleURL+"/businesses/42/channels/facebook")
	})
	if a.header.Get("HX-Redirect") != "/signin?next=%2Fbusinesses%2F42%2Fchannels%2Ffacebook" {
		t.Errorf("HX-Redirect %q", a.header.Get("HX-Redirect"))
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t, abroad, func(d *Deps) {
		d.API = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri /csp-report",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=63072000",
	}
	for name, a := range map[string]answer{
		"a page": b.get("/profile"), "the sign-in page": h.browser().get("/signin"), "a redirect": h.browser().get("/profile"),
		"nothing there": b.get("/nowhere"), "a wrong method": b.do(http.MethodDelete, "/profile", nil), "another host": b.get("/profile", func(r *http.Request) { r.Host = "x" }),
		"a forged form":  b.post("/signout", nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }),
		"a form too old": b.post("/signout", url.Values{"csrf": {"x"}}), "a static file": b.get(h.Static.URL("app.css")), "no static file": b.get("/static/x"),
		"the API": b.get("/api/v1/x"), "a report": b.do(http.MethodPost, "/csp-report", url.Values{}),
	} {
		for header, value := range want {
			if got := a.header.Get(header); got != value {
				t.Errorf("%s (%d): %s is %q", name, a.status, header, got)
			}
		}
		if a.header.Get("Permissions-Policy") == "" || a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no permissions policy or id", name)
		}
		if name != "a static file" && a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached: %q", name, a.header.Get("Cache-Control"))
		}
	}
	if a := newHouse(t).browser().get("/signin"); a.header.Get("Strict-Transport-Security") != "" {
		t.Error("plain HTTP promises https")
	}
}

func TestPanicAndFailureShowOnlyANumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.web.Add(http.MethodGet, "/boom", h.serve(route{Method: get, Path: "/boom", Needs: bm.Public, Handle: func(*call) error { panic("secret-in-a-panic") }}))
	h.web.Add(http.MethodGet, "/fail/:x", h.serve(route{Method: get, Path: "/fail/:x", Needs: bm.Public, Handle: func(*call) error {
		return &bm.Error{Kind: bm.Internal, Err: http.ErrBodyNotAllowed}
	}}))
	for _, path := range []string{"/boom", "/fail/secret-in-the-path?q=secret-in-the-query"} {
		a := h.browser().get(path)
		id := a.header.Get("X-Request-Id")
		if a.status != http.StatusInternalServerError || !strings.Contains(a.body, id) || strings.Contains(a.body, http.ErrBodyNotAllowed.Error()) {
			t.Errorf("%s gave %d\n%s", path, a.status, a.body)
		}
		if !strings.Contains(h.log.String(), id) {
			t.Errorf("the log does not hold %s", id)
		}
	}
	if strings.Contains(h.log.String(), "secret-in") {
		t.Error("the log holds a path, a query or a panic's value")
	}
}

func TestLargeFormIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	if a := b.post("/appearance", url.Values{"theme": {strings.Repeat("x", formSize)}}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", a.status)
	}
}

func TestClientIsTheLastAddressThatNoProxyWroteForItself(t *testing.T) {
	t.Parallel()
	h := newHouse(t, abroad) // 10.0.0.0/8 is ours
	for _, c := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1", "", "192.0.2.1"},
		{"192.0.2.1", "203.0.113.1", "192.0.2.1"}, // no proxy of ours: it may claim what it likes
		{"10.0.0.1", "203.0.113.1", "203.0.113.1"},
		{"10.0.0.1", "198.51.100.1, 203.0.113.1", "203.0.113.1"},
		{"10.0.0.1", "198.51.100.1, 203.0.113.1, 10.0.0.2", "203.0.113.1"},
		{"10.0.0.1", "2001:db8::1", "2001:db8::1"},
		{"10.0.0.1", "nonsense", "10.0.0.1"},
		{"10.0.0.1", "", "10.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote + ":4000"
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := h.address(r); got != c.want {
			t.Errorf("%s with %q is %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestReportsAreCountedAndTheirLinesBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	body := `{"csp-report":{"document-uri":"http://127.0.0.1:8080/link/secret-token","violated-directive":"script-src","blocked-uri":"https://evil.example/secret-path"}}`
	for range 50 {
		r := httptest.NewRequest(http.MethodPost, h.ConsoleURL+"/csp-report", strings.NewReader(body))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusNoContent {
			t.Fatalf("got %d", w.Code)
		}
	}
	if h.Reports() != 50 {
		t.Errorf("%d counted", h.Reports())
	}
	if n := strings.Count(h.log.String(), "evil.example"); n != reportsLogged {
		t.Errorf("%d lines in the log, want %d", n, reportsLogged)
	}
	if strings.Contains(h.log.String(), "secret-") {
		t.Error("the log holds an address")
	}
}

func TestPageSaysWhenTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	// Port 1 of loopback: nobody listens there.
	pool, err := pgxpool.New(context.Background(), "postgres://nobody@127.0.0.1:1/nothing")
	fine(t, err)
	t.Cleanup(pool.Close)
	h := newHouse(t, func(d *Deps) { d.Store = store.New(pool) })
	b := h.browser()
	b.cookies["bm"] = newCookieValue()
	a := b.get("/profile")
	if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "<h1") {
		t.Errorf("got %d\n%s", a.status, a.body)
	}
}

func TestServerGivesUpOnSlowCallers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := Server(h, h.Log)
	for name, limit := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "read": s.ReadTimeout, "write": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 {
			t.Errorf("no limit of time: %s", name)
		}
	}
	if s.MaxHeaderBytes <= 0 {
		t.Error("no limit of size for headers")
	}
}
