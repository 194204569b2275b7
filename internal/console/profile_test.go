package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

func TestPasswordChangesOnlyWithTheCurrentOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	b, other := h.in(u), h.in(u)
	fresh := "ein ganz anderes Lied davon"
	if a := b.post("/profile/password", url.Values{"current": {"wrong"}, "new": {fresh}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "not your password") {
		t.Errorf("a wrong current password gave %d", a.status)
	}
	if a := b.post("/profile/password", url.Values{"current": {password}, "new": {"short"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "fewer than 15") {
		t.Errorf("a short new password gave %d", a.status)
	}
	before := b.cookies["bm"]
	if a := b.post("/profile/password", url.Values{"current": {password}, "new": {fresh}}); a.status != http.StatusSeeOther {
		t.Fatalf("got %d", a.status)
	}
	if !b.isIn() || b.cookies["bm"] == before {
		t.Error("the browser is out, or keeps its old cookie")
	}
	if other.isIn() {
		t.Error("another browser still is in with the old password")
	}
	if a := h.browser().signIn(u.Email, fresh); a.status != http.StatusSeeOther {
		t.Errorf("the new password gives %d", a.status)
	}
}

func TestOpenBrowserIsNoPlaceToGuessThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.in(h.person("mara@example.com", bm.RoleOwner))
	refused := 0
	for range 12 {
		if a := b.post("/profile/password", url.Values{"current": {"wrong"}, "new": {"x"}}); a.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d of 12 guesses were refused, want 2", refused)
	}
}

func TestAppearanceIsKeptAndLeadsBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	b := h.in(u)
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Referer", address) }
	}
	if a := b.post("/appearance", url.Values{"theme": {"dark"}}, from(h.ConsoleURL+"/businesses?q=x")); a.to() != "/businesses?q=x" {
		t.Errorf("it led to %q", a.to())
	}
	if a := b.post("/appearance", url.Values{"theme": {"light"}}, from("https://evil.example/x")); a.to() != "/profile" {
		t.Errorf("it led to %q", a.to())
	}
	if a := b.post("/appearance", url.Values{"theme": {"pink"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("pink gave %d", a.status)
	}
	if page := h.in(u).get("/profile").body; !strings.Contains(page, `data-theme="light"`) {
		t.Error("the choice was not kept")
	}
}

func TestDevicesHaveNamesThatPeopleKnow(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1":     "Safari on iPhone",
		"curl/8.5.0": "curl",
		"":           "An unknown program",
	} {
		if got := device(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
