package api

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/meta"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// world is an API over a database of its own, with two partners and a token of
// every role.
type world struct {
	t             *testing.T
	pool          *pgxpool.Pool
	store         *store.Store
	log           *safeBuffer
	url           string
	mine, theirs  bm.Partner
	tokens        map[string]string // by role; "other admin" sees theirs alone
	acme, foreign bm.Business
}

// safeBuffer is a log that many may write.
type safeBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *safeBuffer) text() string {
	b.Lock()
	defer b.Unlock()
	return b.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), log: &safeBuffer{}, tokens: map[string]string{"none": ""}}
	w.store = store.New(w.pool)
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keyset.json"))
	must(t, err)
	w.serve(w.store, keys)
	by := bm.System("test")
	w.mine, err = w.store.CreatePartner(t.Context(), by, "Nordlicht")
	must(t, err)
	w.theirs, err = w.store.CreatePartner(t.Context(), by, "Südwind")
	must(t, err)
	w.acme = w.business(w.mine, "Acme")
	w.foreign = w.business(w.theirs, "Foreign")
	w.token("owner", bm.RoleOwner, bm.Scope{AllPartners: true})
	w.token("admin", bm.RoleAdmin, bm.Scope{Partners: []int64{w.mine.ID}})
	w.token("other admin", bm.RoleAdmin, bm.Scope{Partners: []int64{w.theirs.ID}})
	w.token("support", bm.RoleSupport, bm.Scope{Partners: []int64{w.mine.ID}})
	w.token("bot", bm.RoleBot, bm.Scope{Businesses: []int64{w.acme.ID}})
	w.token("other bot", bm.RoleBot, bm.Scope{Businesses: []int64{w.foreign.ID}})
	return w
}

// serve brings an API up over a store.
func (w *world) serve(s *store.Store, keys *seal.Keyset) {
	w.t.Helper()
	a, err := New(Deps{
		Store: s,
		Connect: connect.New(connect.Options{
			Store: s, Keys: keys, Platforms: []bm.Platform{meta.Messenger{}}, WebhookURL: "http://127.0.0.1:8081", Development: true,
		}),
		Version: "test", Environment: "development", ConsoleURL: "http://127.0.0.1:8080",
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	must(w.t, err)
	srv := httptest.NewServer(a)
	w.t.Cleanup(srv.Close)
	w.url = srv.URL
}

func (w *world) business(p bm.Partner, name string) bm.Business {
	w.t.Helper()
	b, err := w.store.CreateBusiness(w.t.Context(), bm.System("test"), p.ID, name, "")
	must(w.t, err)
	return b
}

func (w *world) token(name string, role bm.Role, sc bm.Scope) {
	w.t.Helper()
	v, _, err := w.store.AddToken(w.t.Context(), bm.System("test"), name, role, sc, time.Time{})
	must(w.t, err)
	w.tokens[name] = v.Reveal()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reply is an answer, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// as asks in a role; body is JSON, or empty for none.
func (w *world) as(role, method, path, body string) reply {
	w.t.Helper()
	return w.ask(method, path, body, func(r *http.Request) {
		if v := w.tokens[role]; v != "" {
			r.Header.Set("Authorization", "Bearer "+v)
		}
	})
}

func (w *world) ask(method, path, body string, change func(*http.Request)) reply {
	w.t.Helper()
	if !strings.HasPrefix(path, "/api") {
		path = base + path
	}
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(context.WithoutCancel(w.t.Context()), method, w.url+path, from)
	must(w.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	change(r)
	res, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(w.t, err)
	return reply{res.StatusCode, res.Header, b}
}

// is fails unless the answer has a status.
func (r reply) is(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// problem reads a refusal and its fields.
func (r reply) problem(t *testing.T, status int) (Problem, map[string]string) {
	t.Helper()
	r.is(t, status)
	if ct := r.header.Get("Content-Type"); ct != problemType {
		t.Fatalf("content type %q: %s", ct, r.body)
	}
	var p Problem
	must(t, json.Unmarshal(r.body, &p))
	if p.Status != status || p.Title == "" || p.Type != "about:blank" || p.Detail == "" {
		t.Fatalf("not a whole problem: %s", r.body)
	}
	fields := map[string]string{}
	for _, f := range p.Errors {
		if f.Field == "" || f.Message == "" {
			t.Fatalf("an empty field: %s", r.body)
		}
		fields[f.Field] = f.Message
	}
	return p, fields
}

// read takes an answer's JSON apart.
func read[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	must(t, json.Unmarshal(r.body, &v))
	return v
}

// deployment is the path of a business's deployment.
func deploymentAt(b bm.Business) string {
	return fmt.Sprintf("/businesses/%d/deployments/facebook", b.ID)
}

func businessAt(b bm.Business) string { return fmt.Sprintf("/businesses/%d", b.ID) }

// Values that have the shape of the real ones.
const (
	appSecret    = "0123456789abcdef0123456789abcdef"
	challengeKey = "Zk7wQ2mN9xT4vB6cR1yH8sD3fG5jL0pA"
)

func accessToken() string { return "EAAB" + strings.Repeat("xYz9Qw3", 24) }

// setUp makes a deployment that is on and has a bot.
func (w *world) setUp(b bm.Business) bm.Deployment {
	w.t.Helper()
	w.as("owner", "PUT", deploymentAt(b), `{"active":true,"app_secret":"`+appSecret+`","account_id":"104722918364501","bot_url":"http://127.0.0.1:9/bot"}`).is(w.t, 200)
	d, err := w.store.Deployment(w.t.Context(), bm.Everything(), b.ID, bm.Facebook)
	must(w.t, err)
	return d
}

// post stores events of a post as intake does.
func (w *world) post(d bm.Deployment, items ...bm.Item) {
	w.t.Helper()
	var list []store.Arrival
	for i := range items {
		list = append(list, store.Arrival{BusinessID: d.BusinessID, DeploymentID: d.ID, ReceivedAt: time.Now(), Item: &items[i]})
	}
	_, err := store.NewLog(w.pool).Append(w.t.Context(), list)
	must(w.t, err)
}

// message is the nth message of a person.
func message(n int, person, body string) bm.Item {
	return bm.Item{
		Kind: bm.KindMessage, Account: "104722918364501", Person: person, Key: fmt.Sprintf("m:%d", n), MessageID: fmt.Sprintf("m_%d", n),
		OccurredAt: time.UnixMilli(1760000000000 + int64(n)), Body: []byte(body),
	}
}

func noToken(*http.Request) {}

func eventQuery() store.EventQuery { return store.EventQuery{Limit: 10} }
