package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func (b *bench) get(path string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, raw := b.do(req)
	return res, string(raw)
}

func (b *bench) post(path string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequest("POST", b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, raw := b.do(req)
	return res, string(raw)
}

// look parses a page.
func look(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// value is what the input with this id holds.
func value(t *testing.T, page, id string) string {
	t.Helper()
	for _, n := range look(t, page) {
		if attr(n, "id") == id {
			return attr(n, "value")
		}
	}
	t.Fatalf("nothing has the id %s", id)
	return ""
}

// The walk that a newcomer makes, with forms alone.
func TestTheWalkNeedsNoScript(t *testing.T) {
	t.Parallel()
	world := newCallback(t, "key")
	b := start(t, Options{})
	res, _ := b.post("/apps", url.Values{"name": {"Shop bot"}, "page": {"Shop <&> Page"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at, "/apps/") {
		t.Fatal(res.Status, at)
	}
	_, before := b.get(at)
	_, shownPage := b.post(at+"/secret", nil)
	key := value(t, shownPage, "app-secret")
	if len(key) != 32 || strings.Contains(before, key) {
		t.Errorf("secret %q", key)
	}
	_, tokenPage := b.post(at+"/tokens", nil)
	access := value(t, tokenPage, "access-token")
	if status, out := b.graphCall("/me?appsecret_proof="+proof(secret(key), access), access); status != 200 || out["name"] != "Shop <&> Page" {
		t.Errorf("%d %v", status, out)
	}
	if _, after := b.get(at); strings.Contains(after, access) || !strings.Contains(after, access[len(access)-4:]) {
		t.Error("the token is shown again, or its last four are not")
	}
	res, no := b.post(at+"/webhook", url.Values{"callback_url": {world.url}, "verify_token": {"key "}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(no, "could not be validated") ||
		!strings.Contains(no, "403") || value(t, no, "callback-url") != world.url || value(t, no, "verify-token") != "" {
		t.Errorf("%s %s", res.Status, no)
	}
	res, _ = b.post(at+"/webhook", url.Values{"callback_url": {world.url}, "verify_token": {"key"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if _, page := b.get(res.Header.Get("Location")); !strings.Contains(page, "It is verified and saved.") {
		t.Error("the page does not say so")
	}
	psid := b.state.Load().app(strings.TrimPrefix(at, "/apps/")).People[1].PSID
	res, _ = b.post(at+"/chat", url.Values{"psid": {psid}, "kind": {"message"}, "text": {"Zwei Plätze <bitte>"}})
	if _, page := b.get(res.Header.Get("Location")); !strings.Contains(page, "Zwei Plätze &lt;bitte&gt;") ||
		!strings.Contains(page, `data-state="delivered"`) {
		t.Errorf("%s", page)
	}
	if p := world.seen(); len(p) != 1 || !strings.Contains(string(p[0].body), `Zwei Pl\u00e4tze \u003cbitte>`) {
		t.Errorf("%s", p)
	}
}

func TestAForeignAnswerIsShownEscaped(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	m := b.create()
	// The sandbox's own error page is as good a wrong answer as any.
	res, body := b.post("/apps/"+m.ID+"/webhook", url.Values{"callback_url": {b.url + "/nothing"}, "verify_token": {"key"}})
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "&lt;!doctype html&gt;") {
		t.Errorf("%s %s", res.Status, body)
	}
}

func TestEveryPageIsMarkedLabelledAndStrict(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	b.send(m.ID, ask{Text: "hello"})
	world.next(500, 500, 500)
	b.send(m.ID, ask{Text: "failing"})
	b.send(m.ID, ask{Kind: "edit"})
	b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/test", map[string]string{"field": "messages"}, nil)
	at := "/apps/" + m.ID
	pages := map[string]func() (*http.Response, string){
		"home":       func() (*http.Response, string) { return b.get("/") },
		"app":        func() (*http.Response, string) { return b.get(at + "?said=verified") },
		"secret":     func() (*http.Response, string) { return b.post(at+"/secret", nil) },
		"token":      func() (*http.Response, string) { return b.post(at+"/tokens", nil) },
		"refused":    func() (*http.Response, string) { return b.post(at+"/webhook", url.Values{"callback_url": {"x"}}) },
		"chat":       func() (*http.Response, string) { return b.get(at + "/chat") },
		"not found":  func() (*http.Response, string) { return b.get("/nothing") },
		"no app":     func() (*http.Response, string) { return b.get("/apps/1") },
		"empty name": func() (*http.Response, string) { return b.post("/apps", nil) },
	}
	for name, open := range pages {
		res, page := open()
		if !strings.Contains(page, "Sandbox: a stand-in for Meta") {
			t.Errorf("%s is not marked as the sandbox: %s", name, page)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: %s", name, csp)
		}
		if res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", name)
		}
		inspect(t, name, look(t, page))
	}
}

// inspect holds a page to labels for every control, ids that are used once, and
// nothing inline.
func inspect(t *testing.T, name string, all []*html.Node) {
	t.Helper()
	ids, labels, headings := map[string]int{}, map[string]bool{}, 0
	for _, n := range all {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" && words(n) != "" {
			labels[attr(n, "for")] = true
		}
		if n.Data == "h1" {
			headings++
		}
		if n.Data == "script" || n.Data == "style" || attr(n, "style") != "" {
			t.Errorf("%s: inline %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: %s has %s", name, n.Data, a.Key)
			}
		}
	}
	for _, n := range all {
		switch n.Data {
		case "input", "textarea", "select":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] && attr(n, "aria-label") == "" {
				t.Errorf("%s: a field without a label: %v", name, n.Attr)
			}
		case "button", "a":
			if words(n) == "" {
				t.Errorf("%s: a %s without words", name, n.Data)
			}
		}
		if by := attr(n, "aria-labelledby"); by != "" && ids[by] != 1 {
			t.Errorf("%s: nothing has the id %s", name, by)
		}
	}
	for id, count := range ids {
		if count > 1 {
			t.Errorf("%s: the id %s is used %d times", name, id, count)
		}
	}
	if headings != 1 {
		t.Errorf("%s: %d main headings", name, headings)
	}
}

func TestThePageSwitchAndTheBoxesAreTheTwoLevels(t *testing.T) {
	t.Parallel()
	b, m, _ := ready(t)
	levels := func() (int, int) {
		a := b.state.Load().app(m.ID)
		return len(a.Fields), len(a.PageFields)
	}
	at := "/apps/" + m.ID
	b.post(at+"/page", url.Values{"subscribe": {"off"}})
	if app, page := levels(); app != len(firstFields()) || page != 0 {
		t.Errorf("off: %d %d", app, page)
	}
	b.post(at+"/subscriptions", url.Values{"app_field": {"messages", "standby"}, "page_field": {"messages"}})
	if app, page := levels(); app != 2 || page != 1 {
		t.Errorf("boxes: %d %d", app, page)
	}
	b.post(at+"/page", url.Values{"subscribe": {"on"}})
	if app, page := levels(); app != 2 || page != 2 {
		t.Errorf("on: %d %d", app, page)
	}
	b.post(at+"/subscriptions", nil) // no box ticked
	if app, page := levels(); app != 0 || page != 0 {
		t.Errorf("none: %d %d", app, page)
	}
}

func TestANewPersonCanWrite(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	res, _ := b.post("/apps/"+m.ID+"/people", url.Values{"name": {"Zoë"}})
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	psid := to.Query().Get("psid")
	b.post("/apps/"+m.ID+"/chat", url.Values{"psid": {psid}, "kind": {"message"}, "text": {"hi"}})
	if p := world.seen(); len(p) != 1 || !strings.Contains(string(p[0].body), `"sender":{"id":"`+psid+`"}`) {
		t.Errorf("%s", p)
	}
	if _, page := b.get(to.String()); !strings.Contains(page, "Zoë writes to") {
		t.Error("the chat is another's")
	}
}

func TestTheAssetsAreServed(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	for path, kind := range map[string]string{
		"/assets/sandbox.css": "text/css", "/assets/icon.svg": "image/svg", "/assets/picture.png": "image/png",
	} {
		if res, _ := b.get(path); res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %s %s", path, res.Status, res.Header.Get("Content-Type"))
		}
	}
}
