package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
	"businessmanager/static"
	"businessmanager/web/ui"
)

// Deps is what cmd gives.
type Deps struct {
	Store   *store.Store
	Connect *connect.Connect
	Static  *static.Static
	// Keyset seals what a browser is shown once, and the mark of a known browser.
	Keyset *seal.Keyset
	// API answers below /api/; nil where there is none. It does its own access.
	API http.Handler

	// Dashboard replaces Meta's own dashboards in the links of the setup guide: the
	// sandbox, in development. Empty: Meta's.
	Dashboard string

	Environment string // development, staging or production
	ConsoleURL  string // public base of the pages
	WebhookURL  string // public base of every callback URL
	Version     string
	Log         *slog.Logger
	// Proxies are the networks whose forwarding headers count.
	Proxies []netip.Prefix
	// Now is the clock; nil is the real one.
	Now func() time.Time
}

// Console answers every request for a page.
type Console struct {
	Deps
	base      *url.URL
	assets    ui.Assets
	jar       *jar
	passwords *Passwords
	reports   reports
	changes   *changes
	web       *echo.Echo
}

// New makes the console ready to serve.
func New(d Deps) (*Console, error) {
	base, err := url.Parse(d.ConsoleURL)
	if err != nil || base.Hostname() == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("console: the console's URL is not an http or https address")
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	k := &Console{Deps: d, base: base, assets: ui.AssetsFrom(d.Static.URL), passwords: NewPasswords(), changes: newChanges()}
	k.jar = newJar(d.Store, base.Scheme == "https", d.Now)
	k.web = echo.New()
	k.web.HTTPErrorHandler = k.problem
	k.web.Use(k.observe, k.headers, k.ownHost, k.ownForms)
	k.web.GET(static.Prefix+"*", echo.WrapHandler(d.Static))
	k.web.POST(reportPath, k.report)
	if d.API != nil {
		k.web.Any("/api/*", echo.WrapHandler(d.API))
	}
	for _, r := range k.routes() {
		k.web.Add(r.Method, r.Path, k.serve(r))
	}
	return k, nil
}

// ServeHTTP answers one request.
func (k *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.web.ServeHTTP(w, headAsGet(r)) }

// How long one request may take. A form of 1 MiB comes in well under 15 s on any
// line that a person works on, and no page of ours takes more than a moment; who
// is slower holds a connection on purpose.
const (
	headerTime = 5 * time.Second
	readTime   = 15 * time.Second
	pageTime   = 15 * time.Second
	writeTime  = 30 * time.Second
	idleTime   = 2 * time.Minute
	headerSize = 32 << 10 // our cookies and the longest browser names fit 50 times over
)

// Server makes the HTTP server around a handler on the console's listener. What
// streams lifts the limit for writing by http.ResponseController.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Sweep removes sessions, links and counts that time has made worthless, and
// refreshes what makes the filters of the list quick, at once and then every few
// minutes, until ctx ends.
func (k *Console) Sweep(ctx context.Context) {
	tick := time.NewTicker(5 * time.Minute)
	defer tick.Stop()
	for {
		if err := k.Store.SweepPeople(ctx, k.Now()); err != nil && ctx.Err() == nil {
			k.Log.Warn("sessions were not swept; the next round tries again", "err", err)
		}
		if err := k.Store.DiscardRemoved(ctx); err != nil && ctx.Err() == nil {
			k.Log.Warn("what waits for removed deployments is discarded in the next round", "err", err)
		}
		if err := k.Store.RenewSearchHints(ctx); err != nil && ctx.Err() == nil {
			k.Log.Warn("the filters of the list stay slow until the next round", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// address is who is calling, as far as our own proxies say so.
func (k *Console) address(r *http.Request) string {
	return bm.ClientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), k.Proxies)
}

// reports counts what browsers report against our content security policy.
type reports struct {
	sync.Mutex
	count  int64
	logged int
	window time.Time
}
