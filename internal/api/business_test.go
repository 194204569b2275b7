package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

func TestABusinessIsMadeReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, partner := range []string{fmt.Sprint(w.mine.ID), fmt.Sprintf(`"%d"`, w.mine.ID), `"Nordlicht"`, `"nordlicht"`} {
		r := w.as("admin", "POST", "/businesses", `{"name":"Bella Napoli","partner":`+partner+`}`).is(t, 201)
		b := read[Business](t, r)
		if b.Name != "Bella Napoli" || !strings.HasPrefix(b.ViaName, "bella_napoli") || b.Partner != (PartnerID{w.mine.ID, "Nordlicht"}) || !b.Active {
			t.Errorf("%s", r.body)
		}
		if r.header.Get("Location") != fmt.Sprintf("/api/v1/businesses/%d", b.ID) {
			t.Errorf("location %q", r.header.Get("Location"))
		}
		again := w.as("support", "GET", r.header.Get("Location"), "").is(t, 200)
		if string(again.body) != string(r.body) {
			t.Errorf("read %s, made %s", again.body, r.body)
		}
	}
	if _, f := w.as("admin", "POST", "/businesses", `{"name":"X","partner":"Nordlicht","via_name":"bella_napoli"}`).problem(t, 409); f["via_name"] == "" {
		t.Error("a via name that is taken is not named")
	}
	// A partner out of sight is as unknown as none.
	a, _ := w.as("admin", "POST", "/businesses", `{"name":"X","partner":"Südwind"}`).problem(t, 422)
	b, _ := w.as("admin", "POST", "/businesses", `{"name":"X","partner":"Nobody"}`).problem(t, 422)
	if a.Detail != b.Detail {
		t.Error("an unseen partner is told from an unknown one")
	}
	at := businessAt(w.acme)
	got := read[Business](t, w.as("admin", "PATCH", at, `{"name":"Acme & Söhne <b>","languages":"de","notes":"call <first>","active":false}`).is(t, 200))
	if got.Name != "Acme & Söhne <b>" || got.Languages != "de" || got.Notes != "call <first>" || got.Active || got.ViaName != "acme" {
		t.Errorf("%+v", got)
	}
	got = read[Business](t, w.as("admin", "PATCH", at, `{"notes":null}`).is(t, 200))
	if got.Notes != "" || got.Languages != "de" {
		t.Errorf("null does not remove, or removes too much: %+v", got)
	}
	w.as("admin", "PATCH", at, `{"partner":"Südwind"}`).problem(t, 422)
	w.as("admin", "DELETE", at, "").is(t, 204)
	w.as("admin", "GET", at, "").problem(t, 404)
}

// TestABusinessWithWaitingEventsIsKept holds for its deployment as well.
func TestABusinessWithWaitingEventsIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.setUp(w.acme)
	w.post(d, message(1, "2002", `{"message":{"text":"hello"}}`))
	for _, path := range []string{deploymentAt(w.acme), businessAt(w.acme)} {
		w.as("admin", "DELETE", path, "").problem(t, 409)
		w.as("admin", "DELETE", path+"?discard=false", "").problem(t, 409)
	}
	w.as("admin", "DELETE", deploymentAt(w.acme)+"?discard=true", "").is(t, 204)
	w.as("admin", "GET", deploymentAt(w.acme), "").problem(t, 404)
	list := read[EventList](t, w.as("admin", "GET", businessAt(w.acme)+"/events", "").is(t, 200))
	if len(list.Events) != 1 || list.Events[0].State != eventState(bm.StateDiscarded) {
		t.Errorf("%+v", list.Events)
	}
	w.as("admin", "DELETE", businessAt(w.acme), "").is(t, 204)
}

func TestBusinessesAreFoundAndFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 4 {
		w.business(w.mine, fmt.Sprintf("Café %d", i))
	}
	w.setUp(w.acme)
	w.as("owner", "POST", deploymentAt(w.acme)+"/pause", "").is(t, 200)
	for query, want := range map[string]string{
		"":         "[Café 3 Café 2 Café 1 Café 0 Foreign Acme]",
		"q=cafe+2": "[Café 2]",
		"q=" + url.QueryEscape("104722918364501"): "[Acme]",
		"partner=" + url.QueryEscape("Südwind"):   "[Foreign]",
		fmt.Sprintf("partner=%d", w.theirs.ID):    "[Foreign]",
		"platform=facebook":                       "[Acme]",
		"state=paused":                            "[Acme]",
		"q=foreign&partner=Nordlicht":             "[]",
	} {
		r := w.as("owner", "GET", "/businesses?"+query, "").is(t, 200)
		names := []string{}
		for _, b := range read[BusinessList](t, r).Businesses {
			names = append(names, b.Name)
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if strings.Contains(string(r.body), ":null}") && !strings.HasSuffix(strings.TrimSpace(string(r.body)), `"next_cursor":null}`) {
			t.Errorf("%s", r.body)
		}
	}
	var names []string
	path := "/businesses?limit=2"
	for {
		l := read[BusinessList](t, w.as("owner", "GET", path, "").is(t, 200))
		for _, b := range l.Businesses {
			names = append(names, b.Name)
		}
		if l.NextCursor == nil {
			break
		}
		path = "/businesses?limit=2&cursor=" + *l.NextCursor
	}
	if got := fmt.Sprint(names); got != "[Café 3 Café 2 Café 1 Café 0 Foreign Acme]" {
		t.Errorf("pages give %s", got)
	}
	row := read[BusinessList](t, w.as("owner", "GET", "/businesses?state=paused", "")).Businesses[0]
	if fmt.Sprint(row.States) != "[never_connected paused]" || len(row.Deployments) != 1 || row.Deployments[0].Platform != "facebook" || row.Deployments[0].Active {
		t.Errorf("%+v", row)
	}
}
