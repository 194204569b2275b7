package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"businessmanager/internal/pgrun"
)

// roomy is what a suite may fill: a server takes 40 MB and a test's database 10,
// and containers often come with 64 MB of /dev/shm.
const roomy = 2 << 30

// A base is the folder that the test binaries of one user share.
type base struct{ dir string }

func openBase() (base, error) {
	parent := os.TempDir()
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && fs.Bavail*uint64(fs.Bsize) > roomy {
		parent = "/dev/shm"
	}
	b := base{filepath.Join(parent, "businessmanager-test-"+strconv.Itoa(os.Geteuid()))}
	if err := os.Mkdir(b.dir, 0o711); err != nil && !errors.Is(err, os.ErrExist) {
		return b, err
	}
	// The parent is open to everybody, so somebody else may have been first.
	info, err := os.Lstat(b.dir)
	if err != nil {
		return b, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return b, fmt.Errorf("%s is not a folder of ours alone: remove it", b.dir)
	}
	return b, os.Chmod(b.dir, 0o711) // past any umask: the server's user must pass
}

// plant copies the seed into a new folder below parent. The first to ask makes
// the seed, and makes it again when it does not come up any more, as after an
// upgrade of PostgreSQL.
func (b base) plant(ctx context.Context, parent string) (string, error) {
	turn, err := os.OpenFile(filepath.Join(b.dir, "seed.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	defer turn.Close()
	if err := syscall.Flock(int(turn.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	seed := filepath.Join(b.dir, "seed")
	if !fits(ctx, seed) {
		if err := b.makeSeed(ctx, seed); err != nil {
			return "", err
		}
	}
	dir, err := os.MkdirTemp(parent, "run-*")
	if err != nil {
		return "", err
	}
	// cp keeps owners, which the server insists on.
	out, err := exec.CommandContext(ctx, "cp", "-a", seed+"/.", dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the test server's data cannot be copied: %s (%w)", out, err)
	}
	return dir, os.Chmod(dir, 0o711)
}

// fits tells whether a seed is there and of the version that would make it
// today.
func fits(ctx context.Context, seed string) bool {
	made, err := os.ReadFile(filepath.Join(seed, "postgres", "data", "PG_VERSION"))
	if err != nil {
		return false
	}
	major, err := pgrun.Version(ctx, pgrun.Options{})
	return err == nil && string(made) == strconv.Itoa(major)+"\n"
}

// makeSeed makes the data beside and renames them when whole.
func (b base) makeSeed(ctx context.Context, seed string) error {
	fresh, err := os.MkdirTemp(b.dir, "seed-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o711); err != nil {
		return err
	}
	s, err := pgrun.Start(ctx, pgrun.Options{DataDir: fresh, Settings: careless()})
	if err != nil {
		return err
	}
	if err := s.Stop(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(seed); err != nil {
		return err
	}
	return os.Rename(fresh, seed)
}

// clearAfterUs removes a folder when this process has ended, however it ended. A
// test binary has no last word of its own, and the folder is memory.
func clearAfterUs(dir string) error {
	// The shell reads until we are gone, then tries until the server is too
	// (10 s; it stops in 0.1).
	const script = `cat >/dev/null; for i in $(seq 100); do rm -rf "$0" 2>/dev/null && exit; sleep 0.1; done`
	cmd := exec.Command("/bin/sh", "-c", script, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the tests
	// The far end is never closed by us: the kernel does it when we end. A file
	// that nobody holds would be closed by the garbage collector instead, so it
	// is a bare descriptor.
	var ends [2]int
	syscall.ForkLock.RLock()
	err := syscall.Pipe(ends[:])
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return err
	}
	near := os.NewFile(uintptr(ends[0]), "end of the tests")
	defer near.Close()
	cmd.Stdin = near
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}
