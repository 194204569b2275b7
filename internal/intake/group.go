package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

const (
	// groupSize is how many events are committed together at most, unless a single
	// post holds more. Beyond some hundreds a bigger group gains nothing and only
	// makes the first of them wait for the last.
	groupSize = 500
	// queueSize is how many posts wait for a group at most: a second's worth at
	// full speed, well below what a sender would still wait for.
	queueSize = 4096
)

var errQueueFull = errors.New("too many posts are waiting for a commit")

// groups commits posts that arrive together in one transaction. There is one
// committer: while it waits for the disk, the next group gathers; no timer delays
// anybody.
type groups struct {
	log     *store.Log
	topics  *topics
	metrics *metrics
	now     func() time.Time
	queue   chan *waiting
}

// waiting is a post that waits for its commit.
type waiting struct {
	arrivals []store.Arrival
	deadline time.Time
	done     chan error // holds one answer, so that nobody waits for a caller who left
}

func newGroups(log *store.Log, t *topics, m *metrics, now func() time.Time) *groups {
	return &groups{log: log, topics: t, metrics: m, now: now, queue: make(chan *waiting, queueSize)}
}

// commit hands arrivals to the group and returns when they are committed; at once,
// when too many wait already.
func (g *groups) commit(ctx context.Context, arrivals []store.Arrival) error {
	w := &waiting{arrivals: arrivals, done: make(chan error, 1)}
	w.deadline, _ = ctx.Deadline()
	select {
	case g.queue <- w:
	default:
		return errQueueFull
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run commits one group after the other until the context ends and the queue is empty.
func (g *groups) run(ctx context.Context) {
	for {
		select {
		case w := <-g.queue:
			g.commitGroup(ctx, g.gather(w))
		case <-ctx.Done():
			for len(g.queue) > 0 {
				g.commitGroup(ctx, g.gather(<-g.queue))
			}
			return
		}
	}
}

// gather takes everything that waits, up to a group's size. Posts that were given
// up meanwhile, and answered with 503, are let go.
func (g *groups) gather(w *waiting) []*waiting {
	var posts []*waiting
	for n := 0; ; {
		if w.deadline.IsZero() || time.Now().Before(w.deadline) {
			posts, n = append(posts, w), n+len(w.arrivals)
		} else {
			w.done <- context.DeadlineExceeded
		}
		if n >= groupSize {
			return posts
		}
		select {
		case w = <-g.queue:
		default:
			return posts
		}
	}
}

// commitGroup stores a group and answers each post of it. Where one post's data
// spoils the transaction, each is tried alone, so that it spoils only its own.
func (g *groups) commitGroup(ctx context.Context, posts []*waiting) {
	if len(posts) == 0 {
		return
	}
	err := g.append(ctx, posts)
	if err == nil || len(posts) == 1 || bm.KindOf(err) == bm.Busy {
		for _, w := range posts {
			w.done <- err
		}
		return
	}
	var away error // once the database is away, it is for the rest too
	for _, w := range posts {
		if away == nil {
			err = g.append(ctx, []*waiting{w})
			if bm.KindOf(err) == bm.Busy {
				away = err
			}
		}
		w.done <- err
	}
}

func (g *groups) append(ctx context.Context, posts []*waiting) (err error) {
	defer func() {
		// The committer is one for all: a panic here would stop every callback for good.
		if p := recover(); p != nil {
			err = fmt.Errorf("commit: %v", p)
		}
	}()
	// The senders' own deadlines do not end a commit that others wait for too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	n := 0
	for _, w := range posts {
		n += len(w.arrivals)
	}
	all := make([]store.Arrival, 0, n)
	for _, w := range posts {
		all = append(all, w.arrivals...)
	}
	start := g.now()
	tally, err := g.log.Append(ctx, all)
	g.metrics.group(len(posts), tally, err, g.now().Sub(start))
	if err != nil {
		return err
	}
	g.topics.addStored(all)
	return nil
}
