package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// document is an API over nothing, for what needs no database.
func document(t *testing.T) *API {
	t.Helper()
	a, err := New(Deps{Version: "1.2.3", Environment: "production", ConsoleURL: "https://console.example.com"})
	must(t, err)
	return a
}

// TestTheDocumentListsEveryRouteAndOnlyThose compares it with the router.
func TestTheDocumentListsEveryRouteAndOnlyThose(t *testing.T) {
	t.Parallel()
	a := document(t)
	var spec struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	must(t, json.Unmarshal(a.Spec(), &spec))
	if !strings.HasPrefix(spec.OpenAPI, "3.1.") {
		t.Errorf("version %q", spec.OpenAPI)
	}
	var listed, routed []string
	for path, item := range spec.Paths {
		for method := range item {
			listed = append(listed, strings.ToUpper(method)+" "+base+path)
		}
	}
	param := regexp.MustCompile(`:([a-z_]+)`)
	for _, r := range a.web.Routes() {
		if slices.Contains([]string{specPath, docsPath, lookPath}, r.Path) || r.Method == "echo_route_not_found" {
			continue
		}
		routed = append(routed, r.Method+" "+param.ReplaceAllString(r.Path, "{$1}"))
	}
	slices.Sort(listed)
	slices.Sort(routed)
	if !slices.Equal(listed, routed) {
		t.Errorf("listed %v\nrouted %v", listed, routed)
	}
}

// TestTheDocumentIsWhole looks at what OpenAPI 3.1 asks of a document: every
// reference leads somewhere, every parameter of a path is described, every
// operation has an id of its own, answers, and its refusals.
func TestTheDocumentIsWhole(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	must(t, json.Unmarshal(document(t).Spec(), &doc))
	walk(doc, func(key string, v any) {
		if key != "$ref" {
			return
		}
		at := any(doc)
		for _, part := range strings.Split(strings.TrimPrefix(v.(string), "#/"), "/") {
			m, _ := at.(map[string]any)
			at = m[part]
		}
		if at == nil {
			t.Errorf("%v leads nowhere", v)
		}
	})
	info := doc["info"].(map[string]any)
	if info["title"] == "" || info["version"] != "1.2.3" {
		t.Errorf("info %v", info)
	}
	if s := fmt.Sprint(doc["servers"]); s != "[map[url:https://console.example.com/api/v1]]" {
		t.Errorf("servers %s", s)
	}
	ids := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, v := range item.(map[string]any) {
			op, name := v.(map[string]any), method+" "+path
			id, _ := op["operationId"].(string)
			if id == "" || ids[id] || op["summary"] == "" || fmt.Sprint(op["security"]) != "[map[token:[]]]" {
				t.Errorf("%s: %v", name, op)
			}
			ids[id] = true
			checkAnswers(t, name, op)
			checkParameters(t, name, path, op)
		}
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for _, huma := range []string{"ErrorModel", "ErrorDetail"} {
		if schemas[huma] != nil {
			t.Errorf("%s is described, and never sent", huma)
		}
	}
}

func checkAnswers(t *testing.T, name string, op map[string]any) {
	t.Helper()
	good := 0
	answers := op["responses"].(map[string]any)
	for status, v := range answers {
		a := v.(map[string]any)
		content, _ := a["content"].(map[string]any)
		switch {
		case a["description"] == "":
			t.Errorf("%s %s is not described", name, status)
		case status[0] == '2':
			good++
			if (content == nil) != (status == "204") {
				t.Errorf("%s %s has %v", name, status, content)
			}
		case content[problemType] == nil:
			t.Errorf("%s %s is not a problem", name, status)
		}
	}
	if good != 1 || answers["401"] == nil || answers["403"] == nil || answers["422"] == nil {
		t.Errorf("%s: %v", name, sortedKeys(answers))
	}
	if b, ok := op["requestBody"].(map[string]any); ok && len(b["content"].(map[string]any)) != 1 {
		t.Errorf("%s: %v", name, b)
	}
}

func checkParameters(t *testing.T, name, path string, op map[string]any) {
	t.Helper()
	var inPath []string
	list, _ := op["parameters"].([]any)
	for _, v := range list {
		p := v.(map[string]any)
		if p["in"] == "path" && p["required"] == true {
			inPath = append(inPath, "{"+p["name"].(string)+"}")
		}
	}
	want := regexp.MustCompile(`\{[a-z_]+\}`).FindAllString(path, -1)
	slices.Sort(inPath)
	slices.Sort(want)
	if !slices.Equal(inPath, want) {
		t.Errorf("%s describes %v, has %v", name, inPath, want)
	}
}

func walk(v any, visit func(key string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			visit(k, x)
			walk(x, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	}
}

// TestTheDocumentsAreOpenAndNeedNothingFromElsewhere: they are read before there
// is a token, and the page runs nothing.
func TestTheDocumentsAreOpenAndNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spec := w.ask("GET", specPath, "", noToken).is(t, 200)
	if spec.header.Get("Content-Type") != "application/json" || !json.Valid(spec.body) {
		t.Errorf("%v", spec.header)
	}
	page := w.ask("GET", docsPath, "", noToken).is(t, 200)
	if !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("%v", page.header)
	}
	text := string(page.body)
	for _, no := range []string{"<script", "<style", " style=", " onclick", "//unpkg", "//cdn", "src="} {
		if strings.Contains(text, no) {
			t.Errorf("the page holds %q", no)
		}
	}
	loads := regexp.MustCompile(`(?:href|src|action)="([^#"][^"]*)"`).FindAllStringSubmatch(text, -1)
	for _, l := range loads {
		if !strings.HasPrefix(l[1], "/api/") {
			t.Errorf("the page leads to %s", l[1])
		}
		if r := w.ask("GET", l[1], "", noToken); r.status != 200 {
			t.Errorf("%s: %d", l[1], r.status)
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		} `json:"paths"`
	}
	must(t, json.Unmarshal(spec.body, &doc))
	for path, item := range doc.Paths {
		for method, op := range item {
			if !strings.Contains(text, `id="`+op.ID+`"`) || !strings.Contains(text, path) {
				t.Errorf("the page does not show %s %s", method, path)
			}
		}
	}
	for _, member := range []string{"secrets.*.last_four", "checks[].verdict", "events[].conversation", "businesses[].partner.id"} {
		if !strings.Contains(text, "<code>"+member+"</code>") {
			t.Errorf("the page does not show %s", member)
		}
	}
	css := w.ask("GET", lookPath, "", noToken).is(t, 200)
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(string(css.body), "prefers-color-scheme: dark") {
		t.Errorf("%v", css.header)
	}
	if w.ask("GET", "/partners", "", func(*http.Request) {}).status != 401 {
		t.Error("a call is open")
	}
}

// TestASettingThatCannotWorkIsRefusedAtTheStart keeps a wrong address from being
// found out by the first caller.
func TestASettingThatCannotWorkIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "console.example.com", "ftp://x", "https://"} {
		if _, err := New(Deps{ConsoleURL: u}); err == nil {
			t.Errorf("%q is taken", u)
		}
	}
}
