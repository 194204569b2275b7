package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
	// House law wants the platforms behind connect. Masking is a pure function of
	// an event's bytes, and connect has no act for it.
	"businessmanager/internal/store"
)

const aboutEvents = "Newest first. With after and platform: the deployment's events for the bot with a higher sequence, ascending. " +
	"Sequences have no gaps and stand in the order in which events were committed, so a reader that goes on from the last one it saw misses none. " +
	"When next_cursor is null there is no more for now: ask again later with after as the last sequence that you saw. " +
	"With further filters a page of these may be short, or empty, and still have a next_cursor.\n\n" +
	"event holds the platform's own object, byte for byte. A bot's token gets it as it came. For other tokens the secrets that platforms put into events, such as notification tokens, are masked; " +
	"tokens that may not read conversations (support) get no event at all."

// Event is one event as it is sent.
type Event struct {
	ID           string          `json:"id" doc:"evt_…"`
	Type         eventKind       `json:"type"`
	Sequence     *int64          `json:"sequence" doc:"Counts the deployment's events for the bot without a gap; null for the others."`
	State        eventState      `json:"state"`
	BusinessID   int64           `json:"business_id"`
	Platform     string          `json:"platform"`
	Account      *string         `json:"account" doc:"Page ID."`
	Conversation *string         `json:"conversation" doc:"The person's page-scoped id; null for an event without a person."`
	MessageID    *string         `json:"message_id" doc:"The platform's id of the message that it is or speaks of."`
	OccurredAt   *time.Time      `json:"occurred_at" doc:"The platform's own time; null when it gave none."`
	ReceivedAt   time.Time       `json:"received_at"`
	Standby      bool            `json:"standby" doc:"Another app held the conversation."`
	Event        json.RawMessage `json:"event,omitempty" doc:"The platform's own object, byte for byte."`
}

// appendJSON writes the event with the platform's bytes untouched.
func (e Event) appendJSON(to []byte) ([]byte, error) {
	raw := e.Event
	e.Event = nil
	type plain Event
	b, err := plainJSON(plain(e))
	if err != nil || raw == nil {
		return append(to, b...), err
	}
	to = append(to, b[:len(b)-1]...)
	return append(append(append(to, `,"event":`...), raw...), '}'), nil
}

// eventKind and eventState are the words of bm, with all of them in the schema.
type (
	eventKind  bm.EventKind
	eventState bm.EventState
)

// Schema names them all.
func (*eventKind) Schema(huma.Registry) *huma.Schema { return oneOf(bm.EventKinds()) }

// Schema names them all.
func (*eventState) Schema(huma.Registry) *huma.Schema { return oneOf(bm.EventStates()) }

func (a *API) eventOf(by bm.Actor, e *bm.Event) Event {
	out := Event{
		ID: e.ID(), Type: eventKind(e.Kind), State: eventState(e.State), BusinessID: e.BusinessID, Platform: string(e.Platform),
		Account: textOrNull(e.Account), Conversation: textOrNull(e.Conversation), MessageID: textOrNull(e.MessageID),
		ReceivedAt: e.ReceivedAt.UTC(), Standby: e.Standby,
	}
	if e.Sequence > 0 {
		out.Sequence = &e.Sequence
	}
	if e.HasTime() {
		out.OccurredAt = timeOrNull(e.OccurredAt)
	}
	switch {
	case !by.Can(bm.ReadConversations):
	case by.Role == bm.RoleBot: // the pull side of delivery
		out.Event = e.Body
	default:
		// Of a platform that is no longer known, nobody can tell what is secret.
		if p, err := a.Connect.Platform(e.Platform); err == nil {
			out.Event = p.Mask(e.Body)
		}
	}
	return out
}

// EventList is a page of events.
type EventList struct {
	Events []Event `json:"events"`
	Next
}

func (l EventList) appendJSON(to []byte) ([]byte, error) {
	to = append(to, `{"events":[`...)
	for i, e := range l.Events {
		if i > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = e.appendJSON(to); err != nil {
			return nil, err
		}
	}
	next, err := plainJSON(l.NextCursor)
	to = append(append(to, `],"next_cursor":`...), next...)
	return append(to, '}'), err
}

type eventsIn struct {
	BusinessPath
	Page
	Platform     bm.PlatformName `query:"platform"`
	Kind         eventKind       `query:"kind" doc:"Only events of this type."`
	State        eventState      `query:"state"`
	Conversation string          `query:"conversation" doc:"Only those of this person."`
	From         time.Time       `query:"from" doc:"Only those received at this time or later."`
	To           time.Time       `query:"to" doc:"Only those received before this time."`
	After        sequence        `query:"after" doc:"A sequence: the events for the bot above it, ascending. Needs platform."`
}

type eventsOut struct{ Body EventList }

func (a *API) listEvents(ctx context.Context, by *asked, in *eventsIn) (*eventsOut, error) {
	if err := a.knownPlatform(in.Platform); err != nil {
		return nil, err
	}
	if in.After.set {
		return a.pullEvents(ctx, by, in)
	}
	list := fmt.Sprintf("events of %d", by.business.ID)
	before, err := in.place(list)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Events(ctx, by.actor.Scope, by.business.ID, store.EventQuery{
		Platform: in.Platform, Kind: bm.EventKind(in.Kind), State: bm.EventState(in.State), Conversation: in.Conversation,
		From: in.From, To: in.To, Before: before, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	rows, next := cut(&in.Page, rows, list, func(e *bm.Event) int64 { return e.Log })
	return a.eventsOf(by.actor, rows, next), nil
}

func (a *API) eventsOf(by bm.Actor, rows []bm.Event, next Next) *eventsOut {
	out := EventList{Events: make([]Event, 0, len(rows)), Next: next}
	for i := range rows {
		out.Events = append(out.Events, a.eventOf(by, &rows[i]))
	}
	return &eventsOut{out}
}

type eventIn struct {
	BusinessPath
	EventID string `path:"event_id" doc:"evt_…"`
}

type eventOut struct{ Body Event }

func (a *API) getEvent(ctx context.Context, by *asked, in *eventIn) (*eventOut, error) {
	e, err := a.Store.Event(ctx, by.actor.Scope, by.business.ID, in.EventID)
	if err != nil {
		return nil, err
	}
	return &eventOut{a.eventOf(by.actor, &e)}, nil
}
