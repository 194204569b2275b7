package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

// bodies makes the body that lets each call succeed, by operation.
func bodies(w *world) map[string]string {
	n := time.Now().UnixNano()
	return map[string]string{
		"create-partner":    fmt.Sprintf(`{"name":"P %d"}`, n),
		"create-business":   fmt.Sprintf(`{"name":"B %d","partner":%d}`, n, w.mine.ID),
		"change-business":   `{"notes":"x"}`,
		"put-deployment":    `{"app_id":"555000111222333"}`,
		"pause-deployment":  `{}`,
		"resume-deployment": `{"rate":5}`,
	}
}

// TestEveryCallAnswersEachRoleAsTheTableSays asks every call that the document
// lists in every role, each time for a business of its own.
func TestEveryCallAnswersEachRoleAsTheTableSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var spec struct {
		Paths map[string]map[string]struct {
			ID      string `json:"operationId"`
			Ability string `json:"x-ability"`
		} `json:"paths"`
	}
	must(t, json.Unmarshal(w.ask("GET", specPath, "", noToken).is(t, 200).body, &spec))
	roles := []string{"none", "support", "other admin", "admin", "owner", "bot", "other bot"}
	var out strings.Builder
	fmt.Fprintf(&out, "%-68s %-20s %s\n", "call", "ability", strings.Join(roles, ", "))
	for _, path := range sortedKeys(spec.Paths) {
		for _, method := range sortedKeys(spec.Paths[path]) {
			op := spec.Paths[path][method]
			if op.Ability == "" {
				t.Errorf("%s %s asks for no ability", method, path)
			}
			line := fmt.Sprintf("%-68s %-20s", strings.ToUpper(method)+" "+path, op.Ability)
			for _, role := range roles {
				line += fmt.Sprintf(" %d", w.tryOn(op.ID, role, strings.ToUpper(method), path))
			}
			out.WriteString(line + "\n")
		}
	}
	golden(t, "testdata/access.golden", out.String())
}

// tryOn makes a business that the admin and the bot may see, and asks.
func (w *world) tryOn(op, role, method, path string) int {
	b := w.business(w.mine, "Try")
	d := w.setUp(b)
	w.post(d, bm.Item{Kind: bm.KindRead, Account: "1", Key: "k", Body: []byte(`{"read":{}}`)})
	events, err := w.store.Events(w.t.Context(), bm.Everything(), b.ID, eventQuery())
	must(w.t, err)
	if role == "bot" {
		w.token(fmt.Sprint("bot ", b.ID), bm.RoleBot, bm.Scope{Businesses: []int64{b.ID}})
		role = fmt.Sprint("bot ", b.ID)
	}
	path = strings.NewReplacer("{id}", fmt.Sprint(b.ID), "{platform}", "facebook", "{event_id}", events[0].ID()).Replace(path)
	if op == "list-audit" {
		path += fmt.Sprintf("?business=%d", b.ID)
	}
	return w.as(role, method, path, bodies(w)[op]).status
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s has changed; if it is meant, write it anew with -update.\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func TestNoCallWithoutAValidToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.store.RevokeToken(t.Context(), bm.System("test"), "admin"))
	old, _, err := w.store.AddToken(t.Context(), bm.System("test"), "old", bm.RoleOwner, bm.Scope{AllPartners: true}, time.Now().Add(time.Hour))
	must(t, err)
	_, err = w.pool.Exec(t.Context(), `UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE name = 'old'`)
	must(t, err)
	good := w.tokens["owner"]
	for name, headers := range map[string][]string{
		"missing":      nil,
		"empty":        {""},
		"no scheme":    {good},
		"basic":        {"Basic " + good},
		"no value":     {"Bearer"},
		"not ours":     {"Bearer EAAB" + strings.Repeat("x", 40)},
		"unknown":      {"Bearer bm_" + strings.Repeat("x", 43)},
		"cut":          {"Bearer " + good[:len(good)-1]},
		"longer":       {"Bearer " + good + "x"},
		"quoted":       {`Bearer "` + good + `"`},
		"huge":         {"Bearer bm_" + strings.Repeat("x", 5000)},
		"twice":        {"Bearer " + good, "Bearer " + good},
		"revoked":      {"Bearer " + w.tokens["admin"]},
		"expired":      {"Bearer " + old.Reveal()},
		"in lowercase": {"Bearer " + strings.ToLower(good)},
	} {
		for _, path := range []string{"/partners", "/businesses/1/events", "/nothing"} {
			r := w.ask("GET", path, "", func(req *http.Request) { req.Header["Authorization"] = headers })
			if r.problem(t, 401); !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: no WWW-Authenticate", name)
			}
		}
	}
	r := w.ask("GET", "/partners", "", func(req *http.Request) { req.Header.Set("Authorization", "bearer  "+good) })
	r.is(t, 200)
}

// TestWhatATokenMayNotSeeIsNotThere: another's business looks like none, whatever
// is asked of it, and also for a role that could not do it anyway.
func TestWhatATokenMayNotSeeIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setUp(w.foreign)
	for _, role := range []string{"admin", "support", "bot"} {
		for _, call := range []struct{ method, path, body string }{
			{"GET", "%s", ""}, {"PATCH", "%s", `{"notes":"x"}`}, {"DELETE", "%s", ""},
			{"GET", "%s/events", ""}, {"GET", "%s/deployments/facebook", ""},
			{"PUT", "%s/deployments/facebook", `{"active":false}`}, {"POST", "%s/deployments/facebook/pause", ""},
		} {
			seen := w.as(role, call.method, fmt.Sprintf(call.path, businessAt(w.foreign)), call.body)
			absent := w.as(role, call.method, fmt.Sprintf(call.path, "/businesses/999999"), call.body)
			seen.problem(t, 404)
			if string(seen.body) != string(absent.body) {
				t.Errorf("%s %s %s tells them apart: %s / %s", role, call.method, call.path, seen.body, absent.body)
			}
		}
		if r := w.as(role, "GET", fmt.Sprintf("/audit?business=%d", w.foreign.ID), ""); role != "bot" {
			r.problem(t, 404)
		}
	}
	list := read[BusinessList](t, w.as("admin", "GET", "/businesses", "").is(t, 200))
	if len(list.Businesses) != 1 || list.Businesses[0].ID != w.acme.ID {
		t.Errorf("an admin sees %+v", list.Businesses)
	}
	parts := read[PartnerList](t, w.as("admin", "GET", "/partners", "").is(t, 200))
	if len(parts.Partners) != 1 || parts.Partners[0].ID != w.mine.ID {
		t.Errorf("an admin sees partners %+v", parts.Partners)
	}
}

func TestAWriteNamesTheTokenAndItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("admin", "PATCH", businessAt(w.acme), `{"notes":"New."}`).is(t, 200)
	list := read[AuditList](t, w.as("support", "GET", fmt.Sprintf("/audit?business=%d&limit=1", w.acme.ID), "").is(t, 200))
	e := list.Entries[0]
	if e.Actor != "admin" || e.ActorKind != "token" || e.Address != "127.0.0.1" || e.Detail["notes"] != "New." {
		t.Errorf("%+v", e)
	}
	if list.NextCursor == nil {
		t.Fatal("no second page")
	}
	list = read[AuditList](t, w.as("support", "GET", fmt.Sprintf("/audit?business=%d&cursor=%s", w.acme.ID, *list.NextCursor), "").is(t, 200))
	if len(list.Entries) != 1 || list.Entries[0].Act != "create business" || list.NextCursor != nil {
		t.Errorf("%+v", list)
	}
	if _, f := w.as("support", "GET", "/audit", "").problem(t, 422); f["business"] == "" {
		t.Error("a business is not asked for")
	}
}
