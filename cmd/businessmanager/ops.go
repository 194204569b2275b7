package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ops is what the one who runs the installation looks at: whether we live, whether
// we can take requests, figures and profiles. Nothing in it names a person or
// holds a secret, and it still belongs on no public address.
type ops struct {
	figures *prometheus.Registry
	ready   atomic.Bool
	ping    func(ctx context.Context) error
}

func newOps(ping func(ctx context.Context) error) *ops {
	o := &ops{figures: prometheus.NewRegistry(), ping: ping}
	o.figures.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	b := build()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "bm_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": b.version, "commit": b.commit, "go": b.goVersion},
	})
	info.Set(1)
	o.figures.MustRegister(info)
	return o
}

// watch adds the figures of a pool.
func (o *ops) watch(name string, pool *pgxpool.Pool) {
	labels := prometheus.Labels{"pool": name}
	for _, g := range []struct {
		name, help string
		read       func(s *pgxpool.Stat) float64
	}{
		{"bm_database_connections", "Open connections to the database.", func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) }},
		{"bm_database_connections_busy", "Connections at work.", func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) }},
		{"bm_database_connections_most", "Connections that may be open.", func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) }},
	} {
		o.figures.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: g.name, Help: g.help, ConstLabels: labels},
			func() float64 { return g.read(pool.Stat()) }))
	}
	o.figures.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "bm_database_wait_seconds_total", Help: "Time spent waiting for a connection.", ConstLabels: labels},
		func() float64 { return pool.Stat().EmptyAcquireWaitTime().Seconds() }))
}

// pingTime is how long the database may take to say that it is there. Probes give
// up after a second or more by default.
const pingTime = time.Second

func (o *ops) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pingTime)
		defer cancel()
		switch {
		case !o.ready.Load():
			plain(w, http.StatusServiceUnavailable, "starting or stopping")
		case o.ping(ctx) != nil:
			plain(w, http.StatusServiceUnavailable, "the database does not answer")
		default:
			plain(w, http.StatusOK, "ready")
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.figures, promhttp.HandlerOpts{}))
	// Not the command line: it may hold a secret that was given as a flag.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// server has no limit for writing: a profile takes as long as it was asked to.
func (o *ops) server(log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: o.handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
