package pgrun

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

const startTime = `SELECT pg_postmaster_start_time()::text`

func TestCommandSharesTheRunningServer(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: settled(t, who)}
		first := up(t, begin(t, who, o))
		o.Use = true
		guest := up(t, begin(t, who, o))
		if guest.PID != 0 {
			t.Errorf("the command started a server of its own, process %d", guest.PID)
		}
		if a, b := ask(t, first.URL, startTime), ask(t, guest.URL, startTime); a != b {
			t.Errorf("two servers: started %s and %s", a, b)
		}
		guest.stop()
		if got := ask(t, first.URL, `SELECT 1`); got != "1" {
			t.Error("the owner's server ended with the command")
		}
	})
}

func TestCommandAloneRunsAServerForItsOwnDuration(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: settled(t, who), Use: true}
		alone := up(t, begin(t, who, o))
		if alone.PID == 0 {
			t.Error("nobody ran a server and the command borrowed one")
		}
		do(t, alone.URL, `CREATE TABLE kept ()`)
		alone.stop()
		if n := workers(alone.Dir); n != 0 {
			t.Errorf("%d processes still run after the command", n)
		}
		o.Use = false
		up(t, begin(t, who, o))
	})
}

func TestCommandDoesNotEndUnderItsGuests(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: settled(t, nil)}
	host, err := Use(t.Context(), o)
	must(t, err)
	guest, err := Use(t.Context(), o)
	must(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- host.Stop(context.Background()) }()
	for range 20 {
		if got := ask(t, guest.URL(), `SELECT 1`); got != "1" {
			t.Fatal("the host's server ended under its guest")
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("the host stopped before its guest left: %v", err)
	default:
	}
	must(t, guest.Stop(t.Context()))
	select {
	case err := <-stopped:
		must(t, err)
	case <-time.After(time.Minute):
		t.Fatal("the host did not stop after its guest left")
	}
}

func TestCommandsAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: filepath.Join(room(t, who), ".data"), Use: true}
		var all []*owner
		for range 3 {
			all = append(all, spawnOwner(t, who, o))
		}
		owners := 0
		for _, w := range all {
			w.hear(t)
			up(t, w)
			if w.PID != 0 {
				owners++
			}
			if got := ask(t, w.URL, `SELECT 1`); got != "1" {
				t.Error("a command was given a server that does not answer")
			}
		}
		for _, w := range all {
			_ = w.stdin.Close() // all may go: whoever is the host waits for the others
		}
		if owners != 1 {
			t.Errorf("%d commands started a server, want one", owners)
		}
	})
}
