package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// odd are objects that any re-encoding would change.
func odd() []string {
	return []string{
		`{"message":{"text":"hello"}}`,
		"{ \"message\" :\n\t{ \"text\" : \"two  spaces\" } }",
		`{"message":{"text":"\u00e9 \ud83d\ude00 \/ \u003c<>& \u2028"}}`,
		"{\"message\":{\"text\":\"\u2028\u2029 é\"}}",
		`{"timestamp":17600000000001234567,"n":1.10e+01,"message":{"text":"x"}}`,
		`{"message":{"text":"x"},"message":{"text":"twice"}}`,
		`[1, 2 ,{"a":null}]`,
		`"<only a text>"`,
	}
}

// TestAnEventsBytesAreExactlyThePlatforms holds for the list, the pull side and
// the single event.
func TestAnEventsBytesAreExactlyThePlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	for i, body := range odd() {
		w.post(d, message(i, "2002", body))
	}
	at := businessAt(w.acme) + "/events"
	for _, role := range []string{"bot", "admin", "owner"} {
		for _, path := range []string{at, at + "?platform=facebook&after=0"} {
			r := w.as(role, "GET", path, "").is(t, 200)
			if !json.Valid(r.body) {
				t.Fatalf("not JSON: %s", r.body)
			}
			for _, body := range odd() {
				if !bytes.Contains(r.body, []byte(`,"event":`+body+`}`)) {
					t.Errorf("%s %s has not the bytes of %s", role, path, body)
				}
			}
			for _, e := range read[EventList](t, r).Events {
				one := w.as(role, "GET", at+"/"+e.ID, "").is(t, 200)
				if !bytes.HasSuffix(bytes.TrimSpace(one.body), append(append([]byte(`,"event":`), e.Event...), '}')) {
					t.Errorf("%s reads %s, listed %s", role, one.body, e.Event)
				}
			}
		}
	}
}

// TestSupportReadsEventsWithoutWhatPeopleWrote: it sees that something came, from
// whom, and not what.
func TestSupportReadsEventsWithoutWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	w.post(d, message(1, "2002", `{"message":{"text":"private words"}}`))
	at := businessAt(w.acme) + "/events"
	r := w.as("support", "GET", at, "").is(t, 200)
	e := read[EventList](t, r).Events[0]
	if e.Event != nil || strings.Contains(string(r.body), "private") || strings.Contains(string(r.body), `"event"`) {
		t.Errorf("%s", r.body)
	}
	if e.Conversation == nil || *e.Conversation != "2002" || e.Type != "message" {
		t.Errorf("%s", r.body)
	}
	one := w.as("support", "GET", at+"/"+e.ID, "").is(t, 200)
	pull := w.as("support", "GET", at+"?platform=facebook&after=0", "").is(t, 200)
	if strings.Contains(string(one.body)+string(pull.body), "private") {
		t.Error("support reads what was written")
	}
}

// TestSecretsInsideEventsReachOnlyTheBot: what the platform put in is delivered as
// it came, and masked wherever it is shown.
func TestSecretsInsideEventsReachOnlyTheBot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	const token = "notif-token-0123456789"
	body := `{"optin": {"type":"notification_messages","notification_messages_token": "` + token + `"}}`
	w.post(d, bm.Item{Kind: bm.KindOptin, Account: "1", Person: "2002", Key: "o", Body: []byte(body)})
	for role, seen := range map[string]bool{"bot": true, "owner": false, "admin": false, "support": false} {
		for _, path := range []string{"", "?platform=facebook&after=0"} {
			r := w.as(role, "GET", businessAt(w.acme)+"/events"+path, "").is(t, 200)
			if strings.Contains(string(r.body), token) != seen {
				t.Errorf("%s%s: %s", role, path, r.body)
			}
			one := w.as(role, "GET", businessAt(w.acme)+"/events/"+read[EventList](t, r).Events[0].ID, "").is(t, 200)
			if strings.Contains(string(one.body), token) != seen {
				t.Errorf("%s: %s", role, one.body)
			}
		}
	}
}

func TestAnEventSaysWhatTheContractNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	w.post(d, message(5, "2002", `{"a":1}`), bm.Item{Kind: bm.KindChange, Account: "104722918364501", Key: "c", Standby: true, Body: []byte(`{"b":2}`)})
	r := w.as("admin", "GET", businessAt(w.acme)+"/events", "").is(t, 200)
	var got struct {
		Events []map[string]any `json:"events"`
	}
	must(t, json.Unmarshal(r.body, &got))
	change, msg := got.Events[0], got.Events[1]
	for name, want := range map[string]any{
		"type": "message", "sequence": 1.0, "state": "waiting", "business_id": float64(w.acme.ID), "platform": "facebook",
		"account": "104722918364501", "conversation": "2002", "message_id": "m_5", "occurred_at": "2025-10-09T08:53:20.005Z", "standby": false,
	} {
		if msg[name] != want {
			t.Errorf("%s is %v, want %v", name, msg[name], want)
		}
	}
	for name, want := range map[string]any{
		"type": "change", "sequence": nil, "state": "stored", "conversation": nil, "message_id": nil, "occurred_at": nil, "standby": true,
	} {
		if v, ok := change[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if id, _ := msg["id"].(string); !strings.HasPrefix(id, "evt_") {
		t.Errorf("id %v", msg["id"])
	}
	if s, _ := msg["received_at"].(string); !strings.HasSuffix(s, "Z") {
		t.Errorf("received_at %v", msg["received_at"])
	}
}

// TestThePullSideGivesEveryEventOnceInOrder walks it page by page, with events for
// others in between and new ones arriving on the way.
func TestThePullSideGivesEveryEventOnceInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	log := store.NewLog(w.pool)
	n := 0
	add := func(count int) {
		var list []store.Arrival
		for range count {
			n++
			m := message(n, fmt.Sprint("p", n%3), fmt.Sprintf(`{"n":%d}`, n))
			read := bm.Item{Kind: bm.KindRead, Account: "1", Person: "p1", Key: fmt.Sprint("r", n), Body: []byte(`{}`)}
			for _, it := range []bm.Item{m, read} {
				list = append(list, store.Arrival{BusinessID: d.BusinessID, DeploymentID: d.ID, Item: &it})
			}
		}
		_, err := log.Append(t.Context(), list)
		must(t, err)
	}
	add(25)
	first := businessAt(w.acme) + "/events?platform=facebook&limit=10&after="
	after, path := int64(0), first+"0"
	for rounds := 0; rounds < 20; rounds++ {
		l := read[EventList](t, w.as("bot", "GET", path, "").is(t, 200))
		for _, e := range l.Events {
			if after++; e.Sequence == nil || *e.Sequence != after || string(e.Event) != fmt.Sprintf(`{"n":%d}`, after) {
				t.Fatalf("after %d comes %+v %s", after-1, e.Sequence, e.Event)
			}
		}
		if rounds == 1 {
			add(7)
		}
		if l.NextCursor == nil {
			break
		}
		path = first + "0&cursor=" + *l.NextCursor
	}
	if after != 32 {
		t.Fatalf("%d of 32", after)
	}
	l := read[EventList](t, w.as("bot", "GET", first+"32", "").is(t, 200))
	if len(l.Events) != 0 || l.NextCursor != nil {
		t.Errorf("%+v", l)
	}
	add(1)
	if l = read[EventList](t, w.as("bot", "GET", first+"32", "")); len(l.Events) != 1 || *l.Events[0].Sequence != 33 {
		t.Errorf("%+v", l)
	}
	filtered := read[EventList](t, w.as("bot", "GET", businessAt(w.acme)+"/events?platform=facebook&after=3&conversation=p1&limit=200", "").is(t, 200))
	if len(filtered.Events) != 10 || *filtered.Events[0].Sequence != 4 {
		t.Errorf("%d of p1", len(filtered.Events))
	}
	// A cursor of the other list is no place in this one.
	newest := read[EventList](t, w.as("bot", "GET", businessAt(w.acme)+"/events?limit=1", ""))
	w.as("bot", "GET", first+"0&cursor="+*newest.NextCursor, "").problem(t, 422)
}

func TestEventsAreFilteredAndPagedNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	for i := range 7 {
		w.post(d, message(i, fmt.Sprint("p", i%2), fmt.Sprintf(`{"n":%d}`, i)))
	}
	w.post(d, bm.Item{Kind: bm.KindRead, Account: "1", Person: "p0", Key: "r", Body: []byte(`{"n":"read"}`)})
	at := businessAt(w.acme) + "/events?"
	bodies := func(query string) string {
		var out []string
		path := at + query
		for {
			l := read[EventList](t, w.as("admin", "GET", path, "").is(t, 200))
			for _, e := range l.Events {
				out = append(out, string(e.Event))
			}
			if l.NextCursor == nil {
				return strings.NewReplacer(`{"n":`, "", "}", "").Replace(strings.Join(out, " "))
			}
			path = at + query + "&cursor=" + *l.NextCursor
		}
	}
	for query, want := range map[string]string{
		"limit=3":                           `"read" 6 5 4 3 2 1 0`,
		"kind=read":                         `"read"`,
		"kind=message&limit=2":              `6 5 4 3 2 1 0`,
		"state=waiting&conversation=p1":     `5 3 1`,
		"conversation=p0&limit=1":           `"read" 6 4 2 0`,
		"state=parked":                      ``,
		"platform=facebook&kind=read":       `"read"`,
		"from=2020-01-01T00:00:00Z&limit=1": `"read" 6 5 4 3 2 1 0`,
		"to=2020-01-01T00:00:00Z":           ``,
		"from=2999-01-01T00:00:00.5Z":       ``,
	} {
		if got := bodies(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	// A cursor names its business.
	w.setUp(w.foreign)
	l := read[EventList](t, w.as("owner", "GET", at+"limit=1", ""))
	w.as("owner", "GET", businessAt(w.foreign)+"/events?cursor="+*l.NextCursor, "").problem(t, 422)
}
