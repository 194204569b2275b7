package meta

import (
	"strconv"
	"strings"

	"businessmanager/internal/bm"
)

// summary says in one line what happened. p is masked already.
func summary(kind bm.EventKind, p *parts) string {
	switch kind {
	case bm.KindMessage, bm.KindEcho:
		return messageLine(p.main)
	case bm.KindPostback:
		return quoted("Tapped", firstText(get(p.main, "title"), get(p.main, "payload")), "a button")
	case bm.KindReaction:
		return reactionLine(p.main)
	case bm.KindEdit:
		return quoted("Changed a message to", text(get(p.main, "text")), "another text")
	case bm.KindReferral:
		return said("Came through a link", get(p.main, "source"), get(p.main, "ref"))
	case bm.KindOptin:
		return said("Opted in", get(p.main, "title"), get(p.main, "type"), get(p.main, "ref"))
	case bm.KindAccountLinking:
		return said("Account linking", get(p.main, "status"))
	case bm.KindFeedback:
		return said("Gave feedback", get(p.main, "feedback"))
	case bm.KindOrder:
		return orderLine(p.main)
	case bm.KindHandover:
		return handoverLine(p)
	case bm.KindPolicy:
		return said("Meta's policy", get(p.main, "action"), get(p.main, "reason"))
	case bm.KindRead:
		return upTo("Read", get(p.main, "watermark"))
	case bm.KindDelivery:
		return upTo("Delivered", get(p.main, "watermark"))
	case bm.KindChange:
		return changeLine(p)
	case bm.KindTest:
		return said("Test button of Meta's dashboard", []byte(p.field), []byte(p.mainName))
	}
	return unknownLine(p)
}

func messageLine(raw []byte) string {
	if isString(raw) {
		return text(raw)
	}
	var types []string
	for walk := elementsOf(get(raw, "attachments")); len(types) < 5; {
		v, ok := walk.next()
		if !ok {
			break
		}
		if t := text(get(v, "type")); t != "" {
			types = append(types, t)
		}
	}
	with := strings.Join(types, ", ")
	t := text(get(raw, "text"))
	switch {
	case isTrue(get(raw, "is_deleted")):
		return "Took back a message"
	case isTrue(get(raw, "is_unsupported")):
		return "Sent something that Meta does not pass on"
	case t != "" && with != "":
		return t + " (with " + with + ")"
	case t != "":
		return t
	case with != "":
		return "Sent: " + with
	}
	return "A message without text"
}

func reactionLine(raw []byte) string {
	what := firstText(get(raw, "emoji"), get(raw, "reaction"))
	if text(get(raw, "action")) == "unreact" {
		return strings.TrimSpace("Took back a reaction " + what)
	}
	return strings.TrimSpace("Reacted " + what)
}

func orderLine(raw []byte) string {
	n := 0
	for walk := elementsOf(get(raw, "products")); ; n++ {
		if _, ok := walk.next(); !ok {
			break
		}
	}
	if n == 1 {
		return "Sent a cart with 1 product"
	}
	return "Sent a cart with " + strconv.Itoa(n) + " products"
}

func handoverLine(p *parts) string {
	switch p.mainName {
	case "pass_thread_control":
		return said("Control of the conversation was passed on", get(p.main, "new_owner_app_id"))
	case "take_thread_control":
		return said("Control of the conversation was taken", get(p.main, "new_owner_app_id"))
	case "request_thread_control":
		return said("Control of the conversation was asked for", get(p.main, "requested_owner_app_id"))
	}
	return "The roles of apps changed"
}

func changeLine(p *parts) string {
	var value []byte
	for _, f := range p.parts {
		if string(f.name) == "value" {
			value = f.value
		}
	}
	return said("Change of "+p.field, get(value, "item"), get(value, "verb"), get(value, "message"))
}

func unknownLine(p *parts) string {
	names := make([]string, 0, 5)
	for _, f := range p.parts {
		if len(names) == cap(names) {
			break
		}
		names = append(names, string(f.name))
	}
	if len(names) == 0 {
		return "Unknown, kept whole"
	}
	return "Unknown, kept whole: " + strings.Join(names, ", ")
}

// said puts details behind a phrase: "Opted in: Weekly news, notification_messages".
func said(phrase string, details ...[]byte) string {
	var words []string
	for _, d := range details {
		if t := text(d); t != "" && !isObject(d) && !isArray(d) {
			words = append(words, t)
		}
	}
	if len(words) == 0 {
		return phrase
	}
	return phrase + ": " + strings.Join(words, ", ")
}

func quoted(phrase, what, otherwise string) string {
	if what == "" {
		return phrase + " " + otherwise
	}
	return phrase + " “" + what + "”"
}

func upTo(what string, watermark []byte) string {
	if t := moment(watermark); !t.IsZero() {
		return what + " everything up to " + t.Format("2006-01-02 15:04:05 UTC")
	}
	return what
}
