package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for what a person would wait for.
const patience = 20 * time.Second

// tab is one window of one person, with cookies of its own.
type tab struct {
	t   *testing.T
	p   *product
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// open gives a new window. At the end of the test nothing must have been reported:
// no exception, nothing refused by the content security policy.
func (p *product) open(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t, p: p}
	ctx, cancel := chromedp.NewContext(p.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	b.ctx = ctx
	// The first action opens the window, and must not do so under a deadline.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 1100)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			b.shot("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, c := range b.complaints {
			t.Errorf("the browser reports: %s", c)
		}
	})
	return b
}

func (b *tab) listen(ev any) {
	complain := func(format string, args ...any) {
		b.mu.Lock()
		b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
		b.mu.Unlock()
	}
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		complain("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// Statuses of 4xx are what some tests are about.
		if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
			complain("%s %s", e.Entry.Source, e.Entry.Text)
		}
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("at %s: %v", where, err)
	}
}

func ask[T any](b *tab, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("at %s: %v", where, err)
	}
	return v
}

// call sends a command of the protocol that chromedp has no word for.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, cmd, params); err != nil {
		b.t.Fatal(err)
	}
}

func css(s string) chromedp.CSS { return chromedp.CSS(s) }

func (b *tab) goTo(url string)       { b.t.Helper(); b.do(chromedp.Navigate(url)) }
func (b *tab) see(sel string)        { b.t.Helper(); b.do(chromedp.WaitVisible(css(sel))) }
func (b *tab) where() string         { b.t.Helper(); return ask(b, chromedp.Location()) }
func (b *tab) text(s string) string  { b.t.Helper(); return ask(b, chromedp.TextContent(css(s))) }
func (b *tab) value(s string) string { b.t.Helper(); return ask(b, chromedp.Value(css(s))) }

// click waits until the element stands still: a page that is still moving to its
// anchor would let the click land beside it.
func (b *tab) click(sel string) {
	b.t.Helper()
	b.see(sel)
	at := fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center", behavior: "instant"}); const r = e.getBoundingClientRect(); return r.x + "," + r.y })()`, sel)
	last := ""
	for range 100 {
		now := ask(b, chromedp.Evaluate[string](at))
		if now == last {
			break
		}
		last = now
		time.Sleep(30 * time.Millisecond)
	}
	b.do(chromedp.Click(css(sel)))
}

// press clicks a button or link that leads to another page, and waits for it.
// Chromium drops a click now and then while several windows are busy at once; as a
// person would, it is then clicked again.
func (b *tab) press(sel string) {
	b.t.Helper()
	b.see(sel)
	b.do(chromedp.Evaluate[chromedp.Void](`void (window.__before = true)`))
	gone := `!window.__before && document.readyState === "complete"`
	for range 2 {
		b.click(sel)
		if b.within(5*time.Second, gone) || !b.within(0, `window.__before && document.readyState === "complete"`) {
			break
		}
		b.t.Logf("clicked %s again", sel)
	}
	b.until("another page", gone)
}

func (b *tab) fill(sel, value string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(css(sel)), chromedp.Clear(css(sel)), chromedp.SendKeys(css(sel), value))
}

// until waits for a condition in the page.
func (b *tab) until(what, condition string) {
	b.t.Helper()
	if !b.within(patience, condition) {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("at %s: not within %s: %s", where, patience, what)
	}
}

// within tells whether a condition comes true in some time; it is asked once at least.
func (b *tab) within(limit time.Duration, condition string) bool {
	b.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		// The page may be going away under the question; then it is asked again.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		cancel()
		if err == nil && ok {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// settled waits until the page's scripts have run and can hear keys.
func (b *tab) settled() {
	b.t.Helper()
	b.until("the page to be complete", `document.readyState === "complete"`)
}

// says waits until an element holds a text.
func (b *tab) says(sel, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s says %q", sel, text), fmt.Sprintf(`document.querySelector(%q)?.textContent.includes(%q)`, sel, text))
}

// shot keeps a picture where SHOTS names a folder.
func (b *tab) shot(name string) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
	}
}

// picture keeps what stands in the window where PICTURES names a folder: how the
// pictures in docs are made.
func (b *tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Evaluate[chromedp.Void]("void scrollTo(0, 0)"))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), ask(b, chromedp.CaptureScreenshot()), 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(1440, 1100))
}

// withoutScript switches JavaScript off for this window.
func (b *tab) withoutScript() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// signInAs goes through the sign-in page.
func (b *tab) signInAs(email, password string) {
	b.t.Helper()
	b.goTo(b.p.console + "/")
	b.fill("input[name=email]", email)
	b.fill("input[name=password]", password)
	b.press("form button[type=submit]")
	b.until("the list of businesses", `location.pathname === "/businesses"`)
}
