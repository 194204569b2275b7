package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func made(t *testing.T) *Static {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

func get(s *Static, method, address string, header map[string]string) *http.Response {
	r := httptest.NewRequest(method, address, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func TestEveryFileIsNamedAfterItsBytesAndKeptForAYear(t *testing.T) {
	t.Parallel()
	s := made(t)
	for _, name := range []string{"app.css", "app.js", "htmx.js", "icons.svg", "logo.svg"} {
		address := s.URL(name)
		if !regexp.MustCompile(`^/static/[a-z]+\.[0-9a-f]{16}\.(css|js|svg)$`).MatchString(address) {
			t.Errorf("%s has the address %s", name, address)
		}
		res := get(s, http.MethodGet, address, nil)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", address, res.StatusCode)
		}
		if c := res.Header.Get("Cache-Control"); !strings.Contains(c, "immutable") || !strings.Contains(c, "max-age=31536000") {
			t.Errorf("%s may be kept: %q", address, c)
		}
		again := get(s, http.MethodGet, address, map[string]string{"If-None-Match": res.Header.Get("ETag")})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s with its own tag answers %d", address, again.StatusCode)
		}
	}
}

func TestTheCompressedFormIsTheSameBytes(t *testing.T) {
	t.Parallel()
	s := made(t)
	plain, _ := io.ReadAll(get(s, http.MethodGet, s.URL("app.css"), nil).Body)
	res := get(s, http.MethodGet, s.URL("app.css"), map[string]string{"Accept-Encoding": "br, gzip"})
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("a browser that takes gzip got none")
	}
	z, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(plain, unpacked) {
		t.Fatalf("the compressed form differs: %v", err)
	}
	if e := get(s, http.MethodGet, s.URL("app.css"), map[string]string{"Accept-Encoding": "gzip;q=0"}).Header.Get("Content-Encoding"); e != "" {
		t.Errorf("gzip was refused and came: %q", e)
	}
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	t.Parallel()
	s := made(t)
	for _, address := range []string{s.URL("nothing.css"), "/static/app.css", "/static/", "/static/../go.mod"} {
		if code := get(s, http.MethodGet, address, nil).StatusCode; code != http.StatusNotFound {
			t.Errorf("%s answers %d", address, code)
		}
	}
	if code := get(s, http.MethodPost, s.URL("app.css"), nil).StatusCode; code != http.StatusMethodNotAllowed {
		t.Errorf("a post answers %d", code)
	}
}

func TestOnlyIntentReadsThePalette(t *testing.T) {
	t.Parallel()
	raw := regexp.MustCompile(`var\(--(paper|ink|night|chalk|lapis|fern|honey|brick|plum)-`)
	colour := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`)
	for _, name := range styles() {
		body, err := files.ReadFile("css/" + name + ".css")
		if err != nil {
			t.Fatal(err)
		}
		if name == "palette" || name == "intent" {
			continue
		}
		if hit := raw.Find(body); hit != nil {
			t.Errorf("%s.css reads the palette: %s", name, hit)
		}
		if hit := colour.Find(body); hit != nil {
			t.Errorf("%s.css holds a colour of its own: %s", name, hit)
		}
	}
}

func TestEveryIntentThatIsUsedIsDefined(t *testing.T) {
	t.Parallel()
	var all bytes.Buffer
	for _, name := range styles() {
		body, err := files.ReadFile("css/" + name + ".css")
		if err != nil {
			t.Fatal(err)
		}
		all.Write(body)
	}
	defined := map[string]bool{}
	for _, m := range regexp.MustCompile(`(--[a-z0-9-]+):`).FindAllStringSubmatch(all.String(), -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)`).FindAllStringSubmatch(all.String(), -1) {
		if !defined[m[1]] {
			t.Errorf("%s is used and defined nowhere", m[1])
		}
	}
}

func TestNoScriptNeedsWhatThePolicyForbids(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`\beval\(|new Function|\.style\b|setAttribute\("style|setAttribute\("on|<script|<style`)
	for _, name := range scripts() {
		body, err := files.ReadFile("js/" + name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		if hit := forbidden.Find(body); hit != nil {
			t.Errorf("%s.js uses %s", name, hit)
		}
	}
}
