package connect

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/meta"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

type bundle struct {
	store    *store.Store
	connect  *Connect
	business bm.Business
	by       bm.Actor
}

func setup(t *testing.T) *bundle {
	t.Helper()
	st := store.New(pgtest.New(t))
	keys, err := seal.Create(filepath.Join(t.TempDir(), "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{store: st, by: bm.System("test")}
	b.connect = New(Options{Store: st, Keys: keys, Platforms: []bm.Platform{meta.Messenger{}}, WebhookURL: "https://hooks.example.com/", Development: true})
	p, err := st.CreatePartner(t.Context(), b.by, "Nordlicht")
	if err != nil {
		t.Fatal(err)
	}
	if b.business, err = st.CreateBusiness(t.Context(), b.by, p.ID, "Bella Napoli", ""); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) save(t *testing.T, ch Change) (Saved, error) {
	t.Helper()
	return b.connect.Save(t.Context(), b.by, b.business, bm.Facebook, ch)
}

func value(v string) *bm.Secret { s := bm.NewSecret(v); return &s }

func text(v string) *string { return &v }

func TestOneWrongValueSavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.save(t, Change{Create: true, Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: value("first-app-secret")}}); err != nil {
		t.Fatal(err)
	}
	_, err := b.save(t, Change{
		AccountID: text("1001"),
		Secrets: map[bm.CredentialName]*bm.Secret{
			bm.AccessToken: value("PAGE-TOKEN-FOR-TESTS"), bm.AppSecret: value("second-app-secret"), bm.ChallengeKey: value("weak"),
		},
	})
	var e *bm.Error
	if !errors.As(err, &e) || e.Kind != bm.Invalid || len(e.Fields) != 1 || e.Fields[0].Field != "challenge_key" {
		t.Fatalf("got %+v", err)
	}
	d, err := b.store.Deployment(t.Context(), bm.Everything(), b.business.ID, bm.Facebook)
	if err != nil {
		t.Fatal(err)
	}
	if d.AccountID != "" || d.Has(bm.AccessToken) || !b.connect.Same(&d, bm.AppSecret, bm.NewSecret("first-app-secret")) {
		t.Errorf("half of it was saved: %+v", d)
	}
}

func TestWhatWeMakeIsShownByTheCallThatMadeItAndNeverAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, err := b.save(t, Change{Create: true, BotURL: text("https://bot.example.com/in")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []bm.CredentialName{bm.ChallengeKey, bm.BotSecret} {
		if v := first.Shown[name]; v.Empty() || !b.connect.Same(&first.Deployment, name, v) {
			t.Errorf("the %s was not made and shown", name)
		}
	}
	again, err := b.save(t, Change{Create: true, BotURL: text("https://bot.example.com/other")})
	if err != nil || len(again.Shown) != 0 {
		t.Errorf("the second save shows %d values, %v", len(again.Shown), err)
	}
	removed, err := b.save(t, Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.ChallengeKey: nil}})
	if err != nil || removed.Deployment.Has(bm.ChallengeKey) {
		t.Fatalf("the key was not removed, %v", err)
	}
	if back, err := b.save(t, Change{Create: true}); err != nil || back.Deployment.Has(bm.ChallengeKey) {
		t.Errorf("a key that was removed on purpose came back, %v", err)
	}
	set, err := b.save(t, Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: value("an-app-secret"), bm.AccessToken: value("PAGE-TOKEN-FOR-TESTS")}})
	if err != nil || len(set.Shown) != 0 {
		t.Errorf("an app secret or a token is shown, %v", err)
	}
}

func TestItIsOnOnlyWithAnAppSecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	on := true
	if _, err := b.save(t, Change{Create: true, Active: &on}); bm.KindOf(err) != bm.Invalid {
		t.Errorf("on without a secret: %v", err)
	}
	if _, err := b.store.Deployment(t.Context(), bm.Everything(), b.business.ID, bm.Facebook); bm.KindOf(err) != bm.NotFound {
		t.Errorf("the refused save left a deployment behind: %v", err)
	}
	if _, err := b.save(t, Change{Create: true, Active: &on, Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: value("an-app-secret")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.save(t, Change{Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: nil}}); bm.KindOf(err) != bm.Invalid {
		t.Errorf("the secret was removed while it is on: %v", err)
	}
}

func TestABotLivesWhereItMay(t *testing.T) {
	t.Parallel()
	dev, prod := &Connect{development: true}, &Connect{}
	for _, c := range []struct {
		url       string
		dev, prod bool
	}{
		{"https://bot.example.com/in", true, true},
		{"https://bot.example.com:8443/in?x=1", true, true},
		{"http://bot.example.com/in", false, false},
		{"http://127.0.0.1:9000/bot", true, false},
		{"http://localhost:9000/bot", true, false},
		{"https://127.0.0.1/bot", true, false},
		{"https://[::1]/bot", true, false},
		{"https://[::ffff:127.0.0.1]/bot", true, false},
		{"https://localhost./bot", true, false},
		{"https://user:pass@bot.example.com/", false, false},
		{"https://bot.example.com/#part", false, false},
		{"https://169.254.169.254/latest", false, false},
		{"https://[fe80::1]/x", false, false},
		{"https://0.0.0.0/x", false, false},
		{"ftp://bot.example.com/", false, false},
		{"bot.example.com", false, false},
		{"https:bot.example.com", false, false},
		{"https://", false, false},
		{"javascript:alert(1)", false, false},
		{"https://bot.example.com/" + strings.Repeat("x", 2048), false, false},
	} {
		if got := dev.checkBotURL(c.url) == ""; got != c.dev {
			t.Errorf("development, %.60s: %t", c.url, got)
		}
		if got := prod.checkBotURL(c.url) == ""; got != c.prod {
			t.Errorf("production, %.60s: %t", c.url, got)
		}
	}
}

// Green is only what was proved: for every state of traffic, the verdict.
func TestEachVerdictFollowsFromWhatWasSeen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	key := bm.Fingerprint("key of today....")
	hint := func(name bm.CredentialName) bm.Hint {
		return bm.Hint{Name: name, SetAt: at(-60), Fingerprint: key}
	}
	all := []bm.Hint{hint(bm.AccessToken), hint(bm.AppSecret), hint(bm.ChallengeKey)}
	accepted := bm.Handshake{ID: 1, Status: 200, Reason: bm.RightKey, KeyFingerprint: key, At: at(-50)}
	refused := bm.Handshake{ID: 2, Status: 403, Reason: bm.AccessTokenSent, KeyFingerprint: key, At: at(-40)}
	before := accepted
	before.KeyFingerprint = bm.Fingerprint("key of before...")
	noise := refused
	noise.Reason = bm.NearlyThisURL
	for _, c := range []struct {
		name    string
		hints   []bm.Hint
		traffic bm.Traffic
		want    map[string]bm.Verdict
	}{
		{"nothing set", nil, bm.Traffic{}, map[string]bm.Verdict{"access_token": bm.NotYet, "app_secret": bm.NotYet, "callback": bm.NotYet, "events": bm.NotYet}},
		{"saved only", all, bm.Traffic{}, map[string]bm.Verdict{"access_token": bm.NotYet, "app_secret": bm.NotYet, "callback": bm.NotYet, "events": bm.NotYet}},
		{"verified", all, bm.Traffic{LastAccepted: accepted}, map[string]bm.Verdict{"callback": bm.Proved, "app_secret": bm.NotYet, "events": bm.NotYet}},
		{"refused", all, bm.Traffic{LastRefused: refused}, map[string]bm.Verdict{"callback": bm.Failing}},
		{"verified, then refused", all, bm.Traffic{LastAccepted: accepted, LastRefused: refused}, map[string]bm.Verdict{"callback": bm.NeedsCare}},
		{"verified, then a stranger's slip", all, bm.Traffic{LastAccepted: accepted, LastRefused: noise}, map[string]bm.Verdict{"callback": bm.Proved}},
		{"verified with the key of before", all, bm.Traffic{LastAccepted: before}, map[string]bm.Verdict{"callback": bm.Unknown}},
		{"events", all, bm.Traffic{LastEventAt: at(-5), LastSecret: key, Events: 3}, map[string]bm.Verdict{"app_secret": bm.Proved, "events": bm.Proved}},
		{"events of the secret of before, stored after it was replaced", all, bm.Traffic{LastEventAt: at(-5), LastSecret: bm.Fingerprint("another"), Events: 3}, map[string]bm.Verdict{"app_secret": bm.NotYet}},
		{"refused since", all, bm.Traffic{LastEventAt: at(-30), LastSecret: key, Events: 3, LastRefusalAt: at(-5), LastRefusal: bm.WrongSigned, RefusedLastDay: 2},
			map[string]bm.Verdict{"app_secret": bm.NeedsCare, "refused_posts": bm.NeedsCare}},
		{"refused, and never signed right", all, bm.Traffic{LastRefusalAt: at(-5), LastRefusal: bm.WrongSigned, RefusedLastDay: 2},
			map[string]bm.Verdict{"app_secret": bm.Failing, "refused_posts": bm.Failing}},
		{"refused before", all, bm.Traffic{LastEventAt: at(-5), LastSecret: key, Events: 3, LastRefusalAt: at(-30), LastRefusal: bm.WrongSigned, RefusedLastDay: 2},
			map[string]bm.Verdict{"app_secret": bm.Proved, "refused_posts": bm.NeedsCare}},
		{"refused long ago", all, bm.Traffic{LastEventAt: at(-5), Events: 3, LastRefusalAt: at(-60 * 48), LastRefusal: bm.WrongSigned}, map[string]bm.Verdict{"refused_posts": ""}},
	} {
		got := map[string]bm.Verdict{}
		for _, ch := range Checks(&bm.Deployment{Hints: c.hints}, &c.traffic, now) {
			got[ch.Name] = ch.Verdict
			if ch.Verdict == bm.Proved && (ch.At.IsZero() || ch.Evidence == "") {
				t.Errorf("%s: %s is green without time and evidence", c.name, ch.Name)
			}
		}
		for name, want := range c.want {
			if got[name] != want {
				t.Errorf("%s: %s is %q, want %q", c.name, name, got[name], want)
			}
		}
	}
}

func TestTheCallbackURLIsWhatIntakeServes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	saved, err := b.save(t, Change{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.connect.CallbackURL(&saved.Deployment), "https://hooks.example.com/facebook/"+saved.Deployment.CallbackID; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
