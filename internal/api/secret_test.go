package api

import (
	"fmt"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

// TestASecretInAWrongPlaceIsNeverEchoed plants secrets in every wrong place that a
// call has, and looks for them in the answer and in the log.
func TestASecretInAWrongPlaceIsNeverEchoed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(w.acme)
	at, dep := businessAt(w.acme), deploymentAt(w.acme)
	const hex, whsec = "deadbeefcafe0123456789deadbeefca", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for _, s := range []string{accessToken(), hex, whsec, "bmk_" + strings.Repeat("aB3", 14)} {
		q := `"` + s + `"`
		for i, c := range []struct{ method, path, body string }{
			{"PUT", dep, `{"app_secret":[` + q + `]}`},
			{"PUT", dep, `{"app_secret":{"value":` + q + `}}`},
			{"PUT", dep, `{"active":` + q + `}`},
			{"PUT", dep, `{"prove":` + q + `}`},
			{"PUT", dep, `{"account_id":` + q + `}`},
			{"PUT", dep, `{"app_id":` + q + `}`},
			{"PUT", dep, `{"bot_events":[` + q + `]}`},
			{"PUT", dep, `{"bot_events":` + q + `}`},
			{"PUT", dep, `{"bot_url":` + q + `}`},
			{"PUT", dep, `{"bot_secret":"x` + s + `"}`},
			{"PUT", dep, `{"challenge_key":" ` + s + `"}`},
			{"PUT", dep, `{"access_token":"'` + s + `'"}`},
			{"PUT", dep, `{"app_secret":"x y` + s + `"}`},
			{"PUT", dep, `{"secret":` + q + `}`},
			{"PUT", dep, `{` + q + `:1}`},
			{"PUT", dep, `{"app_secret":` + q},
			{"PUT", dep, q},
			{"PUT", dep, `[` + q + `]`},
			{"PUT", dep, s},
			{"POST", "/partners", `{"name":[` + q + `]}`},
			{"POST", "/businesses", `{"name":"A","partner":` + q + `}`},
			{"POST", "/businesses", `{"name":"A","partner":1,"via_name":` + `"` + s + ` "}`},
			{"PATCH", at, `{"active":` + q + `}`},
			{"POST", dep + "/resume", `{"rate":` + q + `}`},
			{"GET", "/partners?limit=" + s, ""},
			{"GET", "/partners?cursor=" + s, ""},
			{"GET", "/partners?" + s + "=1", ""},
			{"GET", "/businesses?state=" + s, ""},
			{"GET", "/businesses?platform=" + s, ""},
			{"GET", "/businesses?partner=" + s, ""},
			{"GET", "/businesses?q=" + s, ""},
			{"GET", at + "/events?kind=" + s, ""},
			{"GET", at + "/events?from=" + s, ""},
			{"GET", at + "/events?after=" + s, ""},
			{"GET", at + "/events?platform=" + s, ""},
			{"GET", at + "/events?conversation=" + s, ""},
			{"GET", at + "/events/" + s, ""},
			{"GET", "/businesses/" + s, ""},
			{"PUT", at + "/deployments/" + s, `{}`},
			{"GET", "/" + s, ""},
		} {
			r := w.as("owner", c.method, c.path, c.body)
			if r.status == 200 && c.method != "GET" || r.status >= 500 {
				t.Errorf("%d %s %s %s: %d %s", i, c.method, c.path, c.body, r.status, r.body)
			}
			if text := fmt.Sprint(r.header) + string(r.body); strings.Contains(text, s) {
				t.Errorf("%s %s %s echoes: %s", c.method, c.path, c.body, text)
			}
			if strings.Contains(w.log.text(), s) {
				t.Fatalf("%s %s %s is logged", c.method, c.path, c.body)
			}
		}
	}
}

// TestASecretIsShownOnlyByTheCallThatSetIt sets every secret, then reads
// everything in every role and finds none of them.
func TestASecretIsShownOnlyByTheCallThatSetIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const botSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	all := []string{accessToken(), appSecret, challengeKey, botSecret}
	r := w.as("admin", "PUT", deploymentAt(w.acme), `{"active":true,"access_token":"`+accessToken()+`","app_secret":"`+appSecret+
		`","challenge_key":"`+challengeKey+`","bot_secret":"`+botSecret+`","bot_url":"http://127.0.0.1:9/"}`).is(t, 200)
	set := read[Deployment](t, r)
	if set.ChallengeKey != challengeKey || set.BotSecret != botSecret {
		t.Errorf("what was set is not shown: %s", r.body)
	}
	if strings.Contains(string(r.body), accessToken()) || strings.Contains(string(r.body), appSecret) {
		t.Errorf("the platform's secrets are shown: %s", r.body)
	}
	for name, value := range map[bm.CredentialName]string{bm.AccessToken: accessToken(), bm.AppSecret: appSecret, bm.ChallengeKey: challengeKey, bm.BotSecret: botSecret} {
		h := set.Secrets[string(name)]
		if h == nil || h.LastFour == nil || *h.LastFour != value[len(value)-4:] || h.Length != len(value) || h.Fingerprint == "" || h.SetBy != "admin" || h.SetAt.IsZero() {
			t.Errorf("%s: %+v", name, h)
		}
	}
	for _, role := range []string{"owner", "admin", "support", "bot"} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", deploymentAt(w.acme), ""}, {"PUT", deploymentAt(w.acme), `{"app_id":"555000111222333"}`},
			{"POST", deploymentAt(w.acme) + "/check", ""}, {"POST", deploymentAt(w.acme) + "/pause", ""}, {"POST", deploymentAt(w.acme) + "/resume", ""},
			{"GET", deploymentAt(w.acme) + "/handshakes", ""}, {"GET", businessAt(w.acme), ""}, {"GET", "/businesses?q=acme", ""},
			{"GET", businessAt(w.acme) + "/events", ""}, {"GET", fmt.Sprintf("/audit?business=%d", w.acme.ID), ""},
			{"GET", specPath, ""}, {"GET", docsPath, ""},
		} {
			r := w.as(role, c.method, c.path, c.body)
			for _, s := range append(all, w.tokens[role]) {
				if strings.Contains(fmt.Sprint(r.header)+string(r.body), s) {
					t.Errorf("%s %s %s shows %s", role, c.method, c.path, s)
				}
			}
		}
	}
	for _, s := range append(all, w.tokens["owner"], w.tokens["admin"]) {
		if strings.Contains(w.log.text(), s) {
			t.Errorf("the log holds %s", s)
		}
	}
}
