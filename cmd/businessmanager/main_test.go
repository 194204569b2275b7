package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// The test binary is the program itself when it is asked to be, for what only a
// process of its own can show.
const asProgram = "TEST_RUNS_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// spawn starts the program as a process.
func spawn(t *testing.T, environ []string, args ...string) (*running, *os.Process) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), append(environ, asProgram+"=1")...)
	r := &running{t: t, out: newLines(), err: newLines(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = r.out, r.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.stop = func() { _ = cmd.Process.Kill() }
	go func() {
		defer close(r.ended)
		_ = cmd.Wait()
		r.code = cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { r.end() })
	return r, cmd.Process
}

func TestFirstSignalEndsInOrderAndTheSecondAtOnce(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		r, process := spawn(t, onAnyPort(environ...), "serve")
		r.await(r.err, "msg=ready")
		if err := process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := r.wait(); code != exitDone {
			t.Errorf("%v: it ended with %d: %s", sig, code, r.err)
		}
	}

	r, process := spawn(t, onAnyPort(environ...), "serve")
	r.await(r.err, "msg=ready")
	// A form whose body does not come holds up the end in order. That we are asked
	// for the body shows that it has begun.
	conn, err := net.Dial("tcp", r.address("console"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("the form was not begun: %q, %v", line, err)
	}
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.await(r.err, "msg=stopping")
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.await(r.err, "ended at once")
	if code := r.wait(); code != exitFailed {
		t.Errorf("asked twice, it ended with %d", code)
	}
}
