package console

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/meta"
)

var update = flag.Bool("update", false, "write the golden files of the route table")

func TestRouteTableIsAsAgreed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var out strings.Builder
	for _, r := range h.routes() {
		fmt.Fprintf(&out, "%-5s %-62s %s\n", methodName(r), r.Path, r.Needs)
	}
	golden(t, "routes.golden", out.String())
	for _, r := range newHouse(t, abroad).routes() {
		if strings.HasPrefix(r.Path, "/gallery") {
			t.Error("the gallery is there in production")
		}
	}
}

func TestRouteWithoutAnAbilityDoesNotComeUp(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a route that asks for nothing came up")
		}
	}()
	(&Console{}).serve(route{Method: get, Path: "/open", Handle: home})
}

func methodName(r route) string {
	if r.Method == echo.RouteNotFound {
		return "ANY"
	}
	return r.Method
}

func TestEveryRouteAnswersEveryRoleAsAgreed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	at := h.place()
	elsewhere := h.partner("Südlicht")
	roles := []string{"signed out", "support", "admin elsewhere", "admin", "owner"}
	var out strings.Builder
	fmt.Fprintf(&out, "%-5s %-62s %s\n", "", "", strings.Join(roles, " | "))
	in := map[string]*browser{"signed out": h.browser()}
	make := func(who string, role bm.Role, partners []int64) {
		u, err := h.Store.CreateUser(ctx, bm.System("test"), strings.ReplaceAll(who, " ", ".")+"@example.com", who, role, partners, false)
		fine(t, err)
		in[who] = h.byLink(u)
	}
	make("support", bm.RoleSupport, []int64{at.partner})
	make("admin elsewhere", bm.RoleAdmin, []int64{elsewhere})
	make("admin", bm.RoleAdmin, []int64{at.partner})
	make("owner", bm.RoleOwner, nil)
	for _, r := range h.routes() {
		fmt.Fprintf(&out, "%-5s %-62s", methodName(r), r.Path)
		for _, role := range roles {
			fmt.Fprintf(&out, " %s", h.try(r, at, in[role]))
		}
		out.WriteByte('\n')
	}
	golden(t, "access.golden", out.String())
}

// try asks for a route as somebody and gives the status, or "out" where they are
// sent to sign in. A form is empty but for
// its token, so it gets past the guard and changes nothing, or is repaired after.
func (h *house) try(r route, at place, b *browser) string {
	h.t.Helper()
	path := at.fill(r.Path)
	switch r.Path {
	case "/signout", "/profile/sessions/end-all": // on a copy, so that the others go on
		copied := h.browser()
		s, err := h.Store.LoadSession(context.Background(), bm.NewSecret(b.cookies["bm"]), h.now())
		if bm.KindOf(err) != bm.NotFound {
			fine(h.t, err)
			copied = h.byLink(s.User)
			own := b
			defer func() { *own = *h.byLink(s.User) }()
		}
		b = copied
	}
	if r.Stream {
		return b.opening(path).word()
	}
	if r.Method == get || r.Method == echo.RouteNotFound {
		return b.get(path).word()
	}
	if b.cookies["bm"] == "" || b.csrf == "" {
		b.get("/signin")
	}
	return b.do(r.Method, path, map[string][]string{"csrf": {b.csrf}}, func(q *http.Request) { q.Header.Set("Sec-Fetch-Site", "same-origin") }).word()
}

// word is the status, or "out" for the way to sign-in.
func (a answer) word() string {
	if to := a.to(); to == "/signin" || strings.HasPrefix(to, "/signin?next=") || strings.HasPrefix(to, "/signin?unsaved") {
		return "out"
	}
	return strconv.Itoa(a.status)
}

// opening asks for a stream and leaves when it has begun.
func (b *browser) opening(path string) answer {
	b.h.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	r := httptest.NewRequest(http.MethodGet, b.h.ConsoleURL+path, nil).WithContext(ctx)
	r.RemoteAddr = b.address + ":40000"
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := &leaving{ResponseRecorder: httptest.NewRecorder(), leave: leave}
	b.h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// leaving goes away with the first bytes that are sent.
type leaving struct {
	*httptest.ResponseRecorder
	leave context.CancelFunc
}

func (l *leaving) Flush() { l.leave() }

// byLink is a browser of somebody who came by a link.
func (h *house) byLink(u bm.User) *browser {
	h.t.Helper()
	b, token := h.browser(), h.link(u, bm.LinkSignIn)
	b.get("/link/" + token)
	b.post("/link", map[string][]string{"token": {token}})
	if !b.isIn() {
		h.t.Fatal("the link did not sign in")
	}
	return b
}

// place is a business with a deployment, as the variable pieces of a path.
type place struct {
	partner, business int64
	pieces            map[string]string
}

func (h *house) partner(name string) int64 {
	h.t.Helper()
	p, err := h.Store.CreatePartner(context.Background(), bm.System("test"), name)
	fine(h.t, err)
	return p.ID
}

// place makes the business that the tests of the table ask for.
func (h *house) place() place {
	h.t.Helper()
	ctx := context.Background()
	p := place{partner: h.partner("Nordlicht")}
	b, err := h.Store.CreateBusiness(ctx, bm.System("test"), p.partner, "Acme", "acme")
	fine(h.t, err)
	_, err = h.Connect.SetUp(ctx, bm.System("test"), b, bm.Facebook)
	fine(h.t, err)
	p.business = b.ID
	p.pieces = map[string]string{":business": strconv.FormatInt(b.ID, 10), ":platform": "facebook", ":token": "no-such-link", ":sample": "signin", ":event": "evt_none", "*": "nowhere"}
	return p
}

func (p place) fill(pattern string) string {
	for piece, value := range p.pieces {
		pattern = strings.ReplaceAll(pattern, piece, value)
	}
	return pattern
}

// withConnect gives a console what acts need.
func withConnect(d *Deps) {
	d.Connect = connect.New(connect.Options{Store: d.Store, Keys: d.Keyset, Platforms: []bm.Platform{meta.Messenger{}}, WebhookURL: d.WebhookURL, Development: true, Now: d.Now})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		fine(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	fine(t, err)
	if got != string(want) {
		t.Errorf("%s is not as agreed; look at the difference and write it with -update:\n%s", name, got)
	}
}
