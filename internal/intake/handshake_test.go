package intake

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
)

func TestEveryRefusedHandshakeSaysWhatWasSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, other := b.deployment("1001"), b.deployment("1002")
	token := "EAA" + strings.Repeat("b9Zq", 40)
	l.save(connect.Change{Secrets: secrets(map[bm.CredentialName]string{bm.AccessToken: token})})
	for _, c := range []struct {
		sent string
		want bm.HandshakeReason
	}{
		{l.key, bm.RightKey},
		{l.key + " ", bm.KeyWithSpace},
		{" " + l.key, bm.KeyWithSpace},
		{`"` + l.key + `"`, bm.KeyWithQuotes},
		{strings.ToUpper(l.key), bm.KeyWrongCase},
		{l.key[:30], bm.KeyCutShort},
		{l.key[:12], bm.WrongKey}, // too little to confirm
		{l.key[4:], bm.KeyCutShort},
		{token, bm.AccessTokenSent},
		{"EAA" + strings.Repeat("x7Yz", 45), bm.AccessTokenSent},
		{l.secret, bm.AppSecretSent},
		{"0123456789abcdef0123456789abcdef", bm.AppSecretSent},
		{l.url(), bm.CallbackSent},
		{other.key, bm.KeyOfAnother},
		{"something else", bm.WrongKey},
	} {
		l.handshake(c.sent)
		h := l.handshakes()[0]
		if h.Reason != c.want || h.TokenLength != len(c.sent) || len(h.TokenFingerprint) == 0 {
			t.Errorf("%q: %+v, want %s", c.sent, h, c.want)
		}
		if c.want == bm.KeyOfAnother && h.OtherBusinessID != other.business.ID {
			t.Errorf("the key is said to be of business %d", h.OtherBusinessID)
		}
	}
	checks, err := b.connect.Checks(t.Context(), &l.deployment)
	if err != nil {
		t.Fatal(err)
	}
	if checks[2].Name != "callback" || checks[2].Verdict != bm.NeedsCare {
		t.Errorf("the check says %+v", checks[2])
	}
}

func TestTheTickIsGreenOnlyForTheKeyOfToday(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	verdict := func() bm.Verdict {
		t.Helper()
		checks, err := b.connect.Checks(t.Context(), &l.deployment)
		if err != nil {
			t.Fatal(err)
		}
		return checks[2].Verdict
	}
	if v := verdict(); v != bm.NotYet {
		t.Errorf("saved looks like %s", v)
	}
	l.handshake("wrong")
	if v := verdict(); v != bm.Failing {
		t.Errorf("refused looks like %s", v)
	}
	l.handshake(l.key)
	if v := verdict(); v != bm.Proved {
		t.Errorf("verified looks like %s", v)
	}
	l.save(connect.Change{Secrets: secrets(map[bm.CredentialName]string{bm.ChallengeKey: bm.NewChallengeKey().Reveal()})})
	if v := verdict(); v == bm.Proved {
		t.Error("a key that nobody tried looks proved")
	}
}

func TestAHandshakeAtANearlyRightURLShowsOnTheDeployment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	id := l.deployment.CallbackID
	swap := func(i int) string {
		c := byte('x')
		if id[i] == 'x' || id[i] == 'X' { // another letter, not another case
			c = 'y'
		}
		return id[:i] + string(c) + id[i+1:]
	}
	q := "?" + url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1"}, "hub.verify_token": {l.key}}.Encode()
	for _, c := range []struct{ path, words string }{
		{"/facebook/" + swap(3), "one letter off"},
		{"/facebook/" + swap(20), "one letter off"},
		{"/facebook/" + id[:len(id)-1], "one letter too short"},
		{"/facebook/" + id[1:], "one letter too short"},
		{"/facebook/" + id + "x", "one letter too long"},
		{"/facebok/" + id, "“facebok” stands where “facebook” belongs"},
		{"/" + id, "is missing before the last part"},
		{"/facebook/" + id + "/", "a slash too many"},
	} {
		before := len(l.handshakes())
		b.request("GET", b.url+c.path+q, nil)
		list := l.handshakes()
		if len(list) != before+1 || list[0].Reason != bm.NearlyThisURL || !strings.Contains(list[0].Detail, c.words) {
			t.Errorf("%s: %+v", c.path, list[0])
		}
	}
	before := len(l.handshakes())
	b.request("GET", b.url+"/facebook/"+bm.NewCallbackID()+q, nil)
	if len(l.handshakes()) != before {
		t.Error("an address that is not near is shown")
	}
	var kept int
	if err := b.pool.QueryRow(t.Context(), `SELECT count(*) FROM handshakes WHERE deployment_id = 0`).Scan(&kept); err != nil || kept != 1 {
		t.Errorf("%d handshakes at unknown callbacks are kept, %v", kept, err)
	}
}

func TestAFloodOfHandshakesFillsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	if r := l.handshake(l.key); r.status != 200 {
		t.Fatal(r.status)
	}
	for i := range 400 {
		if r := l.handshake(fmt.Sprint("guess ", i)); r.status != 403 {
			t.Fatalf("guess %d: %d", i, r.status)
		}
		if r := b.request("GET", b.url+"/facebook/"+bm.NewCallbackID()+"?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x", nil); r.status != 403 {
			t.Fatalf("unknown: %d", r.status)
		}
	}
	if n := len(l.handshakes()); n > 100 {
		t.Errorf("%d attempts are kept", n)
	}
	if r := l.handshake(l.key); r.status != 200 {
		t.Errorf("the right key is refused during a flood: %d", r.status)
	}
}

func TestKeptHandshakesAreCappedButForTheProof(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	for i := range 150 {
		h := bm.Handshake{BusinessID: l.business.ID, DeploymentID: l.deployment.ID, Platform: bm.Facebook, At: b.intake.now(), Status: 403, Reason: bm.WrongKey}
		if i == 0 {
			h.Status, h.Reason = 200, bm.RightKey
		}
		if err := b.store.RecordHandshake(t.Context(), &h); err != nil {
			t.Fatal(err)
		}
	}
	list := l.handshakes()
	if len(list) != 101 || !list[100].Accepted() {
		t.Errorf("%d are kept, the oldest with %d", len(list), list[len(list)-1].Status)
	}
}

func TestNoSecretIsKeptOrLoggedByIntake(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	planted := "planted-verify-token-7f3a"
	body := message("1001", "2002", "m_1", "planted-unsigned-body")
	l.handshake(planted)
	l.handshake(l.key)
	b.request("GET", b.url+"/facebook/"+l.deployment.CallbackID+"x?hub.mode=subscribe&hub.challenge=1&hub.verify_token="+planted, nil)
	b.request("POST", l.url(), []byte(body), "X-Hub-Signature-256", sign256(planted, []byte(body)))
	l.mustPost(message("1001", "2002", "m_2", "hi"))
	var dump strings.Builder
	rows, err := b.pool.Query(t.Context(), `
		SELECT h::text FROM handshakes h UNION ALL SELECT c::text FROM credentials c UNION ALL SELECT a::text FROM audit a
		UNION ALL SELECT r::text FROM refusals r UNION ALL SELECT d::text FROM deployments d UNION ALL SELECT encode(body, 'escape') FROM events`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		dump.WriteString(s + "\n")
	}
	if found := containsAny(dump.String()+b.logs.String(), planted, l.key, l.secret, "PAGE-TOKEN-FOR-TESTS", "planted-unsigned-body"); found != "" {
		t.Errorf("%q was found in the database or the log", found)
	}
}
