package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/pgtest"
	"businessmanager/internal/store"
)

// patience is for a machine with too much to do; idle, nothing here takes 5 s.
const patience = 2 * time.Minute

// ended is how a command ended and what it said.
type ended struct {
	code     int
	out, err string
}

// last is the last line on the standard output, where what is for a script stands.
func (e ended) last() string {
	lines := strings.Split(strings.TrimSpace(e.out), "\n")
	return lines[len(lines)-1]
}

// ask runs one command to its end.
func ask(t *testing.T, environ []string, args ...string) ended {
	t.Helper()
	return askWith(t, environ, "", args...)
}

func askWith(t *testing.T, environ []string, in string, args ...string) ended {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, environ, strings.NewReader(in), &out, &errs)
	return ended{code, out.String(), errs.String()}
}

// must runs a command that has to succeed.
func must(t *testing.T, environ []string, args ...string) ended {
	t.Helper()
	e := ask(t, environ, args...)
	if e.code != exitDone {
		t.Fatalf("%v ended with %d: %s", args, e.code, e.err)
	}
	return e
}

// refused runs a command that has to fail with a code and one lower-case line.
func refused(t *testing.T, code int, environ []string, want string, args ...string) {
	t.Helper()
	e := ask(t, environ, args...)
	checkRefusal(t, e, code, want, args)
}

func checkRefusal(t *testing.T, e ended, code int, want string, args []string) {
	t.Helper()
	line, rest, _ := strings.Cut(e.err, "\n")
	text, ours := strings.CutPrefix(line, "businessmanager: ")
	switch {
	case e.code != code:
		t.Errorf("%v ended with %d, want %d: %s", args, e.code, code, e.err)
	case !ours || rest != "" || text != lowerFirst(text):
		t.Errorf("%v said %q, want one line, lower case", args, e.err)
	case !strings.Contains(text, want):
		t.Errorf("%v said %q, want something with %q", args, text, want)
	}
}

// lines is what a running command has said so far.
type lines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // closed and made anew at every write
}

func newLines() *lines { return &lines{wrote: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wrote)
	l.wrote = make(chan struct{})
	return l.text.Write(p)
}

func (l *lines) so() (text string, more <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.wrote
}

func (l *lines) String() string { text, _ := l.so(); return text }

// running is a command that goes on until it is told to end.
type running struct {
	t        *testing.T
	out, err *lines
	stop     context.CancelFunc
	ended    chan struct{}
	code     int
}

// begin starts a command; the end of the test ends it.
func begin(t *testing.T, environ []string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, out: newLines(), err: newLines(), stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		r.code = run(ctx, args, environ, strings.NewReader(""), io.Writer(r.out), io.Writer(r.err))
	}()
	t.Cleanup(func() { r.end() })
	return r
}

// await waits until a pattern stands in the output and gives its groups.
func (r *running) await(l *lines, pattern string) []string {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(patience)
	for {
		text, more := l.so()
		if found := re.FindStringSubmatch(text); found != nil {
			return found
		}
		select {
		case <-more:
		case <-r.ended:
			if found := re.FindStringSubmatch(l.String()); found != nil {
				return found
			}
			r.t.Fatalf("the command ended with %d before it said %q:\n%s%s", r.code, pattern, r.out, r.err)
		case <-late:
			r.t.Fatalf("the command never said %q:\n%s%s", pattern, r.out, r.err)
		}
	}
}

// address waits until a listener is told of and gives its address.
func (r *running) address(of string) string {
	r.t.Helper()
	return r.await(r.err, `msg=listening for=`+of+` address=(\S+)`)[1]
}

// end asks the command to end, as SIGTERM does, and gives its exit code.
func (r *running) end() int {
	r.stop()
	return r.wait()
}

func (r *running) wait() int {
	select {
	case <-r.ended:
		return r.code
	case <-time.After(patience):
		r.t.Errorf("the command does not end:\n%s%s", r.out, r.err)
		return -1
	}
}

// onAnyPort lets a process listen wherever there is room.
func onAnyPort(more ...string) []string {
	return append([]string{
		"BM_CONSOLE_ADDR=127.0.0.1:0", "BM_WEBHOOK_ADDR=127.0.0.1:0",
		"BM_OPS_ADDR=127.0.0.1:0", "BM_SANDBOX_ADDR=127.0.0.1:0",
	}, more...)
}

// room is a folder that the database's own user can pass through.
func room(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// onDatabase is an environment on a database of the test's own, and its data folder.
func onDatabase(t *testing.T) (environ []string, url string) {
	t.Helper()
	url = pgtest.URL(t)
	return []string{"DATABASE_URL=" + url, "BM_DATA_DIR=" + room(t)}, url
}

// storeOn opens a store beside the commands.
func storeOn(t *testing.T, url string) *store.Store {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return store.New(pool)
}

// closed tells whether nothing listens on an address.
func closed(address string) bool {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return true
	}
	_ = conn.Close()
	return false
}
