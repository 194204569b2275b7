package meta

import (
	"testing"

	"businessmanager/internal/bm"
)

func TestTheMemberNamesTheKind(t *testing.T) {
	t.Parallel()
	for element, want := range map[string]bm.EventKind{
		`{"message":{"mid":"m"}}`:                                bm.KindMessage,
		`{"message":"bare"}`:                                     bm.KindMessage,
		`{"message":{"is_echo":false}}`:                          bm.KindMessage,
		`{"message":{"is_echo":true}}`:                           bm.KindEcho,
		`{"message":{"is_echo":"true"}}`:                         bm.KindEcho,
		`{"postback":{}}`:                                        bm.KindPostback,
		`{"postback":{"is_echo":true}}`:                          bm.KindPostback,
		`{"reaction":{}}`:                                        bm.KindReaction,
		`{"message_edit":{}}`:                                    bm.KindEdit,
		`{"referral":{}}`:                                        bm.KindReferral,
		`{"optin":{}}`:                                           bm.KindOptin,
		`{"account_linking":{}}`:                                 bm.KindAccountLinking,
		`{"response_feedback":{}}`:                               bm.KindFeedback,
		`{"messaging_feedback":{}}`:                              bm.KindFeedback,
		`{"order":{}}`:                                           bm.KindOrder,
		`{"pass_thread_control":{}}`:                             bm.KindHandover,
		`{"take_thread_control":{}}`:                             bm.KindHandover,
		`{"request_thread_control":{}}`:                          bm.KindHandover,
		`{"app_roles":{}}`:                                       bm.KindHandover,
		`{"policy_enforcement":{}}`:                              bm.KindPolicy,
		`{"policy-enforcement":{}}`:                              bm.KindPolicy,
		`{"read":{}}`:                                            bm.KindRead,
		`{"delivery":{}}`:                                        bm.KindDelivery,
		`{"referral":{},"message":{}}`:                           bm.KindMessage,
		`{"message":{},"referral":{},"prior_message":{}}`:        bm.KindMessage,
		`{"message":null,"referral":{}}`:                         bm.KindReferral,
		`{"message":{"is_echo":true},"message":{}}`:              bm.KindMessage, // the last counts
		`{"prior_message":{}}`:                                   bm.KindUnknown,
		`{"Message":{}}`:                                         bm.KindUnknown,
		`{"payment":{},"sender":{"id":"1"},"timestamp":5}`:       bm.KindUnknown,
		`{"sender":{"id":"2","message":{}},"recipient":"order"}`: bm.KindUnknown,
	} {
		if it := one(t, spoken(element)); it.Kind != want {
			t.Errorf("%s is %s, want %s", element, it.Kind, want)
		}
	}
}

func TestTheConversationIsThePersonsAlsoForEchoes(t *testing.T) {
	t.Parallel()
	for element, want := range map[string]string{
		`{"sender":{"id":"2002"},"recipient":{"id":"1001"},"message":{}}`:                    "2002",
		`{"sender":{"id":"1001"},"recipient":{"id":"2002"},"message":{"is_echo":true}}`:      "2002",
		`{"sender":{"id":"7777"},"recipient":{"id":"2002"},"message":{"is_echo":true}}`:      "2002",
		`{"sender":{"id":"1001"},"recipient":{"id":"2002"},"reaction":{"mid":"m"}}`:          "2002", // the Page's
		`{"sender":{"id":1001},"recipient":{"id":2002},"message":{}}`:                        "2002",
		`{"sender":"2002","message":{}}`:                                                     "2002",
		`{"sender":{"user_ref":"u"},"recipient":{"id":"1001"},"optin":{}}`:                   "",
		`{"recipient":{"id":"1001"},"app_roles":{}}`:                                         "",
		`{"sender":{"id":null},"message":{}}`:                                                "",
		`{"sender":{"id":""},"message":{}}`:                                                  "",
		`{"sender":{"id":"a\nb"},"message":{}}`:                                              "",
		`{"sender":{"id":true},"message":{}}`:                                                "",
		`{"sender":{"id":["2002"]},"message":{}}`:                                            "",
		`{"sender":{"id":"1001"},"message":{"is_echo":true}}`:                                "",
		`{"sender":{"id":"1"},"sender":{"id":"2002"},"recipient":{"id":"1001"},"message":1}`: "2002",
	} {
		if it := one(t, spoken(element)); it.Person != want {
			t.Errorf("%s: %q, want %q", element, it.Person, want)
		}
	}
}

func TestTheMessageSpokenOfIsNamed(t *testing.T) {
	t.Parallel()
	for element, want := range map[string]string{
		`{"message":{"mid":"m1"}}`:                 "m1",
		`{"message":{"mid":5}}`:                    "5",
		`{"message":{"mid":null}}`:                 "",
		`{"reaction":{"mid":"m1"}}`:                "m1",
		`{"read":{"mid":"m1"}}`:                    "m1",
		`{"response_feedback":{"mid":"m1"}}`:       "m1",
		`{"delivery":{"mids":["m1"]}}`:             "m1",
		`{"delivery":{"mids":["m1","m2"]}}`:        "",
		`{"delivery":{"watermark":5}}`:             "",
		`{"message":{"reply_to":{"mid":"other"}}}`: "",
	} {
		if it := one(t, spoken(element)); it.MessageID != want {
			t.Errorf("%s: %q, want %q", element, it.MessageID, want)
		}
	}
}
