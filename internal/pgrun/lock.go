package pgrun

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pause is between two looks at something that ends by itself: short beside a
// restart (0.3 s), long beside a look (under 1 ms).
const pause = 20 * time.Millisecond

var errLocked = errors.New("locked by another process")

// A fileLock is an flock: the kernel drops it when its holder dies, however it
// dies. Children do not inherit it, because Go opens files close-on-exec.
type fileLock struct{ f *os.File }

// takeLock tries once; errLocked says that somebody else holds it.
func takeLock(path string, how int) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, err
	}
	return &fileLock{f}, nil
}

// release also takes the pid away, so that what the file names is either the
// owner or a process that was killed.
func (l *fileLock) release() {
	if l == nil {
		return
	}
	_ = l.f.Truncate(0)
	_ = l.f.Close()
}

func (p place) ownerLock() string  { return filepath.Join(p.home, "owner.lock") }
func (p place) guestsLock() string { return filepath.Join(p.home, "guests.lock") }

// lockOwner makes this process the owner. Held by a living process that has
// written its pid, the lock is refused at once; held without such a pid, it is
// being taken or tried, and that is over in a moment.
func lockOwner(ctx context.Context, p place, wait time.Duration) (*fileLock, error) {
	deadline := time.Now().Add(wait)
	for {
		lock, err := takeLock(p.ownerLock(), syscall.LOCK_EX)
		if err == nil {
			_ = lock.f.Truncate(0)
			_, err = lock.f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
			return lock, err
		}
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("the database in %s belongs to another user: start as that user, or choose another BM_DATA_DIR", p.home)
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		pid := holder(p)
		if alive(pid) || time.Now().After(deadline) {
			return nil, &OwnedError{Dir: p.home, PID: pid}
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// holder is the pid that the owner wrote; 0 when there is none.
func holder(p place) int {
	pid, _ := strconv.Atoi(strings.TrimSpace(readLine(p.ownerLock())))
	return pid
}

// alive counts a process of another user too: it may not be signalled, but it is
// there.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// waitUntilEmpty waits for the server of an owner that was killed. It has been
// told to stop by the kernel, and starting beside it would be refused.
func waitUntilEmpty(ctx context.Context, data string, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		pids := occupants(data)
		if len(pids) == 0 {
			// Nobody works here, so a postmaster.pid left by a crash is stale,
			// also when its number is by now another process's. The server
			// itself could not know that, and would refuse.
			err := os.Remove(filepath.Join(data, "postmaster.pid"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
				return err
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("a PostgreSQL server (process %d) still runs in %s after %s, though the process that started it is gone: end it (kill -INT %d) and start again", pids[0], data, wait, pids[0])
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
