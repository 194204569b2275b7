package pgtest

import (
	"context"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/pgrun"
	"businessmanager/migrations"
)

// A Server is a durable server of one test's own, with the product's settings,
// on disk. It is stopped and removed after the test.
type Server struct {
	t   testing.TB
	dir string
	run *pgrun.Server
}

// Durable starts such a server with the whole schema. It takes a second or two,
// so it is for tests of faults only.
func Durable(t testing.TB) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := openBase()
	must(t, err)
	// /var/tmp is on disk where /tmp may be memory.
	dir, err := b.plant(ctx, "/var/tmp")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Server{t: t, dir: dir}
	s.Start()
	must(t, migrations.Up(ctx, s.URL()))
	t.Cleanup(s.Stop)
	return s
}

// Start brings a stopped or killed server up again, with the data it kept.
func (s *Server) Start() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	run, err := pgrun.Start(ctx, pgrun.Options{DataDir: s.dir})
	must(s.t, err)
	s.run = run
}

// Stop ends the server in order.
func (s *Server) Stop() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(s.t, s.run.Stop(ctx))
}

// Kill ends the server as a crash does: no goodbye to clients, no checkpoint.
func (s *Server) Kill() {
	s.t.Helper()
	must(s.t, syscall.Kill(s.run.PID(), syscall.SIGKILL))
	<-s.run.Done()
	s.Stop() // gives the folder free
}

// Restart is Kill and Start.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	s.Start()
}

// URL connects to the server's database; it stays the same over restarts.
func (s *Server) URL() string { return s.run.URL() }

// Pool connects to the server's database; it is closed after the test.
func (s *Server) Pool() *pgxpool.Pool {
	s.t.Helper()
	return open(s.t, s.URL())
}
