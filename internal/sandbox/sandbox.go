package sandbox

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options say where the sandbox keeps its state and whose clock it reads. There
// is no HTTP client among them: which machines may be called is a promise of
// this package, and a client from outside could break it.
type Options struct {
	StateFile string           // JSON, mode 0600; empty: nothing is kept
	Now       func() time.Time // empty: the system's clock
	Timeout   time.Duration    // for a callback's answer; empty: 5 s, as Meta's
	Log       *slog.Logger     // empty: nothing is logged
}

// Sandbox is one stand-in for Meta with all its pretend apps.
type Sandbox struct {
	file   string
	now    func() time.Time
	log    *slog.Logger
	client *http.Client
	wait   time.Duration
	pages  map[string]*template.Template

	changing sync.Mutex            // one change at a time; readers never wait
	state    atomic.Pointer[state] // never altered once stored

	history history // what was sent, in memory only
}

// callbackWait is how long Meta waits for a callback (reference, 2.2).
const callbackWait = 5 * time.Second

// New reads the state file, or begins with one demo app when there is none.
func New(o Options) (*Sandbox, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout <= 0 {
		o.Timeout = callbackWait
	}
	s := &Sandbox{
		file: o.StateFile, now: o.Now, log: o.Log,
		wait: o.Timeout, client: loopbackClient(o.Timeout),
	}
	var err error
	if s.pages, err = parse(); err != nil {
		return nil, err
	}
	st, err := load(o.StateFile)
	if err != nil {
		return nil, err
	}
	s.state.Store(st)
	if len(st.Apps) == 0 {
		if _, err := s.createApp("Demo app", "Demo Page"); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// errNotLoopback is the refusal to listen where others could reach.
var errNotLoopback = errors.New("the sandbox listens on a loopback address only")

// Run serves until ctx ends or the listener fails, and closes the listener. It
// refuses a listener that another machine could reach.
func (s *Sandbox) Run(ctx context.Context, ln net.Listener) error {
	defer ln.Close()
	addr, ok := ln.Addr().(*net.TCPAddr)
	if !ok || !addr.IP.IsLoopback() {
		return fmt.Errorf("%w, not on %s", errNotLoopback, ln.Addr())
	}
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		// One request may send a thousand posts one after the other.
		WriteTimeout: 5 * time.Minute,
		IdleTimeout:  time.Minute,
		ErrorLog:     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	defer s.client.CloseIdleConnections()

	select {
	case err := <-failed:
		return fmt.Errorf("sandbox: %w", err)
	case <-ctx.Done():
	}
	// A post under way is let finish: its callback has at most this long.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.wait+time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		server.Close()
	}
	<-failed
	return nil
}
