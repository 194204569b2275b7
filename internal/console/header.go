package console

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const reportPath = "/csp-report"

// policy lets a page load only what the binary carries, send forms only to us,
// and stand in no frame. Nothing inline: what an attacker writes into a page is
// text and stays text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; report-uri " + reportPath

// headers sets what every answer carries, refusals included. Pages are never kept
// by any cache; static files, whose names change with their bytes, say otherwise
// themselves.
func (k *Console) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		h := ec.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // a link's token must not travel to another site
		h.Set("X-Frame-Options", "DENY")        // for browsers that do not know frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "+
			"magnetometer=(), microphone=(), midi=(), payment=(), usb=()")
		h.Set("Cache-Control", "no-store")
		if k.base.Scheme == "https" {
			// Two years, as hstspreload.org recommends. Without includeSubDomains:
			// other names below ours are not ours to decide for.
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		return next(ec)
	}
}

// What is read of a report, and how many a minute are written to the log: anybody
// may send them.
const (
	reportSize    = 16 << 10
	reportsLogged = 10
)

// report takes a browser's report against the policy. Only the directive and the
// host that was blocked are written down: a report names the page that it came
// from, and a page's address may be a one-time link.
func (k *Console) report(ec echo.Context) error {
	body, err := io.ReadAll(http.MaxBytesReader(ec.Response(), ec.Request().Body, reportSize))
	if err != nil {
		return &refusal{status: http.StatusRequestEntityTooLarge}
	}
	var in struct {
		Report struct {
			Directive string `json:"violated-directive"`
			Blocked   string `json:"blocked-uri"`
		} `json:"csp-report"`
	}
	_ = json.Unmarshal(body, &in) // what cannot be read is counted all the same
	if k.reports.add(k.Now()) {
		k.Log.Warn("a browser reports a page against our content security policy",
			"directive", short(in.Report.Directive), "blocked", short(blockedHost(in.Report.Blocked)), "count", k.Reports())
	}
	return ec.NoContent(http.StatusNoContent)
}

// Reports tells how many reports against the policy came since the start.
func (k *Console) Reports() int64 {
	k.reports.Lock()
	defer k.reports.Unlock()
	return k.reports.count
}

// add counts a report and tells whether it is worth a line.
func (r *reports) add(now time.Time) bool {
	r.Lock()
	defer r.Unlock()
	r.count++
	if now.Sub(r.window) >= time.Minute {
		r.window, r.logged = now, 0
	}
	r.logged++
	return r.logged <= reportsLogged
}

// blockedHost leaves of an address its host, and of a word ("inline") the word.
func blockedHost(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		return u.Host
	}
	if strings.ContainsAny(uri, "/?#") {
		return "other"
	}
	return uri
}

// short bounds what a stranger may write into the log.
func short(s string) string {
	if len(s) > 100 {
		s = s[:100]
	}
	return strings.ToValidUTF8(s, "?")
}
