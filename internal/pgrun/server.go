package pgrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// A Server is a running PostgreSQL server, our own or a borrowed one.
type Server struct {
	place place
	bin   string // folder of the server programs; empty: borrowed
	// connect makes a URL for a role and a database. It is a function so that
	// the password is no field: printing a Server cannot show it.
	connect func(role, database string) string

	child    *child // nil: borrowed
	lock     *fileLock
	guest    *fileLock
	hosting  bool // started by Use: lets its guests finish
	stopping atomic.Bool
	borrowed chan struct{} // never closed: Done of a borrowed server
}

// durable are the settings of a server whose acknowledged commits survive a
// power cut. They are PostgreSQL's defaults, said aloud: losing an event is the
// one thing this product must not do.
func durable() []string {
	return []string{
		"fsync=on", "synchronous_commit=on", "full_page_writes=on",
		"shared_buffers=128MB", // the default; fits a small machine
		"max_connections=100",  // pools of a few roles and commands beside them
		"timezone=UTC",         // exports and the API speak UTC
		"log_timezone=UTC",     //
		"password_encryption=scram-sha-256",
		"logging_collector=off", // we keep the log ourselves
		"log_destination=stderr",
		"log_error_verbosity=terse",     // DETAIL quotes rows, and rows hold what people wrote
		"log_min_error_statement=panic", // so do statements
		"log_statement=none", "log_min_duration_statement=-1", "log_parameter_max_length_on_error=0",
	}
}

// launch starts the server and waits until it answers.
func launch(ctx context.Context, o Options, p place, progs programs) (*Server, error) {
	password := readLine(p.password())
	if err := makeSocket(p); err != nil {
		return nil, fmt.Errorf("the folder of the database's socket cannot be made: %w", err)
	}
	var err error
	for range 3 { // a free port may be taken by the time the server asks for it
		var addr address
		if addr, err = pickAddress(p); err != nil {
			return nil, err
		}
		s := &Server{place: p, bin: progs.bin, connect: func(role, database string) string {
			return addr.url(role, database, password)
		}}
		if err = s.spawn(progs, append(append(durable(), addr.settings()...), o.Settings...)); err != nil {
			return nil, err
		}
		if err = s.awaitReady(ctx, o.Say); err == nil {
			return s, nil
		}
		s.abandon(ctx)
		if !strings.Contains(err.Error(), "TCP/IP sockets") {
			break
		}
	}
	return nil, err
}

// abandon ends a server that did not come up. Why it did not is the story to
// tell; that it also stopped badly is not.
func (s *Server) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), defaultWait)
	defer cancel()
	_ = s.Stop(ctx)
}

func makeSocket(p place) error {
	if err := os.Mkdir(p.socket(), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return p.acc.give(p.socket())
}

func (s *Server) spawn(progs programs, settings []string) error {
	log, err := openLog(s.place.log())
	if err != nil {
		return fmt.Errorf("the log of the database cannot be opened: %w", err)
	}
	args := []string{"-D", s.place.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd := s.place.acc.command(s.place.data(), progs.path("postgres"), args...)
	cmd.Stdout, cmd.Stderr = log, log
	// SIGINT is a fast shutdown: open transactions roll back, the rest is kept.
	s.child, err = spawn(cmd, syscall.SIGINT)
	if err != nil {
		_ = log.Close()
		return fmt.Errorf("the database server cannot be started: %w", err)
	}
	go keepSmall(log, s.place.log(), s.child.ended)
	return nil
}

// URL connects to the database as the product's role. It holds the password:
// never log it.
func (s *Server) URL() string { return s.connect(role, database) }

// AdminURL connects as the server's superuser; the tests make databases with it.
func (s *Server) AdminURL() string { return s.connect(superuser, superuser) }

// Dir is the folder where the data really lie.
func (s *Server) Dir() string { return s.place.home }

// Bin is the folder of the programs that the server came with; empty for a borrowed
// server. The benchmark finds pgbench there.
func (s *Server) Bin() string { return s.bin }

// PID is the server's process; 0 for a borrowed server.
func (s *Server) PID() int {
	if s.child == nil {
		return 0
	}
	return s.child.cmd.Process.Pid
}

// String keeps addresses and all else out of logs.
func (s *Server) String() string { return "database in " + s.place.home }

// Done is closed when our server has ended, asked or not.
func (s *Server) Done() <-chan struct{} {
	if s.child == nil {
		return s.borrowed
	}
	return s.child.ended
}

// Err says why the server ended without being asked; nil while it runs and
// after Stop.
func (s *Server) Err() error {
	select {
	case <-s.Done():
	default:
		return nil
	}
	if s.stopping.Load() {
		return nil
	}
	return fmt.Errorf("the database server ended by itself: %s; its log is %s", lastWords(s.place.log()), s.place.log())
}

// Stop ends the server and gives the folder free. When ctx ends first the server
// is made to stop at once, which costs no committed data but a recovery at the
// next start. Giving back a borrowed server leaves it running.
func (s *Server) Stop(ctx context.Context) error {
	if s.child == nil {
		s.guest.release()
		return nil
	}
	defer s.lock.release()
	if s.hosting {
		guests := s.awaitGuests(ctx)
		defer guests.release()
	}
	select {
	case <-s.child.ended: // by itself: Err keeps saying so
		return nil
	default:
		s.stopping.Store(true)
	}
	s.child.signal(syscall.SIGINT)
	select {
	case <-s.child.ended:
		return nil
	case <-ctx.Done():
	}
	s.child.signal(syscall.SIGQUIT)
	select {
	case <-s.child.ended:
	case <-time.After(5 * time.Second): // PostgreSQL itself kills its children after 5 s
		s.child.signal(syscall.SIGKILL)
		<-s.child.ended
	}
	return fmt.Errorf("the database server did not stop in time and was ended: it repairs itself at the next start (%w)", ctx.Err())
}
