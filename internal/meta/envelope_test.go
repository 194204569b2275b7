package meta

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"businessmanager/internal/bm"
)

func mustCut(t testing.TB, body string) []bm.Item {
	t.Helper()
	items, err := Messenger{}.Cut([]byte(body))
	if err != nil {
		t.Fatalf("cut %s: %v", body, err)
	}
	return items
}

func one(t testing.TB, body string) bm.Item {
	t.Helper()
	items := mustCut(t, body)
	if len(items) != 1 {
		t.Fatalf("%s: %d items", body, len(items))
	}
	return items[0]
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// spoken puts an element into an ordinary entry of Page 1001.
func spoken(element string) string {
	return `{"object":"page","entry":[{"id":"1001","time":1760000000000,"messaging":[` + element + `]}]}`
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// plainItem is an item without its key, for comparing.
type plainItem struct {
	Kind                       bm.EventKind
	Account, Person, MessageID string
	At                         time.Time
	Standby                    bool
	Body, Around               string
}

func plainItems(items []bm.Item) []plainItem {
	var out []plainItem
	for _, it := range items {
		out = append(out, plainItem{it.Kind, it.Account, it.Person, it.MessageID, it.OccurredAt, it.Standby, string(it.Body), string(it.Around)})
	}
	return out
}

func compare(t *testing.T, got []bm.Item, want []plainItem) {
	t.Helper()
	g := plainItems(got)
	for i := range max(len(g), len(want)) {
		switch {
		case i >= len(g):
			t.Errorf("item %d is missing: %+v", i, want[i])
		case i >= len(want):
			t.Errorf("item %d is too many: %+v", i, g[i])
		case !reflect.DeepEqual(g[i], want[i]):
			t.Errorf("item %d\n got %+v\nwant %+v", i, g[i], want[i])
		}
	}
}

func TestEveryItemOfEveryEntryBecomesOneEventInOrder(t *testing.T) {
	t.Parallel()
	compare(t, mustCut(t, fixture(t, "messaging-and-standby-two-pages.json")), []plainItem{
		{bm.KindMessage, "1001", "2002", "m_A", at(1760000000001), false,
			`{"sender":{"id":"2002"},"recipient":{"id":"1001"},"timestamp":1760000000001,"message":{"mid":"m_A","text":"one"}}`,
			`{"extra":{"batch":7},"entry":{"hop_context":[{"app_id":1}]}}`},
		{bm.KindEcho, "1001", "2002", "m_B", at(1760000000002), false,
			`{"sender":{"id":"1001"},"recipient":{"id":"2002"},"timestamp":1760000000002,"message":{"mid":"m_B","is_echo":true,"app_id":555}}`, ""},
		{bm.KindMessage, "1001", "2003", "m_C", at(1760000000003), true,
			`{"sender":{"id":"2003"},"recipient":{"id":"1001"},"timestamp":1760000000003,"message":{"mid":"m_C","text":"three"}}`, ""},
		{bm.KindChange, "1002", "", "", at(1760000009000), false,
			`{"field":"feed","value":{"item":"comment","verb":"add","created_time":1760000009}}`, ""},
		{bm.KindChange, "1003", "", "", at(1760000002000), false, `"feed"`, ""},
		{bm.KindChange, "1003", "", "", at(1760000002000), false, `"picture"`, ""},
		{bm.KindUnknown, "1004", "", "", at(1760000003000), false, `{"id":"1004","time":1760000003}`, ""},
	})
}

func TestTheTestButtonIsRecognisedInBothShapes(t *testing.T) {
	t.Parallel()
	it := one(t, fixture(t, "dashboard-test-button.json"))
	if it.Kind != bm.KindTest || it.Account != "0" || it.OccurredAt != at(1760000000000) {
		t.Errorf("wrapped: %+v", it)
	}
	for _, body := range []string{
		`{"object":"page","entry":[{"id":0,"time":1,"messaging":[{"sender":{"id":"1"},"message":{"mid":"m"}}]}]}`,
		`{"object":"page","entry":[{"id":"0","changed_fields":["feed"]}]}`,
		`{"object":"page","entry":[{"id":"0","time":1,"standby":[{}]}]}`,
		`{"object":"user","entry":[{"changes":[{"field":"email","value":"a@example.com"}],"id":"0"}]}`,
	} {
		if it := one(t, body); it.Kind != bm.KindTest || it.Account != "0" {
			t.Errorf("%s: %+v", body, it)
		}
	}
	flat := fixture(t, "dashboard-test-flat.json")
	if it := one(t, flat); it.Kind != bm.KindTest || string(it.Body) != flat || it.Around != nil {
		t.Errorf("flat: %+v", it)
	}
	for _, body := range []string{`{"field":"messages"}`, `{"field":5,"value":{}}`, `{"value":1}`} {
		if it := one(t, body); it.Kind != bm.KindUnknown {
			t.Errorf("%s is %s", body, it.Kind)
		}
	}
}

func TestPressingTheTestButtonTwiceShowsTwice(t *testing.T) {
	t.Parallel()
	body := fixture(t, "dashboard-test-button.json")
	first, again := one(t, body), one(t, strings.Replace(body, "1760000000", "1760000060", 1))
	if first.Key == again.Key {
		t.Error("the second press looks like a repeat")
	}
	if first.Key != one(t, body).Key {
		t.Error("the same post has another key")
	}
}

func TestAMessagingElementInAChangeIsReadAsOne(t *testing.T) {
	t.Parallel()
	change := func(field, value string) string {
		return `{"object":"page","entry":[{"id":"1001","time":1760000000,"changes":[{"field":"` + field + `","value":` + value + `}]}]}`
	}
	message := `{"sender":{"id":"2"},"recipient":{"id":"1001"},"timestamp":"1760000001","message":{"mid":"m"}}`
	it := one(t, change("messages", message))
	compare(t, []bm.Item{it}, []plainItem{{bm.KindMessage, "1001", "2", "m", at(1760000001000), false,
		`{"field":"messages","value":` + message + `}`, ""}})
	if it.Key != one(t, spoken(message)).Key {
		t.Error("wrapped and plain, one message has two keys")
	}
	if it := one(t, change("standby", message)); it.Kind != bm.KindMessage || !it.Standby {
		t.Errorf("standby: %+v", it)
	}
	for field, value := range map[string]string{
		"feed":             message, // no field of the messaging platform
		"messages":         `{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}`,
		"message_echoes":   `{"message":{"mid":"m"}}`, // nobody speaks
		"send_cart":        `"text"`,
		"messaging_optins": `null`,
	} {
		if it := one(t, change(field, value)); it.Kind != bm.KindChange {
			t.Errorf("%s %s: %s", field, value, it.Kind)
		}
	}
}

func TestListsThatStandTwiceBothCount(t *testing.T) {
	t.Parallel()
	items := mustCut(t, fixture(t, "lists-that-stand-twice.json"))
	var ids []string
	for _, it := range items {
		ids = append(ids, it.MessageID)
	}
	if got := strings.Join(ids, ","); got != "a,b,c," {
		t.Fatalf("message ids: %s", got)
	}
	if items[0].Account != "1001" || string(items[0].Around) != `{"entry":{"id":"1","time":1,"messaging":"nonsense"}}` {
		t.Errorf("first: %q %s", items[0].Account, items[0].Around)
	}
	if it := items[3]; it.Kind != bm.KindUnknown || string(it.Body) != `"more nonsense"` {
		t.Errorf("stray entry: %+v", it)
	}
}

func TestIdsKeepEveryDigit(t *testing.T) {
	t.Parallel()
	items := mustCut(t, fixture(t, "ids-beyond-doubles.json"))
	want := [][4]string{
		{"message", "9007199254740993", "90071992547409931", "m/1"},
		{"message", "9007199254740993", "12345", ""},
		{"optin", "9007199254740993", "", ""},
		{"reaction", "9007199254740993", "77", "m1"}, // the Page's own
	}
	for i, it := range items {
		if got := [4]string{string(it.Kind), it.Account, it.Person, it.MessageID}; got != want[i] {
			t.Errorf("item %d: %v, want %v", i, got, want[i])
		}
	}
	if items[0].OccurredAt != at(1760000000000) || items[1].OccurredAt != at(1760000000000) {
		t.Error("seconds in a string were not read, or the entry's time did not step in")
	}
}

func TestWhatIsNotRecognisedIsKeptWhole(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`, `[]`, `null`, `true`, `5`, `"text"`, ` {"a":1} ` + "\n", `[{"object":"page","entry":[{"messaging":[{}]}]}]`,
		`{"object":"page"}`, `{"object":"page","entry":[]}`, `{"object":"page","entry":null}`,
		`{"object":"page","entry":"blabla"}`, `{"object":"page","entry":{"id":"1","messaging":[{}]}}`,
	} {
		it := one(t, body)
		if it.Kind != bm.KindUnknown || string(it.Body) != body || it.Around != nil || it.Account != "" {
			t.Errorf("%s: %+v", body, it)
		}
	}
	for _, entry := range []string{
		`5`, `null`, `"x"`, `[]`, `{}`, `{"id":"1001"}`, `{"id":"1001","messaging":[]}`, `{"id":"1001","messaging":{"message":{}}}`,
		`{"id":"1001","messaging":"x","time":5,"uid":1}`, `{"other":[{"sender":{"id":"1"}}]}`,
	} {
		it := one(t, `{"object":"user","entry":[ `+entry+` ]}`)
		if it.Kind != bm.KindUnknown || string(it.Body) != entry || string(it.Around) != `{"object":"user"}` {
			t.Errorf("%s: %+v", entry, it)
		}
	}
	for _, element := range []string{`5`, `null`, `"x"`, `[]`, `{}`, `{"message":null}`, `{"payment":{}}`, `{"sender":{"id":"2"}}`} {
		if it := one(t, spoken(element)); it.Kind != bm.KindUnknown || string(it.Body) != element {
			t.Errorf("%s: %+v", element, it)
		}
	}
}

func TestAFloodOfItemsIsKeptWholeAsOne(t *testing.T) {
	t.Parallel()
	most := spoken(strings.Repeat("0,", maxItems-1) + "0")
	if items := mustCut(t, most); len(items) != maxItems {
		t.Errorf("%d items", len(items))
	}
	for _, body := range []string{
		spoken(strings.Repeat("0,", maxItems) + "0"),
		`{"entry":[` + strings.Repeat("0,", 200_000) + `0]}`,
	} {
		if it := one(t, body); it.Kind != bm.KindUnknown || len(it.Body) != len(body) {
			t.Errorf("%s of %d bytes", it.Kind, len(it.Body))
		}
	}
}

func TestWhatIsNotJSONFails(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) // past what encoding/json reads
	for _, body := range []string{"", " ", "invalid:json", `{"a":1,}`, `{"a":1}x`, "\xef\xbb\xbf{}", `{"object":"page"`, "{'a':1}", deep} {
		if items, err := (Messenger{}).Cut([]byte(body)); err == nil || items != nil || bm.KindOf(err) != bm.Invalid {
			t.Errorf("%.20q: %v, %v", body, items, err)
		}
	}
	one(t, strings.Repeat("[", 9_999)+strings.Repeat("]", 9_999))
}

func TestNothingInTheEnvelopeIsLost(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`{"object":"page","entry":[{"id":"1","time":5,"messaging":[{}]}]}`:                       ``,
		`{"object":"user","entry":[{"id":"1","uid":"9","changes":[{}]}]}`:                        `{"object":"user","entry":{"uid":"9"}}`,
		`{"object":"page","a":[1, 2],"entry":[{"messaging":[{}]}]}`:                              `{"a":[1, 2]}`,
		`{"entry":[{"messaging":[{}],"standby":{"x":1},"changes":[]}]}`:                          `{"entry":{"standby":{"x":1},"changes":[]}}`,
		`{"entry":[{"id":{"x":1},"time":"soon","messaging":[{}]}]}`:                              `{"entry":{"id":{"x":1},"time":"soon"}}`,
		`{"entry":[{"id":"a\u0000b","messaging":[{}]}]}`:                                         `{"entry":{"id":"a\u0000b"}}`,
		`{"ent\u0072y":[{"i\u0064":null,"x\"y":1e400,"messagin\u0067":[{}]}],"object":"page"}`:   `{"entry":{"x\"y":1e400}}`,
		`{"object":"page","object":"user","entry":[{"messaging":[{}]}]}`:                         `{"object":"user"}`,
		`{"object":"page","entry":[{"messaging":[{}]}],"last":null}`:                             `{"last":null}`,
		`{"object":"page","entry":[{"id":"` + strings.Repeat("9", 513) + `","messaging":[{}]}]}`: `{"entry":{"id":"` + strings.Repeat("9", 513) + `"}}`,
	}
	for body, want := range cases {
		it := one(t, body)
		if string(it.Around) != want || string(it.Body) != `{}` {
			t.Errorf("%s\n got %s\nwant %s", body, it.Around, want)
		}
		if want != "" && !json.Valid(it.Around) {
			t.Errorf("%s: around is not JSON", body)
		}
	}
}

func TestBodiesAreThePostsOwnBytes(t *testing.T) {
	t.Parallel()
	body := []byte(spoken("\t{ \"message\" : {\"text\":\"caf\\u00e9 \\/ é\", \"n\":1e400} }\n"))
	items, err := Messenger{}.Cut(body)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(items[0].Body); got != "{ \"message\" : {\"text\":\"caf\\u00e9 \\/ é\", \"n\":1e400} }" {
		t.Errorf("body: %q", got)
	}
	if !within(body, items[0].Body) || cap(items[0].Body) != len(items[0].Body) {
		t.Error("the body is a copy, or can be appended to into the post")
	}
}

// within tells whether part is a piece of whole's own memory.
func within(whole, part []byte) bool {
	if len(part) == 0 || len(whole) == 0 {
		return false
	}
	w, p := uintptr(unsafe.Pointer(&whole[0])), uintptr(unsafe.Pointer(&part[0]))
	return p >= w && p+uintptr(len(part)) <= w+uintptr(len(whole))
}

func TestTheTimeIsThePlatformsOwnAndNeverNow(t *testing.T) {
	t.Parallel()
	cases := []struct {
		element, entry string
		want           time.Time
	}{
		{"1760000000123", "1", at(1760000000123)},
		{"1760000000", "1", at(1760000000000)},
		{`"1760000000"`, "1", at(1760000000000)},
		{`"1760000000123"`, "1", at(1760000000123)},
		{"99999999999", "1", at(1000)},             // the year 5138
		{"100000000000", "1", at(100_000_000_000)}, // the first that means milliseconds
		{"0", "1760000000", at(1760000000000)},
		{"null", "1760000000", at(1760000000000)},
		{"-5", "1760000000", at(1760000000000)},
		{"1.5", "0", time.Time{}},
		{"1e12", "0", time.Time{}},
		{"99999999999999999999999999", "0", time.Time{}},
		{"33000000000000", "0", time.Time{}},
		{`""`, `"x"`, time.Time{}},
		{`{}`, `[]`, time.Time{}},
		{`"2021-09-08T06:34:04+0000"`, "1", at(1631082844000)},
		{`"2021-09-08T08:34:04+02:00"`, "1", at(1631082844000)},
		{`"2021-99-08T06:34:04+0000"`, "0", time.Time{}},
		{`"9021-09-08T06:34:04+0000"`, "0", time.Time{}},
	}
	for _, c := range cases {
		it := one(t, `{"entry":[{"id":"1","time":`+c.entry+`,"messaging":[{"timestamp":`+c.element+`,"read":{}}]}]}`)
		if !it.OccurredAt.Equal(c.want) {
			t.Errorf("%s in %s: %v, want %v", c.element, c.entry, it.OccurredAt, c.want)
		}
	}
}

func FuzzCut(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(vectorBody))
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		items, err := cut(body)
		if (err == nil) != (json.Valid(body) && utf8.Valid(body)) {
			t.Fatalf("error %v, valid %v", err, json.Valid(body))
		}
		again, _ := cut(body)
		if !reflect.DeepEqual(items, again) || !bytes.Equal(before, body) {
			t.Fatal("not the same twice, or the post was written to")
		}
		if err != nil {
			return
		}
		if len(items) == 0 {
			t.Fatal("a post without an event")
		}
		for _, it := range items {
			if !within(body, it.Body) || !json.Valid(it.Body) {
				t.Fatalf("body: %q", it.Body)
			}
			if it.Around != nil && !json.Valid(it.Around) {
				t.Fatalf("around: %q", it.Around)
			}
			if it.Key == "" || it.Kind == "" || len(it.Person) > maxID || len(it.Account) > maxID || len(it.MessageID) > maxID {
				t.Fatalf("%+v", it)
			}
		}
	})
}

func BenchmarkCut(b *testing.B) {
	body := []byte(vectorBody)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Messenger{}).Cut(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCutThousand(b *testing.B) {
	element := `{"sender":{"id":"2002"},"recipient":{"id":"1001"},"timestamp":1760000000000,"message":{"mid":"m_T1","text":"hello"}}`
	body := []byte(spoken(strings.Repeat(element+",", 999) + element))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Messenger{}).Cut(body); err != nil {
			b.Fatal(err)
		}
	}
}
