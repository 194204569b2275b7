package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// yardstick is how many clients the pgbench has that everything is compared with.
const yardstick = 32

// plain measures what the server can do with the simplest durable write: one row of
// as many bytes as a post, one transaction each. It is PostgreSQL's own pgbench.
type plain struct {
	program string
	script  string
	length  time.Duration
	environ []string
}

func newPlain(ctx context.Context, g *ground, length time.Duration) (*plain, error) {
	p := &plain{program: filepath.Join(g.server.Bin(), "pgbench"), script: filepath.Join(g.dir, "insert.sql"), length: length}
	if _, err := os.Stat(p.program); err != nil {
		return nil, fmt.Errorf("pgbench is missing beside the server programs in %s: install it (Debian: it comes with postgresql)", g.server.Bin())
	}
	conn, err := g.open(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE TABLE bench_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)`); err != nil {
		return nil, err
	}
	at, err := pgx.ParseConfig(g.server.URL())
	if err != nil {
		return nil, err
	}
	// By environment, since arguments can be read by every user of the machine.
	p.environ = []string{
		"PGHOST=" + at.Host, fmt.Sprintf("PGPORT=%d", at.Port), "PGUSER=" + at.User,
		"PGPASSWORD=" + at.Password, "PGDATABASE=" + at.Database, "PGSSLMODE=disable", "LC_ALL=C",
	}
	statement := fmt.Sprintf("INSERT INTO bench_rows (body) VALUES (repeat('x', %d));\n", size)
	return p, os.WriteFile(p.script, []byte(statement), 0o600)
}

// rate gives rows a second with a number of clients. pgbench counts the making of
// connections as part of its time, though not in its rate; on a busy machine that may
// be all of it. Then it runs again for longer.
func (p *plain) rate(ctx context.Context, clients int) (float64, error) {
	length := p.length
	for range 4 {
		said, err := p.run(ctx, clients, length)
		if err != nil {
			return 0, err
		}
		rate, connecting, ok := parseRate(said)
		if ok && length-connecting >= p.length/2 {
			return rate, nil
		}
		if !ok {
			connecting = length
		}
		length = p.length + 2*connecting
	}
	return 0, fmt.Errorf("pgbench spent its time making %d connections: the machine is too busy to measure", clients)
}

func (p *plain) run(ctx context.Context, clients int, length time.Duration) (string, error) {
	cmd := exec.CommandContext(ctx, p.program, "--no-vacuum", "--file="+p.script,
		fmt.Sprintf("--client=%d", clients), fmt.Sprintf("--jobs=%d", min(clients, runtime.NumCPU())),
		fmt.Sprintf("--time=%d", int(length.Seconds()+0.5)))
	cmd.Env = p.environ
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("pgbench failed: %w: %s", err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), nil
}

var (
	rateLine       = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)
	connectingLine = regexp.MustCompile(`(?m)^initial connection time = ([0-9.]+) ms`)
)

// parseRate reads what pgbench said; it names no rate when nothing was done.
func parseRate(said string) (rate float64, connecting time.Duration, ok bool) {
	r, c := rateLine.FindStringSubmatch(said), connectingLine.FindStringSubmatch(said)
	if r == nil || c == nil {
		return 0, 0, false
	}
	rate, err := strconv.ParseFloat(r[1], 64)
	milli, bad := strconv.ParseFloat(c[1], 64)
	return rate, time.Duration(milli * float64(time.Millisecond)), err == nil && bad == nil && rate > 0
}
