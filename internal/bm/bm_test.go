package bm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestASecretShowsItselfToNoPrinter(t *testing.T) {
	t.Parallel()
	s := NewSecret("planted-value")
	holder := struct {
		S Secret
		P *Secret
		M map[string]Secret
	}{s, &s, map[string]Secret{"k": s}}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "s", s, "holder", holder, "p", &s)
	}
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out := log.String() + string(j)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		out += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder)
	}
	out += errors.Join(fmt.Errorf("wrapped %v", s)).Error()
	for _, form := range []string{"planted-value", fmt.Sprintf("%x", "planted-value"), fmt.Sprintf("%X", "planted-value")} {
		if strings.Contains(out, form) {
			t.Errorf("a printer shows it as %s", form)
		}
	}
	if s.Reveal() != "planted-value" {
		t.Error("Reveal does not give the value")
	}
}

func TestLastFourTellsNothingOfShortValues(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{
		"": "", "short": "", strings.Repeat("a", 19): "", strings.Repeat("a", 16) + "wxyz": "wxyz", strings.Repeat("é", 20): "éééé",
	} {
		if got := LastFourOf(v); got != want {
			t.Errorf("%q: %q", v, got)
		}
	}
}

func TestGeneratedKeysAreStrongDifferentAndAccepted(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		key, bot, callback := NewChallengeKey().Reveal(), NewBotSecret().Reveal(), NewCallbackID()
		if wrong := CheckChallengeKey(key); wrong != "" || len(key) != 47 {
			t.Fatalf("a generated key of %d characters is refused: %s", len(key), wrong)
		}
		if wrong := CheckBotSecret(bot); wrong != "" {
			t.Fatalf("a generated bot secret is refused: %s", wrong)
		}
		if len(callback) != 22 || strings.ContainsAny(callback, "/+=?&#%") {
			t.Fatalf("a callback id is %q", callback)
		}
		for _, v := range []string{key, bot, callback} {
			if seen[v] {
				t.Fatal("the same value was made twice")
			}
			seen[v] = true
		}
	}
}

func TestATypedChallengeKeyNeeds128Bits(t *testing.T) {
	t.Parallel()
	for _, weak := range []string{
		"", "a", "password", "correcthorsebatterystaple"[:20], strings.Repeat("a", 200), strings.Repeat("ab", 60), "12345678901234567890123456789012",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "Ab1!", strings.Repeat("Passw0rd", 2), "aB3 dE5 gH7 jK9 mN1 pQ3 sT5",
		strings.Repeat("x7Kq", 40), strings.Repeat("x7Kq9Lm2", 10), strings.Repeat("aB3xK9mQ2zL7", 4), "qwertyuiopasdfghjklzxcvbnm",
		"wörter-über-wörter-über-wörter", strings.Repeat("x7Kq", 400), "EAA" + strings.Repeat("b9Zq", 40),
	} {
		if CheckChallengeKey(weak) == "" {
			t.Errorf("%.40q is taken", weak)
		}
	}
	for _, strong := range []string{
		"9f86d081884c7d659a2feaa0c55ad015", "Zr81vTqLx0HcN5sYdE2uKwQw7e", "bmk_8hTnC4yWf1QpVz6LrXs0JdMa3u", "k3#Vz!9qLm$2xTr&8wYp@5",
	} {
		if wrong := CheckChallengeKey(strong); wrong != "" {
			t.Errorf("%q is refused: %s", strong, wrong)
		}
	}
}

// Keys that other tools make are taken: 32 hex digits, 22 letters and digits, 40 digits.
func TestRandomKeysOf128BitsAreTaken(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) // fixed: the same keys at every run
	for _, c := range []struct {
		from string
		n    int
	}{
		{"0123456789abcdef", 32}, {"0123456789", 40}, {"abcdefghijklmnopqrstuvwxyz", 29},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 22},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 22},
	} {
		refused := 0
		for range 2000 {
			key := make([]byte, c.n)
			for i := range key {
				key[i] = c.from[r.IntN(len(c.from))]
			}
			if CheckChallengeKey(string(key)) != "" {
				refused++
			}
		}
		if refused > 4 { // two in a thousand look less random than they are
			t.Errorf("%d of 2,000 random keys of %d from %.12s… are refused", refused, c.n, c.from)
		}
	}
}

func TestAnEventsIdIsItsKeyAndReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		it := Item{Key: rapid.String().Draw(t, "key"), OccurredAt: time.UnixMilli(rapid.Int64().Draw(t, "ms"))}
		k := KeyFor(rapid.Int64().Draw(t, "deployment"), rapid.String().Draw(t, "account"), &it)
		id := k.ID()
		back, err := ParseEventID(id)
		if err != nil || back != k || len(id) != 40 || !strings.HasPrefix(id, "evt_") {
			t.Fatalf("%q came back as %+v, %v; was %+v", id, back, err, k)
		}
	})
	for _, bad := range []string{"", "evt_", "evt_0", "abc", "evt_" + strings.Repeat("z", 36), "evt_" + strings.Repeat("0", 37), "EVT_" + strings.Repeat("0", 36)} {
		if _, err := ParseEventID(bad); KindOf(err) != NotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAKeyIsOfItsDeploymentAccountAndTime(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1760000000000)
	base := KeyFor(1, "a", &Item{Key: "m:1", OccurredAt: at})
	for name, k := range map[string]EventKey{
		"deployment":       KeyFor(2, "a", &Item{Key: "m:1", OccurredAt: at}),
		"account":          KeyFor(1, "b", &Item{Key: "m:1", OccurredAt: at}),
		"key":              KeyFor(1, "a", &Item{Key: "m:2", OccurredAt: at}),
		"time":             KeyFor(1, "a", &Item{Key: "m:1", OccurredAt: at.Add(time.Millisecond)}),
		"a border shifted": KeyFor(1, "am", &Item{Key: ":1", OccurredAt: at}),
	} {
		if k == base {
			t.Errorf("another %s gives the same key", name)
		}
	}
	for _, absurd := range []time.Time{{}, time.UnixMilli(-1), time.UnixMilli(1 << 60)} {
		if got := EventTime(absurd); got.UnixMilli() != 0 {
			t.Errorf("%v became %v", absurd, got)
		}
	}
}

func TestEchoesAndStandbyReachABotOnlyByName(t *testing.T) {
	t.Parallel()
	usual := DefaultBotEvents()
	for _, c := range []struct {
		list    []string
		kind    EventKind
		standby bool
		want    bool
	}{
		{usual, KindMessage, false, true}, {usual, KindMessage, true, false}, {usual, KindEcho, false, false},
		{usual, KindRead, false, false}, {usual, KindTest, false, false}, {usual, KindUnknown, false, false},
		{append(slices.Clone(usual), "echo"), KindEcho, false, true}, {append(slices.Clone(usual), Standby), KindMessage, true, true},
		{[]string{Standby}, KindMessage, true, false}, {nil, KindMessage, false, false},
	} {
		if got := ForBot(c.list, c.kind, c.standby); got != c.want {
			t.Errorf("%v %s standby %t: %t", c.list, c.kind, c.standby, got)
		}
	}
	if err := CheckBotEvents(usual); err != nil {
		t.Error(err)
	}
	if err := CheckBotEvents([]string{"planted-value"}); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("an unknown kind: %v", err)
	}
}

func TestOnlyOurOwnProxiesSayWhoCalls(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"6.6.6.6, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"6.6.6.6", "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"nonsense"}, "10.0.0.1"},
		{"[::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"nonsense", []string{"198.51.100.1"}, ""},
	} {
		if got := ClientAddress(c.remote, c.forwarded, proxies); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.remote, c.forwarded, got, c.want)
		}
	}
}

func TestSupportMayChangeNothingAndReadNoConversation(t *testing.T) {
	t.Parallel()
	support := Actor{Role: RoleSupport, Scope: Scope{Partners: []int64{1}}}
	for _, a := range []Ability{ReadConversations, EditBusinesses, ReplaceSecrets, SwitchDeployments, ManagePartners} {
		if support.Can(a) || KindOf(support.Must(a)) != Forbidden {
			t.Errorf("support may %s", a)
		}
	}
	var nobody Actor
	for _, a := range []Ability{SignedIn, SeeBusinesses, SeeEvents} {
		if nobody.Can(a) || KindOf(nobody.Must(a)) != SignedOut {
			t.Errorf("nobody may %s", a)
		}
	}
	if !support.Scope.Allows(1, 9) || support.Scope.Allows(2, 9) || (Scope{AllPartners: true, Businesses: []int64{7}}).Allows(2, 9) || (Scope{}).Allows(1, 1) {
		t.Error("a scope reaches too far, or not far enough")
	}
}

func TestViaNamesMadeFromNamesAreValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := ViaNameFrom(rapid.String().Draw(t, "name"))
		if err := CheckViaName(v); err != nil || len(v) > 60 {
			t.Fatalf("%q: %v", v, err)
		}
	})
	if got := ViaNameFrom("bella napoli & co."); got != "bella_napoli_co" {
		t.Error(got)
	}
}

func TestNamesThatDeceiveAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "   ", "a\x00b", "a\u202egpj", "a\u2066b", strings.Repeat("é", 121), "\xff"} {
		if _, err := CheckName("name", "business", bad); KindOf(err) != Invalid {
			t.Errorf("%q is taken", bad)
		}
	}
	if got, err := CheckName("name", "business", "  Café \t Ömür\n& Söhne "); err != nil || got != "Café Ömür & Söhne" {
		t.Errorf("%q, %v", got, err)
	}
}
