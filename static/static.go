// Package static holds what the browser loads besides pages: the style
// sheet, the script, the icons and the vendored htmx, all inside the binary.
//
// It knows how to put the parts together, name each result after its own
// bytes and hand it out for ever. cmd makes one Static at start, the console
// mounts it under Prefix and gives its addresses to web/ui. It refuses to
// know who is asking: nothing here is secret and nothing here is a page.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Prefix is the path below which the console mounts a Static.
const Prefix = "/static/"

// hashLength is how many hex digits of the SHA-256 stand in a file's name: 64
// bits, so that two versions of one file never share a name by chance.
const hashLength = 16

//go:embed css js vendor icons.svg logo.svg
var files embed.FS

// styles lists the style sheets in the order in which they are joined. The
// order is the cascade: raw colour, what it is for, elements, pieces as a page
// is read, and last what narrow screens change about all of them.
func styles() []string {
	return []string{
		"palette", "intent", "base",
		"mark", "verdict", "shell", "env", "search", "button", "field", "copy", "secret",
		"card", "standing", "check", "table", "platform", "notice", "badge", "empty", "step",
		"menu", "pager", "facts", "bytes", "log", "gate", "gallery", "narrow",
	}
}

// scripts lists the behaviours. None needs another; the order only keeps the
// bundle's bytes, and so its name, the same from build to build.
func scripts() []string {
	return []string{"copy", "find", "generate", "live", "menu", "move", "say", "time"}
}

// Static is the finished set of files. It never changes after New.
type Static struct {
	names map[string]string // plain name: fingerprinted name
	files map[string]file   // fingerprinted name: bytes
}

type file struct {
	kind   string // Content-Type
	etag   string
	plain  []byte
	packed []byte // gzip; empty where packing does not pay
}

// New joins, fingerprints and compresses everything once.
func New() (*Static, error) {
	s := &Static{names: map[string]string{}, files: map[string]file{}}
	css, err := join("css", ".css", styles())
	if err != nil {
		return nil, err
	}
	js, err := join("js", ".js", scripts())
	if err != nil {
		return nil, err
	}
	if err := s.add("app.css", css); err != nil {
		return nil, err
	}
	if err := s.add("app.js", js); err != nil {
		return nil, err
	}
	for name, from := range map[string]string{
		"htmx.js":   "vendor/htmx-2.0.11/htmx.min.js",
		"icons.svg": "icons.svg",
		"logo.svg":  "logo.svg",
	} {
		body, err := files.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("static: read %s: %w", from, err)
		}
		if err := s.add(name, body); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// URL is the address of a file by its plain name: "app.css", "app.js",
// "htmx.js", "icons.svg" or "logo.svg". A name that does not exist gives an
// address that answers 404, which the page tests look for.
func (s *Static) URL(name string) string {
	if full, ok := s.names[name]; ok {
		return Prefix + full
	}
	return Prefix + name
}

// ServeHTTP answers GET and HEAD of fingerprinted names. A name changes with
// its bytes, so an answer may be kept for a year (the longest that caches
// honour) without asking again.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", f.etag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	if matches(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if len(f.packed) > 0 && takesGzip(r.Header.Get("Accept-Encoding")) {
		body = f.packed
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A reader that left is nobody's error.
	_, _ = w.Write(body)
}

// add stores one file under the name that its bytes give it.
func (s *Static) add(name string, body []byte) error {
	kind, err := kindOf(name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])[:hashLength]
	ext := path.Ext(name)
	full := strings.TrimSuffix(name, ext) + "." + hash + ext
	packed, err := pack(body)
	if err != nil {
		return err
	}
	if len(packed) >= len(body) {
		packed = nil
	}
	s.names[name] = full
	// Weak, because the plain and the packed form share it.
	s.files[full] = file{kind: kind, etag: `W/"` + hash + `"`, plain: body, packed: packed}
	return nil
}

// join concatenates the named parts and refuses a folder that holds a part
// which nobody named: a forgotten style sheet should stop the start, not a
// page's look.
func join(dir, ext string, order []string) ([]byte, error) {
	var out bytes.Buffer
	for _, name := range order {
		body, err := files.ReadFile(dir + "/" + name + ext)
		if err != nil {
			return nil, fmt.Errorf("static: read part: %w", err)
		}
		out.Write(body)
		out.WriteByte('\n')
	}
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("static: list %s: %w", dir, err)
	}
	if len(entries) != len(order) {
		return nil, fmt.Errorf("static: %s holds %d files and %d are in its order", dir, len(entries), len(order))
	}
	return out.Bytes(), nil
}

func pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("static: gzip: %w", err)
	}
	return out.Bytes(), nil
}

func kindOf(name string) (string, error) {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".svg":
		return "image/svg+xml", nil
	}
	return "", fmt.Errorf("static: no content type for %s", name)
}

// matches compares as RFC 9110 wants it for If-None-Match: weakly, any of a
// list, or a star.
func matches(header, etag string) bool {
	for _, one := range strings.Split(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || (one != "" && strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/")) {
			return true
		}
	}
	return false
}

// takesGzip reads Accept-Encoding; q=0 means a refusal.
func takesGzip(header string) bool {
	for _, one := range strings.Split(header, ",") {
		coding, rest, _ := strings.Cut(strings.TrimSpace(one), ";")
		if c := strings.TrimSpace(coding); !strings.EqualFold(c, "gzip") && c != "*" {
			continue
		}
		q := strings.ReplaceAll(strings.ToLower(rest), " ", "")
		if v, ok := strings.CutPrefix(q, "q="); ok {
			weight, err := strconv.ParseFloat(v, 64)
			return err == nil && weight > 0
		}
		return true
	}
	return false
}
