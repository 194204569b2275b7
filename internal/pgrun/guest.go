package pgrun

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// errAlone says that nobody runs a server that could be borrowed.
var errAlone = errors.New("no process runs the database")

// borrow waits for the living owner's server and gives it out; errAlone when
// there is no owner, or no longer.
func borrow(ctx context.Context, o Options) (*Server, error) {
	deadline := time.Now().Add(o.Wait)
	for {
		p, err := locate(o.DataDir)
		if err != nil {
			return nil, err
		}
		if !owned(p) {
			return nil, errAlone
		}
		s, err := visit(ctx, p)
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("process %d runs the database in %s but it cannot be used (%w): look at what that process says", holder(p), p.home, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// owned tries the owner's lock without staying its holder. The pid in the file
// is left as it is, which is how lockOwner tells a try from an owner.
func owned(p place) bool {
	if !exists(p.ownerLock()) {
		return false
	}
	lock, err := takeLock(p.ownerLock(), syscall.LOCK_EX)
	if err == nil {
		_ = lock.f.Close()
	}
	return errors.Is(err, errLocked)
}

// visit takes a guest's seat first: an owner that waits for its guests must see
// us before we see its server.
func visit(ctx context.Context, p place) (*Server, error) {
	seat, err := takeLock(p.guestsLock(), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	s, err := running(ctx, p)
	if err != nil {
		seat.release()
		return nil, err
	}
	s.guest = seat
	return s, nil
}

// running is the server that postmaster.pid tells of, when it answers.
func running(ctx context.Context, p place) (*Server, error) {
	addr, err := readAddress(p)
	if err != nil {
		return nil, err
	}
	password := readLine(p.password())
	s := &Server{place: p, borrowed: make(chan struct{}), connect: func(role, database string) string {
		return addr.url(role, database, password)
	}}
	return s, s.reachable(ctx)
}

// awaitGuests waits until nobody borrows the server any more, or ctx ends. The
// lock it returns keeps new guests out while the server stops.
func (s *Server) awaitGuests(ctx context.Context) *fileLock {
	for {
		lock, err := takeLock(s.place.guestsLock(), syscall.LOCK_EX)
		if err == nil {
			return lock
		}
		if !errors.Is(err, errLocked) || sleep(ctx, pause) != nil {
			return nil
		}
	}
}
