package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// parts are what runs side by side in serve. They end in the reverse of the order
// in which they were started, each when the one after it has ended, so that nothing
// loses what it stands on.
type parts struct {
	group  *errgroup.Group
	failed context.Context // ends when a part fails
	stack  []part
}

type part struct {
	stop  context.CancelFunc
	ended chan struct{}
}

func newParts() *parts {
	group, failed := errgroup.WithContext(context.Background())
	return &parts{group: group, failed: failed}
}

// start runs a part. When the part's context ends it finishes what it has begun
// and returns; returning before is a failure and ends all the others.
func (p *parts) start(name string, run func(ctx context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	one := part{stop: stop, ended: make(chan struct{})}
	p.stack = append(p.stack, one)
	p.group.Go(func() error {
		defer close(one.ended)
		err := run(ctx)
		if err == nil && ctx.Err() == nil {
			err = fmt.Errorf("%s ended by itself", name)
		}
		return err
	})
}

// last starts what only has to be done at the end.
func (p *parts) last(name string, do func()) {
	p.start(name, func(ctx context.Context) error { <-ctx.Done(); do(); return nil })
}

// end ends every part, the newest first, and tells what failed.
func (p *parts) end() error {
	for _, one := range slices.Backward(p.stack) {
		one.stop()
		<-one.ended
	}
	return p.group.Wait()
}

// wait is over when somebody wants the end or a part has failed.
func (p *parts) wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-p.failed.Done():
	}
}

// What is under way when the end is wanted may finish: first politely, which ends
// what idles; then whatever is still open, such as a live page, is told to stop;
// then it is cut off. Pages answer within moments, and somebody may be waiting at a
// terminal for the end.
const (
	politeTime = 3 * time.Second
	drainTime  = 10 * time.Second
)

// serveHTTP runs a server on a listener until the context ends.
func serveHTTP(srv *http.Server, ln net.Listener) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		requests, tellThem := context.WithCancel(context.WithoutCancel(ctx))
		defer tellThem()
		srv.BaseContext = func(net.Listener) context.Context { return requests }
		failed := make(chan error, 1)
		go func() { failed <- srv.Serve(ln) }()
		select {
		case err := <-failed:
			return fmt.Errorf("the listener on %s failed: %w", ln.Addr(), err)
		case <-ctx.Done():
		}
		polite := time.AfterFunc(politeTime, tellThem)
		defer polite.Stop()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		if srv.Shutdown(drain) != nil {
			_ = srv.Close()
		}
		<-failed
		return nil
	}
}
