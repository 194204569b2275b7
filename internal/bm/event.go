package bm

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventKind is what happened, in the words of the API (`type`).
type EventKind string

// The kinds. Echo is a message that the Page sent; Test comes from a dashboard's
// Test button; Unknown is whatever we could not read, kept whole.
const (
	KindMessage        EventKind = "message"
	KindPostback       EventKind = "postback"
	KindReaction       EventKind = "reaction"
	KindEdit           EventKind = "edit"
	KindReferral       EventKind = "referral"
	KindOptin          EventKind = "optin"
	KindAccountLinking EventKind = "account_linking"
	KindFeedback       EventKind = "feedback"
	KindOrder          EventKind = "order"
	KindHandover       EventKind = "handover"
	KindPolicy         EventKind = "policy"
	KindRead           EventKind = "read"
	KindDelivery       EventKind = "delivery"
	KindEcho           EventKind = "echo"
	KindChange         EventKind = "change"
	KindTest           EventKind = "test"
	KindUnknown        EventKind = "unknown"
)

// EventKinds lists every kind, in the order in which filters show them.
func EventKinds() []EventKind {
	return []EventKind{
		KindMessage, KindPostback, KindReaction, KindEdit, KindReferral, KindOptin,
		KindAccountLinking, KindFeedback, KindOrder, KindHandover, KindPolicy,
		KindRead, KindDelivery, KindEcho, KindChange, KindTest, KindUnknown,
	}
}

// DefaultBotEvents are the kinds that a bot gets unless its deployment says
// otherwise. Echoes and standby are not among them: a bot that answers echoes
// talks to itself.
func DefaultBotEvents() []string {
	return []string{
		"message", "postback", "reaction", "edit", "referral", "optin",
		"account_linking", "feedback", "order", "handover",
	}
}

// Standby is the word that lets events of another app's conversations through to
// a bot, in a list of bot events.
const Standby = "standby"

// ForBot tells whether an event is for the bot, by the deployment's list.
func ForBot(list []string, kind EventKind, standby bool) bool {
	if !slices.Contains(list, string(kind)) {
		return false
	}
	return !standby || slices.Contains(list, Standby)
}

// CheckBotEvents says what is wrong with a list of bot events.
func CheckBotEvents(list []string) error {
	known := EventKinds()
	for _, name := range list {
		if name != Standby && !slices.Contains(known, EventKind(name)) {
			// Not quoted: a value pasted into the wrong field may be a secret.
			return InvalidField("bot_events", "One of these is not a kind of event. Known are the event types and %q.", Standby)
		}
	}
	return nil
}

// EventState is where an event stands.
type EventState string

// The states of the contract.
const (
	StateStored     EventState = "stored"      // not for the bot, or no bot was set then
	StateWaiting    EventState = "waiting"     // for the bot, not yet delivered; also while paused
	StateDelivered  EventState = "delivered"   //
	StateParked     EventState = "parked"      // the bot refused it too often
	StateHandedOver EventState = "handed_over" // kept for people
	StateUnrouted   EventState = "unrouted"    // of an account that no deployment may claim
	StateDiscarded  EventState = "discarded"   // by a person, audited
)

// EventStates lists every state, in the order in which filters show them.
func EventStates() []EventState {
	return []EventState{
		StateStored, StateWaiting, StateDelivered, StateParked,
		StateHandedOver, StateUnrouted, StateDiscarded,
	}
}

// EventKey identifies an event: the platform's own time, and a digest of
// deployment and key. The time leads, so that new ones land at the right edge of
// the index and days can become partitions.
type EventKey struct {
	OccurredAt time.Time // to the millisecond; the Unix epoch where the platform gave none
	Digest     [16]byte
}

// KeyFor gives the key of an item that belongs to a deployment. The deployment is
// part of the digest: what one deployment received can never make another's event
// look like a repeat.
func KeyFor(deployment int64, account string, it *Item) EventKey {
	var room [256]byte // more than nearly every key needs, so that none is on the heap
	b := strconv.AppendInt(room[:0], deployment, 10)
	b = append(append(b, 0), account...)
	b = append(append(b, 0), it.Key...)
	sum := sha256.Sum256(b)
	k := EventKey{OccurredAt: EventTime(it.OccurredAt)}
	copy(k.Digest[:], sum[:])
	return k
}

// EventTime brings a platform's time to what can be stored and named: whole
// milliseconds between 1970 and the end of 2999; the epoch for all else.
func EventTime(t time.Time) time.Time {
	ms := t.UnixMilli()
	if ms < 0 || ms > 32503679999999 {
		return time.UnixMilli(0).UTC()
	}
	return time.UnixMilli(ms).UTC()
}

// idEncoding is lower-case base32hex: its order is the order of the bytes, and it
// survives being read out on the telephone better than base64.
var idEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// ID gives the public id, "evt_" and 36 characters: six bytes of milliseconds,
// sixteen of digest. It is derived, so a repeat that outlived its record has the
// id that the bot already knows.
func (k EventKey) ID() string {
	var b [22]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(k.OccurredAt.UnixMilli()))
	copy(b[:6], ms[2:])
	copy(b[6:], k.Digest[:])
	return "evt_" + idEncoding.EncodeToString(b[:])
}

// ParseEventID reads a public id back; NotFound for anything else.
func ParseEventID(id string) (EventKey, error) {
	var k EventKey
	rest, ok := strings.CutPrefix(id, "evt_")
	b, err := idEncoding.DecodeString(rest)
	if !ok || err != nil || len(b) != 22 {
		return k, Errorf(NotFound, "There is no event with this id.")
	}
	var ms [8]byte
	copy(ms[2:], b[:6])
	k.OccurredAt = time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC()
	copy(k.Digest[:], b[6:])
	return k, nil
}

// Event is one stored event.
type Event struct {
	Key          EventKey
	BusinessID   int64
	DeploymentID int64
	Platform     PlatformName
	Log          int64 // counts the business's events in commit order, without a gap
	Sequence     int64 // counts the deployment's events for the bot; 0 for the others
	Kind         EventKind
	State        EventState
	Account      string
	Conversation string // the person's page-scoped id; empty: the account's own lane
	MessageID    string
	Standby      bool
	OccurredAt   time.Time // as Key; the epoch where the platform gave none
	ReceivedAt   time.Time
	Body         []byte // the platform's own object, byte for byte
	Around       []byte // see Item
}

// ID gives the public id.
func (e *Event) ID() string { return e.Key.ID() }

// HasTime tells whether the platform gave a time.
func (e *Event) HasTime() bool { return e.OccurredAt.UnixMilli() != 0 }
