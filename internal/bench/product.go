package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// product is the webhook role, running as people run it.
type product struct {
	cmd   *exec.Cmd
	ended chan struct{}
	said  bytes.Buffer // read after ended is closed
	host  string       // of the callbacks
	ops   string
}

// buildProduct makes the program from the sources that this one was made from.
func buildProduct(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "businessmanager")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "businessmanager/cmd/businessmanager")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the product does not build: %w: %s", err, bytes.TrimSpace(out))
	}
	return program, nil
}

// startProduct starts the program on the ground.
func startProduct(ctx context.Context, g *ground, program string) (_ *product, err error) {
	if program == "" {
		if program, err = buildProduct(ctx, g.dir); err != nil {
			return nil, err
		}
	}
	free, err := freeAddresses(2)
	if err != nil {
		return nil, err
	}
	p := &product{host: free[0], ops: "http://" + free[1], ended: make(chan struct{})}
	p.cmd = exec.Command(program, "serve", "--roles", "webhook", "--log-level", "warn")
	p.cmd.Env = []string{
		"DATABASE_URL=" + g.server.URL(), "BM_KEYSET_FILE=" + g.keyset, "BM_DATA_DIR=" + g.dir,
		"BM_WEBHOOK_ADDR=" + free[0], "BM_OPS_ADDR=" + free[1],
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	if err := p.awaitReady(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(p.said.Bytes()))
	}
	return p, nil
}

// freeAddresses are free now; another process could only take one in the moment
// before the product does, and then it says so.
func freeAddresses(n int) ([]string, error) {
	var list []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		list = append(list, ln.Addr().String())
	}
	return list, nil
}

func (p *product) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if r, err := get(ctx, p.ops+"/readyz"); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the product ended at its start")
		case <-ctx.Done():
			return fmt.Errorf("the product did not get ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(r)
}

// profile writes a CPU profile of the next seconds to a file.
func (p *product) profile(ctx context.Context, length time.Duration, path string) error {
	r, err := get(ctx, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", p.ops, max(1, int(length.Seconds()))))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, r.Body)
	return err
}

// stop ends it in order, or at once when it takes longer than it may.
func (p *product) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}
