package meta

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

func TestEveryKindReadsAsOneLine(t *testing.T) {
	t.Parallel()
	cases := []struct {
		kind       bm.EventKind
		body, want string
	}{
		{bm.KindMessage, `{"message":{"text":"caf\u00e9 \ud83d\ude00\n a\/b"}}`, "café 😀 a/b"},
		{bm.KindMessage, `{"message":{"attachments":[{"type":"image"},{"type":"file"}]}}`, "Sent: image, file"},
		{bm.KindMessage, `{"message":{"text":"see","attachments":[{"type":"image"}]}}`, "see (with image)"},
		{bm.KindMessage, `{"message":"bare"}`, "bare"},
		{bm.KindMessage, `{"message":{"is_deleted":true}}`, "Took back a message"},
		{bm.KindMessage, `{"message":{"is_unsupported":true}}`, "Sent something that Meta does not pass on"},
		{bm.KindMessage, `{"message":{}}`, "A message without text"},
		{bm.KindEcho, `{"message":{"is_echo":true,"text":"Done"}}`, "Done"},
		{bm.KindPostback, `{"postback":{"title":"Opening hours","payload":"H"}}`, "Tapped “Opening hours”"},
		{bm.KindPostback, `{"postback":{}}`, "Tapped a button"},
		{bm.KindReaction, `{"reaction":{"action":"react","emoji":"\u2764","reaction":"love"}}`, "Reacted ❤"},
		{bm.KindReaction, `{"reaction":{"action":"unreact","reaction":"love"}}`, "Took back a reaction love"},
		{bm.KindEdit, `{"message_edit":{"text":"new"}}`, "Changed a message to “new”"},
		{bm.KindReferral, `{"referral":{"ref":"spring","source":"SHORTLINK"}}`, "Came through a link: SHORTLINK, spring"},
		{bm.KindOptin, `{"optin":{"type":"notification_messages","title":"News"}}`, "Opted in: News, notification_messages"},
		{bm.KindAccountLinking, `{"account_linking":{"status":"linked"}}`, "Account linking: linked"},
		{bm.KindFeedback, `{"response_feedback":{"feedback":"Good response"}}`, "Gave feedback: Good response"},
		{bm.KindOrder, `{"order":{"products":[{},{}]}}`, "Sent a cart with 2 products"},
		{bm.KindOrder, `{"order":{"products":[{}]}}`, "Sent a cart with 1 product"},
		{bm.KindHandover, `{"pass_thread_control":{"new_owner_app_id":263902037430900123}}`, "Control of the conversation was passed on: 263902037430900123"},
		{bm.KindHandover, `{"take_thread_control":{}}`, "Control of the conversation was taken"},
		{bm.KindHandover, `{"request_thread_control":{"requested_owner_app_id":"5"}}`, "Control of the conversation was asked for: 5"},
		{bm.KindHandover, `{"app_roles":{"1":["primary_receiver"]}}`, "The roles of apps changed"},
		{bm.KindPolicy, `{"policy-enforcement":{"action":"block","reason":"spam"}}`, "Meta's policy: block, spam"},
		{bm.KindRead, `{"read":{"watermark":1760000000000}}`, "Read everything up to 2025-10-09 08:53:20 UTC"},
		{bm.KindDelivery, `{"delivery":{}}`, "Delivered"},
		{bm.KindChange, `{"field":"feed","value":{"item":"comment","verb":"add","message":"Price?"}}`, "Change of feed: comment, add, Price?"},
		{bm.KindChange, `"picture"`, "Change of picture"},
		{bm.KindChange, `{"field":"email","value":"a@example.com"}`, "Change of email"},
		{bm.KindTest, `{"field":"messages","value":{"message":{"text":"x"}}}`, "Test button of Meta's dashboard: messages, message"},
		{bm.KindUnknown, `{"sender":{"id":"1"},"payment":{}}`, "Unknown, kept whole: payment"},
		{bm.KindUnknown, `null`, "Unknown, kept whole"},
		{bm.KindMessage, `nonsense`, "This is not JSON."},
	}
	seen := map[bm.EventKind]bool{}
	for _, c := range cases {
		seen[c.kind] = true
		if got := Render(c.kind, []byte(c.body)).Summary; got != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.body, got, c.want)
		}
	}
	for _, k := range bm.EventKinds() {
		if !seen[k] {
			t.Errorf("%s is not in the table", k)
		}
	}
}

func TestEverythingInAnEventIsShown(t *testing.T) {
	t.Parallel()
	r := Render(bm.KindMessage, []byte(`{"sender":{"id":2002},"recipient":{"id":"1001"},"timestamp":1,
		"message":{"mid":"m_1","text":"line\none","quick_reply":{"payload":"QTY_2"},"reply_to":{"mid":"m_0"},
		"attachments":[{"type":"image","payload":{"url":"https:\/\/cdn.example.com\/a.jpg?x=1&y=2","sticker_id":369239263222822}},
		{"type":"fallback","title":"A page","URL":"javascript:alert(1)","payload":null}, "odd"]},"extra":true}`))
	want := []bm.ReadingRow{
		{Name: "From", Value: "2002", Code: true}, {Name: "To", Value: "1001", Code: true}, {Name: "Message, mid", Value: "m_1", Code: true}, {Name: "Message, text", Value: "line\none", Code: false},
		{Name: "Message, quick reply, payload", Value: "QTY_2", Code: true}, {Name: "Message, reply to, mid", Value: "m_0", Code: true},
		{Name: "Image, sticker id", Value: "369239263222822", Code: true}, {Name: "Extra", Value: "true", Code: true},
	}
	if len(r.Rows) != len(want) {
		t.Fatalf("rows: %+v", r.Rows)
	}
	for i := range want {
		if r.Rows[i] != want[i] {
			t.Errorf("row %d: %+v, want %+v", i, r.Rows[i], want[i])
		}
	}
	attachments := []bm.Attachment{{Type: "image", Title: "", URL: "https://cdn.example.com/a.jpg?x=1&y=2"}, {Type: "fallback", Title: "A page", URL: ""}, {Type: "unknown", Title: "", URL: ""}}
	if len(r.Attachments) != len(attachments) {
		t.Fatalf("attachments: %+v", r.Attachments)
	}
	for i := range attachments {
		if r.Attachments[i] != attachments[i] {
			t.Errorf("attachment %d: %+v", i, r.Attachments[i])
		}
	}
}

func TestOnlyWebLinksReachAPage(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"javascript:alert(1)", "data:text/html,x", "//example.com", "https://a b", " https://a", "ftp://a", "https://a\\u0000"} {
		r := Render(bm.KindMessage, []byte(`{"message":{"attachments":[{"type":"file","payload":{"url":"`+url+`"}}]}}`))
		if len(r.Attachments) != 1 || r.Attachments[0].URL != "" {
			t.Errorf("%s: %+v", url, r.Attachments)
		}
	}
}

func TestTheSecretsInsideEventsAreHidden(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"optin":{"type":"notification_messages","notification_messages_token":"PLANTED"}}`,
		`{"optin":{"notification_messages_tok\u0065n" : "PLANTED", "one_time_notif_token":["PLANTED"]}}`,
		`{"account_linking":{"status":"linked","authorization_code":"PLANTED"}}`,
		`{"field":"messaging_optins","value":{"optin":{"notification_messages_token":"PLANTED"}}}`,
		`{"entry":[[[[[[[[[{"authorization_code":{"a":"PLANTED"}}]]]]]]]]]}`,
		`{"payment":{"payment_credential":{"tokenized_card":"PLANTED","tokenized_cvv":"PLANTED"}}}`,
		`{"authorization_code":"PLANTED`, // not JSON
	} {
		masked := Mask([]byte(body))
		if strings.Contains(string(masked), "PLANTED") || !strings.Contains(string(masked), `"[hidden]"`) {
			t.Errorf("%s\n%s", body, masked)
		}
		if json.Valid([]byte(body)) && !json.Valid(masked) {
			t.Errorf("not JSON any more: %s", masked)
		}
		for _, kind := range bm.EventKinds() {
			shown, _ := json.Marshal(Render(kind, []byte(body)))
			if strings.Contains(string(shown), "PLANTED") {
				t.Errorf("%s shows %s", kind, shown)
			}
		}
	}
}

func TestMaskingChangesNothingElse(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		vectorBody, `{"text":"authorization_code","a":["authorization_code"],"authorization_code":null}`, ``, `"x"`, ` [1e400] `,
	} {
		if got := string(Mask([]byte(body))); got != body {
			t.Errorf("%s became %s", body, got)
		}
	}
	original := []byte(`{"authorization_code":"x"}`)
	Mask(original)
	if string(original) != `{"authorization_code":"x"}` {
		t.Error("the original was written to")
	}
}

func TestAHugeOrDeepEventStillFitsAPage(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100_000)
	for _, body := range []string{
		`{"message":{"text":"` + long + `"}}`,
		`{"message":{"attachments":[` + strings.Repeat(`{"type":"`+long[:400]+`"},`, 5000) + `1]}}`,
		`{"foo":[` + strings.Repeat(`[1],`, 100_000) + `1]}`,
		strings.Repeat(`{"attachments":[{"payload":`, 3000) + `1` + strings.Repeat(`}]}`, 3000),
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	} {
		checkReadable(t, Render(bm.KindMessage, []byte(body)))
	}
}

func TestTextCannotTurnThePageAround(t *testing.T) {
	t.Parallel()
	r := Render(bm.KindMessage, []byte("{\"message\":{\"text\":\"a\\u202eb\\u0007\\u2066c\xff\"}}"))
	if r.Summary != "a b c\uFFFD" {
		t.Errorf("%q", r.Summary)
	}
}

func checkReadable(t *testing.T, r bm.Reading) {
	t.Helper()
	fits := func(s string, limit int) {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
			t.Fatalf("%d characters, limit %d: %.80q", utf8.RuneCountInString(s), limit, s)
		}
	}
	fits(r.Summary, maxSummary)
	if r.Summary == "" || strings.ContainsAny(r.Summary, "\n\t") || len(r.Rows) > maxRows || len(r.Attachments) > maxAttachments {
		t.Fatalf("summary %q, %d rows, %d attachments", r.Summary, len(r.Rows), len(r.Attachments))
	}
	for _, row := range r.Rows {
		fits(row.Name, 100)
		fits(row.Value, maxValue)
	}
	for _, a := range r.Attachments {
		fits(a.Type, 40)
		fits(a.Title, maxSummary)
		if a.URL != "" && !strings.HasPrefix(strings.ToLower(a.URL), "http") {
			t.Fatalf("link %q", a.URL)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("message", []byte(vectorBody))
	f.Add("test", []byte(`{"field":"messages","value":{"sender":{"id":"1"},"message":{"text":"x","attachments":[{"type":"image","payload":{"url":"https://a"}}]}}}`))
	f.Add("optin", []byte(`{"optin":{"notification_messages_token":"PLANTED"}}`))
	f.Add("order", []byte(`{"order":{"products":[{}]}}`))
	f.Add("handover", []byte(`{"app_roles":{"1":["primary_receiver"]}}`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		checkReadable(t, Render(bm.EventKind(kind), body))
		masked := Mask(body)
		if json.Valid(body) && !json.Valid(masked) {
			t.Fatalf("masked %q is no JSON", masked)
		}
		if json.Valid(body) && string(Mask(masked)) != string(masked) {
			t.Fatal("masking twice changes more")
		}
	})
}
