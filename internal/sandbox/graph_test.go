package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// graphCall asks Graph with the token in the header and gives status and body.
func (b *bench) graphCall(path, access string) (int, map[string]any) {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if access != "" {
		req.Header.Set("Authorization", "Bearer "+access)
	}
	res, raw := b.do(req)
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		b.t.Fatalf("%s: %s", path, raw)
	}
	return res.StatusCode, out
}

func TestATokenStandsForItsPageAndItsApp(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	m := b.create()
	first := b.token(m.ID)
	access := b.token(m.ID)
	if first == access || !strings.HasPrefix(access, "EAA") || len(access) < 150 {
		t.Errorf("token %q", access)
	}
	right := "appsecret_proof=" + proof(secret(m.Secret), access)
	for _, path := range []string{"/v26.0/me?fields=id,name", "/me", "/v19.0/me?" + right, "/me?access_token=" + access} {
		token := access
		if strings.Contains(path, "access_token") {
			token = ""
		}
		if status, out := b.graphCall(path, token); status != 200 || out["id"] != m.PageID || out["name"] != "Pizzeria Napoli" {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
	for _, token := range []string{first, access, m.ID + "|" + m.Secret} { // a new token does not kill the earlier one
		if status, out := b.graphCall("/v26.0/app", token); status != 200 || out["id"] != m.ID || out["name"] != "Napoli bot" {
			t.Errorf("%d %v", status, out)
		}
	}
}

func TestGraphRefusesAsMetaDoes(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	m, other := b.create(), b.create()
	access, dead := b.token(m.ID), b.token(m.ID)
	res, _ := b.post("/apps/"+m.ID+"/tokens/"+fingerprint(dead)+"/revoke", url.Values{})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	wrong := "appsecret_proof=" + proof(secret(other.Secret), access)
	for name, c := range map[string]struct {
		path, token   string
		code, subcode float64
		kind          string
	}{
		"no token":              {"/me", "", 104, 0, "OAuthException"},
		"unknown token":         {"/v26.0/app", "EAAnothing", 190, 0, "OAuthException"},
		"space after the token": {"/me?access_token=" + access + "%20", "", 190, 0, "OAuthException"},
		"revoked token":         {"/me", dead, 190, 467, "OAuthException"},
		"wrong app's secret":    {"/me?" + wrong, access, 100, 0, "GraphMethodException"},
		"app token, wrong":      {"/app", m.ID + "|" + other.Secret, 190, 0, "OAuthException"},
		"app token is no Page":  {"/me", m.ID + "|" + m.Secret, 2500, 0, "OAuthException"},
		"unknown field":         {"/me?fields=id,shoe_size", access, 100, 0, "OAuthException"},
		"unknown path":          {"/v26.0/shoes", access, 2500, 0, "OAuthException"},
	} {
		status, out := b.graphCall(c.path, c.token)
		e, _ := out["error"].(map[string]any)
		subcode, _ := e["error_subcode"].(float64)
		if status != 400 || e["code"] != c.code || subcode != c.subcode || e["type"] != c.kind || e["fbtrace_id"] == "" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if status, _ := b.graphCall("/me", access); status != 200 {
		t.Error("revoking one token ended another")
	}
}
