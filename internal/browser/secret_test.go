package browser

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"businessmanager/internal/pgrun"
)

// plant is everything secret that this test hands to the program, by what it is.
func plant() map[string]string {
	return map[string]string{
		"access token":          "EAAplanted" + strings.Repeat("Qx7Lm2Vt", 20),
		"app secret":            "planted0app0secret0c41d8f2b97e0",
		"challenge key":         "plantedChallengeKey9sK2mVx7Qp4Tz1Lw8",
		"bot secret":            "whsec_cGxhbnRlZC1ib3Qtc2VjcmV0LTEyMzQ1Njc4OTAxMg==",
		"verify token sent":     "plantedVerifyTokenThatIsWrong31",
		"wrong password":        "planted wrong password 8842",
		"unsigned body":         "planted body that nobody signed",
		"secret in a bad place": "plantedInABadPlace5512aa",
	}
}

func TestNoPlantedSecretIsFoundInDatabaseFilesLogsPagesOrMetrics(t *testing.T) {
	t.Parallel()
	p, secret := shared, plant()
	owner := lastLine(p.run(t, "", "token", "add", "planter", "--role", "owner"))
	secret["api token"] = owner
	email, password := p.person(t, "owner")
	secret["password"] = password

	id, callback := p.plantDeployment(t, owner, secret)
	p.plantTraffic(t, callback, secret)
	p.plantMistakes(t, owner, id, secret)

	found := func(where, text string) {
		t.Helper()
		for name, value := range secret {
			for _, form := range []string{value, url.QueryEscape(value), hex.EncodeToString([]byte(value))} {
				if strings.Contains(text, form) {
					t.Errorf("%s holds the %s", where, name)
				}
			}
		}
	}
	for where, text := range p.crawl(t, email, password, id) {
		found("the page "+where, text)
	}
	for _, path := range []string{"", "/handshakes"} {
		_, body := p.api(t, owner, "GET", fmt.Sprintf("/businesses/%d/deployments/facebook%s", id, path), "")
		found("the API's "+path, body)
	}
	_, metrics := get(t, p.ops+"/metrics")
	if !strings.Contains(metrics, "bm_webhook_post_seconds") {
		t.Error("the metrics do not count posts")
	}
	found("/metrics", metrics)
	found("the log", p.output())
	found("a dump of the database", p.dump(t))
	for where, text := range p.files(t) {
		found(where, text)
	}
}

// plantDeployment stores every secret of a deployment by the API.
func (p *product) plantDeployment(t *testing.T, token string, secret map[string]string) (id int64, callback string) {
	t.Helper()
	_, _ = p.api(t, token, "POST", "/partners", `{"name":"Planters"}`)
	status, body := p.api(t, token, "POST", "/businesses", `{"name":"Planted Garden","partner":"Planters"}`)
	var business struct{ ID int64 }
	if err := json.Unmarshal([]byte(body), &business); err != nil || status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	put, err := json.Marshal(map[string]any{
		"active": true, "access_token": secret["access token"], "app_secret": secret["app secret"],
		"challenge_key": secret["challenge key"], "bot_secret": secret["bot secret"], "bot_url": "http://127.0.0.1:9/bot",
	})
	if err != nil {
		t.Fatal(err)
	}
	status, body = p.api(t, token, "PUT", fmt.Sprintf("/businesses/%d/deployments/facebook", business.ID), string(put))
	var deployment struct {
		CallbackURL string `json:"callback_url"`
	}
	if err := json.Unmarshal([]byte(body), &deployment); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	return business.ID, deployment.CallbackURL
}

// plantTraffic calls the callback in every way that carries a secret.
func (p *product) plantTraffic(t *testing.T, callback string, secret map[string]string) {
	t.Helper()
	for _, base := range []string{callback, callback[:len(callback)-1], p.webhook + "/facebook/nobody", p.webhook + "/" + url.PathEscape(secret["secret in a bad place"])} {
		for _, key := range []string{"challenge key", "verify token sent", "access token", "app secret"} {
			q := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {"1"}, "hub.verify_token": {secret[key]}}
			get(t, base+"?"+q.Encode())
		}
		res, err := http.Post(base, "application/json", strings.NewReader(`{"text":"`+secret["unsigned body"]+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

// plantMistakes sends secrets where they do not belong, and wrong ones.
func (p *product) plantMistakes(t *testing.T, token string, id int64, secret map[string]string) {
	t.Helper()
	bad := secret["secret in a bad place"]
	deployment := fmt.Sprintf("/businesses/%d/deployments/facebook", id)
	for _, c := range []struct{ method, path, body string }{
		{"PUT", deployment, `{"account_id":"` + bad + `"}`},
		{"PUT", deployment, `{"` + bad + `":1}`},
		{"PUT", deployment, `{"active":"` + bad + `"}`},
		{"PUT", deployment, `{"app_secret":` + bad + `}`},
		{"PUT", deployment, `{"bot_url":"http://user:` + bad + `@127.0.0.1/"}`},
		{"PUT", deployment, `{"bot_events":["` + bad + `"]}`},
		{"GET", "/businesses?cursor=" + bad, ""},
		{"GET", "/businesses/" + bad, ""},
		{"GET", fmt.Sprintf("/businesses/%d/events/%s", id, bad), ""},
	} {
		if status, body := p.api(t, token, c.method, c.path, c.body); status < 400 || strings.Contains(body, bad) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	if status, _ := p.api(t, bad, "GET", "/businesses", ""); status != 401 {
		t.Errorf("a token that nobody made: %d", status)
	}
	b := p.open(t)
	b.goTo(p.console + "/signin")
	b.fill("input[name=email]", "owner@example.com")
	b.fill("input[name=password]", secret["wrong password"])
	b.press("form button[type=submit]")
	b.see("input[name=password]")
}

// crawl signs in and reads every page of the business, and what they link to.
func (p *product) crawl(t *testing.T, email, password string, id int64) map[string]string {
	t.Helper()
	b := p.open(t)
	b.signInAs(email, password)
	home := fmt.Sprintf("%s/businesses/%d", p.console, id)
	todo := []string{home, home + "/channels/facebook", home + "/events", home + "/activity", p.console + "/profile", p.console + "/businesses?q=planted"}
	for _, part := range []string{"standing", "checks", "guide", "handshakes", "refusals"} {
		todo = append(todo, home+"/channels/facebook/"+part)
	}
	pages := map[string]string{}
	for _, u := range todo {
		b.goTo(u)
		pages[u] = ask(b, chromedp.OuterHTML(css("html")))
	}
	b.goTo(home + "/events")
	for _, u := range ask(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("#event-rows a.table-title")].map(a => a.href)`)) {
		b.goTo(u)
		pages[u] = ask(b, chromedp.OuterHTML(css("html")))
	}
	return pages
}

// dump reads every row of every table as text.
func (p *product) dump(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	server, err := pgrun.Use(ctx, pgrun.Options{DataDir: filepath.Join(p.dir, "data")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Stop(ctx) }()
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, table := range tables {
		rows, err := conn.Query(ctx, `SELECT x::text FROM `+table+` x`)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(strings.Join(lines, "\n"))
	}
	if !strings.Contains(out.String(), "Planted Garden") {
		t.Error("the dump is not of this database")
	}
	return out.String()
}

// files reads what lies on disk, the database's own files and its journal among it.
func (p *product) files(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(filepath.Join(p.dir, "data"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // files come and go while the server runs
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte("lanted")) {
			out[path] = string(raw)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Error("nothing that was planted is on disk, not even the business's name")
	}
	return out
}

// api calls the JSON API with a token.
func (p *product) api(t *testing.T, token, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.console+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

func lastLine(s string) string {
	lines := regexp.MustCompile(`\S+`).FindAllString(s, -1)
	return lines[len(lines)-1]
}
