package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

func TestTheFirstPutMakesTheDeploymentWithAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := deploymentAt(w.acme)
	w.as("admin", "GET", at, "").problem(t, 404)
	w.as("admin", "POST", at+"/check", "").problem(t, 404)
	w.as("admin", "POST", at+"/pause", "").problem(t, 404)
	r := w.as("admin", "PUT", at, `{}`).is(t, 200)
	d := read[Deployment](t, r)
	id, ok := strings.CutPrefix(d.CallbackURL, "http://127.0.0.1:8081/facebook/")
	if !ok || len(id) < 22 || d.Active || d.Platform != "facebook" || d.BusinessID != w.acme.ID {
		t.Errorf("%s", r.body)
	}
	if !strings.HasPrefix(d.ChallengeKey, "bmk_") || d.BotSecret != "" || d.Secrets["challenge_key"] == nil {
		t.Errorf("no key was made, or too much: %s", r.body)
	}
	if d.Paused == nil || d.Paused.Why == "" || fmt.Sprint(d.BotEvents) != fmt.Sprint(bm.DefaultBotEvents()) {
		t.Errorf("%s", r.body)
	}
	for _, name := range []string{"access_token", "app_secret", "bot_secret"} {
		if h, ok := d.Secrets[name]; !ok || h != nil {
			t.Errorf("%s is %+v", name, h)
		}
	}
	names := []string{}
	for _, c := range d.Checks {
		if c.Verdict != "not_yet" || c.Evidence == "" || c.At != nil {
			t.Errorf("a check of nothing says %+v", c)
		}
		names = append(names, c.Name)
	}
	if fmt.Sprint(names) != "[access_token app_secret callback events]" {
		t.Errorf("checks %v", names)
	}
	again := read[Deployment](t, w.as("support", "GET", at, "").is(t, 200))
	if again.ChallengeKey != "" || again.CallbackURL != d.CallbackURL {
		t.Errorf("read later: %+v", again)
	}
}

func TestAbsentIsLeftNullIsRemovedEmptyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := deploymentAt(w.acme)
	put := func(body string) Deployment {
		t.Helper()
		return read[Deployment](t, w.as("admin", "PUT", at, body).is(t, 200))
	}
	put(`{"access_token":"` + accessToken() + `","app_secret":"` + appSecret + `","challenge_key":"` + challengeKey +
		`","account_id":"104722918364501","app_id":"555000111222333","bot_url":"http://127.0.0.1:9/","bot_events":["message"],"prove":false}`)
	for _, name := range []string{"access_token", "app_secret", "challenge_key", "account_id", "app_id", "bot_url", "bot_secret"} {
		before := put(`{}`)
		if _, f := w.as("admin", "PUT", at, `{"`+name+`":""}`).problem(t, 422); f[name] == "" {
			t.Errorf("an empty %s is not named", name)
		}
		w.as("admin", "PUT", at, `{"`+name+`":7}`).problem(t, 422)
		if got := put(`{}`); fmt.Sprint(describe(got)) != fmt.Sprint(describe(before)) {
			t.Errorf("a refused %s changed %v to %v", name, describe(before), describe(got))
		}
		got := describe(put(`{"` + name + `":null}`))
		if got[name] != "" {
			t.Errorf("null left %s as %s", name, got[name])
		}
		for other, was := range describe(before) {
			if other != name && got[other] != was {
				t.Errorf("removing %s changed %s", name, other)
			}
		}
	}
	// What was removed on purpose does not come back by itself.
	if d := put(`{"app_id":"555000111222333"}`); d.ChallengeKey != "" || d.Secrets["challenge_key"] != nil {
		t.Error("a removed key was made again")
	}
	if d := put(`{"bot_events":null}`); fmt.Sprint(d.BotEvents) != fmt.Sprint(bm.DefaultBotEvents()) {
		t.Errorf("%v", d.BotEvents)
	}
	for _, list := range []string{`[]`, `["odd"]`, `[null]`, `[1]`, `"message"`} {
		if _, f := w.as("admin", "PUT", at, `{"bot_events":`+list+`}`).problem(t, 422); f["bot_events"] == "" {
			t.Errorf("%s is not named", list)
		}
	}
	if d := put(`{"bot_url":"http://127.0.0.1:9/"}`); !strings.HasPrefix(d.BotSecret, "whsec_") {
		t.Error("a bot without a secret")
	}
	if d := put(`{"bot_url":"http://127.0.0.1:9/x"}`); d.BotSecret != "" {
		t.Error("a bot's secret was made again, or shown again")
	}
}

// describe is all that can be told of a deployment's values.
func describe(d Deployment) map[string]string {
	out := map[string]string{}
	for name, h := range d.Secrets {
		out[name] = ""
		if h != nil {
			out[name] = h.Fingerprint
		}
	}
	for name, v := range map[string]*string{"account_id": d.AccountID, "app_id": d.AppID, "bot_url": d.BotURL} {
		out[name] = ""
		if v != nil {
			out[name] = *v
		}
	}
	out["bot_events"] = fmt.Sprint(d.BotEvents)
	return out
}

func TestNothingIsSwitchedOnWithoutAnAppSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := deploymentAt(w.acme)
	if _, f := w.as("admin", "PUT", at, `{"active":true}`).problem(t, 422); f["active"] == "" {
		t.Error("active is not named")
	}
	w.as("admin", "GET", at, "").problem(t, 404) // nothing was made
	w.as("admin", "PUT", at, `{}`).is(t, 200)
	w.as("admin", "POST", at+"/resume", "").problem(t, 422)
	w.as("admin", "PUT", at, `{"active":true,"app_secret":"`+appSecret+`"}`).is(t, 200)
	w.as("admin", "PUT", at, `{"app_secret":null}`).problem(t, 422)
}

func TestEveryWrongValueIsNamedAtOnceAndNothingChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := deploymentAt(w.acme)
	w.as("admin", "PUT", at, `{}`).is(t, 200)
	_, f := w.as("admin", "PUT", at, `{"app_id":"555000111222333","account_id":"Acme","access_token":"a b","challenge_key":"short","bot_url":"ftp://x"}`).problem(t, 422)
	for _, name := range []string{"account_id", "access_token", "challenge_key", "bot_url"} {
		if f[name] == "" {
			t.Errorf("%s is not named in %v", name, f)
		}
	}
	if d := read[Deployment](t, w.as("admin", "GET", at, "")); d.AppID != nil {
		t.Error("a part of a refused call was saved")
	}
}

func TestPauseAndResumeSayWhoAndWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(w.acme)
	at := deploymentAt(w.acme)
	c := read[Checked](t, w.as("admin", "POST", at+"/pause", "").is(t, 200))
	if c.Active || c.Paused == nil || c.Paused.By == nil || *c.Paused.By != "admin" || c.Paused.Why == "" || c.Paused.At == nil || len(c.Checks) < 4 {
		t.Errorf("%+v", c)
	}
	when := *c.Paused.At
	c = read[Checked](t, w.as("owner", "POST", at+"/pause", `{}`).is(t, 200))
	if *c.Paused.By != "admin" || c.Paused.At.Sub(when).Abs() > time.Millisecond {
		t.Errorf("a second pause took the first one's place: %+v", c.Paused)
	}
	c = read[Checked](t, w.as("admin", "POST", at+"/resume", `{"rate":20}`).is(t, 200))
	if !c.Active || c.Paused != nil {
		t.Errorf("%+v", c)
	}
	w.as("admin", "PATCH", businessAt(w.acme), `{"active":false}`).is(t, 200)
	c = read[Checked](t, w.as("support", "POST", at+"/check", "").is(t, 200))
	if !c.Active || c.Paused == nil || c.Paused.Why != "The business is switched off." {
		t.Errorf("%+v", c)
	}
}

func TestTwoFirstPutsAtOnceBothSucceed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	urls := make([]string, 6)
	var all sync.WaitGroup
	for i := range urls {
		all.Go(func() {
			r := w.as("owner", "PUT", deploymentAt(w.acme), `{"app_id":"555000111222333"}`)
			if r.status != 200 {
				t.Errorf("%d %s", r.status, r.body)
				return
			}
			urls[i] = read[Deployment](t, r).CallbackURL
		})
	}
	all.Wait()
	for _, u := range urls {
		if u != urls[0] {
			t.Errorf("two callbacks: %v", urls)
		}
	}
}

func TestHandshakesAreListedWithoutWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	other := w.foreign.ID
	for i := range 5 {
		must(t, w.store.RecordHandshake(t.Context(), &bm.Handshake{
			BusinessID: d.BusinessID, DeploymentID: d.ID, Platform: bm.Facebook, At: time.Now(), Address: "192.0.2.1", Agent: "facebookplatform/1.0",
			Status: 403, Reason: bm.KeyOfAnother, TokenLength: 10 + i, TokenFingerprint: bm.Fingerprint("abcdefgh"), OtherBusinessID: other,
		}))
	}
	var lengths []int
	path := deploymentAt(w.acme) + "/handshakes?limit=2"
	for {
		r := w.as("support", "GET", path, "").is(t, 200)
		l := read[HandshakeList](t, r)
		for _, h := range l.Handshakes {
			lengths = append(lengths, h.TokenLength)
			if h.Reason != "key_of_another" || h.Evidence == "" || h.Status != 403 || *h.TokenFingerprint != "6162 6364" || h.KeyFingerprint != nil {
				t.Errorf("%+v", h)
			}
		}
		if strings.Contains(string(r.body), "other") && strings.Contains(string(r.body), "other_business") {
			t.Errorf("another's business is named: %s", r.body)
		}
		if l.NextCursor == nil {
			break
		}
		path = deploymentAt(w.acme) + "/handshakes?limit=2&cursor=" + *l.NextCursor
	}
	if fmt.Sprint(lengths) != "[14 13 12 11 10]" {
		t.Errorf("%v", lengths)
	}
}
