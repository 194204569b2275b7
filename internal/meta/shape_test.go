package meta

import (
	"regexp"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

// Made for these tests in the shapes of Meta's values.
var (
	shapedToken  = "EAA" + strings.Repeat("Bq7ZCx0", 25)
	shapedSecret = "0123456789abcdef0123456789abcdef"
	shapedKey    = "bmk_9fK2mQ7xW4tR8pL3vN6bH1cJ5dS0gZyEaUoIiTtPpXx"
)

func field(t *testing.T, name bm.CredentialName) bm.CredentialField {
	t.Helper()
	for _, f := range (Messenger{}).Credentials() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s", name)
	return bm.CredentialField{}
}

func TestTheFormAsksForThreeSecretsInItsOrder(t *testing.T) {
	t.Parallel()
	want := []struct {
		name  bm.CredentialName
		label string
	}{{bm.AccessToken, "Access Token"}, {bm.AppSecret, "App Secret Key"}, {bm.ChallengeKey, "Secret Key"}}
	got := Messenger{}.Credentials()
	if len(got) != len(want) {
		t.Fatalf("%d fields", len(got))
	}
	for i, f := range got {
		if f.Name != want[i].name || f.Label != want[i].label || f.Check == nil || !strings.HasSuffix(f.Where, ".") {
			t.Errorf("%+v", f)
		}
	}
	if (Messenger{}).Name() != bm.Facebook || (Messenger{}).Title() != "Facebook" {
		t.Error("another platform's name")
	}
}

func TestAnyOpaqueValueIsTaken(t *testing.T) {
	t.Parallel()
	for name, values := range map[bm.CredentialName][]string{
		bm.AccessToken:  {"PAGE-TOKEN-FOR-TESTS", shapedToken, "EAA", strings.Repeat("x", 4096), "12345", "a|b", "IGAAx1"},
		bm.AppSecret:    {"app-secret-for-tests", shapedSecret, "Bar", "EAAx", strings.Repeat("0f", 32), strings.Repeat("0f", 20), "x|y", "12345678", strings.Repeat("1", 32)},
		bm.ChallengeKey: {shapedKey, "9fK2mQ7xW4tR8pL3vN6bH1cJ", bm.NewChallengeKey().Reveal(), "f3a91c7b5e2d8046a1b9c3d7e5f20846"},
	} {
		for _, v := range values {
			if s := field(t, name).Check(v); s != "" {
				t.Errorf("%s %.24q: %s", name, v, s)
			}
		}
	}
	if s := field(t, bm.ChallengeKey).Check("password"); s == "" {
		t.Error("a weak key was taken")
	}
}

func TestTheWrongValueInAFieldIsNoticed(t *testing.T) {
	t.Parallel()
	harmed := func(v string) map[string]string {
		return map[string]string{
			"": "nothing", "  \n": "nothing", " " + v: "around", v + "\n": "around", v + "\u00a0": "around",
			v[:9] + " " + v[9:]: "inside", v[:9] + "\n" + v[9:]: "inside",
			`"` + v + `"`: "quotes", "'" + v: "quotes", "“" + v + "”": "quotes", "„" + v + "“": "quotes", "`" + v + "`": "quotes",
			v + "é": "characters", v + "\x00": "characters", v[:9] + "\u200b" + v[9:]: "characters",
			"https://hooks.example.com/facebook/abc": "web address", "HTTP://example.com": "web address",
			"Bearer " + v: "before", "access_token=" + v: "before", strings.Repeat("x", 4097): "longer",
		}
	}
	cases := map[bm.CredentialName]map[string]string{
		bm.AccessToken:  harmed(shapedToken),
		bm.AppSecret:    harmed(shapedSecret),
		bm.ChallengeKey: harmed(shapedKey),
	}
	more := func(name bm.CredentialName, v, want string) { cases[name][v] = want }
	more(bm.AccessToken, shapedSecret, "App Secret Key")
	more(bm.AccessToken, "555000111222333|"+shapedSecret, "App ID, a bar")
	more(bm.AccessToken, "104722918364501", "Page ID")
	more(bm.AccessToken, shapedKey, "field Secret Key")
	more(bm.AccessToken, bm.NewBotSecret().Reveal(), "bot")
	more(bm.AppSecret, shapedToken, "Access Token")
	more(bm.AppSecret, "555000111222333|"+shapedSecret, "after the bar")
	more(bm.AppSecret, strings.ToUpper(shapedSecret), "small letters")
	more(bm.AppSecret, shapedSecret[1:], "one character off")
	more(bm.AppSecret, shapedSecret+"a", "one character off")
	more(bm.AppSecret, "555000111222333", "App ID")
	more(bm.AppSecret, shapedKey, "field Secret Key")
	more(bm.AppSecret, bm.NewBotSecret().Reveal(), "bot")
	more(bm.ChallengeKey, shapedToken, "access token")
	more(bm.ChallengeKey, "555000111222333|"+shapedSecret, "app secret")
	more(bm.ChallengeKey, bm.NewBotSecret().Reveal(), "bot")
	for name, values := range cases {
		for v, want := range values {
			s := field(t, name).Check(v)
			if !strings.Contains(s, want) {
				t.Errorf("%s %.24q: %q does not speak of %q", name, v, s, want)
			}
			asSentence(t, v, s)
		}
	}
}

var sentence = regexp.MustCompile(`^[A-Z0-9].*\.$`)

// asSentence: a finished sentence that does not quote the value.
func asSentence(t *testing.T, v, s string) {
	t.Helper()
	if !sentence.MatchString(s) || strings.Contains(s, "!") {
		t.Errorf("not a finished sentence: %q", s)
	}
	if v = strings.TrimSpace(v); len(v) > 9 && strings.Contains(s, v[:9]) {
		t.Errorf("the value is quoted: %q", s)
	}
}

func TestIdsAreNumbers(t *testing.T) {
	t.Parallel()
	for _, check := range []func(string) string{Messenger{}.CheckAccount, Messenger{}.CheckApp} {
		for _, id := range []string{"1", "1001", "104722918364501", strings.Repeat("9", 32)} {
			if s := check(id); s != "" {
				t.Errorf("%s: %s", id, s)
			}
		}
		for id, want := range map[string]string{
			"": "is a number", " ": "is a number", "0": "Test button", "1001 ": "white space", "my.page": "is a number",
			"-1": "is a number", "1e5": "is a number", "１００１": "is a number", strings.Repeat("9", 33): "too long",
			"https://www.facebook.com/my.page": "web address", "facebook.com/my.page": "web address",
			"www.facebook.com": "web address", "@my.page": "user name", "1001\x00": "is a number",
		} {
			s := check(id)
			if !strings.Contains(s, want) {
				t.Errorf("%q: %q does not speak of %q", id, s, want)
			}
			asSentence(t, "", s)
		}
	}
	if (Messenger{}).CheckAccount("x") == (Messenger{}).CheckApp("x") {
		t.Error("both ids are called the same")
	}
}

func TestAWrongVerifyTokenIsKnownByItsLooks(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]bm.HandshakeReason{
		shapedToken:                            bm.AccessTokenSent,
		" " + shapedToken + "\n":               bm.AccessTokenSent,
		`"` + shapedToken + `"`:                bm.AccessTokenSent,
		shapedSecret:                           bm.AppSecretSent,
		"555000111222333|" + shapedSecret:      bm.AppSecretSent,
		"https://hooks.example.com/facebook/x": bm.CallbackSent,
		"":                                     bm.WrongKey,
		"EAA":                                  bm.WrongKey,
		shapedKey:                              bm.WrongKey,
		strings.ToUpper(shapedSecret):          bm.WrongKey,
		"my verify token":                      bm.WrongKey,
	} {
		if got := VerifyTokenLooks(v); got != want {
			t.Errorf("%.20q: %s, want %s", v, got, want)
		}
	}
}
