package pgrun

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// orderKey is the environment variable that turns the test binary into an owner
// of a server: a process of its own, which a test can kill.
const orderKey = "PGRUN_TEST_ORDER"

type order struct {
	Use     bool
	DataDir string
	Install bool
}

type answer struct {
	URL, Dir, Err string
	PID           int
	Said          []string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(orderKey); text != "" {
		os.Exit(obey(text))
	}
	// One copy of ourselves that every user may run, made while nothing forks: a
	// child that still held the copy open for writing would make it busy.
	dir, err := os.MkdirTemp("/var/tmp", "pgrun-self-")
	if err == nil {
		err = copySelf(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const selfKey = "PGRUN_TEST_SELF"

func copySelf(dir string) error {
	path := filepath.Join(dir, "owner")
	b, err := os.ReadFile("/proc/self/exe")
	return errors.Join(err, os.WriteFile(path, b, 0o755), os.Chmod(path, 0o755), os.Chmod(dir, 0o711), os.Setenv(selfKey, path))
}

// obey starts the server, tells the test, and stops it when the test closes our
// input.
func obey(text string) int {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return 2
	}
	var a answer
	options := Options{DataDir: o.DataDir, Install: o.Install,
		Say: func(s string) { a.Said = append(a.Said, s) }}
	start := Start
	if o.Use {
		start = Use
	}
	s, err := start(context.Background(), options)
	if err != nil {
		a.Err = err.Error()
		_ = json.NewEncoder(os.Stdout).Encode(a)
		return 1
	}
	a.URL, a.Dir, a.PID = s.URL(), s.Dir(), s.PID()
	_ = json.NewEncoder(os.Stdout).Encode(a)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(context.Background()); err != nil {
		return 1
	}
	return 0
}

// A person is who runs an owner; nil is whoever runs the tests.
type person = *syscall.Credential

// asEach runs a promise as root and as a plain user, or only as a plain user
// when that is what runs the tests.
func asEach(t *testing.T, promise func(t *testing.T, who person)) {
	t.Helper()
	if os.Geteuid() != 0 {
		promise(t, nil)
		return
	}
	t.Run("root", func(t *testing.T) { t.Parallel(); promise(t, nil) })
	t.Run("plain user", func(t *testing.T) {
		t.Parallel()
		promise(t, nobody())
	})
}

// room makes a folder that its person owns and everybody may pass. Go's own
// TempDir is closed to other users, which is a test of its own below.
func room(t *testing.T, who person) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "pgrun-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	if who != nil {
		must(t, os.Chown(dir, int(who.Uid), int(who.Gid)))
	}
	t.Cleanup(func() {
		// No test may leave a server behind, whatever it tests.
		eventually(t, "no server is left below "+dir, func() bool { return workers(dir) == 0 })
		_ = os.RemoveAll(dir)
	})
	return dir
}

// settled is a room whose first start is over: most promises are about later
// ones, and making data takes a second of the processor.
func settled(t *testing.T, who person) string {
	t.Helper()
	dir := room(t, who)
	seed := rootSeed
	if who != nil {
		seed = plainSeed
	}
	from, err := seed()
	must(t, err)
	out, err := exec.Command("cp", "-a", from+"/postgres", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

var (
	rootSeed  = sync.OnceValues(func() (string, error) { return makeSeed(nil) })
	plainSeed = sync.OnceValues(func() (string, error) { return makeSeed(nobody()) })
)

// makeSeed has an owner start, and end at once because it has no input.
func makeSeed(who person) (string, error) {
	dir, err := os.MkdirTemp(filepath.Dir(os.Getenv(selfKey)), "seed-*")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", err
	}
	if who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(order{DataDir: dir})
	if err != nil {
		return "", err
	}
	cmd := exec.Command(os.Getenv(selfKey))
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), orderKey+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	_, err = cmd.Output() // the answer holds a password: not for an error
	return dir, err
}

func nobody() person { return &syscall.Credential{Uid: 65534, Gid: 65534} }

type owner struct {
	answer
	cmd   *exec.Cmd
	stdin io.Closer
	heard chan answer
}

// begin starts an owner and waits for what it has to say.
func begin(t *testing.T, who person, o order) *owner {
	t.Helper()
	w := spawnOwner(t, who, o)
	w.hear(t)
	return w
}

func spawnOwner(t *testing.T, who person, o order) *owner {
	t.Helper()
	text, err := json.Marshal(o)
	must(t, err)
	cmd := exec.Command(os.Getenv(selfKey))
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), orderKey+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	w := &owner{cmd: cmd, stdin: stdin, heard: make(chan answer, 1)}
	t.Cleanup(w.stop)
	go func() {
		var a answer
		_ = json.NewDecoder(bufio.NewReader(stdout)).Decode(&a)
		w.heard <- a
	}()
	return w
}

func (w *owner) hear(t *testing.T) {
	t.Helper()
	select {
	case w.answer = <-w.heard:
	case <-time.After(90 * time.Second):
		t.Fatal("the owner said nothing for 90 s")
	}
}

func (w *owner) stop() {
	_ = w.stdin.Close()
	_ = w.cmd.Wait()
}

func (w *owner) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !ok(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 60 s: %s", what)
		}
	}
}

// workers counts the processes that work somewhere below a folder.
func workers(dir string) int {
	n := 0
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir+"/") {
			n++
		}
	}
	return n
}

func up(t *testing.T, w *owner) *owner {
	t.Helper()
	if w.Err != "" {
		t.Fatalf("the server did not start: %s", w.Err)
	}
	return w
}

func do(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), sql)
	must(t, err)
}

func ask(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer conn.Close(context.Background())
	var v any
	must(t, conn.QueryRow(t.Context(), sql).Scan(&v))
	return fmt.Sprint(v)
}
