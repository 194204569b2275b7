package pgrun

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestDataSurviveARestart(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: filepath.Join(room(t, who), ".data")}
		first := up(t, begin(t, who, o))
		do(t, first.URL, `CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)`)
		first.stop()
		if n := workers(first.Dir); n != 0 {
			t.Errorf("%d processes still run after Stop", n)
		}
		second := up(t, begin(t, who, o))
		if got := ask(t, second.URL, `SELECT n FROM kept`); got != "42" {
			t.Errorf("after a restart the row is %s, want 42", got)
		}
		if first.Dir != second.Dir {
			t.Errorf("the data moved from %s to %s", first.Dir, second.Dir)
		}
	})
}

func TestKilledOwnerLosesNothingAndLeavesNoServer(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: settled(t, who)}
		first := up(t, begin(t, who, o))
		do(t, first.URL, `CREATE TABLE kept (n int)`)
		// A connection in the middle of a transaction must not hold the end up.
		busy, err := pgx.Connect(t.Context(), first.URL)
		must(t, err)
		_, err = busy.Exec(t.Context(), `BEGIN; INSERT INTO kept VALUES (-1)`)
		must(t, err)
		do(t, first.URL, `INSERT INTO kept SELECT generate_series(1, 1000)`)
		first.kill()
		second := up(t, begin(t, who, o))
		if slices.Contains(occupants(filepath.Join(second.Dir, "data")), first.PID) {
			t.Errorf("the killed owner's server, process %d, still runs", first.PID)
		}
		if got := ask(t, second.URL, `SELECT count(*) || ' ' || min(n) FROM kept`); got != "1000 1" {
			t.Errorf("after a kill the table holds %q, want what was committed: 1000 1", got)
		}
	})
}

func TestSecondOwnerIsRefusedAtOnceAndToldThePid(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: settled(t, who)}
		first := up(t, begin(t, who, o))
		asked := time.Now()
		second := begin(t, who, o)
		if took := time.Since(asked); took > 15*time.Second { // half the wait for a dead owner
			t.Errorf("refused after %s, want at once", took)
		}
		if !strings.Contains(second.Err, "process "+strconv.Itoa(first.cmd.Process.Pid)+":") || strings.Contains(second.Err, "\n") {
			t.Errorf("refusal is %q, want one line that names process %d", second.Err, first.cmd.Process.Pid)
		}
		if got := ask(t, first.URL, `SELECT 1`); got != "1" {
			t.Error("the first owner's server suffered")
		}
	})
}

// A lingerer looks like a server that has not stopped yet.
func lingerer(t *testing.T, data string) *os.Process {
	t.Helper()
	bin := filepath.Join(room(t, nil), "postgres")
	b, err := os.ReadFile("/bin/sleep")
	must(t, err)
	must(t, os.WriteFile(bin, b, 0o755))
	p, err := os.StartProcess(bin, []string{"postgres", "300"}, &os.ProcAttr{Dir: data})
	must(t, err)
	t.Cleanup(func() { _ = p.Kill(); _, _ = p.Wait() })
	return p
}

func TestServerThatIsStillStoppingIsWaitedFor(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: settled(t, nil), Wait: 50 * time.Millisecond}
	s, err := Start(t.Context(), o)
	must(t, err)
	must(t, s.Stop(t.Context()))
	old := lingerer(t, s.place.data())

	_, err = Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "process "+strconv.Itoa(old.Pid)) {
		t.Fatalf("the wait ended with %v, want a line that names process %d", err, old.Pid)
	}

	o.Wait = time.Minute
	result := make(chan error, 1)
	go func() {
		s, err := Start(t.Context(), o)
		if err == nil {
			err = s.Stop(context.Background())
		}
		result <- err
	}()
	// The start holds the owner's lock while it waits.
	eventually(t, "the start waits", func() bool { return owned(s.place) && holder(s.place) == os.Getpid() })
	select {
	case err := <-result:
		t.Fatalf("the start did not wait: %v", err)
	default:
	}
	must(t, old.Kill())
	_, _ = old.Wait()
	must(t, <-result)
}

func TestStalePidOfAnotherProcessIsNoServer(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{DataDir: settled(t, nil)})
	must(t, err)
	must(t, s.Stop(t.Context()))
	// A process of the server's own user: that is the one the server would
	// believe in.
	cmd := s.place.acc.command("/", "/bin/sleep", "300")
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	stale := filepath.Join(s.place.data(), "postmaster.pid")
	must(t, os.WriteFile(stale, []byte(strconv.Itoa(cmd.Process.Pid)+"\n"+s.place.data()+"\n1\n5432\n\n\n  1 1\nready\n"), 0o600))
	must(t, s.place.acc.give(stale))
	again, err := Start(t.Context(), Options{DataDir: s.place.clone})
	must(t, err)
	must(t, again.Stop(t.Context()))
}

func TestInterruptedFirstStartIsNoHarm(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		dir := room(t, who)
		o := order{DataDir: dir}
		half := filepath.Join(dir, "postgres", "data.new-*", "base")
		first := spawnOwner(t, who, o)
		eventually(t, "initdb is at work", func() bool { m, _ := filepath.Glob(half); return len(m) > 0 })
		first.kill()
		second := up(t, begin(t, who, o))
		if got := ask(t, second.URL, `SELECT 1`); got != "1" {
			t.Error("the database does not answer")
		}
		second.stop()
		// The killed initdb's own children may have written a moment longer than
		// the second start cleaned up.
		third := up(t, begin(t, who, o))
		if left, _ := filepath.Glob(filepath.Join(third.Dir, "data.new-*")); len(left) != 0 {
			t.Errorf("half-made data are left: %q", left)
		}
	})
}

func TestServerThatEndsByItselfIsReported(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{DataDir: settled(t, nil)})
	must(t, err)
	if s.Err() != nil {
		t.Errorf("a running server has the error %v", s.Err())
	}
	must(t, syscall.Kill(s.PID(), syscall.SIGQUIT))
	select {
	case <-s.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("Done stays open after the server ended")
	}
	if s.Err() == nil {
		t.Error("the server ended by itself and Err is nil")
	}
	must(t, s.Stop(t.Context()))
	again, err := Start(t.Context(), Options{DataDir: s.place.clone})
	must(t, err)
	must(t, again.Stop(t.Context()))
	if again.Err() != nil {
		t.Errorf("after Stop Err is %v, want nil", again.Err())
	}
}
