package api

import (
	"context"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
)

// sequence is the after of the pull side: 0 is not the same as absent.
type sequence struct {
	number int64
	set    bool
}

// Receiver, OnParamSet and Schema are how huma reads and describes it.
func (s *sequence) Receiver() reflect.Value   { return reflect.ValueOf(&s.number).Elem() }
func (s *sequence) OnParamSet(is bool, _ any) { s.set = is }
func (*sequence) Schema(huma.Registry) *huma.Schema {
	least := 0.0
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &least}
}

// Resolve refuses an empty after, which huma takes for none: whoever pulls would
// get the newest events, in the other order.
func (*eventsIn) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	if q := u.Query(); q.Has("after") && q.Get("after") == "" {
		return []error{&huma.ErrorDetail{Location: "query.after", Message: "invalid integer"}}
	}
	return nil
}

// How far one call looks for events that match further filters: what it finds by
// then it gives, with a cursor for the rest.
const (
	pullRounds = 10
	pullBatch  = 201 // one page at most, and one to see whether there is more
)

// pullEvents is the pull side of delivery. Its order is that of the sequences,
// which are given when events are committed, so that none can appear behind a
// reader.
func (a *API) pullEvents(ctx context.Context, by *asked, in *eventsIn) (*eventsOut, error) {
	if in.Platform == "" {
		return nil, bm.InvalidField("platform", "A sequence counts the events of one deployment. Say of which platform.")
	}
	d, err := a.Store.Deployment(ctx, by.actor.Scope, by.business.ID, in.Platform)
	if err != nil {
		return nil, err
	}
	list := fmt.Sprintf("events for the bot of %d", d.ID)
	at, err := in.place(list)
	if err != nil {
		return nil, err
	}
	if in.Cursor == "" {
		at = in.After.number
	}
	var rows []bm.Event
	for range pullRounds {
		batch, err := a.Store.EventsForBot(ctx, &d, at, pullBatch)
		if err != nil {
			return nil, err
		}
		for i := range batch {
			if len(rows) == in.Limit {
				return a.eventsOf(by.actor, rows, cursorFor(list, at)), nil
			}
			if at = batch[i].Sequence; in.wants(&batch[i]) {
				rows = append(rows, batch[i])
			}
		}
		if len(batch) < pullBatch {
			return a.eventsOf(by.actor, rows, Next{}), nil
		}
	}
	return a.eventsOf(by.actor, rows, cursorFor(list, at)), nil
}

// wants tells whether an event passes the further filters.
func (in *eventsIn) wants(e *bm.Event) bool {
	return (in.Kind == "" || e.Kind == bm.EventKind(in.Kind)) &&
		(in.State == "" || e.State == bm.EventState(in.State)) &&
		(in.Conversation == "" || e.Conversation == in.Conversation) &&
		(in.From.IsZero() || !e.ReceivedAt.Before(in.From)) &&
		(in.To.IsZero() || e.ReceivedAt.Before(in.To))
}
