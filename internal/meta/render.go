package meta

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

// What one event may fill of a page. A Messenger text has at most 2,000
// characters; an order or a template hardly passes 100 values.
const (
	maxSummary     = 200
	maxValue       = 2000
	maxRows        = 120
	maxAttachments = 50
	maxDepth       = 6
)

// Render makes an event readable: of an element or a change its parts, of
// anything else the values that stand in it.
func Render(kind bm.EventKind, body []byte) bm.Reading {
	if !json.Valid(body) {
		return bm.Reading{Summary: "This is not JSON."}
	}
	raw := trimSpace(Mask(body))
	p := opened(raw)
	r := renderer{}
	r.party("From", p.from)
	r.party("To", p.to)
	if p.field != "" {
		r.row("Field", p.field, true)
	}
	for _, part := range p.parts {
		name := ""
		if len(p.parts) > 1 || !isObject(part.value) {
			name = label(part.name)
		}
		r.value(name, part.value, 0)
	}
	if len(p.parts) == 0 && !isObject(raw) && p.field == "" {
		r.value("Value", raw, 0)
	}
	r.out.Summary = line(summary(kind, &p))
	return r.out
}

// parts is an event's body, opened.
type parts struct {
	field    string // of a change
	from, to []byte
	main     []byte   // the value of the member that names the kind
	mainName string   // and that member's name
	parts    []member // every member but sender, recipient and timestamp
}

// opened finds the members of an element, also inside a change.
func opened(raw []byte) parts {
	var p parts
	if isString(raw) { // of changed_fields
		p.field = text(raw)
		return p
	}
	inner := raw
	if field, value := get(raw, "field"), get(raw, "value"); isString(field) {
		p.field = text(field)
		if p.main = value; isObject(value) && isMessagingField(p.field) {
			inner = value
		} else {
			for m := membersOf(raw); ; {
				f, ok := m.next()
				if !ok {
					return p
				}
				if string(f.name) != "field" {
					p.parts = append(p.parts, f)
				}
			}
		}
	}
	best := 0
	for m := membersOf(inner); ; {
		f, ok := m.next()
		if !ok {
			return p
		}
		switch string(f.name) {
		case "sender":
			p.from = f.value
			continue
		case "recipient":
			p.to = f.value
			continue
		case "timestamp":
			continue
		}
		p.parts = append(p.parts, f)
		if _, rank := kindOf(f.name); rank != 0 && !isNull(f.value) && (best == 0 || rank <= best) {
			best, p.main, p.mainName = rank, f.value, string(f.name)
		}
	}
}

// renderer gathers rows and attachments up to their limits.
type renderer struct{ out bm.Reading }

func (r *renderer) row(name, value string, code bool) {
	if value = clean(value, maxValue); value == "" || len(r.out.Rows) >= maxRows {
		return
	}
	r.out.Rows = append(r.out.Rows, bm.ReadingRow{Name: clean(name, 100), Value: value, Code: code})
}

// party shows who speaks or is spoken to.
func (r *renderer) party(name string, raw []byte) {
	if id := partyID(raw); id != "" {
		r.row(name, id, true)
		return
	}
	r.value(name, raw, 0)
}

// value shows a value under a name; of objects and lists every part, down to
// maxDepth, below which the JSON itself is shown.
func (r *renderer) value(name string, raw []byte, depth int) {
	if len(r.out.Rows) >= maxRows || len(raw) == 0 || isNull(raw) {
		return
	}
	switch {
	case depth >= maxDepth && (isObject(raw) || isArray(raw)):
		r.row(name, string(raw[:min(len(raw), 4*maxValue)]), true)
	case isObject(raw):
		for m := membersOf(raw); ; {
			f, ok := m.next()
			if !ok {
				return
			}
			if string(f.name) == "attachments" && isArray(f.value) {
				r.attachments(f.value, depth)
				continue
			}
			r.value(join(name, label(f.name)), f.value, depth+1)
		}
	case isArray(raw):
		for walk := elementsOf(raw); ; {
			v, ok := walk.next()
			if !ok || len(r.out.Rows) >= maxRows {
				return
			}
			r.value(name, v, depth+1)
		}
	default:
		r.row(name, text(raw), isCode(name, raw))
	}
}

// attachments shows what came with a message. What an attachment says beside
// type, title and link becomes rows.
func (r *renderer) attachments(raw []byte, depth int) {
	for walk := elementsOf(raw); ; {
		v, ok := walk.next()
		if !ok || len(r.out.Attachments) >= maxAttachments {
			return
		}
		payload := get(v, "payload")
		a := bm.Attachment{
			Type:  clean(text(get(v, "type")), 40),
			Title: clean(firstText(get(v, "title"), get(payload, "title")), maxSummary),
			URL:   link(get(payload, "url"), get(v, "url"), get(v, "URL")),
		}
		if a.Type == "" {
			a.Type = "unknown"
		}
		r.out.Attachments = append(r.out.Attachments, a)
		for m := membersOf(payload); ; {
			f, ok := m.next()
			if !ok {
				break
			}
			if name := string(f.name); name != "title" && (name != "url" || a.URL == "") {
				r.value(join(capital(a.Type), label(f.name)), f.value, depth+2)
			}
		}
	}
}

// isCode: everything but language. Texts, titles and names are language.
func isCode(name string, raw []byte) bool {
	if !isString(raw) {
		return true
	}
	last := name[strings.LastIndexByte(name, ',')+1:]
	switch strings.ToLower(strings.TrimSpace(last)) {
	case "text", "title", "subtitle", "name", "message", "note", "reason", "description", "emoji", "feedback", "":
		return false
	}
	return true
}

// get gives the last member of that name; nil where there is none.
func get(raw []byte, name string) []byte {
	var v []byte
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			return v
		}
		if string(f.name) == name {
			v = f.value
		}
	}
}

// text gives a string as it is meant, and other values as they stand.
func text(raw []byte) string {
	if isString(raw) {
		return string(unescaped(raw))
	}
	if isNull(raw) {
		return ""
	}
	return string(raw)
}

func firstText(values ...[]byte) string {
	for _, v := range values {
		if t := text(v); t != "" {
			return t
		}
	}
	return ""
}

// link gives the first address that a browser may be sent to.
func link(values ...[]byte) string {
	for _, v := range values {
		t := text(v)
		low := strings.ToLower(t)
		if isString(v) && utf8.ValidString(t) && !strings.ContainsFunc(t, unicode.IsSpace) &&
			!strings.ContainsFunc(t, unicode.IsControl) &&
			(strings.HasPrefix(low, "https://") || strings.HasPrefix(low, "http://")) {
			return t
		}
	}
	return ""
}
