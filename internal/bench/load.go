package main

import (
	"context"
	"slices"
	"sync"
	"time"
)

// load is one run of the generator.
type load struct {
	run          int
	host         string
	lines        []line
	connections  int
	rate         float64 // events a second on a fixed schedule; 0: as fast as answered
	warm, length time.Duration
}

// outcome is what the generator saw. Everything sent counts for the account; the
// figures count only what was answered inside the measured time.
type outcome struct {
	answers [][]answer // by connection and number
	delays  delays     // of what was acknowledged in the measured time
	refused int        // answered, but not with 2xx
	silent  int        // no answer: stored or not
}

// answer is what became of one event.
type answer uint8

const (
	noAnswer answer = iota
	refusal
	acknowledged
)

// send posts until the time is over. The edges of the measured time are told as they
// come, so that others can look at their clocks.
func (l *load) send(ctx context.Context, edge func()) outcome {
	// A moment for all connections to be there.
	start := time.Now().Add(50 * time.Millisecond)
	workers := make([]*worker, l.connections)
	var wg sync.WaitGroup
	for id := range workers {
		w := &worker{load: l, id: id, start: start, client: client{host: l.host}, writer: newWriter()}
		workers[id] = w
		wg.Go(func() { w.send(ctx) })
	}
	for _, at := range []time.Duration{l.warm, l.warm + l.length} {
		select {
		case <-time.After(time.Until(start.Add(at))):
		case <-ctx.Done():
		}
		edge()
	}
	wg.Wait()
	var o outcome
	for _, w := range workers {
		o.answers = append(o.answers, w.answers)
		o.delays = append(o.delays, w.delays...)
		o.refused += w.refused
		o.silent += w.silent
	}
	slices.Sort(o.delays)
	return o
}

// worker is one connection: one request at a time.
type worker struct {
	load   *load
	id     int
	start  time.Time
	client client
	writer *writer

	answers         []answer
	delays          delays
	refused, silent int
}

func (w *worker) send(ctx context.Context) {
	defer w.client.close()
	from := w.start.Add(w.load.warm)
	end := from.Add(w.load.length)
	sleep(ctx, w.start)
	for n := 0; ctx.Err() == nil; n++ {
		began := time.Now()
		if w.load.rate > 0 {
			// The schedule never waits for what is measured, and the delay counts
			// from it, so a stall shows in full.
			began = w.planned(n)
			sleep(ctx, began)
		}
		if !began.Before(end) {
			return
		}
		got := w.one(ctx, n)
		w.answers = append(w.answers, got)
		done := time.Now()
		if got == acknowledged && !done.Before(from) && done.Before(end) {
			w.delays = append(w.delays, done.Sub(began))
		}
	}
}

// planned is when the schedule wants the worker's n-th event sent; the connections
// take turns.
func (w *worker) planned(n int) time.Time {
	return w.start.Add(time.Duration(float64(n*w.load.connections+w.id) / w.load.rate * float64(time.Second)))
}

func (w *worker) one(ctx context.Context, n int) answer {
	to := &w.load.lines[(w.id+n)%len(w.load.lines)]
	status, err := w.client.do(w.writer.post(w.load.host, to, mark{w.load.run, w.id, n}, time.Now()))
	switch {
	case err != nil:
		w.silent++
		sleep(ctx, time.Now().Add(20*time.Millisecond)) // a refused connection is not a reason to spin
		return noAnswer
	case status/100 != 2:
		w.refused++
		return refusal
	}
	return acknowledged
}

func sleep(ctx context.Context, until time.Time) {
	d := time.Until(until)
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// delays are kept whole, sorted: at these rates exact percentiles cost less than a
// histogram is worth.
type delays []time.Duration

// percentile gives the delay that p of a hundred do not exceed; zero of none.
func (d delays) percentile(p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	return d[min(int(p/100*float64(len(d))), len(d)-1)]
}
