package page

import (
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"businessmanager/web/ui"
)

// EventListView is the event log of a business.
type EventListView struct {
	Head      Head
	Kinds     []ui.Option
	States    []ui.Option
	Platforms []ui.Option
	Times     []ui.Option
	// Conversation is the id that the list is narrowed to.
	Conversation string
	Filtered     bool
	ClearHref    string
	Rows         EventRowsView
	Pager        ui.Pager
	// NotSetUp says that the business has no deployment, so nothing can come.
	NotSetUp bool
}

// EventRowsView is the rows: a fragment that fetches itself anew.
type EventRowsView struct {
	Business int64
	// Live is false on older pages: nothing new arrives there.
	Live bool
	// Query repeats the filters, without "?", so that the fragment keeps them.
	Query string
	Rows  []EventRow
	// Empty says why there are none; Filtered rows say so themselves.
	Empty string
}

func (v EventRowsView) topic() string { return "events:" + number(v.Business) }

func (v EventRowsView) source() string {
	if v.Query == "" {
		return PathEventRows(v.Business)
	}
	return PathEventRows(v.Business) + "?" + v.Query
}

func (v EventRowsView) say() string {
	if len(v.Rows) == 0 {
		return ""
	}
	return "Newest event: " + v.Rows[0].Kind.Word + ", " + v.Rows[0].Summary
}

// EventRow is one event in the log.
type EventRow struct {
	ID   string
	At   time.Time
	Kind EventKind
	// Summary is one line: "Text, 41 characters".
	Summary string
	Code    bool
	// Conversation is the person's id; Short what the row shows of it.
	Conversation     string
	ConversationHref string
	State            EventState
	// Reason follows the state: "no bot asked for this kind".
	Reason string
}

// EventKind is how a type of event is called and drawn.
type EventKind struct {
	Icon string
	Word string
}

// KindOf names a type of the contract. A type that is not known here is shown
// by its own name, not hidden.
func KindOf(kind string) EventKind {
	switch kind {
	case "message":
		return EventKind{"message", "Message"}
	case "postback":
		return EventKind{"tap", "Postback"}
	case "reaction":
		return EventKind{"hand", "Reaction"}
	case "edit":
		return EventKind{"message", "Edit"}
	case "referral":
		return EventKind{"link", "Referral"}
	case "optin":
		return EventKind{"flag", "Opt-in"}
	case "account_linking":
		return EventKind{"link", "Account linking"}
	case "feedback":
		return EventKind{"message", "Feedback"}
	case "order":
		return EventKind{"check", "Order"}
	case "handover":
		return EventKind{"swap", "Handover"}
	case "policy":
		return EventKind{"shield", "Policy"}
	case "read":
		return EventKind{"eye", "Read"}
	case "delivery":
		return EventKind{"check", "Delivery"}
	case "echo":
		return EventKind{"replay", "Echo"}
	case "change":
		return EventKind{"diff", "Change"}
	case "test":
		return EventKind{"bolt", "Test"}
	case "unknown":
		return EventKind{"more", "Unknown"}
	}
	return EventKind{"more", kind}
}

// EventState is how a state is called and marked.
type EventState struct {
	Verdict ui.Verdict
	Word    string
}

// StateOf names a state of the contract. Green stays with what was proved:
// that the bot took it.
func StateOf(state string, late bool) EventState {
	switch state {
	case "stored":
		return EventState{ui.Silent, "Kept"}
	case "waiting":
		return EventState{ui.NotYet, "Waiting"}
	case "delivered":
		if late {
			return EventState{ui.NeedsCare, "Delivered late"}
		}
		return EventState{ui.Proved, "Delivered"}
	case "parked":
		return EventState{ui.Failing, "Given up"}
	case "handed_over":
		return EventState{ui.Attested, "Handed to a person"}
	case "unrouted":
		return EventState{ui.NeedsCare, "Unrouted"}
	case "discarded":
		return EventState{ui.Silent, "Discarded"}
	}
	return EventState{ui.Unknown, state}
}

// EventView is one event in full.
type EventView struct {
	Head  Head
	ID    string
	Kind  EventKind
	State EventState
	// Notice explains the state where it needs words; no Text: none.
	Notice  ui.Notice
	Reading Reading
	Facts   []ui.Fact
	Bytes   BytesView
	// BackHref is the list one came from.
	BackHref string
}

// Reading is the event as a person would tell it. Only what is there is shown.
type Reading struct {
	// FromPage says that the business spoke (an echo), not the person.
	FromPage bool
	Text     string
	// Removed says that the text was taken back.
	Removed     bool
	Attachments []Attachment
	// Title and Payload are of a postback or a quick reply.
	Title   string
	Payload string
	// Reaction is the emoji or the name; Unreacted says it was taken back.
	Reaction  string
	Unreacted bool
	// Until is the moment of a read or delivery mark.
	UntilWord string
	Until     time.Time
	// Facts hold whatever else the event says.
	Facts []ui.Fact
	// Empty says why there is nothing to read.
	Empty string
}

// blank says that there is nothing to tell, not even why.
func (r Reading) blank() bool {
	return r.Text == "" && !r.Removed && len(r.Attachments) == 0 && r.Title == "" && r.Payload == "" &&
		r.Reaction == "" && r.Until.IsZero() && len(r.Facts) == 0 && r.Empty == ""
}

// Attachment is a file or a card that came along. Its address is shown and
// never loaded: it belongs to the platform.
type Attachment struct {
	Kind   string
	Name   string
	Detail string
	URL    string
}

// BytesView is what was received, to be looked at.
type BytesView struct {
	Text string
	// Hex says that the bytes are no text and Text is a dump.
	Hex  bool
	Size string
	// Hidden says why the bytes are not shown to this person.
	Hidden string
}

func (v BytesView) says() string {
	if v.Hidden != "" {
		return v.Size
	}
	if v.Hex {
		return v.Size + ", as received. Not text, so shown in hexadecimal."
	}
	return v.Size + ", as received"
}

// BytesOf prepares original bytes for the page: as they are where they are
// UTF-8 without control characters that a page cannot hold, else as a dump.
func BytesOf(body []byte) BytesView {
	v := BytesView{Size: grouped(len(body)) + " bytes"}
	if len(body) == 1 {
		v.Size = "1 byte"
	}
	if readable(body) {
		v.Text = string(body)
		return v
	}
	v.Hex, v.Text = true, hex.Dump(body)
	return v
}

// readable tells whether a page can show the bytes as text. HTML has no way to
// hold most control characters.
func readable(body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	return !strings.ContainsFunc(string(body), func(r rune) bool {
		return r != '\n' && r != '\r' && r != '\t' && (r < 0x20 || (r >= 0x7f && r < 0xa0))
	})
}

// grouped writes a count with a comma between thousands.
func grouped(n int) string {
	s := number(int64(n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
