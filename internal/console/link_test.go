package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

func (h *house) link(u bm.User, p bm.LinkPurpose) string {
	h.t.Helper()
	token, err := h.Store.MakeLink(context.Background(), bm.System("test"), u.ID, p, time.Hour)
	fine(h.t, err)
	return token.Reveal()
}

func TestSignInLinkNeedsTheButtonAndWorksOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	token := h.link(u, bm.LinkSignIn)
	scanner := h.browser()
	scanner.get("/link/" + token)
	if scanner.isIn() {
		t.Error("looking at the link signed in")
	}
	b := h.browser()
	if a := b.get("/link/" + token); a.status != http.StatusOK || !strings.Contains(a.body, u.Email) {
		t.Fatalf("the link's page gave %d", a.status)
	}
	if a := b.post("/link", url.Values{"token": {token}}); a.status != http.StatusSeeOther || !b.isIn() {
		t.Errorf("the link gave %d", a.status)
	}
	second := h.browser()
	if a := second.get("/link/" + token); a.status != http.StatusNotFound || !strings.Contains(a.body, "no longer works") {
		t.Errorf("a used link gave %d", a.status)
	}
	second.get("/signin")
	if a := second.post("/link", url.Values{"token": {token}}); a.status != http.StatusNotFound || second.isIn() {
		t.Errorf("a used link gave %d and let in", a.status)
	}
	if strings.Contains(h.log.String(), token) {
		t.Error("the log holds the link")
	}
}

func TestInvitationSetsAPasswordThatHolds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	u, err := h.Store.CreateUser(ctx, bm.System("test"), "aylin@example.com", "Aylin Demir", bm.RoleAdmin, nil, true)
	fine(t, err)
	token := h.link(u, bm.LinkInvite)
	b := h.browser()
	b.get("/link/" + token)
	if a := b.post("/invitation", url.Values{"token": {token}, "password": {"too short"}}); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, "too short\"") {
		t.Errorf("a short password gave %d, or came back in the page", a.status)
	}
	// The route of the other purpose does not skip the password.
	if a := b.post("/link", url.Values{"token": {token}}); a.to() != "/link/"+token || b.isIn() {
		t.Errorf("an invitation signed in without a password: %d %s", a.status, a.to())
	}
	b.get("/link/" + token)
	if a := b.post("/invitation", url.Values{"token": {token}, "password": {password}}); a.status != http.StatusSeeOther || !b.isIn() {
		t.Fatalf("a good password gave %d", a.status)
	}
	if a := h.browser().signIn(u.Email, password); a.status != http.StatusSeeOther {
		t.Errorf("the new password gives %d", a.status)
	}
	if a := b.post("/invitation", url.Values{"token": {token}, "password": {"another good long password"}}); a.status != http.StatusNotFound {
		t.Errorf("the invitation worked again: %d", a.status)
	}
}

func TestRecoveryEndsTheSessionsOfWhoeverHasThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	thief := h.in(u)
	token := h.link(u, bm.LinkRecover)
	if thief.isIn() {
		t.Error("making the link left a session alive")
	}
	b := h.browser()
	b.get("/link/" + token)
	b.post("/invitation", url.Values{"token": {token}, "password": {"ein ganz anderes Lied davon"}})
	if !b.isIn() {
		t.Error("recovery did not sign in")
	}
	if a := thief.signIn(u.Email, password); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the old password gives %d", a.status)
	}
}
