package page

import (
	"time"

	"businessmanager/web/ui"
)

func eventSamples() []Sample {
	h := sampleHead("Café Lumen", "cafe_lumen", 1873, TabEvents)
	crumbs := h.Crumbs(ui.Crumb{Label: "Events"})
	frame := SampleFrame("Events, Café Lumen", crumbs...)
	one := SampleFrame("Message, Café Lumen", h.Crumbs(ui.Crumb{Label: "Events", Href: PathEvents(1873)}, ui.Crumb{Label: "evt_01JD9W6Q2M7K"})...)
	empty := sampleEvents(h)
	empty.Rows.Rows, empty.Rows.Empty, empty.Pager = nil, "No events yet. The first one shows here by itself.", ui.Pager{}
	filtered := sampleEvents(h)
	filtered.Filtered, filtered.ClearHref, filtered.Conversation = true, PathEvents(1873), "24187703915586"
	filtered.Rows.Rows, filtered.Rows.Empty, filtered.Pager = nil, "No event matches these filters.", ui.Pager{}
	return []Sample{
		{"events", EventList(frame, sampleEvents(h))},
		{"events-empty", EventList(frame, empty)},
		{"events-filtered", EventList(frame, filtered)},
		{"events-not-set-up", EventList(frame, EventListView{Head: h, NotSetUp: true})},
		{"event-message", Event(one, sampleEvent(h, Reading{Text: "Hi, we are six tonight.\nIs the terrace free at eight? <b>Two</b> children, one of them allergic to nuts.", Attachments: []Attachment{{Kind: "Image", Detail: "Kept at Meta, not here", URL: "https://scontent.example/v/t1/photo.jpg?oh=1"}}}, []byte(`{"object":"page","entry":[{"id":"104722918364501","messaging":[{"sender":{"id":"24187703915586"},"message":{"mid":"m_Zk3","text":"Hi, we are six tonight."}}]}]}`)))},
		{"event-postback", Event(one, sampleEvent(h, Reading{Title: "Book a table", Payload: "MENU_BOOK"}, []byte("{}")))},
		{"event-reaction", Event(one, sampleEvent(h, Reading{Reaction: "❤", Facts: []ui.Fact{{Name: "To the message", Value: "m_Zk3xTq8sVw", Code: true}}}, []byte("{}")))},
		{"event-read", Event(one, sampleEvent(h, Reading{UntilWord: "Read everything until", Until: ago(2 * time.Minute)}, []byte("{}")))},
		{"event-echo", Event(one, sampleEvent(h, Reading{FromPage: true, Text: "Yes, the terrace is free at eight."}, []byte("{}")))},
		{"event-hidden", Event(one, sampleHidden(h))},
		{"event-unknown", Event(one, sampleEvent(h, Reading{Empty: "This kind is not known here. It is kept whole; the bytes below are all of it."}, []byte{0xff, 0xfe, '{', 0x00, '}', 0x0a, 'n', 'o', ' ', 't', 'e', 'x', 't', 0x80, 0x81, 0x82, 0x83, 0x84}))},
	}
}

// sampleHidden is what a role sees that may not read conversations.
func sampleHidden(h Head) EventView {
	v := sampleEvent(h, Reading{Empty: "Your role does not read conversations."}, []byte("{}"))
	v.Bytes = BytesView{Size: "338 bytes", Hidden: "Your role does not read conversations."}
	return v
}

func sampleEvents(h Head) EventListView {
	row := func(id, kind, summary string, back time.Duration, state, reason string, code bool) EventRow {
		return EventRow{ID: id, At: ago(back), Kind: KindOf(kind), Summary: summary, Code: code, Conversation: "24187703915586",
			ConversationHref: PathEvents(h.ID) + "?conversation=24187703915586", State: StateOf(state, false), Reason: reason}
	}
	late := row("evt_7", "message", "Text, 9 characters", 9*time.Minute, "delivered", "2 h 11 min, marked late", false)
	late.State = StateOf("delivered", true)
	own := row("evt_8", "change", "feed, on the account’s own lane", 11*time.Minute, "stored", "not for the bot", false)
	own.Conversation, own.ConversationHref = "", ""
	any := func(label string, rest ...ui.Option) []ui.Option {
		return append([]ui.Option{{Value: "", Label: label}}, rest...)
	}
	return EventListView{
		Head:   h,
		Kinds:  any("Any kind", ui.Option{Value: "message", Label: "Message"}),
		States: any("Any state", ui.Option{Value: "stored", Label: "Kept"}, ui.Option{Value: "unrouted", Label: "Unrouted"}),
		Times:  any("Any time", ui.Option{Value: "24h", Label: "Last 24 hours"}),
		Rows: EventRowsView{Business: h.ID, Live: true, Query: "kind=message&state=stored", Rows: []EventRow{
			row("evt_1", "message", "Text, 41 characters", 12*time.Second, "stored", "no bot is set", false),
			row("evt_2", "postback", "MENU_BOOK", 26*time.Second, "delivered", "88 ms", true),
			row("evt_3", "read", "Up to 14:34:02", 58*time.Second, "waiting", "behind the message below", false),
			row("evt_4", "message", "1 image", 2*time.Minute, "parked", "10 failures in 22 min", false),
			row("evt_5", "message", "Text, 118 characters", 3*time.Minute, "unrouted", "for Page 1784552013377, which no deployment here holds", false),
			row("evt_6", "test", "From the dashboard’s Test button", 5*time.Minute, "stored", "not for the bot", false),
			late, own,
			row("evt_9", "message", "Text, 23 characters", 26*time.Hour, "stored", "paused then", false),
		}},
		Pager: ui.Pager{Says: "9 shown, newest first", On: "Older", OnHref: PathEvents(h.ID) + "?before=sample"},
	}
}

func sampleEvent(h Head, r Reading, body []byte) EventView {
	return EventView{
		Head: h, ID: "evt_01JD9W6Q2M7K", Kind: KindOf("message"), State: StateOf("unrouted", false),
		Notice:   ui.Notice{Verdict: ui.NeedsCare, Title: "This event belongs to no deployment", Text: "It names Page 1784552013377. No deployment here holds that Page, so it stays where it arrived."},
		Reading:  r,
		BackHref: PathEvents(h.ID),
		Facts: []ui.Fact{
			{Name: "Event", Value: "evt_01JD9W6Q2M7K", Code: true},
			{Name: "Sequence", Value: "48,812"},
			{Name: "Conversation", Value: "24187703915586", Code: true, Href: PathEvents(h.ID) + "?conversation=24187703915586"},
			{Name: "Happened", At: ago(60 * time.Second)},
			{Name: "Received", At: ago(59 * time.Second)},
		},
		Bytes: BytesOf(body),
	}
}
