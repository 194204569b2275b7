package browser

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// product is the program as make run starts it, on ports of its own.
type product struct {
	binary  string
	dir     string
	env     []string
	console string
	webhook string
	ops     string
	sandbox string
	signIn  string
	browser context.Context // every test opens a window of its own in it
	mu      sync.Mutex
	out     bytes.Buffer
	people  int
}

// shared is started by TestMain for all tests: a start takes some seconds.
var shared *product

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser tests:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "bm-browser")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// The database's own user must be able to pass.
	if err := os.Chmod(dir, 0o755); err != nil {
		return 0, err
	}
	shared = &product{dir: dir, binary: filepath.Join(dir, "businessmanager")}
	build := exec.Command("go", "build", "-o", shared.binary, "../../cmd/businessmanager")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build: %w\n%s", err, out)
	}
	stop, err := shared.start()
	if err != nil {
		return 0, err
	}
	defer stop()
	chromium, err := findChromium()
	if err != nil {
		return 0, err
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.WindowSize(1440, 1100),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-dev-shm-usage", true),
		// Nothing but this machine is ever asked.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	defer endAlloc()
	var end context.CancelFunc
	shared.browser, end = chromedp.NewContext(alloc)
	defer end()
	if err := chromedp.Do(shared.browser); err != nil {
		return 0, fmt.Errorf("start Chromium: %w", err)
	}
	code = m.Run()
	// The policy's own reports: nothing that a page did was refused.
	if strings.Contains(shared.output(), "content security policy") {
		return 1, fmt.Errorf("a browser reported something against the content security policy:\n%s", shared.output())
	}
	return code, nil
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Chromium: install it with 'apt-get install chromium', or run 'make test'")
}

// start brings the program up and waits until it says that it is ready.
func (p *product) start() (stop func(), err error) {
	addrs := make([]string, 4)
	for i := range addrs {
		if addrs[i], err = freeAddress(); err != nil {
			return nil, err
		}
	}
	p.console, p.webhook, p.ops, p.sandbox = "http://"+addrs[0], "http://"+addrs[1], "http://"+addrs[2], "http://"+addrs[3]
	p.env = append(cleanEnvironment(), "BM_DATA_DIR="+filepath.Join(p.dir, "data"),
		"BM_CONSOLE_ADDR="+addrs[0], "BM_CONSOLE_URL="+p.console, "BM_WEBHOOK_ADDR="+addrs[1], "BM_WEBHOOK_URL="+p.webhook,
		"BM_OPS_ADDR="+addrs[2], "BM_SANDBOX_ADDR="+addrs[3])
	cmd := exec.Command(p.binary, "dev")
	cmd.Env, cmd.Dir = p.env, p.dir
	pipe, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_ = w.Close()
	ready := make(chan string, 1)
	go p.read(pipe, ready)
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	select {
	case p.signIn = <-ready:
		return stop, nil
	case <-time.After(2 * time.Minute):
		stop()
		return nil, fmt.Errorf("the program did not come up:\n%s", p.output())
	}
}

// read collects what the program prints and finds the sign-in link in it.
func (p *product) read(r io.Reader, ready chan<- string) {
	link := regexp.MustCompile(`http://\S+/link/\S+`)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	signIn := ""
	for lines.Scan() {
		p.mu.Lock()
		p.out.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if l := link.FindString(lines.Text()); l != "" {
			signIn = l
		}
		if signIn != "" && strings.Contains(lines.Text(), "Stop it with") {
			ready <- signIn
		}
	}
}

func (p *product) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func cleanEnvironment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "BM_") && !strings.HasPrefix(v, "DATABASE_URL=") {
			env = append(env, v)
		}
	}
	return env
}

// run is a command beside the running program.
func (p *product) run(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.binary, args...)
	cmd.Env, cmd.Dir, cmd.Stdin = p.env, p.dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("businessmanager %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// person adds somebody who can sign in, and gives address and password.
func (p *product) person(t *testing.T, role string, args ...string) (email, password string) {
	t.Helper()
	p.mu.Lock()
	p.people++
	n := p.people
	p.mu.Unlock()
	email = fmt.Sprintf("person-%d@example.com", n)
	password = "violet-harbour-lantern-47"
	p.run(t, password+"\n", append([]string{"user", "add", email, "--name", fmt.Sprintf("Person Number%d", n), "--role", role, "--password-stdin"}, args...)...)
	return email, password
}

// get fetches an address without a browser.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}
