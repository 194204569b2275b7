package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// result is one line of the table.
type result struct {
	businesses, connections int
	rate                    float64 // acknowledged a second
	p50, p99                time.Duration
	plain                   float64 // pgbench with the yardstick's clients, mean of before and after
	same                    float64 // pgbench with as many clients as connections
	events                  int
	used                    usage
	memory                  int64
	refused, silent         int
	lowest, highest         float64 // ratio over the rounds
}

func (r *result) ratio() float64 { return r.rate / r.plain }

// bench is a measurement under way.
type bench struct {
	plan
	ground  *ground
	rows    *plain
	running *product
	conn    *pgx.Conn
	runs    int // so far; the name of the next
	acked   int // in all
}

func (p plan) measure(ctx context.Context, out io.Writer) error {
	// The generator keeps little and makes much; it must not take the time of what
	// it measures.
	debug.SetGCPercent(400)
	began := time.Now()
	b := &bench{plan: p}
	var err error
	if b.ground, err = layGround(ctx, p.dir, slices.Max(p.businesses)); err != nil {
		return err
	}
	defer b.ground.clear()
	if b.rows, err = newPlain(ctx, b.ground, p.rowsFor); err != nil {
		return err
	}
	if b.conn, err = b.ground.open(ctx); err != nil {
		return err
	}
	defer b.conn.Close(context.WithoutCancel(ctx))
	if b.running, err = startProduct(ctx, b.ground, p.product); err != nil {
		return err
	}
	defer b.running.stop()
	t := table{began: began}
	if t.server, err = version(ctx, b.conn); err != nil {
		return err
	}
	if t.rows, err = b.rounds(ctx); err != nil {
		return err
	}
	if t.half, t.halfRate, err = b.half(ctx, t.rows); err != nil {
		return err
	}
	if t.bare, err = b.bare(ctx); err != nil {
		return err
	}
	t.acked = b.acked
	return t.print(out)
}

func version(ctx context.Context, conn *pgx.Conn) (v string, err error) {
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version')`).Scan(&v)
	return v, err
}

// rounds measures everything as often as asked, and gives for each line the round
// with the median ratio.
func (b *bench) rounds(ctx context.Context) ([]result, error) {
	var all [][]result // by line, then by round
	for range b.times {
		i := 0
		for _, businesses := range b.businesses {
			for _, connections := range b.connections {
				r, err := b.line(ctx, businesses, connections)
				if err != nil {
					return nil, err
				}
				if i == len(all) {
					all = append(all, nil)
				}
				all[i] = append(all[i], r)
				i++
			}
		}
	}
	rows := make([]result, len(all))
	for i, list := range all {
		rows[i] = median(list)
	}
	return rows, nil
}

// median gives the result with the median ratio, the lower one of two, and the
// spread.
func median(list []result) result {
	slices.SortFunc(list, func(a, b result) int {
		if a.ratio() < b.ratio() {
			return -1
		}
		return 1
	})
	m := list[(len(list)-1)/2]
	m.lowest, m.highest = list[0].ratio(), list[len(list)-1].ratio()
	return m
}

// line measures one line of the table, with pgbench on both sides of it.
func (b *bench) line(ctx context.Context, businesses, connections int) (result, error) {
	r := result{businesses: businesses, connections: connections}
	before, err := b.rows.rate(ctx, yardstick)
	if err != nil {
		return r, err
	}
	if err := b.events(ctx, &r, 0); err != nil {
		return r, err
	}
	after, err := b.rows.rate(ctx, yardstick)
	if err != nil {
		return r, err
	}
	r.plain = (before + after) / 2
	r.same = r.plain
	if connections != yardstick {
		r.same, err = b.rows.rate(ctx, connections)
	}
	return r, err
}

// events runs the generator against the product and makes the account.
func (b *bench) events(ctx context.Context, r *result, rate float64) error {
	lines := b.ground.lines[:r.businesses]
	numbers, err := readNumbers(ctx, b.conn, lines)
	if err != nil {
		return err
	}
	b.runs++
	l := load{run: b.runs, host: b.running.host, lines: lines, connections: r.connections, rate: rate, warm: b.warm, length: b.length}
	who := parties{product: b.running.cmd.Process.Pid, database: b.ground.server.PID()}
	var looks []usage
	profiled := make(chan error, 1)
	o := l.send(ctx, func() {
		looks = append(looks, who.used())
		if len(looks) == 1 {
			go func() { profiled <- b.profiled(ctx, r) }()
		}
	})
	if err := <-profiled; err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	acked, err := settle(ctx, b.conn, lines, numbers, newAccount(b.runs, o.answers))
	if err != nil {
		return err
	}
	b.acked += acked
	r.take(o, b.length)
	r.used = looks[1].since(looks[0])
	r.memory = mostMemory(who.product)
	return nil
}

func (b *bench) profiled(ctx context.Context, r *result) error {
	if b.profiles == "" {
		return nil
	}
	return b.running.profile(ctx, b.length, filepath.Join(b.profiles, fmt.Sprintf("%d-%d.pprof", r.businesses, r.connections)))
}

func (r *result) take(o outcome, length time.Duration) {
	r.events = len(o.delays)
	r.rate = float64(r.events) / length.Seconds()
	r.p50, r.p99 = o.delays.percentile(50), o.delays.percentile(99)
	r.refused, r.silent = o.refused, o.silent
}

// half offers half of the best rate, on a schedule that does not wait.
func (b *bench) half(ctx context.Context, rows []result) (result, float64, error) {
	best := slices.MaxFunc(rows, func(a, c result) int { return int(a.rate - c.rate) })
	r := result{businesses: best.businesses, connections: best.connections}
	rate := best.rate / 2
	return r, rate, b.events(ctx, &r, rate)
}

// bare measures the server that stores nothing.
func (b *bench) bare(ctx context.Context) (result, error) {
	r := result{businesses: 1, connections: yardstick}
	lines := b.ground.lines[:1]
	err := withBare(ctx, lines[0].secret, func(host string) error {
		l := load{host: host, lines: lines, connections: r.connections, warm: b.warm, length: b.length}
		r.take(l.send(ctx, func() {}), b.length)
		return ctx.Err()
	})
	return r, err
}
