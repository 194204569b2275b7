package sandbox

import (
	"slices"
	"sync"
	"time"
)

// The three ends of an event.
const (
	delivered = "delivered"
	failed    = "failed"
	notSent   = "not_sent"
)

// event is one post as it is remembered.
type event struct {
	ID       int       `json:"id"`
	Kind     string    `json:"kind"`
	Field    string    `json:"field"`
	PSID     string    `json:"psid,omitempty"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
	Mids     []string  `json:"mids,omitempty"`
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"` // why it was not sent
	Attempts []attempt `json:"attempts"`
	Body     string    `json:"body"` // the bytes that were signed and posted
}

// attempt is one post of it and what the callback answered.
type attempt struct {
	Status int     `json:"status,omitempty"` // 0: no answer
	Millis float64 `json:"ms"`
	Error  string  `json:"error,omitempty"`
	Answer string  `json:"answer,omitempty"`
}

// maxKept is how many events of one app are remembered. They are a help to the
// eye, not a store: Meta remembers none.
const maxKept = 200

// history remembers the latest events of every app, oldest first.
type history struct {
	mu    sync.Mutex
	count int
	apps  map[string][]event
}

// keep files a new event under a new number, or replaces the one it was.
func (h *history) keep(app string, e event) event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.apps == nil {
		h.apps = map[string][]event{}
	}
	list := h.apps[app]
	if i := slices.IndexFunc(list, func(o event) bool { return o.ID == e.ID }); e.ID != 0 && i >= 0 {
		list[i] = e
		return e
	}
	if e.ID == 0 {
		h.count++
		e.ID = h.count
	}
	list = append(list, e)
	if len(list) > maxKept {
		list = slices.Delete(list, 0, len(list)-maxKept)
	}
	h.apps[app] = list
	return e
}

func (h *history) all(app string) []event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.apps[app])
}

func (h *history) get(app string, id int) (event, bool) {
	return h.latest(app, func(e event) bool { return e.ID == id })
}

// last is the latest event of one person.
func (h *history) last(app, psid string) (event, bool) {
	return h.latest(app, func(e event) bool { return e.PSID == psid })
}

// lastMid is the id of that person's latest message.
func (h *history) lastMid(app, psid string) string {
	e, ok := h.latest(app, func(e event) bool { return e.PSID == psid && len(e.Mids) > 0 })
	if !ok {
		return ""
	}
	return e.Mids[len(e.Mids)-1]
}

func (h *history) latest(app string, is func(event) bool) (event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range slices.Backward(h.apps[app]) {
		if is(e) {
			return e, true
		}
	}
	return event{}, false
}

// caption is one line of what an event says.
func caption(name string, env envelope) string {
	if name == "batch" {
		return "Several messages in one post"
	}
	in := env.Entry[0]
	if len(in.Messaging)+len(in.Standby) > 0 {
		it := append(in.Messaging, in.Standby...)[0]
		if it.Message != nil && it.Message.Text != "" {
			return it.Message.Text
		}
		if it.Postback != nil {
			return it.Postback.Title
		}
	}
	if k, ok := kindNamed(name); ok {
		return k.Label
	}
	return name
}
