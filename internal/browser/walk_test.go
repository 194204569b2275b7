package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"businessmanager/web/page"
)

// The walk of the main job: from a bare start to a green tick and a message in the
// log, with nothing but what the pages say.
func TestAdminConnectsAPageAndSeesAMessageArrive(t *testing.T) {
	t.Parallel()
	meta := shared.open(t)
	token, secret := meta.appAtMeta(t, "Walk app", "Walk Page")

	b := shared.open(t)
	b.signInAs(shared.person(t, "owner"))
	b.makeBusiness("Bella Walk Trattoria")
	// Find it by a part of its name, with a slip and an accent, as one types.
	b.goTo(shared.console + "/businesses")
	b.fill("#q", "wálk trattorai")
	b.says("#results", "Bella Walk Trattoria")
	b.shot("walk-1-search")
	b.press("#results a.table-title")

	b.press(`a.tab[href$="/channels"]`)
	b.press(`a.platform[href$="/channels/facebook"]`)
	b.says("main", "not set up yet")
	b.press(`main form button`)
	b.says("#standing", "not connected yet")
	// Nothing is painted green before anything was proved.
	if n := ask(b, chromedp.Evaluate[int](`document.querySelectorAll("main .is-proved").length`)); n != 0 {
		t.Errorf("%d things are green on a deployment that nobody tried", n)
	}
	proposed := b.value("#challenge_key")
	if len(proposed) < 40 {
		t.Errorf("a new deployment came with the key %q in the field", proposed)
	}
	b.shot("walk-2-first")
	b.fill("#access_token", token)
	b.fill("#app_secret", secret)
	b.click("#challenge_key-generate")
	b.until("a new key in the field", `document.querySelector("#challenge_key").value.length > 40 && document.querySelector("#challenge_key").value !== "`+proposed+`"`)
	if got := b.value("#access_token"); got != token {
		t.Error("Generate touched what was pasted beside it")
	}
	key := b.value("#challenge_key")
	b.press("#save-credentials")

	// Saved does not look like working.
	b.says("main", "Saved is not yet working")
	if n := ask(b, chromedp.Evaluate[int](`document.querySelectorAll("main .is-proved").length`)); n != 0 {
		t.Errorf("%d things are green after saving", n)
	}
	if shown := strings.TrimSpace(b.text("#challenge_key-once")); shown != key {
		t.Errorf("the page that answers the save shows %q", shown)
	}
	callback := strings.TrimSpace(b.text("#callback-url"))
	if !strings.HasPrefix(callback, shared.webhook+"/facebook/") {
		t.Fatalf("the callback URL is %q", callback)
	}
	b.shot("walk-3-saved")

	// A wrong paste first: the reason shows by itself.
	meta.verifyAtMeta(callback, token)
	meta.see("#verify-result")
	b.says("#standing", "could not be verified")
	b.says("#handshakes-part", "An access token was sent as the verify token.")
	b.shot("walk-4-refused")

	meta.verifyAtMeta(callback, key)
	meta.says("#webhook", "verified")
	b.says("#check-callback", "Proved")
	b.says("#standing", "no event has arrived yet")
	b.says("#platforms", "Verified, no event yet")
	b.says("#guide-part", "Proved")
	b.shot("walk-5-verified")

	// The message, seen in Events without a reload.
	events := shared.open(t)
	events.signInAs(shared.person(t, "admin"))
	events.goTo(strings.Split(b.where(), "/channels")[0] + "/events")
	events.says("#event-rows", "No event has arrived yet")
	meta.press(`a[href$="/chat"]`)
	meta.fill("#text", "Zwei Tickets für “Été” 🎟 bitte / danke")
	meta.press(".compose button")
	meta.see(`li.event[data-state=delivered]`)
	events.says("#event-rows", "Zwei Tickets für “Été” 🎟 bitte / danke")
	b.says("#check-events", "Proved")
	b.says("#check-app_secret", "Proved")
	events.shot("walk-6-events")
	events.picture("events")
	events.press("#event-rows a.table-title")
	events.says("main", "Zwei Tickets für “Été” 🎟 bitte / danke")
	events.says("pre", `"text":"Zwei Tickets f\u00fcr`)
	events.shot("walk-7-event")

	b.press("#active")
	b.says("#standing", "Receiving")
	b.picture("deployment")

	// Shown once: the key is gone from the page, and from everywhere else.
	b.goTo(b.where())
	html := ask(b, chromedp.OuterHTML(css("html")))
	for name, value := range map[string]string{"access token": token, "app secret": secret, "challenge key": key} {
		if strings.Contains(html, value) {
			t.Errorf("the page shows the %s", name)
		}
		if strings.Contains(shared.output(), value) {
			t.Errorf("the log shows the %s", name)
		}
	}
}

func TestTheWalkNeedsNoJavaScript(t *testing.T) {
	t.Parallel()
	meta := shared.open(t)
	token, secret := meta.appAtMeta(t, "Plain app", "Plain Page")
	b := shared.open(t)
	b.withoutScript()
	b.signInAs(shared.person(t, "owner"))
	b.makeBusiness("Plain Paper Bakery")
	b.goTo(shared.console + "/businesses?q=plain+papr")
	b.press("main a.table-title")
	b.press(`a.tab[href$="/channels"]`)
	b.press(`a.platform[href$="/channels/facebook"]`)
	b.press(`main form button`)
	b.fill("#access_token", token)
	b.fill("#app_secret", secret)
	b.press("#save-credentials")
	first := strings.TrimSpace(b.text("#challenge_key-once"))
	if len(first) < 40 {
		t.Errorf("the proposed key was not saved: %q", first)
	}
	// Generate is a form of its own: it stores nothing and touches no other field.
	b.do(chromedp.Evaluate[chromedp.Void](`void document.querySelectorAll("details").forEach(d => d.open = true)`))
	b.press("#challenge_key-generate")
	key := b.value("#challenge_key")
	if len(key) < 40 || key == first {
		t.Errorf("Generate gave %q", key)
	}
	b.press("#save-credentials")
	if shown := strings.TrimSpace(b.text("#challenge_key-once")); shown != key {
		t.Errorf("shown %q, typed %q", shown, key)
	}
	callback := strings.TrimSpace(b.text("#callback-url"))
	meta.verifyAtMeta(callback, key)
	b.goTo(b.where())
	if got := b.text("#check-callback"); !strings.Contains(got, "Proved") {
		t.Errorf("the check says %q", got)
	}
	meta.press(`a[href$="/chat"]`)
	meta.fill("#text", "hello without script")
	meta.press(".compose button")
	b.press(`a.tab[href$="/events"]`)
	if got := b.text("#event-rows"); !strings.Contains(got, "hello without script") {
		t.Errorf("the log says %q", got)
	}
	// Copy buttons need script, so they are not there without it.
	b.goTo(shared.console + "/businesses")
	if n := ask(b, chromedp.Evaluate[int](`[...document.querySelectorAll("[data-copy]")].filter(e => e.offsetParent).length`)); n != 0 {
		t.Errorf("%d buttons show that do nothing", n)
	}
}

// appAtMeta makes an app at the stand-in for Meta, and gives a token and the secret.
func (b *tab) appAtMeta(t *testing.T, app, pageName string) (token, secret string) {
	t.Helper()
	b.goTo(b.p.sandbox + "/")
	b.fill("input[name=name]", app)
	b.fill("input[name=page]", pageName)
	b.press("main form button")
	b.press(`form[action$="/tokens#tokens"] button`)
	token = b.value("#access-token")
	b.press(`form[action$="/secret#basic"] button`)
	secret = b.value("#app-secret")
	if len(token) < 100 || len(secret) != 32 {
		t.Fatalf("the app has a token of %d and a secret of %d characters", len(token), len(secret))
	}
	return token, secret
}

// verifyAtMeta fills the webhook form of the app and presses Verify and save.
func (b *tab) verifyAtMeta(callback, key string) {
	b.t.Helper()
	b.fill("#callback-url", callback)
	b.fill("#verify-token", key)
	b.press("#webhook form button")
}

func (b *tab) makeBusiness(name string) {
	b.t.Helper()
	b.goTo(b.p.console + page.PathBusinessNew)
	b.fill("input[name=name]", name)
	partner := ask(b, chromedp.Evaluate[string](`[...document.querySelectorAll("select[name=partner] option")].find(o => o.value).value`))
	b.do(chromedp.SetValue(css("select[name=partner]"), partner))
	b.press("main form button[type=submit]")
	b.says("h1", name)
}
