package intake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
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

// bundle is one intake with everything around it.
type bundle struct {
	t       *testing.T
	pool    *pgxpool.Pool
	store   *store.Store
	connect *connect.Connect
	intake  *Intake
	url     string
	logs    *syncBuffer
	partner bm.Partner
	by      bm.Actor
}

func setup(t *testing.T) *bundle {
	t.Helper()
	return setupOn(t, pgtest.New(t))
}

func setupOn(t *testing.T, pool *pgxpool.Pool) *bundle {
	t.Helper()
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, pool: pool, store: store.New(pool), logs: &syncBuffer{}, by: bm.System("test")}
	platforms := []bm.Platform{meta.Messenger{}}
	b.connect = connect.New(connect.Options{Store: b.store, Keys: keys, Platforms: platforms, WebhookURL: "http://127.0.0.1", Development: true})
	b.intake = b.another(keys)
	b.partner, err = b.store.CreatePartner(t.Context(), b.by, "Nordlicht")
	if err != nil {
		t.Fatal(err)
	}
	b.url = b.serve(b.intake)
	return b
}

// another makes one more intake on the same database, as a second process would.
func (b *bundle) another(keys *seal.Keyset) *Intake {
	cfg := b.pool.Config().Copy()
	for k, v := range store.LogSettings() {
		cfg.ConnConfig.RuntimeParams[k] = v
	}
	logPool, err := pgxpool.NewWithConfig(b.t.Context(), cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(logPool.Close)
	return New(Options{
		Store: b.store, Log: store.NewLog(logPool), Keys: keys, Platforms: []bm.Platform{meta.Messenger{}},
		Logger: slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// serve runs an intake for the length of the test.
func (b *bundle) serve(in *Intake) string {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = in.Run(ctx) }()
	srv := httptest.NewServer(in)
	b.t.Cleanup(func() { srv.Close(); cancel(); <-done })
	return srv.URL
}

// line is one deployment and what it was set up with.
type line struct {
	b          *bundle
	business   bm.Business
	deployment bm.Deployment
	secret     string
	key        string
}

func (b *bundle) deployment(account string) *line {
	b.t.Helper()
	business, err := b.store.CreateBusiness(b.t.Context(), b.by, b.partner.ID, "Bella "+account, "")
	if err != nil {
		b.t.Fatal(err)
	}
	l := &line{b: b, business: business, secret: "app-secret-for-tests", key: bm.NewChallengeKey().Reveal()}
	l.save(connect.Change{Create: true, AccountID: &account, Secrets: secrets(map[bm.CredentialName]string{
		bm.AppSecret: l.secret, bm.ChallengeKey: l.key, bm.AccessToken: "PAGE-TOKEN-FOR-TESTS-" + business.ViaName,
	})})
	return l
}

func (l *line) save(ch connect.Change) {
	l.b.t.Helper()
	saved, err := l.b.connect.Save(l.b.t.Context(), l.b.by, l.business, bm.Facebook, ch)
	if err != nil {
		l.b.t.Fatal(err)
	}
	l.deployment = saved.Deployment
}

func secrets(m map[bm.CredentialName]string) map[bm.CredentialName]*bm.Secret {
	out := map[bm.CredentialName]*bm.Secret{}
	for name, v := range m {
		s := bm.NewSecret(v)
		out[name] = &s
	}
	return out
}

func (l *line) url() string { return l.b.url + "/facebook/" + l.deployment.CallbackID }

func sign256(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

func sign1(secret string, body []byte) string {
	m := hmac.New(sha1.New, []byte(secret))
	m.Write(body)
	return "sha1=" + hex.EncodeToString(m.Sum(nil))
}

type reply struct {
	status int
	body   string
	header http.Header
}

func (b *bundle) do(req *http.Request) reply {
	b.t.Helper()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{res.StatusCode, string(body), res.Header}
}

func (b *bundle) request(method, url string, body []byte, headers ...string) reply {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return b.do(req)
}

// post sends a body signed with the deployment's secret.
func (l *line) post(body string) reply {
	l.b.t.Helper()
	return l.b.request("POST", l.url(), []byte(body), "X-Hub-Signature-256", sign256(l.secret, []byte(body)))
}

func (l *line) mustPost(body string) {
	l.b.t.Helper()
	if r := l.post(body); r.status != 200 {
		l.b.t.Fatalf("answered %d %s for %.200s", r.status, r.body, body)
	}
}

func (l *line) handshake(token string) reply {
	l.b.t.Helper()
	q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1158201444"}, "hub.verify_token": {token}}
	return l.b.request("GET", l.url()+"?"+q.Encode(), nil)
}

func (l *line) events() []bm.Event {
	l.b.t.Helper()
	list, err := l.b.store.Events(l.b.t.Context(), bm.Everything(), l.business.ID, store.EventQuery{Limit: 2000})
	if err != nil {
		l.b.t.Fatal(err)
	}
	return list
}

func (l *line) handshakes() []bm.Handshake {
	l.b.t.Helper()
	list, err := l.b.store.Handshakes(l.b.t.Context(), &l.deployment, 200)
	if err != nil {
		l.b.t.Fatal(err)
	}
	return list
}

// message is one message in Meta's envelope.
func message(account, person, mid, text string) string {
	return fmt.Sprintf(`{"object":"page","entry":[{"id":"%s","time":1760000000000,"messaging":[{"sender":{"id":"%s"},"recipient":{"id":"%s"},"timestamp":1760000000000,"message":{"mid":"%s","text":"%s"}}]}]}`,
		account, person, account, mid, text)
}

// eventually waits for what happens a moment later.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen within 10 s: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func containsAny(s string, parts ...string) string {
	for _, p := range parts {
		if p != "" && strings.Contains(s, p) {
			return p
		}
	}
	return ""
}
