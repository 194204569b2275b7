package sandbox

import (
	"bytes"
	"context"
	"embed"
	"io"
	"net/http"
	"slices"
	"time"
)

//go:embed samples
var samples embed.FS

const (
	// attempts at one post: the first and "a few immediate" ones (reference, 2.3).
	attempts = 3
	// maxBatch is how many updates one post may bring (reference, 2.3); a call
	// of the control API sends no more posts than that either.
	maxBatch = 1000
	// batchOf is what the chat's button sends in one post.
	batchOf = 3
)

// send does what was asked and gives the events that came of it.
func (s *Sandbox) send(ctx context.Context, id string, a ask, origin string) ([]event, error) {
	owner, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if err := a.check(&owner); err != nil {
		return nil, err
	}
	if a.Kind == "duplicate" {
		e, err := s.duplicate(ctx, &owner, a)
		return []event{e}, err
	}
	posts := a.Count
	if a.Kind == "batch" {
		posts = 1
	}
	events := make([]event, 0, posts)
	for range posts {
		e, err := s.sendOne(ctx, &owner, a, origin)
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, nil
}

// check fills in what may be left out and refuses what cannot be sent.
func (a *ask) check(owner *app) error {
	a.Kind = or(a.Kind, "message")
	if _, ok := kindNamed(a.Kind); !ok && a.Kind != "batch" && a.Kind != "duplicate" {
		return refuse(http.StatusUnprocessableEntity, "There is no kind of event by this name.")
	}
	if a.PSID == "" && len(owner.People) > 0 {
		a.PSID = owner.People[0].PSID
	}
	if a.PSID == "" || len(a.PSID) > 64 {
		return refuse(http.StatusUnprocessableEntity, "Give the id of the person who writes.")
	}
	if a.Count == 0 {
		a.Count = 1
		if a.Kind == "batch" {
			a.Count = batchOf
		}
	}
	if a.Count < 1 || a.Count > maxBatch {
		return refuse(http.StatusUnprocessableEntity, "Between 1 and 1000 events can be sent at once.")
	}
	return nil
}

func (s *Sandbox) sendOne(ctx context.Context, owner *app, a ask, origin string) (event, error) {
	c := scene{ask: a, pageID: owner.PageID, now: s.now().UnixMilli(),
		lastMid: s.history.lastMid(owner.ID, a.PSID), origin: origin}
	field, env := "messages", envelope{}
	if a.Kind == "batch" {
		env = c.batch()
	} else {
		k, _ := kindNamed(a.Kind)
		field = k.Field
		env = c.wrap(field, []item{k.build(c)})
	}
	body, err := encode(env)
	if err != nil {
		return event{}, err
	}
	e := event{Kind: a.Kind, Field: field, PSID: a.PSID, Text: caption(a.Kind, env), Mids: env.mids(), Body: string(body)}
	return s.release(ctx, owner, e, owner.barrier(field), a.Once), nil
}

// duplicate posts the bytes of the person's last event once more, as Meta does
// when an acknowledgement got lost.
func (s *Sandbox) duplicate(ctx context.Context, owner *app, a ask) (event, error) {
	last, ok := s.history.last(owner.ID, a.PSID)
	if !ok {
		return event{}, refuse(http.StatusUnprocessableEntity, "Nothing was sent yet that could be sent again.")
	}
	last.ID, last.Kind, last.Attempts, last.Reason = 0, "duplicate", nil, ""
	return s.release(ctx, owner, last, owner.barrier(last.Field), a.Once), nil
}

// test posts the dashboard's sample of one field. Meta does so whether or not
// the field is subscribed; it needs the callback only.
func (s *Sandbox) test(ctx context.Context, id, field string) (event, error) {
	owner, err := s.find(id)
	if err != nil {
		return event{}, err
	}
	env, err := sample(field, s.now().Unix())
	if err != nil {
		return event{}, refuse(http.StatusUnprocessableEntity, "There is no field by this name.")
	}
	body, err := encode(env)
	if err != nil {
		return event{}, err
	}
	barrier := ""
	if owner.CallbackURL == "" {
		barrier = owner.barrier(field)
	}
	e := event{Kind: testKind, Field: field, Text: "Sample of " + field, Body: string(body)}
	return s.release(ctx, &owner, e, barrier, true), nil
}

// testKind marks events of the Test button; no person's chat shows them.
const testKind = "test"

// resend posts a kept event once more, with the same bytes.
func (s *Sandbox) resend(ctx context.Context, id string, number int) (event, error) {
	owner, err := s.find(id)
	if err != nil {
		return event{}, err
	}
	e, ok := s.history.get(id, number)
	if !ok {
		return event{}, refuse(http.StatusNotFound, "This event is no longer kept.")
	}
	barrier := owner.barrier(e.Field)
	if e.Kind == testKind && owner.CallbackURL != "" {
		barrier = ""
	}
	return s.release(ctx, &owner, e, barrier, true), nil
}

// release posts an event where nothing bars it, and keeps what came of it.
func (s *Sandbox) release(ctx context.Context, owner *app, e event, barrier string, once bool) event {
	e.At, e.State, e.Reason = s.now(), notSent, barrier
	if e.Attempts == nil {
		e.Attempts = []attempt{} // an empty list in JSON, never null
	}
	if barrier == "" {
		tries := attempts
		if once {
			tries = 1
		}
		s.post(ctx, owner, &e, tries)
	}
	s.log.Debug("event sent", "app_id", owner.ID, "kind", e.Kind, "state", e.State, "attempts", len(e.Attempts))
	return s.history.keep(owner.ID, e)
}

// post makes up to so many attempts, one right after the other, and stops at
// the first 200. Leaving the page does not end it: Meta's sending does not hang
// on anybody's browser either.
func (s *Sandbox) post(ctx context.Context, owner *app, e *event, tries int) {
	ctx = context.WithoutCancel(ctx)
	e.State = failed
	made := slices.Clone(e.Attempts) // the history holds the old ones
	for range tries {
		one := s.attempt(ctx, owner, []byte(e.Body))
		made = append(made, one)
		if one.Status == http.StatusOK {
			e.State = delivered
			break
		}
	}
	e.Attempts = made
}

func (s *Sandbox) attempt(ctx context.Context, owner *app, body []byte) attempt {
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, owner.CallbackURL, bytes.NewReader(body))
	if err != nil {
		return attempt{Error: "This URL cannot be called."}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-Hub-Signature", signature1(owner.Secret, body))
	req.Header.Set("X-Hub-Signature-256", signature256(owner.Secret, body))
	res, err := s.client.Do(req)
	if err != nil {
		return attempt{Millis: millis(began), Error: s.inWords(err)}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxShown))
	a := attempt{Status: res.StatusCode, Millis: millis(began), Answer: clean(string(answer))}
	if err != nil {
		a.Status, a.Error = 0, s.inWords(err)
	}
	return a
}

func millis(began time.Time) float64 {
	return float64(time.Since(began).Microseconds()) / 1000
}
