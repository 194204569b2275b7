package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/api"
	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/console"
	"businessmanager/internal/intake"
	"businessmanager/internal/meta"
	"businessmanager/internal/pgrun"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
	"businessmanager/static"
)

type serveCmd struct {
	Roles string `name:"roles" default:"console,webhook,worker" placeholder:"ROLE,…" help:"What this process does: console (pages and API), webhook (callbacks), worker (what goes by the clock; nothing yet)."`
}

func (s *serveCmd) Run(p *program) error {
	r, err := parseRoles(s.Roles)
	if err != nil {
		return err
	}
	return p.serve(&house{program: p, roles: r, tell: p.logged})
}

// roles are what a process does.
type roles struct{ console, webhook, worker bool }

func parseRoles(list string) (roles, error) {
	var r roles
	for name := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(name) {
		case "console":
			r.console = true
		case "webhook":
			r.webhook = true
		case "worker":
			r.worker = true
		default:
			return r, usagef("there is no role %q: use console, webhook and worker, with commas between", name)
		}
	}
	return r, nil
}

// house is the running product. It is raised in this order and taken down in the
// reverse one:
//
//	database   ours is started; any other is only looked at
//	schema     ours is brought up to date; any other must fit
//	pools      one for each role, and the log's own
//	keys       the keyset that the database was told of
//	doors      every address is bound before the first request is taken
//	rooms      ops, sandbox, console, webhook
type house struct {
	*program
	roles
	tell     func(string) // what takes time
	dev      *devCmd      // nil: not in dev
	greeting string       // for the person who started dev

	parts *parts
	url   string // of the database; holds its password
	where string // where our own database lies
	ops   *ops

	consoleStore, webhookStore *store.Store // nil where the process has no such role
	anyStore                   *store.Store // one of them, or a worker's
	eventLog                   *store.Log
	keys                       *seal.Keyset
	doors                      doors
}

// serve runs a house until the program's context ends or a part of it fails.
func (p *program) serve(h *house) error {
	if no := p.cfg.refusals(); len(no) > 0 {
		return no[0] // one line; doctor tells of all
	}
	for _, line := range p.cfg.unbuilt() {
		p.log.Warn(line)
	}
	h.parts = newParts()
	if err := h.raise(p.ctx); err != nil {
		if cause := h.parts.end(); cause != nil {
			return cause
		}
		if p.ctx.Err() != nil {
			return failf("stopped before everything was up")
		}
		return err
	}
	h.parts.wait(p.ctx)
	h.ops.ready.Store(false)
	p.log.Info("stopping")
	return h.parts.end()
}

func (h *house) raise(ctx context.Context) error {
	steps := []func(context.Context) error{h.openDatabase, h.openPools, h.openKeys, h.openDoors, h.openRooms}
	if h.dev != nil {
		steps = append(steps, h.furnish)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	h.ops.ready.Store(true)
	h.log.Info("ready", "version", build().version, "environment", h.cfg.Environment, "console", h.cfg.ConsoleURL, "webhook", h.cfg.WebhookURL)
	if h.dev != nil {
		h.say(h.greeting)
	}
	return nil
}

func (h *house) openDatabase(ctx context.Context) error {
	h.url = h.cfg.DatabaseURL.Reveal()
	if h.cfg.embedded() {
		h.tell("starting the database …")
		s, err := pgrun.Start(ctx, h.postgres(h.tell, h.dev != nil))
		if err != nil {
			return err
		}
		h.url, h.where = s.URL(), s.Dir()
		h.parts.start("the embedded database", func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			case <-s.Done():
			}
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			died := s.Err() // before Stop: nil unless it ended by itself
			if err := s.Stop(stop); died == nil {
				return err
			}
			return died
		})
	}
	return h.schema(ctx, h.url)
}

// openPools gives each role connections of its own, so that a flood of callbacks
// leaves the pages alone and the other way round.
func (h *house) openPools(ctx context.Context) error {
	open := func(s poolSettings) (*pgxpool.Pool, error) {
		pool, err := openPool(ctx, h.url, s)
		if err != nil {
			return nil, err
		}
		h.parts.last("the connections of "+s.name, func() { closeSoon(pool) })
		if h.ops == nil {
			h.ops = newOps(pool.Ping)
		}
		h.ops.watch(s.name, pool)
		return pool, nil
	}
	if h.webhook {
		pool, err := open(poolSettings{name: "webhook", conns: webhookConns})
		if err != nil {
			return err
		}
		lines, err := open(poolSettings{name: "log", conns: logConns, settings: store.LogSettings()})
		if err != nil {
			return err
		}
		h.webhookStore, h.eventLog = store.New(pool), store.NewLog(lines)
		h.anyStore = h.webhookStore
	}
	if h.console {
		pool, err := open(poolSettings{name: "console", conns: consoleConns, settings: map[string]string{
			"statement_timeout": "30000", // ms: as long as the console may take to write its answer
		}})
		if err != nil {
			return err
		}
		h.consoleStore = store.New(pool)
		h.anyStore = h.consoleStore
	}
	if h.anyStore == nil {
		// A worker has nothing to do yet; it tells whether it could.
		pool, err := open(poolSettings{name: "worker", conns: commandConns})
		if err != nil {
			return err
		}
		h.anyStore = store.New(pool)
	}
	return nil
}

// closeSoon gives up on a connection that does not come back: whoever holds it has
// been told to end, and the process ends after this.
func closeSoon(pool *pgxpool.Pool) {
	closed := make(chan struct{})
	go func() { pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
	}
}

func (h *house) openKeys(ctx context.Context) (err error) {
	h.keys, err = h.openKeyset(ctx, h.anyStore)
	return err
}

func (h *house) openRooms(context.Context) error {
	h.parts.start("ops", serveHTTP(h.ops.server(h.log), h.doors.ops))
	if h.dev != nil {
		if err := h.openSandbox(); err != nil {
			return err
		}
	}
	if h.console {
		if err := h.openConsole(); err != nil {
			return err
		}
	}
	if h.webhook {
		return h.openIntake()
	}
	if h.worker && !h.console {
		h.log.Warn("the worker role has nothing to do yet: deliveries and timed work are not built")
	}
	return nil
}

// platforms are those that can be set up.
func platforms() []bm.Platform { return []bm.Platform{meta.Messenger{}} }

func (h *house) openConsole() error {
	proxies, err := networks(h.cfg.TrustedProxies)
	if err != nil {
		return err
	}
	files, err := static.New()
	if err != nil {
		return err
	}
	acts := h.acts()
	calls, err := api.New(api.Deps{
		Store: h.consoleStore, Connect: acts, Version: build().version,
		Environment: h.cfg.Environment, ConsoleURL: h.cfg.ConsoleURL, Proxies: proxies, Log: h.log,
	})
	if err != nil {
		return err
	}
	dashboard := ""
	if h.doors.sandbox != nil {
		dashboard = local(h.doors.sandbox)
	}
	pages, err := console.New(console.Deps{
		Dashboard: dashboard,
		Store:     h.consoleStore, Connect: acts, Static: files, Keyset: h.keys, API: calls,
		Environment: h.cfg.Environment, ConsoleURL: h.cfg.ConsoleURL, WebhookURL: h.cfg.WebhookURL,
		Version: build().version, Log: h.log, Proxies: proxies,
	})
	if err != nil {
		return err
	}
	h.parts.start("the sweeper", func(ctx context.Context) error { pages.Sweep(ctx); return nil })
	h.parts.start("the console", serveHTTP(console.Server(pages, h.log), h.doors.console))
	h.parts.start("the live pages", func(ctx context.Context) error { pages.Follow(ctx); return nil })
	return nil
}

// acts are the acts of connect, for the console, the API and the example data.
func (h *house) acts() *connect.Connect {
	return connect.New(connect.Options{
		Store: h.consoleStore, Keys: h.keys, Platforms: platforms(),
		WebhookURL: h.cfg.WebhookURL, Development: h.cfg.Environment == development,
	})
}

func (h *house) openIntake() error {
	proxies, err := networks(h.cfg.TrustedProxies)
	if err != nil {
		return err
	}
	// Intake makes many small short-lived things and keeps little: collecting a
	// quarter as often costs some tens of MiB and gives the time to callers.
	// Whoever sets GOGC knows better, and GOMEMLIMIT still bounds it.
	if !h.cfg.gcChosen() {
		debug.SetGCPercent(400)
	}
	in := intake.New(intake.Options{
		Store: h.webhookStore, Log: h.eventLog, Keys: h.keys, Platforms: platforms(),
		Proxies: proxies, Metrics: h.ops.figures, Logger: h.log,
	})
	h.parts.start("the webhook service", func(ctx context.Context) error {
		err := in.Serve(ctx, h.doors.webhook)
		if ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
			h.log.Warn("callbacks that were still being sent were cut off; nothing of them was acknowledged")
			return nil
		}
		return err
	})
	return nil
}
