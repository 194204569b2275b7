package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// The envelope of section 3.1 of the reference. The order of members is the one
// in which Meta's examples have them.
type envelope struct {
	Object string  `json:"object"`
	Entry  []entry `json:"entry"`
}

type entry struct {
	ID        string   `json:"id"`
	Time      int64    `json:"time"`
	Messaging []item   `json:"messaging,omitempty"`
	Standby   []item   `json:"standby,omitempty"`
	Changes   []change `json:"changes,omitempty"`
}

// item is one thing that happened; exactly one member after Timestamp is set.
type item struct {
	Sender    *party `json:"sender,omitempty"`
	Recipient *party `json:"recipient,omitempty"`
	Timestamp int64  `json:"timestamp"`

	Message    *message       `json:"message,omitempty"`
	Postback   *postback      `json:"postback,omitempty"`
	Reaction   map[string]any `json:"reaction,omitempty"`
	Edit       map[string]any `json:"message_edit,omitempty"`
	Delivery   map[string]any `json:"delivery,omitempty"`
	Read       map[string]any `json:"read,omitempty"`
	Referral   map[string]any `json:"referral,omitempty"`
	Optin      map[string]any `json:"optin,omitempty"`
	PassThread map[string]any `json:"pass_thread_control,omitempty"`
}

type party struct {
	ID string `json:"id"`
}

type message struct {
	IsEcho      bool         `json:"is_echo,omitempty"`
	AppID       json.Number  `json:"app_id,omitempty"` // a JSON number here, as in 3.3
	Mid         string       `json:"mid"`
	Text        string       `json:"text,omitempty"`
	QuickReply  *quickReply  `json:"quick_reply,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
}

type quickReply struct {
	Payload string `json:"payload"`
}

type attachment struct {
	Type    string            `json:"type"`
	Payload map[string]string `json:"payload"`
}

type postback struct {
	Mid     string `json:"mid"`
	Title   string `json:"title"`
	Payload string `json:"payload,omitempty"` // absent on standby (3.4)
}

type change struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

// ask is what a person, or a test, wants the sandbox to send.
type ask struct {
	Kind    string `json:"kind"`
	PSID    string `json:"psid"`
	Text    string `json:"text"`
	Title   string `json:"title"`
	Payload string `json:"payload"`
	Mid     string `json:"mid"`
	Count   int    `json:"count"`
	Once    bool   `json:"once"`
}

// scene is what a payload is cut from.
type scene struct {
	ask
	pageID  string
	now     int64  // milliseconds
	lastMid string // of this person's latest message, "" when there is none
	origin  string // our own address, for the picture
}

// kind is one sort of event that can be sent from the chat.
type kind struct {
	Name  string
	Label string // on its button
	Field string // what must be subscribed
	build func(scene) item
}

// accented holds what breaks a reader that decodes and encodes again before it
// checks the signature: an accent, an emoji, a slash and the four old escapes.
const accented = "Café à 8 €, ça va? 😀 見て a/b <b> 50% me@example.com"

// kinds lists what the chat can send, in the order of its buttons.
func kinds() []kind {
	return []kind{
		{"message", "Message", "messages", func(c scene) item {
			return c.fromPerson(item{Message: &message{Mid: c.mid(), Text: or(c.Text, "Hello")}})
		}},
		{"accents", "Accents, emoji and slash", "messages", func(c scene) item {
			return c.fromPerson(item{Message: &message{Mid: c.mid(), Text: accented}})
		}},
		{"image", "Image", "messages", func(c scene) item {
			return c.fromPerson(item{Message: &message{Mid: c.mid(), Attachments: []attachment{
				{"image", map[string]string{"url": c.origin + "/assets/picture.png"}},
			}}})
		}},
		{"quick_reply", "Quick reply", "messages", func(c scene) item {
			return c.fromPerson(item{Message: &message{Mid: c.mid(), Text: or(c.Title, "Two tickets"),
				QuickReply: &quickReply{or(c.Payload, "QTY_2")}}})
		}},
		{"postback", "Postback: Get Started", "messaging_postbacks", func(c scene) item {
			return c.fromPerson(item{Postback: &postback{c.mid(), or(c.Title, "Get Started"), or(c.Payload, "GET_STARTED")}})
		}},
		{"reaction", "Reaction", "message_reactions", func(c scene) item {
			return c.fromPerson(item{Reaction: map[string]any{
				"reaction": "love", "emoji": "❤", "action": "react", "mid": c.earlier()}})
		}},
		{"edit", "Edit of the last message", "message_edits", func(c scene) item {
			return c.fromPerson(item{Edit: map[string]any{
				"mid": c.earlier(), "text": or(c.Text, "Hello again"), "num_edit": 1}})
		}},
		{"read", "Read", "message_reads", func(c scene) item {
			return c.fromPerson(item{Read: map[string]any{"watermark": c.now}})
		}},
		{"delivery", "Delivery", "message_deliveries", func(c scene) item {
			return c.fromPerson(item{Delivery: map[string]any{
				"mids": []string{c.earlier()}, "watermark": c.now}})
		}},
		{"echo", "Echo of a Page reply", "message_echoes", func(c scene) item {
			it := c.fromPerson(item{Message: &message{IsEcho: true, AppID: inboxApp, Mid: c.mid(),
				Text: or(c.Text, "How can we help?")}})
			it.Sender, it.Recipient = it.Recipient, it.Sender // the Page speaks (3.3)
			return it
		}},
		{"standby", "Standby copy", "standby", func(c scene) item {
			return c.fromPerson(item{Message: &message{Mid: c.mid(), Text: or(c.Text, "Said to another app")}})
		}},
		{"referral", "Referral", "messaging_referrals", func(c scene) item {
			return c.fromPerson(item{Referral: map[string]any{
				"ref": or(c.Payload, "spring"), "source": "SHORTLINK", "type": "OPEN_THREAD"}})
		}},
		{"optin", "Opt-in", "messaging_optins", func(c scene) item {
			return c.fromPerson(item{Optin: map[string]any{"ref": or(c.Payload, "checkout")}})
		}},
		{"handover", "Thread control passed", "messaging_handovers", func(c scene) item {
			return c.fromPerson(item{PassThread: map[string]any{
				"previous_owner_app_id": nil, "new_owner_app_id": inboxApp.String(), "metadata": "from inbox"}})
		}},
	}
}

// inboxApp is the id under which the Page inbox writes (reference, 6.2).
const inboxApp json.Number = "263902037430900"

func kindNamed(name string) (kind, bool) {
	for _, k := range kinds() {
		if k.Name == name {
			return k, true
		}
	}
	return kind{}, false
}

func (c scene) fromPerson(it item) item {
	it.Sender, it.Recipient, it.Timestamp = &party{c.PSID}, &party{c.pageID}, c.now
	return it
}

func (c scene) mid() string { return or(c.Mid, messageID()) }

// earlier is the message that a reaction, an edit or a receipt speaks of.
func (c scene) earlier() string { return or(c.Mid, or(c.lastMid, messageID())) }

// wrap puts items into a post: an entry for each, since messaging is documented
// to hold exactly one element (3.1).
func (c scene) wrap(field string, items []item) envelope {
	e := envelope{Object: "page"}
	for _, it := range items {
		in := entry{ID: c.pageID, Time: c.now}
		if field == "standby" {
			in.Standby = []item{it}
		} else {
			in.Messaging = []item{it}
		}
		e.Entry = append(e.Entry, in)
	}
	return e
}

// batch is several messages in one post.
func (c scene) batch() envelope {
	items := make([]item, c.Count)
	for i := range items {
		text := or(c.Text, "Batch message") + " " + strconv.Itoa(i+1)
		items[i] = c.fromPerson(item{Message: &message{Mid: messageID(), Text: text}})
		items[i].Timestamp += int64(i)
	}
	return c.wrap("messages", items)
}

// mids lists the message ids that an envelope brings.
func (e envelope) mids() []string {
	var all []string
	for _, in := range e.Entry {
		for _, it := range append(in.Messaging, in.Standby...) {
			switch {
			case it.Message != nil:
				all = append(all, it.Message.Mid)
			case it.Postback != nil:
				all = append(all, it.Postback.Mid)
			}
		}
	}
	return all
}

// sample is what the Test button of the dashboard posts: a value that never
// happened, in an entry with the id "0" (3.1).
func sample(field string, seconds int64) (envelope, error) {
	value, err := samples.ReadFile("samples/" + field + ".json")
	if err != nil {
		return envelope{}, fmt.Errorf("no sample for %s: %w", field, err)
	}
	return envelope{Object: "page", Entry: []entry{
		{ID: "0", Time: seconds, Changes: []change{{field, value}}},
	}}, nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
