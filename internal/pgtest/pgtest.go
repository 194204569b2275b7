package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/pgrun"
	"businessmanager/migrations"
)

// patience is for one step of a test server on a machine with too much to do;
// idle, the longest takes 2 s.
const patience = 2 * time.Minute

// shared is the server of this test binary. It is state of the package, because
// a test binary has no other place that all its tests can reach.
var shared = sync.OnceValues(startShared)

// careless trades what a test does not need for speed. Connections: parallel
// tests bring a pool each.
func careless() []string {
	return []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB"}
}

func startShared() (*pgrun.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	base, err := openBase()
	if err != nil {
		return nil, err
	}
	dir, err := base.plant(ctx, base.dir)
	if err != nil {
		return nil, err
	}
	if err := clearAfterUs(dir); err != nil {
		return nil, err
	}
	s, err := pgrun.Start(ctx, pgrun.Options{DataDir: dir, Settings: careless()})
	if err != nil {
		return nil, err
	}
	// This database is the template: nobody may be connected to it from now on.
	return s, migrations.Up(ctx, s.URL())
}

// New is a pool on a fresh database with the whole schema. pool.Config() knows
// its URL.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, URL(t))
}

// URL is a fresh database with the whole schema, for code that connects by
// itself.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, "businessmanager")
}

// Empty is a fresh database without any schema, for the tests of migrations.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

func create(t testing.TB, template string) string {
	t.Helper()
	s, err := shared()
	must(t, err)
	name := "t_" + rand.Text()
	// Copying files beats logging each block, on a server that syncs nothing.
	must(t, admin(s, fmt.Sprintf(`CREATE DATABASE %q OWNER businessmanager TEMPLATE %s STRATEGY FILE_COPY`, name, template)))
	t.Cleanup(func() {
		// Whatever the test left open is its own concern, not the next one's.
		if err := admin(s, fmt.Sprintf(`DROP DATABASE %q WITH (FORCE)`, name)); err != nil {
			t.Errorf("the test's database cannot be dropped: %v", err)
		}
	})
	u, err := url.Parse(s.URL())
	must(t, err)
	u.Path = "/" + name
	return u.String()
}

func admin(s *pgrun.Server, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.AdminURL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
