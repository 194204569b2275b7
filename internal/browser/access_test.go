package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Every page of the product, as it truly is, in light and dark and on a phone: no
// violation that axe-core knows of, and nothing that scrolls sideways.
func TestEveryPageIsAccessibleInLightDarkAndOnAPhone(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("testdata/axe-4.14.1/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	meta := shared.open(t)
	token, secret := meta.appAtMeta(t, "Axe app", "Axe Page")
	b := shared.open(t)
	b.signInAs(shared.person(t, "owner"))
	b.makeBusiness("Axe Harbour Hotel")
	home := b.where()
	b.press(`a.tab[href$="/channels"]`)
	b.press(`a.platform[href$="/channels/facebook"]`)
	notSetUp := b.where()
	b.check(t, axe, "not set up", notSetUp)
	b.press(`main form button`)
	b.check(t, axe, "first visit", "")
	b.fill("#access_token", token)
	b.fill("#app_secret", secret)
	b.fill("#challenge_key", "too short")
	b.press("#save-credentials")
	b.check(t, axe, "an error at a field", "")
	b.fill("#access_token", token)
	b.fill("#app_secret", secret)
	if left := b.value("#challenge_key"); left != "" {
		t.Errorf("beside the complaint stands %q", left)
	}
	b.click("#challenge_key-generate")
	b.until("a key", `document.querySelector("#challenge_key").value.length > 40`)
	key := b.value("#challenge_key")
	b.press("#save-credentials")
	callback := strings.TrimSpace(b.text("#callback-url"))
	meta.verifyAtMeta(callback, "wrong")
	meta.verifyAtMeta(callback, key)
	meta.press(`a[href$="/chat"]`)
	for _, kind := range []string{"accents", "postback", "reaction", "image"} {
		meta.press(`.kinds button[value=` + kind + `]`)
	}
	meta.check(t, axe, "the sandbox's chat", "")
	meta.check(t, axe, "the sandbox's home", shared.sandbox+"/")
	b.check(t, axe, "a working deployment", notSetUp)
	b.goTo(home + "/events")
	b.until("an event", `document.querySelector("#event-rows a")`)
	event := ask(b, chromedp.Evaluate[string](`document.querySelector("#event-rows a.table-title").href`))
	for name, path := range map[string]string{
		"businesses": shared.console + "/businesses", "search": shared.console + "/businesses?q=hotel", "no match": shared.console + "/businesses?q=zzzzqqqq",
		"new business": shared.console + "/businesses/new", "settings": home, "channels": home + "/channels",
		"events": home + "/events", "an event": event, "activity": home + "/activity", "profile": shared.console + "/profile",
		"not found": shared.console + "/nowhere",
	} {
		b.check(t, axe, name, path)
	}
	out := shared.open(t)
	out.check(t, axe, "sign in", shared.console+"/signin")
	out.check(t, axe, "a link that is used up", shared.console+"/link/abc")
}

// check looks at one page in three ways.
func (b *tab) check(t *testing.T, axe []byte, name, url string) {
	t.Helper()
	if url != "" {
		b.goTo(url)
	}
	for _, look := range []struct {
		name          string
		width, height int64
		scheme        string
	}{{"light", 1440, 1100, "light"}, {"dark", 1440, 1100, "dark"}, {"phone", 360, 780, "light"}} {
		b.do(chromedp.EmulateViewport(look.width, look.height))
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		if found := b.axe(axe); found != "" {
			t.Errorf("%s, %s: %s", name, look.name, found)
		}
		if wide := ask(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`)); wide > 0 {
			t.Errorf("%s, %s: the page is %d px too wide", name, look.name, wide)
		}
		b.shot(fmt.Sprintf("page-%s-%s", strings.ReplaceAll(name, " ", "-"), look.name))
	}
	b.do(chromedp.EmulateViewport(1440, 1100))
}

// axe gives the violations in words; empty when there is none.
func (b *tab) axe(script []byte) string {
	b.t.Helper()
	_ = ask(b, chromedp.Evaluate[int](string(script)+";0"))
	raw := ask(b, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " | " + n.failureSummary)}))))`,
		chromedp.EvalAwaitPromise))
	var list []struct {
		ID    string
		Nodes []string
	}
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, v := range list {
		out = append(out, v.ID+": "+strings.Join(v.Nodes, " // "))
	}
	return strings.Join(out, "\n")
}
