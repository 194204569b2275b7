package meta

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

const (
	// testAccount is the entry's id in a post of the dashboard's Test button.
	testAccount = "0"
	// maxItems bounds what one post may cost: 4 MiB of "0,0,0…" would otherwise
	// become two million events. Meta batches 1,000 at most, and of elements with a
	// sender and a message hardly more than this fit into 4 MiB.
	maxItems = 50_000
)

// cut takes a post apart. See the picture in doc.go.
func cut(body []byte) ([]bm.Item, error) {
	// RFC 8259, 8.1: JSON is UTF-8, which json.Valid does not look at. Readers of what
	// we hand on would stumble over it for ever.
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, bm.Errorf(bm.Invalid, "The post is not JSON.")
	}
	c := cutter{}
	c.post(body)
	if c.over {
		return []bm.Item{wholePost(bm.KindUnknown, body)}, nil
	}
	return c.items, nil
}

// cutter gathers the items of one post.
type cutter struct {
	items    []bm.Item
	leftover []member       // of the post, for the Around of its first item
	over     bool           // there were more than maxItems: the post is kept whole
	seen     map[string]int // of the keys of items without a time; see nth
}

// post walks the outermost object. "entry" may stand there twice, and both count.
func (c *cutter) post(body []byte) {
	var lists, stray [][]byte
	var flat [2]bool
	for m := membersOf(trimSpace(body)); ; {
		f, ok := m.next()
		if !ok {
			break
		}
		switch string(f.name) {
		case "entry":
			if isEmptyArray(f.value) {
				continue // it holds nothing
			}
			if isArray(f.value) {
				lists = append(lists, f.value)
			} else {
				stray = append(stray, f.value)
			}
			continue
		case "object":
			if string(f.value) == `"page"` {
				continue
			}
		case "field":
			flat[0] = isString(f.value)
		case "value":
			flat[1] = true
		}
		c.leftover = append(c.leftover, f)
	}
	if len(lists) == 0 {
		kind := bm.KindUnknown
		if flat[0] && flat[1] && len(stray) == 0 {
			kind = bm.KindTest
		}
		c.items = []bm.Item{wholePost(kind, body)}
		return
	}
	for _, list := range lists {
		for walk := elementsOf(list); ; {
			raw, ok := walk.next()
			if !ok || c.over {
				break
			}
			c.entry(raw)
		}
	}
	for _, raw := range stray {
		c.whole(&envelope{}, raw)
	}
}

// wholePost keeps a post as one event, white space included.
func wholePost(kind bm.EventKind, body []byte) bm.Item {
	return bm.Item{Kind: kind, Key: bytesKey(body, nil), Body: body[:len(body):len(body)]}
}

// list is one list of items in an entry.
type list struct {
	name  string
	value []byte
}

// entry walks one entry. Lists count in the order in which they stand, also one
// that stands twice; whatever is not a list of items is kept as Around.
func (c *cutter) entry(raw []byte) {
	var e envelope
	var id, sent member
	var room [4]list // one for each name, so that ordinary entries need no heap
	lists := room[:0]
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			break
		}
		switch name := string(f.name); name {
		case "id": // the last of two counts, and the first is kept beside it
			f, id = id, f
		case "time":
			f, sent = sent, f
		case "messaging", standbyField, "changes", "changed_fields":
			if isArray(f.value) && !isEmptyArray(f.value) {
				lists = append(lists, list{name, f.value})
				continue
			}
		}
		if f.key != nil {
			e.leftover = append(e.leftover, f)
		}
	}
	e.read(id, sent)
	if len(lists) == 0 {
		c.whole(&e, raw)
		return
	}
	for _, l := range lists {
		c.list(&e, l)
	}
}

// list makes an event of every element, whatever it is.
func (c *cutter) list(e *envelope, l list) {
	for walk := elementsOf(l.value); ; {
		raw, ok := walk.next()
		if !ok || c.over {
			return
		}
		switch l.name {
		case "changes":
			c.change(e, raw)
		case "changed_fields":
			c.field(e, raw)
		default:
			c.spoken(e, raw, raw, l.name == standbyField)
		}
	}
}

// spoken makes an event of a messaging element; raw is the element that holds it,
// which is another only where a change wraps it.
func (c *cutter) spoken(e *envelope, raw, inner []byte, standby bool) {
	el := readElement(inner)
	own := moment(el.timestamp)
	mid := identifier(el.detail.mid)
	it := bm.Item{
		Kind: el.kind, Account: e.account, Person: el.person(e.account),
		Key:       elementKey(&el, mid, raw, timeIfNone(own, e.time)),
		MessageID: mid, Standby: standby, Body: raw,
	}
	if mid == "" {
		it.MessageID = onlyID(el.detail.mids)
	}
	c.add(e, it, own)
}

// change makes an event of {"field", "value"}. The Test button, and some of
// Meta's own examples, wrap messaging elements so.
func (c *cutter) change(e *envelope, raw []byte) {
	var field string
	var value []byte
	for m := membersOf(raw); ; {
		f, ok := m.next()
		if !ok {
			break
		}
		switch string(f.name) {
		case "field":
			field = identifier(f.value)
		case "value":
			value = f.value
		}
	}
	if isMessagingField(field) && isObject(value) {
		if el := readElement(value); el.kind != bm.KindUnknown && (el.sender != nil || el.recipient != nil) {
			c.spoken(e, raw, value, field == standbyField)
			return
		}
	}
	it := bm.Item{Kind: bm.KindChange, Account: e.account, Body: raw}
	if !isObject(raw) || field == "" {
		it.Kind = bm.KindUnknown
	}
	own := createdTime(value)
	// The entry's time counts also beside a created_time: that may be the comment's
	// own, and hiding it twice is two events.
	it.Key = bytesKey(raw, e.time)
	c.add(e, it, own)
}

// field makes an event of a bare field name: what Meta sends with "Include
// Values" off.
func (c *cutter) field(e *envelope, raw []byte) {
	it := bm.Item{Kind: bm.KindChange, Account: e.account, Body: raw, Key: bytesKey(raw, e.time)}
	if !isString(raw) {
		it.Kind = bm.KindUnknown
	}
	c.add(e, it, time.Time{})
}

// whole keeps what could not be read as one event.
func (c *cutter) whole(e *envelope, raw []byte) {
	it := bm.Item{Kind: bm.KindUnknown, Account: e.account, Body: raw, Key: bytesKey(raw, e.time)}
	e.leftover = nil // it is all in the body
	if it.OccurredAt = moment(e.time); it.OccurredAt.IsZero() {
		it.Key = c.nth(it.Key)
	}
	c.place(e, it)
}

// add finishes an item: its time, and what the Test button made of it.
//
// The time is the element's own, so that a message has one key on messaging and
// on standby; without one it is the entry's, and never now. The Test button sends
// one made-up element again and again: there the entry's time comes first and the
// key is made from it, so that pressing twice shows twice.
func (c *cutter) add(e *envelope, it bm.Item, own time.Time) {
	if e.test() {
		it.Kind, it.Key = bm.KindTest, bytesKey(it.Body, e.time)
		if t := moment(e.time); !t.IsZero() {
			own = t
		}
	}
	if it.OccurredAt = own; own.IsZero() {
		it.OccurredAt = moment(e.time)
		it.Key = c.nth(it.Key)
	}
	c.place(e, it)
}

// nth tells equal items of one post apart that have neither an id nor a time of
// their own: nothing says that the second is a repeat, so each counts. A resent
// post counts them alike.
func (c *cutter) nth(key string) string {
	if key[0] != 'h' {
		return key
	}
	if c.seen == nil {
		c.seen = make(map[string]int, 1)
	}
	c.seen[key]++
	if n := c.seen[key]; n > 1 {
		return key + "#" + strconv.Itoa(n)
	}
	return key
}

// place appends an item; the first of a post or entry takes what stood around it.
func (c *cutter) place(e *envelope, it bm.Item) {
	if c.over = c.over || len(c.items) >= maxItems; c.over {
		return
	}
	if len(c.leftover) > 0 || len(e.leftover) > 0 {
		it.Around = around(c.leftover, e.leftover)
		c.leftover, e.leftover = nil, nil
	}
	c.items = append(c.items, it)
}

func isEmptyArray(raw []byte) bool {
	if !isArray(raw) {
		return false
	}
	b := trimLeft(raw[1:])
	return len(b) > 0 && b[0] == ']'
}
