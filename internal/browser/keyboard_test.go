package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// From sign-in to a business without a mouse.
func TestTheListIsReachedAndOpenedByKeyboard(t *testing.T) {
	t.Parallel()
	b := shared.open(t)
	b.signInAs(shared.person(t, "owner"))
	b.makeBusiness("Keyboard Kiosk Ulm")
	b.goTo(shared.console + "/profile")
	b.settled()
	b.do(chromedp.KeyEvent("/"))
	b.until("the search box has the focus", `document.activeElement?.id === "q"`)
	b.do(chromedp.KeyEvent("keyboard kiosk"), chromedp.KeyEvent(kb.Enter))
	b.until("the list", `location.pathname === "/businesses"`)
	b.says("#results", "Keyboard Kiosk Ulm")
	b.settled()
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.until("the first row has the focus", `document.activeElement?.closest("#results")`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.says("h1", "Keyboard Kiosk Ulm")

	b.goTo(shared.console + "/businesses")
	b.settled()
	b.do(chromedp.KeyEvent("n"))
	b.until("the form for a new business", `location.pathname === "/businesses/new"`)

	// The first stop of Tab skips what every page repeats.
	b.goTo(shared.console + "/profile")
	b.settled()
	b.do(chromedp.KeyEvent(kb.Tab))
	b.until("the skip link", `document.activeElement?.matches("a.skip")`)
}

// A partial request without a session sends the whole page to sign-in and back.
func TestASignedOutPageGoesToSignInAsAWholeAndComesBack(t *testing.T) {
	t.Parallel()
	b := shared.open(t)
	email, password := shared.person(t, "owner")
	b.signInAs(email, password)
	b.goTo(shared.console + "/businesses?state=paused")
	b.do(chromedp.Evaluate[chromedp.Void](`void fetch("/profile/sessions/end-all", {method: "POST", body: new URLSearchParams({csrf: document.querySelector("input[name=csrf]").value})}).then(() => window.__out = true)`))
	b.until("signed out everywhere", `window.__out`)
	b.do(chromedp.SendKeys(css("#q"), "hotel"))
	b.until("the sign-in page", `location.pathname === "/signin"`)
	b.fill("input[name=email]", email)
	b.fill("input[name=password]", password)
	b.press("form button[type=submit]")
	b.until("back where it was", `location.pathname === "/businesses"`)
}

// Two tabs of one browser hold one stream: a browser has six connections in all.
// The tabs share a lock; who holds it holds the stream.
func TestABrowserHoldsOneStreamHoweverManyTabs(t *testing.T) {
	t.Parallel()
	one := shared.open(t)
	one.signInAs(shared.person(t, "owner"))
	one.makeBusiness("Stream Street Bistro")
	home := one.where()
	one.press(`a.tab[href$="/channels"]`)
	one.press(`a.platform[href$="/channels/facebook"]`)
	one.press("main form button")
	one.goTo(home + "/events")
	held := `navigator.locks.query().then(q => q.held.filter(l => l.name === "bm-live").length)`
	streams := func(of *tab) int { return ask(of, chromedp.Evaluate[int](held, chromedp.EvalAwaitPromise)) }
	one.until("the first tab to listen", `performance.now() > 1500`)
	if n := streams(one); n != 1 {
		t.Errorf("one tab holds %d streams", n)
	}
	ctx, cancel := chromedp.NewContext(one.ctx, chromedp.WithExistingBrowserContext(chromedp.FromContext(one.ctx).BrowserContextID))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(home+"/events")); err != nil {
		t.Fatal(err)
	}
	two := &tab{t: t, p: shared, ctx: ctx}
	two.until("the second tab to settle", `performance.now() > 1500`)
	if n := streams(two); n != 1 {
		t.Errorf("two tabs hold %d streams", n)
	}
}
