package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

// fetch asks an address of ours and gives status and body.
func fetch(t *testing.T, method, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func wantStatus(t *testing.T, want int, method, url string) string {
	t.Helper()
	got, body := fetch(t, method, url)
	if got != want {
		t.Errorf("%s %s answers %d, want %d", method, url, got, want)
	}
	return body
}

// free is an address that nothing listens on just now.
func free(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func TestServeBringsUpConsoleAPICallbacksAndOps(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	r := begin(t, onAnyPort(environ...), "serve", "--database-url", strings.TrimPrefix(environ[0], "DATABASE_URL="))
	console, webhook, ops := "http://"+r.address("console"), "http://"+r.address("webhook"), "http://"+r.address("ops")
	r.await(r.err, "msg=ready")

	wantStatus(t, 200, "GET", console+"/signin")
	wantStatus(t, 401, "GET", console+"/api/v1/businesses")
	wantStatus(t, 200, "GET", console+"/api/v1/openapi.json")
	wantStatus(t, 403, "GET", webhook+"/facebook/unknown?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1")
	wantStatus(t, 401, "POST", webhook+"/facebook/unknown")
	wantStatus(t, 404, "GET", webhook+"/healthz")
	wantStatus(t, 404, "GET", console+"/metrics")

	wantStatus(t, 200, "GET", ops+"/healthz")
	wantStatus(t, 200, "GET", ops+"/readyz")
	figures := wantStatus(t, 200, "GET", ops+"/metrics")
	for _, name := range []string{"bm_build_info", "bm_webhook_handshakes_total", "bm_database_connections", "go_goroutines"} {
		if !strings.Contains(figures, name) {
			t.Errorf("the metrics lack %s", name)
		}
	}
	wantStatus(t, 200, "GET", ops+"/debug/pprof/")
	// It would show the database's password, which was given as a flag.
	wantStatus(t, 404, "GET", ops+"/debug/pprof/cmdline")

	if code := r.end(); code != exitDone {
		t.Errorf("asked to end, it ended with %d: %s", code, r.err)
	}
	for _, url := range []string{console, webhook, ops} {
		if !closed(strings.TrimPrefix(url, "http://")) {
			t.Errorf("%s is still open after the end", url)
		}
	}
}

func TestSandboxIsServedByNoOtherWayOfStarting(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"console,webhook,worker", "console", "webhook", "worker"} {
		t.Run(list, func(t *testing.T) {
			t.Parallel()
			environ, _ := onDatabase(t)
			at := free(t)
			r := begin(t, onAnyPort(append(environ, "BM_SANDBOX_ADDR="+at)...), "serve", "--roles", list)
			r.await(r.err, "msg=ready")
			if !closed(at) {
				t.Error("serve opens the sandbox's address")
			}
			for _, role := range []string{"console", "webhook", "ops"} {
				if role != "ops" && !strings.Contains(list, role) {
					if strings.Contains(r.err.String(), "for="+role) {
						t.Errorf("roles %s open %s", list, role)
					}
					continue
				}
				for _, path := range []string{"/sandbox/api/apps", "/apps", "/me"} {
					if code, body := fetch(t, "GET", "http://"+r.address(role)+path); code == 200 && !strings.Contains(body, "/signin") {
						t.Errorf("%s answers %s with 200", role, path)
					}
				}
			}
		})
	}
}

func TestRolesRunAloneSideBySide(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	pages := begin(t, onAnyPort(environ...), "serve", "--roles", "console")
	calls := begin(t, onAnyPort(environ...), "serve", "--roles", "webhook")
	pages.await(pages.err, "msg=ready")
	calls.await(calls.err, "msg=ready")
	wantStatus(t, 200, "GET", "http://"+pages.address("console")+"/signin")
	wantStatus(t, 401, "POST", "http://"+calls.address("webhook")+"/facebook/unknown")
	worker := begin(t, onAnyPort(environ...), "serve", "--roles", "worker")
	worker.await(worker.err, "nothing to do yet")
	worker.await(worker.err, "msg=ready")
	wantStatus(t, 200, "GET", "http://"+worker.address("ops")+"/readyz")
}

func TestAddressThatIsTakenIsNamedWithItsVariable(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, name := range []string{"BM_CONSOLE_ADDR", "BM_WEBHOOK_ADDR", "BM_OPS_ADDR"} {
		at := taken.Addr().String()
		e := ask(t, onAnyPort(append(environ, name+"="+at)...), "serve", "--log-level", "error")
		checkRefusal(t, e, exitFailed, name+" is "+at+", and something else listens there", []string{"serve"})
	}
	e := ask(t, onAnyPort(append(environ, "BM_CONSOLE_ADDR=192.0.2.1:8080")...), "serve", "--log-level", "error")
	checkRefusal(t, e, exitFailed, "BM_CONSOLE_ADDR is 192.0.2.1:8080", []string{"serve"})
}

func TestLogOutsideDevelopmentIsForMachines(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	keyset := filepath.Join(room(t), "keyset.json")
	must(t, nil, "key", "make", keyset)
	r := begin(t, onAnyPort(append(environ, "BM_ENVIRONMENT=production", "BM_KEYSET_FILE="+keyset,
		"BM_CONSOLE_URL=https://console.example.com", "BM_WEBHOOK_URL=https://hooks.example.com")...), "serve")
	r.await(r.err, `(?m)^\{"time":.*"msg":"ready".*"environment":"production"`)
	at := r.await(r.err, `"for":"console","address":"([^"]+)"`)[1]
	// Another host name than the public one.
	wantStatus(t, http.StatusMisdirectedRequest, "GET", "http://"+at+"/signin")
}

// sealSomething stores a secret sealed with a keyset.
func sealSomething(t *testing.T, st *store.Store, keyset string) {
	t.Helper()
	keys, err := seal.Load(keyset)
	if err != nil {
		t.Fatal(err)
	}
	by := bm.System("test")
	partner, err := st.CreatePartner(t.Context(), by, "Acme")
	if err != nil {
		t.Fatal(err)
	}
	b, err := st.CreateBusiness(t.Context(), by, partner.ID, "Shop", "")
	if err != nil {
		t.Fatal(err)
	}
	acts := connect.New(connect.Options{Store: st, Keys: keys, Platforms: platforms(), WebhookURL: "http://127.0.0.1:1"})
	if _, err := acts.SetUp(t.Context(), by, b, bm.Facebook); err != nil {
		t.Fatal(err)
	}
	secret := bm.NewSecret("0123456789abcdef0123456789abcdef")
	if _, err := acts.Save(t.Context(), by, b, bm.Facebook, connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: &secret}}); err != nil {
		t.Fatal(err)
	}
}

func TestKeysetIsMadeOnlyWhileNothingIsSealedAndNeverReplaced(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	file := filepath.Join(strings.TrimPrefix(environ[1], "BM_DATA_DIR="), "keyset.json")
	start := func() ended {
		r := begin(t, onAnyPort(environ...), "serve")
		ready := time.After(patience)
		for {
			text, more := r.err.so()
			if strings.Contains(text, "msg=ready") {
				break
			}
			select {
			case <-more:
			case <-r.ended:
				return ended{r.code, r.out.String(), lastLine(r.err.String())}
			case <-ready:
				t.Fatal("it neither came up nor ended")
			}
		}
		return ended{code: r.end()}
	}

	if e := start(); e.code != exitDone {
		t.Fatalf("the first start: %s", e.err)
	}
	made, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	st := storeOn(t, url)
	noted, _, err := st.SealingKeys(t.Context())
	if err != nil || len(noted) != 1 {
		t.Fatalf("noted are %v, %v", noted, err)
	}
	wanted := fmt.Sprintf("key %d", noted[0])
	sealSomething(t, st, file)
	if e := start(); e.code != exitDone {
		t.Fatalf("the second start, with its keyset: %s", e.err)
	}

	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, start(), exitFailed, wanted, []string{"serve without its keyset"})
	if _, err := os.Stat(file); err == nil {
		t.Error("a refused start made another keyset")
	}
	must(t, nil, "key", "make", file)
	checkRefusal(t, start(), exitFailed, wanted, []string{"serve with a foreign keyset"})
	if e := ask(t, environ, "doctor"); e.code != exitFailed || !strings.Contains(e.out, wanted) {
		t.Errorf("doctor does not see the foreign keyset: %s", e.out)
	}
	if list := must(t, environ, "key", "list").out; !regexp.MustCompile(fmt.Sprintf(`%d +missing +noted; secrets are sealed`, noted[0])).MatchString(list) {
		t.Errorf("key list says\n%s", list)
	}
	if err := os.WriteFile(file, made, 0o600); err != nil {
		t.Fatal(err)
	}
	if e := start(); e.code != exitDone {
		t.Errorf("with the right keyset back: %s", e.err)
	}
}

func lastLine(s string) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return all[len(all)-1] + "\n"
}

func TestPartsEndInReverseAndAFailureEndsThemAll(t *testing.T) {
	t.Parallel()
	for _, failing := range []bool{false, true} {
		p := newParts()
		var order []string // each ends before the next is told to
		for _, name := range []string{"first", "second", "third"} {
			p.last(name, func() { order = append(order, name) })
		}
		broken := fmt.Errorf("it broke")
		if failing {
			p.start("fourth", func(context.Context) error { return broken })
			p.wait(t.Context())
		}
		err := p.end()
		if !slices.Equal(order, []string{"third", "second", "first"}) {
			t.Errorf("they ended as %v", order)
		}
		if failing && err != broken || !failing && err != nil {
			t.Errorf("failing %v: the end says %v", failing, err)
		}
	}
	p := newParts()
	p.start("the console", func(context.Context) error { return nil })
	p.wait(t.Context())
	if err := p.end(); err == nil || !strings.Contains(err.Error(), "the console ended by itself") {
		t.Errorf("a part that just stops is no failure: %v", err)
	}
}
