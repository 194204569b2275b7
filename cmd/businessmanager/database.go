package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/pgrun"
	"businessmanager/internal/store"
	"businessmanager/migrations"
)

// oldestServer is the oldest PostgreSQL that the contract promises to work with.
const oldestServer = 150000

// Connections. A server takes 100 by default; two processes with all roles and a
// few commands beside them must fit.
const (
	consoleConns = 16 // pages and API calls at work at once, on two cores
	webhookConns = 8  // look-ups of callbacks (4 at a time), refusals, one that listens
	logConns     = 4  // groups being committed; more would only wait for the same locks
	commandConns = 4
)

// stopTime is how long the embedded database may take to stop: a fast shutdown
// with a full checkpoint on a slow disk.
const stopTime = 30 * time.Second

// postgres is what the embedded database is started with.
func (p *program) postgres(say func(string), install bool) pgrun.Options {
	return pgrun.Options{DataDir: p.cfg.DataDir, BinDir: p.cfg.PostgresBin, Install: install, Say: say}
}

// needsURL says that only development brings a database of its own.
func (p *program) needsURL() error {
	if p.cfg.embedded() && p.cfg.Environment != development {
		return failf("%s needs a database of its own: give its address in DATABASE_URL", p.cfg.Environment)
	}
	return nil
}

// useDatabase gives a command a database for its duration, and the way to give it
// back. Beside a running serve or dev it is theirs.
func (p *program) useDatabase(ctx context.Context) (url string, release func(), err error) {
	if err := p.needsURL(); err != nil {
		return "", nil, err
	}
	if !p.cfg.embedded() {
		return p.cfg.DatabaseURL.Reveal(), func() {}, nil
	}
	s, err := pgrun.Use(ctx, p.postgres(p.logged, false))
	if err != nil {
		return "", nil, err
	}
	return s.URL(), func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			p.log.Warn(err.Error())
		}
	}, nil
}

// withStore runs a command's work on an up-to-date database. An embedded one that
// nobody has brought up yet is brought up first, as serve would do.
func (p *program) withStore(do func(ctx context.Context, st *store.Store) error) error {
	url, release, err := p.useDatabase(p.ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := p.schema(p.ctx, url); err != nil {
		return err
	}
	pool, err := openPool(p.ctx, url, poolSettings{name: "command", conns: commandConns})
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(p.ctx, store.New(pool))
}

// schema brings an embedded database up to date, and refuses to run on any other
// that is not.
func (p *program) schema(ctx context.Context, url string) error {
	st, err := migrations.Current(ctx, url)
	if err != nil {
		return unreachable(err)
	}
	if p.cfg.embedded() && st.Behind() {
		return migrations.Up(ctx, url)
	}
	return st.Fits()
}

type poolSettings struct {
	name     string // of the role, as the database's administrator sees it
	conns    int32
	settings map[string]string
}

// openPool opens connections and tries one, so that a database that is away or too
// old is told of at the start.
func openPool(ctx context.Context, url string, s poolSettings) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, unreachable(err)
	}
	c.MaxConns = s.conns
	// Without a limit a host that swallows packets would hold the start for minutes.
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	c.ConnConfig.RuntimeParams["application_name"] = "businessmanager " + s.name
	maps.Copy(c.ConnConfig.RuntimeParams, s.settings)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, unreachable(err)
	}
	var version int
	if err := pool.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		pool.Close()
		return nil, unreachable(err)
	}
	if version < oldestServer {
		pool.Close()
		return nil, failf("the database is PostgreSQL %d and 15 or newer is needed: upgrade it, or give another one in DATABASE_URL", version/10000)
	}
	return pool, nil
}

// unreachable says that the database could not be used, and why. What the driver
// says of an address that it cannot read may quote it, password and all, so of
// that nothing is repeated.
func unreachable(err error) error {
	if errors.As(err, new(*pgconn.ParseConfigError)) {
		return usagef("DATABASE_URL cannot be read: give one such as postgres://user:password@host:5432/name")
	}
	var away *pgconn.ConnectError
	if !errors.As(err, &away) {
		return fmt.Errorf("the database could not be used: %w", err)
	}
	at := away.Config.Host
	if away.Config.Port != 0 {
		at = fmt.Sprintf("%s, port %d", at, away.Config.Port)
	}
	return failf("the database at %s cannot be reached (%v): check that it runs and that DATABASE_URL is right", at, why(away))
}

// why is the innermost cause: the layers around it repeat the address.
func why(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
				inner = many.Unwrap()[0]
			}
		}
		var pg *pgconn.PgError
		if inner == nil || errors.As(err, &pg) && err == error(pg) {
			return err
		}
		err = inner
	}
}
