package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/store"
)

// TestEveryRefusalIsAProblem goes through the wrong requests that there are.
func TestEveryRefusalIsAProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := businessAt(w.acme)
	w.setUp(w.acme)
	long := strings.Repeat("x", 121)
	for _, c := range []struct {
		method, path, body string
		status             int
		field              string // that must be named; empty: none
	}{
		// Not there, or not this way.
		{"GET", "/nothing", "", 404, ""},
		{"GET", "/api/", "", 404, ""},
		{"GET", "/api/v2/partners", "", 404, ""},
		{"GET", "/partners/", "", 404, ""},
		{"POST", at + "/deployments/facebook/connect", `{}`, 404, ""},
		{"POST", at + "/messages", `{}`, 404, ""},
		{"DELETE", "/partners", "", 405, ""},
		{"PUT", at, `{}`, 405, ""},
		{"POST", "/api/docs", "", 405, ""},
		{"GET", "/businesses/0", "", 404, ""},
		{"GET", "/businesses/abc", "", 404, ""},
		{"GET", "/businesses/+1", "", 404, ""},
		{"GET", "/businesses/1.0", "", 404, ""},
		{"GET", "/businesses/99999999999999999999", "", 404, ""},
		{"GET", at + "/deployments/telepathy", "", 404, ""},
		{"PUT", at + "/deployments/Facebook", `{}`, 404, ""},
		{"GET", at + "/events/evt_nothing", "", 404, ""},
		{"GET", at + "/events/evt_" + strings.Repeat("0", 36), "", 404, ""},
		// Not JSON, or too much of it.
		{"POST", "/partners", `{"name":`, 400, ""},
		{"POST", "/partners", `{"name":"a"}{"name":"b"}`, 400, ""},
		{"POST", "/partners", "{\"name\":\"\xff\"}", 400, ""},
		{"POST", "/partners", `name=a`, 400, ""},
		{"POST", "/partners", "", 400, ""},
		{"PUT", at + "/deployments/facebook", "", 400, ""},
		{"POST", "/partners", `{"name":"` + strings.Repeat("x", bodySize) + `"}`, 413, ""},
		// JSON that cannot be taken.
		{"POST", "/partners", `["name"]`, 422, ""},
		{"POST", "/partners", `null`, 422, ""},
		{"POST", "/partners", `{}`, 422, "name"},
		{"POST", "/partners", `{"name":null}`, 422, "name"},
		{"POST", "/partners", `{"name":7}`, 422, "name"},
		{"POST", "/partners", `{"name":""}`, 422, "name"},
		{"POST", "/partners", `{"name":"` + long + `"}`, 422, "name"},
		{"POST", "/partners", `{"name":"a","nmae":"b"}`, 422, "nmae"},
		{"POST", "/partners", `{"Name":"a"}`, 422, "Name"},
		{"POST", "/partners", `{"name":"a","name":"b"}`, 422, "name"},
		{"POST", "/businesses", `{"name":"A"}`, 422, "partner"},
		{"POST", "/businesses", `{"name":"A","partner":99999}`, 422, "partner"},
		{"POST", "/businesses", `{"name":"A","partner":"Nobody"}`, 422, "partner"},
		{"POST", "/businesses", `{"name":"A","partner":"a\u0000b"}`, 422, "partner"},
		{"POST", "/businesses", `{"name":"A","partner":1.5}`, 422, "partner"},
		{"POST", "/businesses", `{"name":"A","partner":"Nordlicht","via_name":""}`, 422, "via_name"},
		{"POST", "/businesses", `{"name":"A","partner":"Nordlicht","via_name":"Ab"}`, 422, "via_name"},
		{"PATCH", at, `{"name":null}`, 422, "name"},
		{"PATCH", at, `{"partner":"Nobody"}`, 422, "partner"},
		{"PATCH", at, `{"active":"no"}`, 422, "active"},
		{"POST", at + "/deployments/facebook/resume", `{"rate":0}`, 422, "rate"},
		{"POST", at + "/deployments/facebook/resume", `{"rate":1001}`, 422, "rate"},
		{"POST", at + "/deployments/facebook/resume", `{"rate":1.5}`, 422, "rate"},
		{"POST", at + "/deployments/facebook/resume", `{"rat":1}`, 422, "rat"},
		{"POST", at + "/deployments/facebook/pause", `{"why":"x"}`, 422, "why"},
		// Parameters.
		{"GET", "/partners?limit=201", "", 422, "limit"},
		{"GET", "/partners?limit=0", "", 422, "limit"},
		{"GET", "/partners?limit=-1", "", 422, "limit"},
		{"GET", "/partners?limit=ten", "", 422, "limit"},
		{"GET", "/partners?cursor=nonsense", "", 422, "cursor"},
		{"GET", "/partners?cursor=cGFydG5lcnM6LTE", "", 422, "cursor"},
		{"GET", "/businesses?cursor=nonsense", "", 422, "cursor"},
		{"GET", "/businesses?state=odd", "", 422, "state"},
		{"GET", "/businesses?platform=telepathy", "", 422, "platform"},
		{"GET", "/businesses?partner=Nobody", "", 422, "partner"},
		{"GET", "/businesses?partnr=Nordlicht", "", 422, "partnr"},
		{"GET", at + "/events?kind=odd", "", 422, "kind"},
		{"GET", at + "/events?state=odd", "", 422, "state"},
		{"GET", at + "/events?platform=telepathy", "", 422, "platform"},
		{"GET", at + "/events?after=1", "", 422, "platform"},
		{"GET", at + "/events?after=-1&platform=facebook", "", 422, "after"},
		{"GET", at + "/events?after=&platform=facebook", "", 422, "after"},
		{"GET", "/partners?limit=1&limit=2", "", 422, "limit"},
		{"GET", "/partners?limit=%zz", "", 400, ""},
		{"GET", at + "/events?after=x&platform=facebook", "", 422, "after"},
		{"GET", at + "/events?from=yesterday", "", 422, "from"},
		{"GET", at + "/events?cursor=nonsense", "", 422, "cursor"},
		{"DELETE", at + "?discard=perhaps", "", 422, "discard"},
		{"GET", "/audit?business=x", "", 422, "business"},
	} {
		r := w.as("owner", c.method, c.path, c.body)
		name := c.method + " " + c.path
		if len(c.body) < 200 {
			name += " " + c.body
		}
		if r.status != c.status {
			t.Errorf("%s: %d, want %d: %s", name, r.status, c.status, r.body)
			continue
		}
		_, fields := r.problem(t, c.status)
		if c.field != "" && fields[c.field] == "" {
			t.Errorf("%s does not name %s: %s", name, c.field, r.body)
		}
		if c.status == 405 && r.header.Get("Allow") == "" {
			t.Errorf("%s: no Allow", name)
		}
	}
}

func TestABodyOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, status := range map[string]int{
		"": 201, "application/json; charset=UTF-8": 201,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "application/json; charset=latin1": 415, "application/cbor": 415,
	} {
		r := w.ask("POST", "/partners", `{"name":"P `+strings.ReplaceAll(kind, "/", " ")+`"}`, func(q *http.Request) {
			q.Header.Set("Authorization", "Bearer "+w.tokens["owner"])
			q.Header.Del("Content-Type")
			if kind != "" {
				q.Header.Set("Content-Type", kind)
			}
		})
		if r.status != status {
			t.Errorf("%q: %d, want %d: %s", kind, r.status, status, r.body)
		}
	}
	exact := `{"name":"` + strings.Repeat("x", bodySize-len(`{"name":""}`)) + `"}`
	w.as("owner", "POST", "/partners", exact).problem(t, 422) // 1 MiB is read; the name is too long
	r := w.ask("POST", "/partners", exact+" ", func(q *http.Request) {
		q.Header.Set("Authorization", "Bearer "+w.tokens["owner"])
		q.ContentLength = -1 // chunked: the length is known only when it is read
	})
	r.problem(t, 413)
}

func TestEveryAnswerCarriesItsHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/partners", 200}, {"HEAD", "/partners", 200}, {"GET", "/nothing", 404}, {"DELETE", "/partners", 405},
		{"GET", specPath, 200}, {"HEAD", specPath, 200}, {"GET", docsPath, 200}, {"HEAD", docsPath, 200}, {"GET", lookPath, 200},
	} {
		r := w.as("owner", c.method, c.path, "").is(t, c.status)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", c.method, c.path, name, got)
			}
		}
		if p := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'; ") || strings.Contains(p, "unsafe") || strings.Contains(p, "http") {
			t.Errorf("%s %s: policy %q", c.method, c.path, p)
		}
		if c.method == "HEAD" && len(r.body) > 0 {
			t.Errorf("HEAD %s has a body", c.path)
		}
	}
}

func TestAnotherHostNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for host, status := range map[string]int{
		"127.0.0.1:1": 200, "localhost": 200, "x.localhost:8080": 200, "[::1]:8080": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421,
	} {
		r := w.ask("GET", specPath, "", func(q *http.Request) { q.Host = host })
		if r.status != status {
			t.Errorf("%s: %d", host, r.status)
		} else if status == 421 {
			r.problem(t, 421)
		}
	}
}

func TestALostDatabaseIsA503ThatSaysWhenToRetry(t *testing.T) {
	t.Parallel()
	// Nobody listens on port 1 of this machine.
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/nothing")
	must(t, err)
	t.Cleanup(pool.Close)
	w := &world{t: t, log: &safeBuffer{}, tokens: map[string]string{"owner": "bm_" + strings.Repeat("x", 43)}}
	w.serve(store.New(pool), nil)
	r := w.as("owner", "GET", "/partners", "")
	p, _ := r.problem(t, 503)
	if r.header.Get("Retry-After") == "" || strings.Contains(p.Detail, "127.0.0.1") {
		t.Errorf("%v %s", r.header, r.body)
	}
}
