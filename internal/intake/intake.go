package intake

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"
	"golang.org/x/sync/errgroup"

	"businessmanager/internal/bm"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

// Options are what intake works with. Now defaults to time.Now.
type Options struct {
	Store     *store.Store
	Log       *store.Log
	Keys      *seal.Keyset
	Platforms []bm.Platform
	Proxies   []netip.Prefix // whose forwarding headers count
	Metrics   prometheus.Registerer
	Logger    *slog.Logger
	Now       func() time.Time
}

// Intake answers callbacks. Run must run while it serves.
type Intake struct {
	store     *store.Store
	keys      *seal.Keyset
	platforms map[bm.PlatformName]bm.Platform
	proxies   []netip.Prefix
	logger    *slog.Logger
	now       func() time.Time

	memory   *memory
	groups   *groups
	refusals *refusals
	topics   *topics
	room     *room
	strays   *strays
	metrics  *metrics
	closing  atomic.Bool
}

// New makes an intake. It starts nothing.
func New(o Options) *Intake {
	if o.Now == nil {
		o.Now = time.Now
	}
	in := &Intake{
		store: o.Store, keys: o.Keys, proxies: o.Proxies, logger: o.Logger, now: o.Now,
		platforms: map[bm.PlatformName]bm.Platform{},
		metrics:   newMetrics(o.Metrics, o.Platforms),
		topics:    newTopics(),
		refusals:  newRefusals(),
		room:      newRoom(),
		strays:    newStrays(),
	}
	for _, p := range o.Platforms {
		in.platforms[p.Name()] = p
	}
	in.memory = newMemory(o.Store, o.Keys, o.Now)
	in.groups = newGroups(o.Log, in.topics, in.metrics, o.Now)
	return in
}

// Limits against slow and idle callers. Meta gives up after 5 s itself
// (Messenger Platform, webhooks), so whoever takes longer to send is not Meta.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 20 * time.Second
	idleTimeout   = 30 * time.Second // idle connections count against maxConns
	maxHeader     = 16 << 10
	maxConns      = 8192
	drainTimeout  = 10 * time.Second
)

// Serve answers callbacks on a listener until the context ends; then it refuses
// new posts with 503 and finishes what was begun. It runs Run beside.
func (in *Intake) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           in,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(in.logger.Handler(), slog.LevelDebug),
	}
	// The work goes on while requests drain; a listener that fails ends it all.
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return in.Run(work) })
	g.Go(func() error {
		<-ctx.Done()
		in.closing.Store(true)
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		err := srv.Shutdown(drain)
		stopWork()
		return err
	})
	g.Go(func() error {
		err := srv.Serve(netutil.LimitListener(ln, maxConns))
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	return g.Wait()
}

// Run does what goes on between requests: commits groups, follows notifications,
// writes counts, tells of changes. It returns when the context has ended and the
// last group is through.
func (in *Intake) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { in.groups.run(ctx); return nil })
	g.Go(func() error { in.memory.follow(ctx, in.logger); return nil })
	g.Go(func() error { every(ctx, time.Second, in.writeRefusals); return nil })
	// Ten times a second is quicker than an eye, and rare enough for the lock that
	// a notification takes of the whole server.
	g.Go(func() error { every(ctx, 100*time.Millisecond, in.announce); return nil })
	return g.Wait()
}

// every calls do at an interval, and once more when the context has ended.
func every(ctx context.Context, interval time.Duration, do func(context.Context)) {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			do(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			do(last)
			cancel()
			return
		}
	}
}

// ServeHTTP tells callbacks from everything else. No path is ever cleaned or
// redirected: a platform would not follow, and must not.
func (in *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	name, id, ok := callbackPath(r.URL.EscapedPath())
	platform := in.platforms[bm.PlatformName(name)]
	if !ok || platform == nil {
		if r.Method == http.MethodGet {
			in.noticeStray(r, nil, "")
		}
		answer(w, http.StatusNotFound)
		return
	}
	switch r.Method {
	case http.MethodGet:
		in.handshake(w, r, platform, id)
	case http.MethodPost:
		in.post(w, r, platform, id)
	default:
		h.Set("Allow", "GET, POST")
		answer(w, http.StatusMethodNotAllowed)
	}
}

// callbackPath takes "/facebook/abc" apart. An escaped slash is part of the segment.
func callbackPath(path string) (platform, id string, ok bool) {
	path, ok = strings.CutPrefix(path, "/")
	if !ok {
		return "", "", false
	}
	platform, id, ok = strings.Cut(path, "/")
	return platform, id, ok && id != "" && !strings.Contains(id, "/")
}

// answer writes a status with the same few bytes for all who get it.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(http.StatusText(status) + "\n"))
}

// busy says that nothing was acknowledged and that asking again helps.
func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "2")
	answer(w, http.StatusServiceUnavailable)
}
