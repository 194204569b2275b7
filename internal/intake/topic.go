package intake

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"businessmanager/internal/store"
)

// topics gathers what changed, to be told a few times a second.
type topics struct {
	mu  sync.Mutex
	set map[topic]bool
}

type topic struct {
	noun string
	id   int64
}

func newTopics() *topics { return &topics{set: map[topic]bool{}} }

func (t *topics) add(noun string, id int64) {
	t.mu.Lock()
	t.set[topic{noun, id}] = true
	t.mu.Unlock()
}

// addStored tells of events that were stored. Neighbours of the same deployment are
// told of once: a group often holds hundreds.
func (t *topics) addStored(arrivals []store.Arrival) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range arrivals {
		a := &arrivals[i]
		if i > 0 && a.DeploymentID == arrivals[i-1].DeploymentID {
			continue
		}
		t.set[topic{"events", a.BusinessID}] = true
		t.set[topic{"deployment", a.DeploymentID}] = true
	}
}

// payloads empties the set into notifications; each holds less than the 8,000
// bytes that Postgres allows.
func (t *topics) payloads() []string {
	t.mu.Lock()
	set := t.set
	t.set = map[topic]bool{}
	t.mu.Unlock()
	var out []string
	var b strings.Builder
	for tp := range set {
		if b.Len() > 7900 {
			out = append(out, b.String())
			b.Reset()
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(tp.noun + ":" + strconv.FormatInt(tp.id, 10))
	}
	if b.Len() > 0 {
		out = append(out, b.String())
	}
	return out
}

// announce tells what changed. Pages also look by themselves now and then, so what
// cannot be told is not kept.
func (in *Intake) announce(ctx context.Context) {
	for _, p := range in.topics.payloads() {
		if err := in.store.Announce(ctx, p); err != nil {
			in.logger.Debug("changes could not be announced", "error", err)
			return
		}
	}
}
