package meta

import (
	"fmt"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

func TestARepeatHasTheKeyOfTheFirst(t *testing.T) {
	t.Parallel()
	// Each pair is one event, said twice.
	for _, pair := range [][2]string{
		{`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"m1","text":"a"}}`, `{"timestamp":5,"message":{"text":"a","mid":"m\u0031"},"sender":{"id":2}}`},
		{`{"sender":{"id":"2"},"timestamp":5,"postback":{"mid":"m1","payload":"P"}}`, `{"sender":{"id":"2"},"timestamp":5,"postback":{"mid":"m1"}}`},
		{`{"sender":{"id":"2"},"timestamp":5,"message_edit":{"mid":"m1","num_edit":"3"}}`, `{"sender":{"id":"2"},"timestamp":5,"message_edit":{"num_edit":3,"mid":"m1"}}`},
		{`{"sender":{"id":"2"},"timestamp":5,"read":{"watermark":9}}`, `{"sender":{"id":"2"},"timestamp":5,"read":{"watermark":9}}`},
	} {
		first, second := one(t, spoken(pair[0])), one(t, spoken(pair[1]))
		standby := one(t, strings.Replace(spoken(pair[0]), `"messaging"`, `"standby"`, 1))
		if first.Key != second.Key || first.Key != standby.Key || !first.OccurredAt.Equal(second.OccurredAt) {
			t.Errorf("%s\n%s\n%s\n%s", pair[0], first.Key, second.Key, standby.Key)
		}
	}
}

func TestDifferentEventsNeverLookAlike(t *testing.T) {
	t.Parallel()
	elements := []string{
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"m1"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"m2"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"m1","is_deleted":true}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"text":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"text":"b"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"","text":"b"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"\ud800a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message":{"mid":"\ud801a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"postback":{"mid":"m1"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"postback":{"payload":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":6,"postback":{"payload":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"postback":{"payload":"b"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"reaction":{"mid":"m1","action":"react","emoji":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"reaction":{"mid":"m1","action":"react","emoji":"b"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"reaction":{"mid":"m1","action":"unreact","emoji":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":6,"reaction":{"mid":"m1","action":"react","emoji":"a"}}`,
		`{"sender":{"id":"3"},"timestamp":5,"reaction":{"mid":"m1","action":"react","emoji":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"reaction":{"action":"react","emoji":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message_edit":{"mid":"m1","num_edit":1}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message_edit":{"mid":"m1","num_edit":2}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message_edit":{"mid":"m1","text":"a"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"message_edit":{"mid":"m1","text":"b"}}`,
		`{"sender":{"id":"2"},"timestamp":5,"read":{"watermark":9}}`,
		`{"sender":{"id":"2"},"timestamp":5,"read":{"watermark":8}}`,
		`{"sender":{"id":"2"},"timestamp":5,"delivery":{"watermark":9}}`,
		`{"sender":{"id":"2"},"timestamp":5,"delivery":{"watermark":9,"mids":["m1"]}}`,
		`{"sender":{"id":"2"},"timestamp":5,"take_thread_control":{"new_owner_app_id":9}}`,
		`{"sender":{"id":"2"},"timestamp":5,"pass_thread_control":{"new_owner_app_id":9}}`,
		`{"sender":{"id":"2"},"timestamp":5,"foo":{}}`,
		`{"sender":{"id":"2"},"timestamp":5}`,
		`{}`,
	}
	seen := map[string]string{}
	for _, e := range elements {
		it := one(t, spoken(e))
		if before, ok := seen[it.Key]; ok {
			t.Errorf("one key for two events\n%s\n%s", before, e)
		}
		seen[it.Key] = e
	}
}

func TestEqualItemsWithoutIdAndTimeEachCount(t *testing.T) {
	t.Parallel()
	hi := `{"sender":{"id":"2"},"message":{"text":"hi"}}`
	items := mustCut(t, spoken(hi+","+hi+","+hi))
	again := mustCut(t, spoken(hi+","+hi+","+hi))
	keys := map[string]bool{}
	for i, it := range items {
		keys[it.Key] = true
		if it.Key != again[i].Key {
			t.Error("a resent post counts differently")
		}
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for three messages", len(keys))
	}
	later := one(t, strings.Replace(spoken(hi), "1760000000000", "1760000000001", 1))
	if keys[later.Key] {
		t.Error("a later message without an id looks like a repeat")
	}
	timed := `{"sender":{"id":"2"},"timestamp":1760000000000,"message":{"text":"hi"}}`
	if items := mustCut(t, spoken(timed+","+timed)); items[0].Key != items[1].Key {
		t.Error("the same words at the same millisecond were said twice")
	}
}

func TestTheSameChangeLaterIsAnotherEvent(t *testing.T) {
	t.Parallel()
	body := `{"entry":[{"id":"1","time":%d,"changes":[{"field":"feed","value":{"verb":"hide","created_time":1760000000}}]}]}`
	a, b := one(t, fmt.Sprintf(body, 1760000005)), one(t, fmt.Sprintf(body, 1760000009))
	if a.Key == b.Key {
		t.Error("hiding twice looks like a repeat")
	}
}

func TestAKeyHoldsForItsDeploymentOnly(t *testing.T) {
	t.Parallel()
	it := one(t, vectorBody)
	if bm.KeyFor(1, "1001", &it) == bm.KeyFor(2, "1001", &it) {
		t.Error("one deployment's event looks like another's")
	}
}
