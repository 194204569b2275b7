package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/internal/meta"
)

// bareWord on the command line makes this program the bare server.
const bareWord = "bare"

// serveBare is the least that a server in Go does for a post: read it, verify its
// signature, answer. It says its address, and ends when its starter closes in; the
// app secret is the one line that comes from there.
func serveBare(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	secret, err := lines.ReadString('\n')
	if err != nil {
		return err
	}
	key := bm.NewSecret(strings.TrimSpace(secret))
	debug.SetGCPercent(400) // as the product's webhook role
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err != nil || !(meta.Messenger{}).Signed(r.Header, body, key) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})}
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		_ = srv.Close()
	}()
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return err
	}
	if err := srv.Serve(ln); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// withBare runs do while a bare server runs as a process of its own.
func withBare(ctx context.Context, secret string, do func(host string) error) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, bareWord)
	cmd.Stderr = os.Stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { _ = to.Close(); _ = cmd.Wait() }()
	if _, err := fmt.Fprintln(to, secret); err != nil {
		return err
	}
	host, err := bufio.NewReader(from).ReadString('\n')
	if err != nil {
		return err
	}
	return do(strings.TrimSpace(host))
}
