package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

const (
	// pathLive is the one stream that a browser holds.
	pathLive = "/live"
	// liveTopics is how many topics a page may follow; ours have two at most.
	liveTopics = 20
	// liveStreams bounds the streams of one process.
	liveStreams = 2000
	// liveLength is how long a stream may last before the browser opens another,
	// and with it is asked again who it is.
	liveLength = 10 * time.Minute
	// liveBeat keeps proxies from closing a quiet stream.
	liveBeat = 20 * time.Second
)

// changes hands topics that changed to the streams that follow them.
type changes struct {
	mu      sync.Mutex
	streams map[*stream]bool
	ended   chan struct{} // closed when no more will be told
	end     func()
}

// stream is one browser that listens.
type stream struct {
	topics map[string]bool
	wake   chan struct{}
	due    []string // guarded by changes.mu
}

func newChanges() *changes {
	h := &changes{streams: map[*stream]bool{}, ended: make(chan struct{})}
	h.end = sync.OnceFunc(func() { close(h.ended) })
	return h
}

func (h *changes) open(topics map[string]bool) (*stream, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) >= liveStreams {
		return nil, false
	}
	s := &stream{topics: topics, wake: make(chan struct{}, 1)}
	h.streams[s] = true
	return s, true
}

func (h *changes) close(s *stream) {
	h.mu.Lock()
	delete(h.streams, s)
	h.mu.Unlock()
}

// tell marks topics as changed; all is for when something may have been missed.
func (h *changes) tell(topics []string, all bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		before := len(s.due)
		if all {
			s.due = s.due[:0]
			for t := range s.topics {
				s.due = append(s.due, t)
			}
		}
		for _, t := range topics {
			if s.topics[t] && !slices.Contains(s.due, t) {
				s.due = append(s.due, t)
			}
		}
		if len(s.due) > before || all {
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
	}
}

func (h *changes) take(s *stream) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	due := s.due
	s.due = nil
	return due
}

// Follow listens for what changes and tells the open streams, until ctx ends.
// Pages also ask by themselves, so what is missed shows a little later. When it
// ends, it ends the streams: an open page must not hold up a shutdown.
func (k *Console) Follow(ctx context.Context) {
	defer k.changes.end()
	wait := 100 * time.Millisecond
	for ctx.Err() == nil {
		err := k.Store.Listen(ctx, []string{store.ChannelChanges},
			func() { k.changes.tell(nil, true); wait = 100 * time.Millisecond },
			func(_, payload string) { k.changes.tell(strings.Fields(payload), false) })
		if ctx.Err() != nil {
			return
		}
		k.Log.Debug("the notifications of changes are interrupted", "err", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// live streams the names of topics that changed. It carries no content: what
// changed is fetched through the guarded routes.
func live(c *call) error {
	topics, err := c.topics(c.query("topics"))
	if err != nil {
		return err
	}
	s, ok := c.changes.open(topics)
	if !ok {
		return bm.Errorf(bm.Busy, "Too many pages listen at once. They ask every few seconds instead.")
	}
	defer c.changes.close(s)
	w := c.web.Response()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies that gather answers would hold it back
	w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(w)
	send := func(text string) error {
		if err := out.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return out.Flush()
	}
	if send("retry: 3000\n\n") != nil {
		return nil // the browser has gone
	}
	end, beat := time.NewTimer(liveLength), time.NewTicker(liveBeat)
	defer end.Stop()
	defer beat.Stop()
	for {
		text := ": still here\n\n"
		select {
		case <-c.ctx().Done():
			return nil
		case <-c.changes.ended:
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
		case <-s.wake:
			text = fmt.Sprintf("event: change\ndata: %s\n\n", strings.Join(c.changes.take(s), " "))
		}
		if send(text) != nil {
			return nil
		}
	}
}

// topics reads what a page wants to follow, and keeps what its reader may see.
func (c *call) topics(list string) (map[string]bool, error) {
	out := map[string]bool{}
	for i, t := range strings.Split(list, ",") {
		noun, number, _ := strings.Cut(t, ":")
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil || i >= liveTopics {
			continue
		}
		see := false
		switch noun {
		case "events":
			_, err = c.Store.Business(c.ctx(), c.actor.Scope, id)
			see = err == nil
		case "deployment":
			see, err = c.Store.DeploymentInSight(c.ctx(), c.actor.Scope, id)
		}
		if err != nil && bm.KindOf(err) != bm.NotFound {
			return nil, err
		}
		if see {
			out[t] = true
		}
	}
	return out, nil
}
