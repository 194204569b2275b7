package page

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"businessmanager/static"
	"businessmanager/web/ui"
)

// surroundings are what the console puts around every page.
func surroundings(t *testing.T) (context.Context, *static.Static) {
	t.Helper()
	s, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	return ui.With(t.Context(), ui.Around{Assets: ui.AssetsFrom(s.URL), CSRF: "sample-csrf", Now: SampleNow()}), s
}

// everything is every sample and the gallery.
func everything() []Sample {
	return append(Samples(), Sample{"gallery", Gallery(SampleFrame("Gallery"), Samples())})
}

type tree struct {
	t    *testing.T
	name string
	all  []*html.Node
	ids  map[string]int
}

func rendered(t *testing.T, ctx context.Context, s Sample) ([]byte, tree) {
	t.Helper()
	var out bytes.Buffer
	if err := s.Page.Render(ctx, &out); err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	tr := tree{t: t, name: s.Name, ids: map[string]int{}}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			tr.all = append(tr.all, n)
			if id := attr(n, "id"); id != "" {
				tr.ids[id]++
			}
		}
	}
	return out.Bytes(), tr
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func inside(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == tag {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

func each(t *testing.T, check func(tree)) {
	t.Helper()
	ctx, _ := surroundings(t)
	for _, s := range everything() {
		_, tr := rendered(t, ctx, s)
		check(tr)
	}
}

func TestEveryPageHasOneHeadingAndItsIdsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		headings := 0
		for _, n := range tr.all {
			if n.Data == "h1" {
				headings++
			}
			if n.Data == "title" && text(n) == "· Business Manager" {
				t.Errorf("%s has no title", tr.name)
			}
		}
		if headings != 1 {
			t.Errorf("%s has %d first headings", tr.name, headings)
		}
		for id, n := range tr.ids {
			if n > 1 {
				t.Errorf("%s holds the id %s %d times", tr.name, id, n)
			}
		}
	})
}

func TestEveryPageIsWellFormed(t *testing.T) {
	t.Parallel()
	void := map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true, "!doctype": true}
	ctx, _ := surroundings(t)
	for _, s := range everything() {
		body, _ := rendered(t, ctx, s)
		var open []string
		z := html.NewTokenizer(bytes.NewReader(body))
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				if z.Err() != io.EOF {
					t.Errorf("%s: %v", s.Name, z.Err())
				}
				break
			}
			raw, _ := z.TagName()
			name := string(raw)
			switch {
			case kind == html.StartTagToken && !void[name]:
				open = append(open, name)
			case kind == html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != name {
					t.Fatalf("%s closes %s inside %v", s.Name, name, open)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s leaves %v open", s.Name, open)
		}
	}
}

// A parser repairs bad nesting by moving elements; what was moved is no longer
// where the template put it.
func TestNoParserMovesWhatAPageHolds(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if n.Data != "p" {
				continue
			}
			for d := range n.Descendants() {
				switch d.Data {
				case "div", "p", "ul", "ol", "form", "section", "dl":
					if d.Type == html.ElementNode {
						t.Errorf("%s: %s inside a paragraph", tr.name, d.Data)
					}
				}
			}
			if text(n) == "" && attr(n, "id") != "say" && n.FirstChild == nil {
				t.Errorf("%s holds an empty paragraph, which a parser makes of bad nesting", tr.name)
			}
		}
		for _, n := range tr.all {
			if n.Data == "form" && inside(n, "form") {
				t.Errorf("%s holds a form inside a form", tr.name)
			}
		}
	})
}

func TestNoPageHoldsAStyleOrAScriptOfItsOwn(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if n.Data == "style" || (n.Data == "script" && (attr(n, "src") == "" || n.FirstChild != nil)) {
				t.Errorf("%s holds an inline %s", tr.name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") ||
					strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") {
					t.Errorf("%s: %s has %s=%q", tr.name, n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

func TestEveryFieldHasALabelAndWhatDescribesItExists(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		labels := map[string]bool{}
		for _, n := range tr.all {
			if n.Data == "label" {
				labels[attr(n, "for")] = true
			}
		}
		for _, n := range tr.all {
			switch n.Data {
			case "input", "select", "textarea":
				if attr(n, "type") == "hidden" {
					continue
				}
				if !labels[attr(n, "id")] && attr(n, "aria-label") == "" {
					t.Errorf("%s: the field %s has no label", tr.name, attr(n, "name"))
				}
			}
			for _, key := range []string{"aria-describedby", "aria-labelledby", "aria-controls", "for", "form", "data-copy", "data-hold", "data-note"} {
				for _, id := range strings.Fields(attr(n, key)) {
					if tr.ids[id] == 0 {
						t.Errorf("%s: %s of %s points at %s, which is not there", tr.name, key, n.Data, id)
					}
				}
			}
		}
	})
}

func TestEveryButtonDoesSomethingWithoutScriptOrIsHidden(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if n.Data != "button" {
				continue
			}
			if text(n) == "" {
				t.Errorf("%s holds a button without a word", tr.name)
			}
			sends := attr(n, "type") == "submit" && (inside(n, "form") || attr(n, "form") != "")
			if !sends && !has(n, "hidden") {
				t.Errorf("%s: the button %q does nothing without script and shows", tr.name, text(n))
			}
		}
	})
}

func TestEveryFormThatChangesSomethingCarriesTheToken(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if n.Data != "form" || attr(n, "method") != "post" {
				continue
			}
			found := false
			for d := range n.Descendants() {
				found = found || (attr(d, "name") == ui.CSRFField && attr(d, "value") == "sample-csrf")
			}
			if !found {
				t.Errorf("%s: the form to %s carries no token", tr.name, attr(n, "action"))
			}
		}
	})
}

func TestEveryIconExistsAndEveryFileIsServed(t *testing.T) {
	t.Parallel()
	ctx, s := surroundings(t)
	known := map[string]bool{}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", s.URL("icons.svg"), nil))
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		known[m[1]] = true
	}
	for _, one := range everything() {
		_, tr := rendered(t, ctx, one)
		for _, n := range tr.all {
			switch n.Data {
			case "use":
				file, name, _ := strings.Cut(attr(n, "href"), "#")
				if file != s.URL("icons.svg") || !known[name] {
					t.Errorf("%s uses the icon %s, which does not exist", tr.name, attr(n, "href"))
				}
			case "link", "script":
				address := attr(n, "href") + attr(n, "src")
				w := httptest.NewRecorder()
				s.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
				if w.Code != 200 {
					t.Errorf("%s loads %s, which answers %d", tr.name, address, w.Code)
				}
			}
		}
	}
}

func TestEveryCellNamesItsColumnForThePhone(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if n.Data == "td" && attr(n, "data-name") == "" && attr(n, "colspan") == "" {
				t.Errorf("%s holds a cell without its column's name: %q", tr.name, text(n))
			}
		}
	})
}

func TestALiveFragmentIsOneElementThatFindsItselfAgain(t *testing.T) {
	t.Parallel()
	each(t, func(tr tree) {
		for _, n := range tr.all {
			if has(n, "data-live") && (attr(n, "id") == "" || !strings.HasPrefix(attr(n, "data-live-src"), "/")) {
				t.Errorf("%s holds a live fragment without id or source", tr.name)
			}
		}
	})
}

func TestNothingPastedComesBackAfterAnError(t *testing.T) {
	t.Parallel()
	ctx, _ := surroundings(t)
	for _, s := range everything() {
		_, tr := rendered(t, ctx, s)
		for _, n := range tr.all {
			if n.Data == "input" && attr(n, "type") == "password" && attr(n, "value") != "" {
				t.Errorf("%s sends a password field back with a value", tr.name)
			}
		}
	}
}

func TestOriginalBytesAreShownAndNeverBecomeMarkup(t *testing.T) {
	t.Parallel()
	ctx, _ := surroundings(t)
	h := sampleHead("Café Lumen", "cafe_lumen", 1873, TabEvents)
	bad := []byte("<script>alert(1)</script>\"'&\x7b")
	body, tr := rendered(t, ctx, Sample{"bad", Event(SampleFrame("x"), sampleEvent(h, Reading{Text: string(bad)}, bad))})
	if bytes.Contains(body, []byte("<script>alert")) {
		t.Error("bytes of an event became markup")
	}
	for _, n := range tr.all {
		if n.Data == "pre" && text(n) != string(bad) {
			t.Errorf("the bytes read %q", text(n))
		}
	}
	for _, binary := range [][]byte{{0xff, 0xfe}, []byte("a\x00b"), []byte("a\x1bb")} {
		if v := BytesOf(binary); !v.Hex || strings.ContainsAny(v.Text, "\x00\x1b") {
			t.Errorf("%q is shown as text: %q", binary, v.Text)
		}
	}
}

func TestAVerdictThatIsNotKnownNeverLooksProved(t *testing.T) {
	t.Parallel()
	ctx, _ := surroundings(t)
	var out bytes.Buffer
	if err := ui.Says("certainly", "").Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "mark-unknown") || !strings.Contains(out.String(), "Unknown") {
		t.Errorf("an unknown verdict reads %s", out.String())
	}
	for _, state := range []string{"stored", "waiting", "parked", "unrouted", "discarded", "handed_over", "x"} {
		if StateOf(state, false).Verdict == ui.Proved {
			t.Errorf("the state %s is green", state)
		}
	}
}

// TestWriteSamples puts every sample into the folder named by SAMPLES, to be
// looked at in a browser. Without the variable there is nothing to write.
func TestWriteSamples(t *testing.T) {
	folder := os.Getenv("SAMPLES")
	if folder == "" {
		return
	}
	ctx, s := surroundings(t)
	for _, one := range everything() {
		body, _ := rendered(t, ctx, one)
		if err := os.WriteFile(filepath.Join(folder, one.Name+".html"), body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"app.css", "app.js", "htmx.js", "icons.svg", "logo.svg"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", s.URL(name), nil))
		at := filepath.Join(folder, s.URL(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
