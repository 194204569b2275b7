package sandbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"strings"
	"testing"
)

// ready is a sandbox whose app has a verified callback.
func ready(t *testing.T) (*bench, made, *receiver) {
	t.Helper()
	world := newCallback(t, "key")
	b := start(t, Options{})
	m := b.create()
	if v := b.webhook(m.ID, world.url, "key"); !v.OK {
		t.Fatalf("%+v", v)
	}
	return b, m, world
}

func hmacHex(h func() hash.Hash, key string, body []byte) string {
	m := hmac.New(h, []byte(key))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// Whatever is pasted elsewhere, the sandbox signs with what it issued.
func TestOnlyTheIssuedSecretSigns(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	other := b.create()
	e := b.send(m.ID, ask{Kind: "accents"})[0]
	p := world.seen()[0]
	if e.State != delivered || e.Body != string(p.body) {
		t.Errorf("%+v posted %s", e, p.body)
	}
	if got := p.header.Get("X-Hub-Signature-256"); got != "sha256="+hmacHex(sha256.New, m.Secret, p.body) {
		t.Errorf("signature %s", got)
	}
	if got := p.header.Get("X-Hub-Signature"); got != "sha1="+hmacHex(sha1.New, m.Secret, p.body) {
		t.Errorf("legacy signature %s", got)
	}
	if m.Secret == other.Secret || len(m.Secret) != 32 {
		t.Error("two apps share a secret")
	}
	if got := p.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %s", got)
	}
}

func TestEveryKindHasItsShape(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/subscriptions",
		map[string]any{"fields": allFields(), "page_fields": allFields()}, nil)
	member := map[string]string{
		"postback": "postback", "reaction": "reaction", "edit": "message_edit", "read": "read", "delivery": "delivery",
		"referral": "referral", "optin": "optin", "handover": "pass_thread_control",
	}
	for i, k := range kinds() {
		e := b.send(m.ID, ask{Kind: k.Name, PSID: "2002"})[0]
		if e.State != delivered || e.Field != k.Field {
			t.Fatalf("%s: %+v", k.Name, e)
		}
		var env struct {
			Object string
			Entry  []struct {
				ID                 string
				Time               int64
				Messaging, Standby []map[string]any
			}
		}
		if err := json.Unmarshal(world.seen()[i].body, &env); err != nil {
			t.Fatal(err)
		}
		in := env.Entry[0]
		items := in.Messaging
		if k.Name == "standby" {
			items = in.Standby
		}
		if env.Object != "page" || len(env.Entry) != 1 || in.ID != m.PageID || in.Time < 1e12 || len(items) != 1 {
			t.Fatalf("%s: %+v", k.Name, env)
		}
		it, from, to := items[0], "2002", m.PageID
		if k.Name == "echo" {
			from, to = to, from
		}
		if it["sender"].(map[string]any)["id"] != from || it["recipient"].(map[string]any)["id"] != to {
			t.Errorf("%s: %+v", k.Name, it)
		}
		if _, ok := it[or(member[k.Name], "message")].(map[string]any); !ok || len(it) != 4 {
			t.Errorf("%s: %+v", k.Name, it)
		}
	}
}

func TestAReactionSpeaksOfThePersonsLastMessage(t *testing.T) {
	t.Parallel()
	b, m, _ := ready(t)
	first := b.send(m.ID, ask{Text: "one"})[0]
	b.send(m.ID, ask{Text: "two", PSID: "2002"})
	if e := b.send(m.ID, ask{Kind: "reaction"})[0]; !strings.Contains(e.Body, first.Mids[0]) {
		t.Errorf("%s\nnot about %s", e.Body, first.Mids[0])
	}
}

func TestABatchIsOnePost(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	for _, count := range []int{0, 1, 1000} {
		e := b.send(m.ID, ask{Kind: "batch", Count: count})
		want := count
		if count == 0 {
			want = batchOf
		}
		if len(e) != 1 || len(e[0].Mids) != want || e[0].State != delivered {
			t.Errorf("%d: %d events, %d messages", count, len(e), len(e[0].Mids))
		}
	}
	if n := len(world.seen()); n != 3 {
		t.Errorf("%d posts", n)
	}
	if e := b.send(m.ID, ask{Count: 5}); len(e) != 5 || len(world.seen()) != 8 {
		t.Errorf("five messages made %d events and %d posts", len(e), len(world.seen())-3)
	}
}

func TestADuplicateHasTheSameBytes(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	b.call(http.StatusUnprocessableEntity, "POST", "/apps/"+m.ID+"/send", ask{Kind: "duplicate"}, nil)
	b.send(m.ID, ask{Text: "once"})
	b.send(m.ID, ask{Kind: "duplicate"})
	p := world.seen()
	if len(p) != 2 || string(p[0].body) != string(p[1].body) {
		t.Errorf("%s", p)
	}
}

func TestAFailureIsTriedAgainAndThenKept(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	world.next(500, 401)
	e := b.send(m.ID, ask{Text: "third time"})[0]
	if e.State != delivered || len(e.Attempts) != 3 || e.Attempts[1].Status != 401 {
		t.Errorf("%+v", e)
	}
	world.next(503, 201, 301)
	e = b.send(m.ID, ask{Text: "in vain"})[0]
	if e.State != failed || len(e.Attempts) != attempts {
		t.Errorf("%+v", e)
	}
	var again event
	b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/resend", map[string]int{"event": e.ID}, &again)
	if again.ID != e.ID || again.State != delivered || len(again.Attempts) != attempts+1 {
		t.Errorf("%+v", again)
	}
	for _, p := range world.seen()[3:] {
		if string(p.body) != e.Body {
			t.Errorf("another body: %s", p.body)
		}
	}
	var out struct{ Events []event }
	b.call(http.StatusOK, "GET", "/apps/"+m.ID+"/events", nil, &out)
	if len(out.Events) != 2 || out.Events[1].State != delivered {
		t.Errorf("%+v", out.Events)
	}
	world.next(500)
	if e = b.send(m.ID, ask{Once: true})[0]; e.State != failed || len(e.Attempts) != 1 {
		t.Errorf("%+v", e)
	}
}

func TestWhatMetaWouldNotSendIsNotSent(t *testing.T) {
	t.Parallel()
	world := newCallback(t, "key")
	b := start(t, Options{})
	m := b.create()
	barred := func(a ask, why string) {
		t.Helper()
		if e := b.send(m.ID, a)[0]; e.State != notSent || !strings.Contains(e.Reason, why) || len(e.Attempts) != 0 {
			t.Errorf("%+v", e)
		}
	}
	subscribe := func(fields, page []string) {
		b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/subscriptions", map[string]any{"fields": fields, "page_fields": page}, nil)
	}
	barred(ask{}, "no callback URL")
	b.webhook(m.ID, world.url, "key")
	barred(ask{Kind: "edit"}, "the app is not subscribed to message_edits")
	subscribe(allFields(), []string{"messages"})
	barred(ask{Kind: "standby"}, "the Page is not subscribed to standby")
	subscribe(nil, []string{})
	barred(ask{}, "the Page is not subscribed to this app")
	if n := len(world.seen()); n != 0 {
		t.Errorf("%d posts", n)
	}
	b.call(http.StatusUnprocessableEntity, "POST", "/apps/"+m.ID+"/subscriptions", map[string]any{"fields": []string{"messaging_handover"}}, nil)
	b.call(http.StatusUnprocessableEntity, "POST", "/apps/"+m.ID+"/send", ask{Kind: "telegram"}, nil)
	b.call(http.StatusNotFound, "POST", "/apps/1/send", ask{}, nil)
	b.call(http.StatusBadRequest, "POST", "/apps/"+m.ID+"/send", map[string]string{"kin": "x"}, nil)
}

func TestEveryFieldHasASampleAsTheDashboardsTest(t *testing.T) {
	t.Parallel()
	b, m, world := ready(t)
	for i, field := range allFields() {
		var e event
		b.call(http.StatusOK, "POST", "/apps/"+m.ID+"/test", map[string]string{"field": field}, &e)
		var env struct {
			Entry []struct {
				ID        string
				Messaging []any
				Changes   []struct {
					Field string
					Value map[string]any
				}
			}
		}
		p := world.seen()[i]
		if err := json.Unmarshal(p.body, &env); err != nil {
			t.Fatal(err)
		}
		in := env.Entry[0]
		if e.State != delivered || in.ID != "0" || len(in.Messaging) != 0 || in.Changes[0].Field != field || len(in.Changes[0].Value) == 0 {
			t.Errorf("%s: %+v %s", field, e, p.body)
		}
		if p.header.Get("X-Hub-Signature-256") != "sha256="+hmacHex(sha256.New, m.Secret, p.body) {
			t.Errorf("%s is not signed", field)
		}
	}
	b.call(http.StatusUnprocessableEntity, "POST", "/apps/"+m.ID+"/test", map[string]string{"field": "../app"}, nil)
}
