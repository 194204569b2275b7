package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the whole command. The word bareWord alone makes it the bare server, which
// it starts itself.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 1 && args[0] == bareWord {
		return serveBare(in, out)
	}
	p, err := parsePlan(args)
	if err != nil {
		return err
	}
	return p.measure(ctx, out)
}

// plan is what is measured.
type plan struct {
	connections []int
	businesses  []int
	times       int           // rounds
	warm        time.Duration // before what counts, in each run
	length      time.Duration // of what counts
	rowsFor     time.Duration // of each pgbench
	dir         string        // where the database's folder is made
	product     string        // program to measure; empty: built from the sources
	profiles    string        // folder for CPU profiles of the product; empty: none
}

// counts is a flag: numbers with commas between.
type counts []int

func (c *counts) String() string { return fmt.Sprint([]int(*c)) }

func (c *counts) Set(s string) error {
	*c = nil
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("%q is not a number from 1 to %d", part, most)
		}
		*c = append(*c, n)
	}
	return nil
}

// most connections or businesses: pgbench holds as many connections as it has
// clients, and the server is started with room for these.
const most = 256

func parsePlan(args []string) (plan, error) {
	var p plan
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	connections, businesses := counts{1, 8, 32, 128}, counts{1, 100}
	f.Var(&connections, "connections", "how many connections post at a time, with commas between")
	f.Var(&businesses, "businesses", "over how many businesses the events are spread, with commas between")
	f.IntVar(&p.times, "rounds", 1, "how often everything is measured; the table shows medians and the spread")
	f.DurationVar(&p.warm, "warm", 2*time.Second, "how long each run warms up")
	f.DurationVar(&p.length, "length", 8*time.Second, "how long each run is measured")
	f.DurationVar(&p.rowsFor, "pgbench", 4*time.Second, "how long each pgbench runs; whole seconds")
	f.StringVar(&p.dir, "dir", "/var/tmp", "folder on the disk to be measured; a folder of its own is made in it and removed")
	f.StringVar(&p.product, "product", "", "a built businessmanager to measure, to compare two of them (default: it is built)")
	f.StringVar(&p.profiles, "profile", "", "folder that gets a CPU profile of the product for each run")
	quick := f.Bool("quick", false, "about 30 s in all, to see that everything works; the figures mean little")
	if err := f.Parse(args); err != nil {
		return p, err
	}
	if *quick {
		p.warm, p.length, p.rowsFor, p.times = 200*time.Millisecond, 800*time.Millisecond, 2*time.Second, 1
	}
	p.connections, p.businesses = connections, businesses
	if p.times < 1 || p.length <= 0 || p.warm < 0 || p.rowsFor < time.Second {
		return p, fmt.Errorf("rounds, length and pgbench must be above zero, pgbench at least a second")
	}
	return p, nil
}
