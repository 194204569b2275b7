package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/parser"
	syntax "go/token"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a sandbox behind a real listener, driven over HTTP only.
type bench struct {
	*Sandbox
	t   *testing.T
	url string
	log *lockedBuffer
}

// lockedBuffer is a log that several goroutines write and a test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, o Options) *bench {
	t.Helper()
	log := &lockedBuffer{}
	o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		server.Close()
		s.client.CloseIdleConnections()
	})
	return &bench{s, t, server.URL, log}
}

// call uses the control API and reads its answer into out.
func (b *bench) call(want int, method, path string, in, out any) {
	b.t.Helper()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			b.t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, b.url+"/sandbox/api"+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	res, raw := b.do(req)
	if res.StatusCode != want {
		b.t.Fatalf("%s %s: %d, wanted %d: %s", method, path, res.StatusCode, want, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			b.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
		}
	}
}

func (b *bench) do(req *http.Request) (*http.Response, []byte) {
	b.t.Helper()
	res, err := plain().Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, raw
}

// plain is a client that follows nothing and keeps no connection.
func plain() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// made is what the control API says of a new app.
type made struct {
	ID     string   `json:"app_id"`
	Secret string   `json:"app_secret"`
	PageID string   `json:"page_id"`
	People []person `json:"people"`
}

func (b *bench) create() made {
	b.t.Helper()
	var m made
	b.call(http.StatusCreated, "POST", "/apps", map[string]string{"name": "Napoli bot", "page": "Pizzeria Napoli"}, &m)
	return m
}

func (b *bench) token(id string) string {
	b.t.Helper()
	var out struct {
		Token string `json:"access_token"`
	}
	b.call(http.StatusCreated, "POST", "/apps/"+id+"/tokens", nil, &out)
	return out.Token
}

func (b *bench) webhook(id, callbackURL, verifyToken string) verdict {
	b.t.Helper()
	var v verdict
	b.call(http.StatusOK, "POST", "/apps/"+id+"/webhook",
		map[string]string{"callback_url": callbackURL, "verify_token": verifyToken}, &v)
	return v
}

func (b *bench) send(id string, a ask) []event {
	b.t.Helper()
	var out struct{ Events []event }
	b.call(http.StatusOK, "POST", "/apps/"+id+"/send", a, &out)
	return out.Events
}

func TestFirstStartHasADemoApp(t *testing.T) {
	t.Parallel()
	var out struct{ Apps []shown }
	start(t, Options{}).call(http.StatusOK, "GET", "/apps", nil, &out)
	if len(out.Apps) != 1 || out.Apps[0].Name != "Demo app" || out.Apps[0].PageName != "Demo Page" {
		t.Errorf("%+v", out.Apps)
	}
}

func TestAListenerThatOthersCanReachIsRefused(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), ln); !errors.Is(err, errNotLoopback) {
		t.Errorf("it ran: %v", err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is still open: %v", err)
	}
}

func TestRunServesUntilItIsTold(t *testing.T) {
	t.Parallel()
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, ln) }()
	res, err := plain().Get("http://" + ln.Addr().String() + "/")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", res, err)
	}
	res.Body.Close()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not end")
	}
}

func TestARestartFindsEverythingAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deep", "sandbox.json")
	world := newCallback(t, "key")
	b := start(t, Options{StateFile: file})
	m := b.create()
	access := b.token(m.ID)
	if v := b.webhook(m.ID, world.url, "key"); !v.OK {
		t.Fatalf("%+v", v)
	}
	var before, after shown
	b.call(http.StatusOK, "GET", "/apps/"+m.ID, nil, &before)

	again := start(t, Options{StateFile: file})
	again.call(http.StatusOK, "GET", "/apps/"+m.ID, nil, &after)
	if x, y := asJSON(t, before), asJSON(t, after); x != y {
		t.Errorf("before %s\nafter  %s", x, y)
	}
	var out map[string]string
	again.call(http.StatusOK, "POST", "/apps/"+m.ID+"/secret", nil, &out)
	if out["app_secret"] != m.Secret {
		t.Error("the app secret is another one")
	}
	if status, _ := again.graphCall("/me", access); status != http.StatusOK {
		t.Errorf("the token no longer counts: %d", status)
	}
	if e := again.send(m.ID, ask{Text: "still here"})[0]; e.State != delivered {
		t.Errorf("%+v", e)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	left, _ := os.ReadDir(filepath.Dir(file))
	if len(left) != 1 {
		t.Errorf("something was left beside the state: %v", left)
	}
}

func TestADamagedStateIsLeftAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sandbox.json")
	if err := os.WriteFile(file, []byte(`{"apps":[{"app_secret":"abc`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{StateFile: file}); err == nil || strings.Contains(err.Error(), "abc") {
		t.Errorf("%v", err)
	}
	if raw, _ := os.ReadFile(file); string(raw) != `{"apps":[{"app_secret":"abc` {
		t.Errorf("it was changed: %s", raw)
	}
}

func TestAChangeThatCannotBeKeptIsNotShown(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "state")
	b := start(t, Options{StateFile: filepath.Join(folder, "sandbox.json")})
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file where the folder was
		t.Fatal(err)
	}
	b.call(http.StatusInternalServerError, "POST", "/apps", map[string]string{"name": "A", "page": "B"}, nil)
	var out struct{ Apps []shown }
	b.call(http.StatusOK, "GET", "/apps", nil, &out)
	if len(out.Apps) != 1 {
		t.Errorf("%d apps", len(out.Apps))
	}
}

func TestForeignNamesAndPagesAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	ask := func(method, host, site string) int {
		req, _ := http.NewRequest(method, b.url+"/sandbox/api/apps", strings.NewReader(`{"name":"A","page":"B"}`))
		req.Host = host
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		res, _ := b.do(req)
		return res.StatusCode
	}
	for host, want := range map[string]int{
		"localhost:8083": 200, "127.0.0.1:8083": 200, "[::1]:8083": 200, "sandbox.localhost": 200, "LOCALHOST.": 200,
		"rebind.example:8083": 421, "192.0.2.7": 421, "localhost.example": 421, "127.0.0.1.example": 421, "0.0.0.0": 421,
	} {
		if got := ask("GET", host, ""); got != want {
			t.Errorf("%s: %d, wanted %d", host, got, want)
		}
	}
	for site, want := range map[string]int{"cross-site": 403, "same-site": 403, "same-origin": 201, "": 201} {
		if got := ask("POST", "127.0.0.1", site); got != want {
			t.Errorf("POST from %q: %d, wanted %d", site, got, want)
		}
	}
}

// Whatever this package imported of the project could mirror its mistakes.
func TestNothingOfTheProjectIsImported(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(syntax.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.HasPrefix(strings.Trim(i.Path.Value, `"`), "businessmanager") {
				t.Errorf("%s imports %s", file, i.Path.Value)
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
