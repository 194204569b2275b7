package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

var variable = regexp.MustCompile(`value="[^"]*"`)

func TestUnknownAndKnownAccountsGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("owner@example.com", bm.RoleOwner)
	h.person("mara@example.com", bm.RoleAdmin)
	gone := h.person("gone@example.com", bm.RoleAdmin)
	fine(t, h.Store.DisableUser(context.Background(), bm.System("test"), gone.ID))
	_, err := h.Store.CreateUser(context.Background(), bm.System("test"), "invited@example.com", "Invited", bm.RoleAdmin, nil, true)
	fine(t, err)
	var want string
	for i, email := range []string{"mara@example.com", "nobody@example.com", "gone@example.com", "invited@example.com"} {
		b := h.browser()
		plain := "not the password of anybody"
		if email != "mara@example.com" {
			plain = password // the right one does not help where nobody may sign in
		}
		a := b.signIn(email, plain)
		got := fmt.Sprint(a.status) + variable.ReplaceAllString(a.body, "")
		if i == 0 {
			want = got
		} else if got != want {
			t.Errorf("%s is told apart:\n%s\nfrom\n%s", email, got, want)
		}
	}
	if !strings.Contains(want, wrongPair) {
		t.Error("the answer does not say what was wrong")
	}
}

func TestUnknownAccountTakesAsLongAsAKnownOne(t *testing.T) {
	t.Parallel()
	p := NewPasswords()
	ctx := context.Background()
	hash, err := p.Hash(ctx, bm.NewSecret(password))
	fine(t, err)
	// The work is equal: the fastest of some, taken in turns, since others use the machine too.
	known, unknown := time.Hour, time.Hour
	for range 10 {
		for _, one := range []struct {
			best *time.Duration
			hash bm.Secret
		}{{&known, hash}, {&unknown, bm.Secret{}}} {
			start := time.Now()
			ok, _, err := p.matches(ctx, bm.NewSecret("wrong"), one.hash, false)
			fine(t, err)
			if ok {
				t.Fatal("a wrong password is right")
			}
			*one.best = min(*one.best, time.Since(start))
		}
	}
	if unknown < known/2 || known < unknown/2 {
		t.Errorf("a known account takes %s, an unknown one %s", known, unknown)
	}
	if ok, _, _ := p.matches(ctx, bm.NewSecret(""), bm.Secret{}, false); ok {
		t.Error("no password is the password of an account without one")
	}
}

func TestAttackDoesNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t, abroad)
	u := h.person("owner@example.com", bm.RoleOwner)
	own := h.in(u)
	own.post("/signout", nil)
	attack := h.browser()
	attack.get("/signin")
	throttled := 0
	for i := range 40 {
		attack.address = fmt.Sprintf("198.51.100.%d", i%3)
		a := attack.post("/signin", url.Values{"email": {u.Email}, "password": {"wrong " + strconv.Itoa(i)}})
		if a.status != http.StatusTooManyRequests {
			continue
		}
		throttled++
		if s, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || s < 1 {
			t.Error("a refused try is not told when to come back")
		}
		if !strings.Contains(a.body, "The account is not locked") {
			t.Error("a refused try is not told what is going on")
		}
	}
	if throttled != 10 { // 3 addresses with 10 guesses each
		t.Errorf("%d of 40 guesses were refused, want 10", throttled)
	}
	// From the same addresses: with the browser that was in before, and then from a new place.
	own.address = "198.51.100.1"
	if a := own.signIn(u.Email, password); a.status != http.StatusSeeOther {
		t.Errorf("the owner's own browser gets %d", a.status)
	}
	fresh := h.browser()
	fresh.address = "203.0.113.5"
	if a := fresh.signIn(u.Email, password); a.status != http.StatusSeeOther {
		t.Errorf("the owner at a new place gets %d", a.status)
	}
	// Forging the mark of a known browser gains nothing.
	attack.cookies["__Host-bm-known"] = "AAAA" + own.cookies["__Host-bm-known"][4:]
	attack.address = "198.51.100.2"
	if a := attack.post("/signin", url.Values{"email": {u.Email}, "password": {"x"}}); a.status != http.StatusTooManyRequests {
		t.Errorf("a forged mark gets %d", a.status)
	}
	attack.cookies["__Host-bm-known"] = own.cookies["__Host-bm-known"]
	if a := attack.post("/signin", url.Values{"email": {"other@example.com"}, "password": {"x"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("the mark of another account counts: %d", a.status)
	}
}

func TestSignInLeadsOnlyToPagesOfOurs(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/businesses/42?q=a%20b": "/businesses/42?q=a%20b",
		"":                       "", "https://evil.example/": "", "//evil.example": "", `/\evil.example`: "", "/\t/evil.example": "",
		"/\n/evil.example": "", "javascript:alert(1)": "", "evil": "", "/signin?next=/signin": "", "/.//evil.example": "", "/%5cevil.example": "",
		"/%2f/evil.example": "", "/signout": "", "/link/abc": "", "/" + strings.Repeat("a", 3000): "",
	} {
		if got := local(next); got != want {
			t.Errorf("%.40q leads to %q, want %q", next, got, want)
		}
	}
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	for next, want := range map[string]string{"//evil.example/": "/businesses", "/profile?x=1": "/profile?x=1"} {
		b := h.browser()
		if a := b.signIn(u.Email, password, "next", next); a.to() != want {
			t.Errorf("%q led to %q", next, a.to())
		}
		if a := b.get("/signin?next=" + url.QueryEscape(next)); a.to() != want {
			t.Errorf("signed in already, %q led to %q", next, a.to())
		}
	}
}

func TestPasswordsOfTheOldCostAreHashedAnew(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	u := h.person("mara@example.com", bm.RoleOwner)
	cheap := NewPasswords()
	cheap.params.Memory, cheap.params.Iterations = 8*1024, 1
	old, err := cheap.Hash(ctx, bm.NewSecret(password))
	fine(t, err)
	fine(t, h.Store.SetPassword(ctx, bm.System("test"), u.ID, old))
	for range 2 {
		if !h.in(u).isIn() {
			t.Fatal("not in")
		}
	}
	hash, err := h.Store.PasswordHash(ctx, u.ID)
	fine(t, err)
	if !strings.HasPrefix(hash.Reveal(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the hash still is of the old cost")
	}
}

func TestPasswordRulesTakeWordsAndRefuseWhatIsGuessed(t *testing.T) {
	t.Parallel()
	for plain, good := range map[string]bool{
		password:                         true,
		"grüne Äpfel tanzen im März":     true,
		strings.Repeat("ax9 Kp", 160):    true, // 960 bytes
		strings.Repeat("a", 1001):        false,
		"kurz aber gut!":                 false, // 14
		"aaaaaaaaaaaaaaaa":               false,
		"passwordpassword":               false,
		"1234567890123456":               false,
		"mara.lindqvist@example.com":     false,
		"qwertyuiopasdfgh":               false,
		"\xff\xfe\xfd not text whatever": false,
	} {
		if got := CheckPassword(bm.NewSecret(plain), "mara.lindqvist@example.com", "Mara Lindqvist"); (got == "") != good {
			t.Errorf("%.30q: %s", plain, got)
		}
	}
}

func TestPasswordIsNeverCutOff(t *testing.T) {
	t.Parallel()
	p := NewPasswords()
	ctx := context.Background()
	long := strings.Repeat("long ", 190)
	hash, err := p.Hash(ctx, bm.NewSecret(long+"a"))
	fine(t, err)
	if ok, _, err := p.matches(ctx, bm.NewSecret(long+"b"), hash, false); ok || err != nil {
		t.Error("two long passwords are one")
	}
	if ok, _, err := p.matches(ctx, bm.NewSecret(long+"a"), hash, false); !ok || err != nil {
		t.Error("a long password does not match itself")
	}
}

func TestFloodOfSignInsWaitsItsTurnAndLeavesKnownBrowsersTheirs(t *testing.T) {
	t.Parallel()
	p := NewPasswords()
	ctx := context.Background()
	hash, err := p.Hash(ctx, bm.NewSecret(password))
	fine(t, err)
	for range cap(p.strange) {
		leave, err := enter(ctx, p.strange)
		fine(t, err)
		defer leave()
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := p.matches(gone, bm.NewSecret(password), hash, false); bm.KindOf(err) != bm.Busy {
		t.Errorf("one more than fit got %v", err)
	}
	if ok, _, err := p.matches(ctx, bm.NewSecret(password), hash, true); !ok || err != nil {
		t.Errorf("a known browser waits behind strangers: %v", err)
	}
}
