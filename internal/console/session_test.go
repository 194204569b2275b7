package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

func TestCookieChangesAtSignInAndThePlantedOneStaysWorthless(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	planted := newCookieValue()
	victim := h.browser()
	victim.cookies["bm"] = planted
	if a := victim.signIn(u.Email, password); a.status != http.StatusSeeOther {
		t.Fatalf("sign-in gave %d", a.status)
	}
	if victim.cookies["bm"] == planted {
		t.Error("the cookie is the one from before the sign-in")
	}
	thief := h.browser()
	thief.cookies["bm"] = planted
	if thief.isIn() {
		t.Error("the planted cookie is signed in")
	}
}

func TestSigningInAgainEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	b := h.in(u)
	stale := h.browser()
	stale.cookies["bm"] = b.cookies["bm"]
	token, err := h.Store.MakeLink(context.Background(), bm.System("test"), u.ID, bm.LinkSignIn, time.Hour)
	fine(t, err)
	b.get("/link/" + token.Reveal())
	b.post("/link", url.Values{"token": {token.Reveal()}})
	if stale.isIn() {
		t.Error("the cookie from before still is signed in")
	}
	if !b.isIn() {
		t.Error("the browser is not signed in")
	}
}

func TestSessionEndsIdleAndAfterAWeek(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	idle := h.in(u)
	h.later(store.SessionIdle + time.Second)
	if idle.isIn() {
		t.Error("an idle session lives")
	}
	busy := h.in(u)
	for range int(store.SessionLasts/(6*time.Hour)) - 1 {
		h.later(6 * time.Hour)
		if !busy.isIn() {
			t.Fatal("a session in use ended too early")
		}
	}
	h.later(7 * time.Hour)
	if busy.isIn() {
		t.Error("a session outlives its week")
	}
}

func TestSignOutEverywhereEndsEveryBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	desk, phone := h.in(u), h.in(u)
	if a := desk.post("/profile/sessions/end-all", nil); a.status != http.StatusSeeOther || !strings.HasPrefix(a.to(), "/signin") {
		t.Fatalf("got %d to %s", a.status, a.to())
	}
	if desk.isIn() || phone.isIn() {
		t.Error("somebody still is signed in")
	}
}

func TestOneSessionEndsFromTheList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	desk, phone := h.in(u), h.in(u)
	list, err := h.Store.Sessions(context.Background(), u.ID, h.now())
	fine(t, err)
	for _, s := range list {
		if s.ID != h.sessionID(desk) {
			desk.post("/profile/sessions/end", url.Values{"session": {s.ID}})
		}
	}
	if phone.isIn() || !desk.isIn() {
		t.Error("the wrong session ended, or none")
	}
	page := desk.get("/profile").body
	if strings.Contains(page, phone.cookies["bm"]) || strings.Contains(page, desk.cookies["bm"]) {
		t.Error("the page holds the value of a cookie")
	}
	third := h.in(u)
	desk.post("/profile/sessions/end-all", url.Values{"others": {"1"}})
	if third.isIn() || !desk.isIn() {
		t.Error("ending the others did not end the others and keep this one")
	}
}

func (h *house) sessionID(b *browser) string {
	h.t.Helper()
	s, err := h.Store.LoadSession(context.Background(), bm.NewSecret(b.cookies["bm"]), h.now())
	fine(h.t, err)
	return s.ID
}

func TestSignOutEndsTheSessionOnTheServerToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	copied := h.browser()
	copied.cookies["bm"] = b.cookies["bm"]
	b.post("/signout", nil)
	if b.cookies["bm"] != "" {
		t.Error("the browser keeps its cookie")
	}
	if copied.isIn() {
		t.Error("a copy of the cookie is still signed in")
	}
}

func TestDisabledPersonIsOutAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("owner@example.com", bm.RoleOwner)
	u := h.person("mara@example.com", bm.RoleAdmin)
	b := h.in(u)
	fine(t, h.Store.DisableUser(context.Background(), bm.System("test"), u.ID))
	if b.isIn() {
		t.Error("a disabled person is in")
	}
	if a := b.signIn(u.Email, password); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a disabled person's sign-in gave %d", a.status)
	}
}

func TestRoleTakenAwayCountsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleAdmin))
	if a := b.get("/businesses/new"); a.status != http.StatusOK {
		t.Fatalf("an admin got %d", a.status)
	}
	_, err := h.pool.Exec(context.Background(), `UPDATE users SET role = 'support'`)
	fine(t, err)
	// The page is open already, and its form is the next request.
	if a := b.post("/businesses", url.Values{"name": {"Acme"}}); a.status != http.StatusForbidden {
		t.Errorf("the form of a page that was open got %d", a.status)
	}
}

func TestCookieIsLockedToHostAndConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, abroad)
	u := h.person("mara@example.com", bm.RoleOwner)
	b := h.browser()
	for _, a := range []answer{b.get("/signin"), b.signIn(u.Email, password)} {
		cookies := a.header.Values("Set-Cookie")
		if len(cookies) == 0 {
			continue
		}
		for _, c := range cookies {
			if !strings.HasPrefix(c, "__Host-bm") || !strings.Contains(c, "; Secure") || !strings.Contains(c, "; HttpOnly") ||
				!strings.Contains(c, "; SameSite=Lax") || !strings.Contains(c, "Path=/;") || strings.Contains(c, "Domain") {
				t.Errorf("a cookie is open: %s", c[:12])
			}
		}
	}
	if b.cookies["__Host-bm"] == "" || b.cookies["__Host-bm-known"] == "" {
		t.Error("no cookie came")
	}
}

func TestVisitorsLeaveNoRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 5 {
		h.browser().get("/signin")
	}
	var n int
	fine(t, h.pool.QueryRow(context.Background(), `SELECT count(*) FROM sessions`).Scan(&n))
	if n != 0 {
		t.Errorf("%d sessions of nobody", n)
	}
}

func TestPageThatAsksByItselfDoesNotKeepASessionAlive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	h.web.Add(http.MethodGet, "/quiet", h.serve(route{Method: get, Path: "/quiet", Needs: bm.SignedIn, Quiet: true,
		Handle: func(c *call) error { return c.web.NoContent(http.StatusNoContent) }}))
	b := h.in(u)
	for range 3 {
		h.later(store.SessionIdle / 2)
		b.get("/quiet")
	}
	if b.isIn() {
		t.Error("an open tab kept the session alive")
	}
}
