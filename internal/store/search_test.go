package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/store"
)

// directory is a store with a few businesses in it.
type directory struct {
	*store.Store
	t    *testing.T
	pool *pgxpool.Pool
	ids  map[string]int64 // by name
}

func boss() bm.Actor { return bm.System("test") }

func newDirectory(t *testing.T, lines ...store.NewBusiness) *directory {
	t.Helper()
	pool := pgtest.New(t)
	d := &directory{Store: store.New(pool), t: t, pool: pool, ids: map[string]int64{}}
	d.must(d.AddBusinesses(t.Context(), boss(), lines))
	rows, err := pool.Query(t.Context(), `SELECT name, id FROM businesses`)
	d.must(err)
	for rows.Next() {
		var name string
		var id int64
		d.must(rows.Scan(&name, &id))
		d.ids[name] = id
	}
	d.must(rows.Err())
	return d
}

func (d *directory) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *directory) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.pool.Exec(d.t.Context(), sql, args...)
	d.must(err)
}

func (d *directory) search(sc bm.Scope, q store.BusinessQuery) []store.BusinessRow {
	d.t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	rows, _, err := d.SearchBusinesses(d.t.Context(), sc, q)
	d.must(err)
	n, err := d.CountBusinesses(d.t.Context(), sc, q)
	d.must(err)
	if int(n) != len(rows) {
		d.t.Errorf("%+v: %d rows, but %d are counted", q, len(rows), n)
	}
	return rows
}

func (d *directory) names(text string) []string {
	d.t.Helper()
	return named(d.search(bm.Everything(), store.BusinessQuery{Text: text}))
}

func named(rows []store.BusinessRow) []string {
	list := []string{}
	for _, r := range rows {
		list = append(list, r.Business.Name)
	}
	return list
}

func few() []store.NewBusiness {
	return []store.NewBusiness{
		{Partner: "Nordlicht Dining", Name: "Bella Napoli", ViaName: "bella_napoli"},
		{Partner: "Casa Grande Foods", Name: "Forno Nápolí Express", ViaName: "forno_express"},
		{Partner: "Rivage Hotels", Name: "Hotel Napoleon", ViaName: "grand_stay"},
		{Partner: "Casa Grande Foods", Name: "Naploi Pasta Lab", ViaName: "pasta_lab"},
		{Partner: "Napoli Franchise Group", Name: "Café Lumen", ViaName: "lumen"},
		{Partner: "Rivage Hotels", Name: "Straße & Söhne", ViaName: "strasse"},
		{Partner: "Rivage Hotels", Name: "Joe's Diner", ViaName: "joes_diner"},
		{Partner: "Rivage Hotels", Name: "L’Étoile du Nord", ViaName: "etoile"},
		{Partner: "Rivage Hotels", Name: "東京ラーメン横丁", ViaName: "tokyo"},
		{Partner: "Rivage Hotels", Name: "Кофейня Ёлка", ViaName: "yolka"},
		{Partner: "Rivage Hotels", Name: "Ταβέρνα Ήλιος", ViaName: "ilios"},
		{Partner: "Rivage Hotels", Name: "مطعم الأرز", ViaName: "arz"},
		{Partner: "Rivage Hotels", Name: "Kraków Smørrebrød", ViaName: "smorrebrod"},
		{Partner: "Rivage Hotels", Name: "Pharmacy 1204", ViaName: "pharmacy_1204"},
	}
}

func TestBestMatchComesFirstAndSaysWhy(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	rows := d.search(bm.Everything(), store.BusinessQuery{Text: "napoli"})
	want := []struct{ name, by, how, marked string }{
		{"Forno Nápolí Express", "Name", "accents left aside", "Nápolí"},
		{"Bella Napoli", "Name and via name", "exact", "Napoli"},
		{"Café Lumen", "Partner", "exact", ""},
		{"Naploi Pasta Lab", "Name", "one typo away", "Naploi"},
	}
	if len(rows) != len(want) {
		t.Fatalf("found %q", named(rows))
	}
	for i, w := range want {
		r := rows[i]
		marked := ""
		for _, s := range r.NameHits {
			marked += r.Business.Name[s.From:s.To]
		}
		if r.Business.Name != w.name || r.FoundBy != w.by || r.FoundHow != w.how || marked != w.marked {
			t.Errorf("row %d is %q by %q, %s, marked %q; want %v", i, r.Business.Name, r.FoundBy, r.FoundHow, marked, w)
		}
	}
	if p := rows[2]; len(p.PartnerHits) != 1 || p.Business.PartnerName[p.PartnerHits[0].From:p.PartnerHits[0].To] != "Napoli" {
		t.Errorf("the partner is marked at %v", p.PartnerHits)
	}
	if got := d.search(bm.Everything(), store.BusinessQuery{Text: "napole"})[0]; got.Business.Name != "Hotel Napoleon" || got.FoundHow != "starts alike" ||
		!slices.Equal(got.NameHits, []store.Span{{From: 6, To: 12}}) {
		t.Errorf("napole finds %q, %s, %v", got.Business.Name, got.FoundHow, got.NameHits)
	}
}

func TestSearchForgivesAccentsCaseAndTypos(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	for text, want := range map[string]string{
		"CAFE": "Café Lumen", "cáfè lum": "Café Lumen", "lumen cafe": "Café Lumen", "lumne": "Café Lumen",
		"strasse": "Straße & Söhne", "STRAẞE": "Straße & Söhne", "sohne": "Straße & Söhne", "strasse and söhne": "Straße & Söhne",
		"joes": "Joe's Diner", "joe's": "Joe's Diner", "joe’s din": "Joe's Diner", "dinner": "Joe's Diner",
		"etoile": "L’Étoile du Nord", "letoile": "L’Étoile du Nord", "l'étoile": "L’Étoile du Nord", "etiole nord": "L’Étoile du Nord",
		"ラーメン": "東京ラーメン横丁", "東京": "東京ラーメン横丁", "京": "東京ラーメン横丁", "東京 横丁": "東京ラーメン横丁",
		"елка": "Кофейня Ёлка", "КОФЕЙНЯ": "Кофейня Ёлка", "кофиня": "Кофейня Ёлка",
		"ηλιος": "Ταβέρνα Ήλιος", "ΤΑΒΕΡΝΑ": "Ταβέρνα Ήλιος", "الارز": "مطعم الأرز",
		"krakow": "Kraków Smørrebrød", "smorrebrod": "Kraków Smørrebrød", "smorebrd": "Kraków Smørrebrød", "msorrebrod": "Kraków Smørrebrød",
		"hotel napolyon": "Hotel Napoleon", "hotle napoleon": "Hotel Napoleon", "nopoleon": "Hotel Napoleon",
		"forno_exp": "Forno Nápolí Express", "napoleon  rivage": "Hotel Napoleon", "nordlihct": "Bella Napoli",
		"f": "Forno Nápolí Express", "jo": "Joe's Diner", "pharmacy 1204": "Pharmacy 1204", "smorrbe": "Kraków Smørrebrød",
	} {
		if got := d.names(text); !slices.Contains(got, want) {
			t.Errorf("%q finds %q, not %q", text, got, want)
		}
	}
	for _, text := range []string{"pharmacy 1205", "qqqq", "cafe napoleon", "東西", "xo", "!!!", "'; drop table businesses --", `"\`, "a:* | b & !c"} {
		if got := d.names(text); len(got) != 0 {
			t.Errorf("%q finds %q", text, got)
		}
	}
	for _, text := range []string{"\x00\xff", strings.Repeat("ﷺ", 500), strings.Repeat("a b c d ", 90), strings.Repeat("é", 5000), "%", "_", "\u202e"} {
		d.names(text) // must not fail
	}
}

func TestSearchNeverShowsAnotherPartnersBusiness(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	rivage, err := d.FindPartner(t.Context(), bm.Everything(), "rivage hotels")
	d.must(err)
	d.facebook("Bella Napoli", "100200300", "777")
	d.facebook("Hotel Napoleon", "100200301", "777")
	for name, sc := range map[string]bm.Scope{
		"no partner":       {},
		"one partner":      {Partners: []int64{rivage.ID}},
		"a bot's business": {AllPartners: true, Businesses: []int64{d.ids["Joe's Diner"]}},
		"a bot of nothing": {AllPartners: true, Businesses: []int64{}},
	} {
		for _, text := range []string{"", "napoli", "napolo", "bella napoli", "b", "n", "777", "100200300", "cafe", "nordlicht", fmt.Sprint(d.ids["Bella Napoli"]), "bella_napoli", "joe's"} {
			for _, state := range append([]string{""}, store.BusinessStates()...) {
				q := store.BusinessQuery{Text: text, State: state}
				for _, r := range d.search(sc, q) {
					if !sc.Allows(r.Business.PartnerID, r.Business.ID) {
						t.Errorf("%s: %+v shows %q", name, q, r.Business.Name)
					}
				}
			}
		}
	}
	if got := named(d.search(bm.Scope{Partners: []int64{rivage.ID}}, store.BusinessQuery{Text: "777"})); !slices.Equal(got, []string{"Hotel Napoleon"}) {
		t.Errorf("the shared app is found at %q", got)
	}
	casa, err := d.FindPartner(t.Context(), bm.Everything(), "Casa Grande Foods")
	d.must(err)
	if got := named(d.search(bm.Everything(), store.BusinessQuery{Text: "napoli", Partner: casa.ID})); !slices.Equal(got, []string{"Forno Nápolí Express", "Naploi Pasta Lab"}) {
		t.Errorf("the filter lets through %q", got)
	}
}

// facebook sets up a deployment and gives its callback id.
func (d *directory) facebook(name, account, app string) (id int64, callback string) {
	d.t.Helper()
	callback = bm.NewCallbackID()
	d.must(d.pool.QueryRow(d.t.Context(), `
		INSERT INTO deployments (business_id, platform, callback_id, account_id, app_id, bot_events, active, active_at)
		VALUES ($1, 'facebook', $2, $3, $4, '{}', true, now()) RETURNING id`, d.ids[name], callback, account, app).Scan(&id))
	d.exec(`INSERT INTO deployment_counters (business_id, deployment_id) VALUES ($1, $2)`, d.ids[name], id)
	return id, callback
}

func TestPastedIdentityFindsItsBusiness(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	_, callback := d.facebook("Joe's Diner", "100200300400", "555666")
	id := d.ids["Joe's Diner"]
	key := bm.EventKey{OccurredAt: time.UnixMilli(1790000000123).UTC(), Digest: [16]byte{7, 8, 9}}
	d.exec(`INSERT INTO events (business_id, deployment_id, log, sequence, kind, state, standby, account, conversation, message_id, occurred_at, received_at, digest, body)
		VALUES ($1, 1, 1, 1, 'message', 'stored', false, '', '', '', $2, now(), $3, '{}')`, id, key.OccurredAt, key.Digest)
	for text, by := range map[string]string{
		fmt.Sprint(id): "Business ID", fmt.Sprintf(" #%d ", id): "Business ID",
		"100200300400": "Page ID", "555666": "App ID", "joes_diner": "Name and via name", "JOES_DINER": "Name and via name",
		"https://example.com/webhook/facebook/" + callback:               "Callback URL",
		"<https://example.com/webhook/facebook/" + callback + "/?a=b#c>": "Callback URL",
		callback: "Callback URL", key.ID(): "Event ID", "\"" + strings.ToUpper(key.ID()) + "\"": "Event ID",
	} {
		rows := d.search(bm.Everything(), store.BusinessQuery{Text: text})
		if len(rows) != 1 || rows[0].Business.ID != id || rows[0].FoundBy != by || rows[0].FoundHow != "exact" {
			t.Errorf("%q finds %q by %+v; want it by %s", text, named(rows), rows, by)
		}
	}
	if rows := d.search(bm.Everything(), store.BusinessQuery{Text: "10020030040"}); len(rows) != 0 {
		t.Errorf("a part of a Page ID finds %q", named(rows))
	}
}

func TestPagesShowEachMatchOnce(t *testing.T) {
	t.Parallel()
	var lines []store.NewBusiness
	for i := range 60 {
		name := []string{"Salon %d", "The Salon %d", "Studio %d", "Slaon %d"}[i%4]
		lines = append(lines, store.NewBusiness{Partner: []string{"Salon Group", "Other"}[i%3%2], Name: fmt.Sprintf(name, i)})
	}
	d := newDirectory(t, lines...)
	for _, q := range []store.BusinessQuery{{}, {Text: "salon"}, {Text: "s"}, {Text: "salon", State: store.StateNeverConnected}} {
		all := named(d.search(bm.Everything(), store.BusinessQuery{Text: q.Text, State: q.State, Limit: 200}))
		var paged []string
		q.Limit = 7
		for pages := 0; ; pages++ {
			rows, next, err := d.SearchBusinesses(t.Context(), bm.Everything(), q)
			d.must(err)
			paged = append(paged, named(rows)...)
			if q.Cursor = next; next == "" || pages > 30 {
				break
			}
		}
		if !slices.Equal(all, paged) || len(all) < 40 {
			t.Errorf("%+v: in one page %q, in many %q", q, all, paged)
		}
	}
}

func TestForeignCursorIsRefused(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	_, next, err := d.SearchBusinesses(t.Context(), bm.Everything(), store.BusinessQuery{Limit: 2})
	d.must(err)
	for _, q := range []store.BusinessQuery{{Cursor: "x"}, {Cursor: "bm9uc2Vuc2U"}, {Cursor: "e30"}, {Text: "hotel", Cursor: next}, {Partner: 3, Cursor: next}} {
		if _, _, err := d.SearchBusinesses(t.Context(), bm.Everything(), q); bm.KindOf(err) != bm.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, _, err := d.SearchBusinesses(t.Context(), bm.Everything(), store.BusinessQuery{State: "sleepy"}); bm.KindOf(err) != bm.Invalid {
		t.Errorf("an unknown state: %v", err)
	}
}

func TestStatesTellWhatWasSeen(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	hour := func(h int) time.Time { return time.Now().Add(time.Duration(-h) * time.Hour) }
	event := func(name string, id int64, ago int) {
		d.exec(`UPDATE deployment_counters SET events = 1, last_event_at = $3 WHERE business_id = $1 AND deployment_id = $2`, d.ids[name], id, hour(ago))
	}
	handshake := func(name string, id int64, ago, status int) {
		d.exec(`INSERT INTO handshakes (business_id, deployment_id, platform, at, address, agent, status, reason, token_length, token_fingerprint, key_fingerprint)
			VALUES ($1, $2, 'facebook', $3, '', '', $4, 'wrong_key', 0, '', '')`, d.ids[name], id, hour(ago), status)
	}
	refusal := func(name string, id int64, ago int) {
		d.exec(`INSERT INTO refusals VALUES ($1, $2, date_trunc('hour', $3::timestamptz), 'unsigned', 1, $3, $3)`, d.ids[name], id, hour(ago))
	}
	set := func(name string) int64 { id, _ := d.facebook(name, "", ""); return id }

	well := set("Bella Napoli")
	refusal("Bella Napoli", well, 5)
	handshake("Bella Napoli", well, 6, 403)
	event("Bella Napoli", well, 1)
	quiet := set("Café Lumen")
	event("Café Lumen", quiet, 30)
	verified := set("Joe's Diner")
	handshake("Joe's Diner", verified, 48, 200)
	fresh := set("Hotel Napoleon")
	handshake("Hotel Napoleon", fresh, 3, 200)
	bad := set("Naploi Pasta Lab")
	handshake("Naploi Pasta Lab", bad, 1, 403)
	refused := set("Straße & Söhne")
	event("Straße & Söhne", refused, 3)
	refusal("Straße & Söhne", refused, 2)
	off := set("L’Étoile du Nord")
	event("L’Étoile du Nord", off, 40)
	d.exec(`UPDATE deployments SET active = false WHERE id = $1`, off)
	d.exec(`INSERT INTO credentials VALUES ($1, $2, 'app_secret', '', '', 'abcd', 32, 'x')`, d.ids["L’Étoile du Nord"], off)
	no := false
	_, err := d.ChangeBusiness(t.Context(), boss(), d.ids["Pharmacy 1204"], store.BusinessChange{Active: &no})
	d.must(err)

	for state, want := range map[string][]string{
		store.StateFailing: {"Naploi Pasta Lab", "Straße & Söhne"},
		store.StateSilent:  {"Café Lumen", "Joe's Diner"},
		store.StatePaused:  {"L’Étoile du Nord", "Pharmacy 1204"},
		store.StateNeverConnected: {"Forno Nápolí Express", "Kraków Smørrebrød", "Naploi Pasta Lab", "Pharmacy 1204",
			"Ταβέρνα Ήλιος", "Кофейня Ёлка", "مطعم الأرز", "東京ラーメン横丁"},
	} {
		rows := d.search(bm.Everything(), store.BusinessQuery{State: state, Platform: ""})
		got := named(rows)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s are %q, want %q", state, got, want)
		}
		for _, r := range rows {
			if !slices.Contains(r.States, state) {
				t.Errorf("%s: the row of %q says %q", state, r.Business.Name, r.States)
			}
		}
	}
	if got := len(d.search(bm.Everything(), store.BusinessQuery{Platform: bm.Facebook})); got != 7 {
		t.Errorf("%d businesses are on Facebook, want 7", got)
	}
}

func TestRowsShowWhatWaitsAndWhatWasRefused(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	id, _ := d.facebook("Joe's Diner", "1", "2")
	b := d.ids["Joe's Diner"]
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	for i := range 3 {
		d.exec(`INSERT INTO events (business_id, deployment_id, log, sequence, kind, state, standby, account, conversation, message_id, occurred_at, received_at, digest, body)
			VALUES ($1, $2, $3, $3, 'message', $4, false, '', '', '', now(), $5, gen_random_uuid(), '{}')`,
			b, id, i+1, []string{"parked", "waiting", "waiting"}[i], at.Add(time.Duration(i)*time.Minute))
	}
	d.exec(`INSERT INTO credentials VALUES ($1, $2, 'app_secret', '', '', 'abcd', 32, 'x')`, b, id)
	d.exec(`INSERT INTO refusals VALUES ($1, $2, date_trunc('hour', $3::timestamptz), 'wrong_signed', 1, $3, $3)`, b, id, at)
	got := d.search(bm.Everything(), store.BusinessQuery{Text: "joes"})[0].Deployments
	if len(got) != 1 || got[0].Waiting != 2 || !got[0].OldestWaiting.Equal(at.Add(time.Minute)) ||
		got[0].LastRefusedReason != "wrong_signed" || !got[0].LastRefusedAt.Equal(at) || !got[0].HasSecret || got[0].HasToken || !got[0].Active {
		t.Errorf("%+v", got)
	}
}

func TestSearchFollowsEveryChangeOfANameAtOnce(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	id := d.ids["Joe's Diner"]
	name, via := "Zebra Grill", "zebra_grill"
	_, err := d.ChangeBusiness(t.Context(), boss(), id, store.BusinessChange{Name: &name, ViaName: &via})
	d.must(err)
	if got := d.names("zebar"); !slices.Equal(got, []string{name}) {
		t.Errorf("after the change zebar finds %q", got)
	}
	if got := d.names("diner"); len(got) != 0 {
		t.Errorf("the old name still finds %q", got)
	}
	d.must(d.IndexAll(t.Context()))
	if got := d.names("zebra"); !slices.Equal(got, []string{name}) {
		t.Errorf("indexed anew zebra finds %q", got)
	}
	d.must(d.RemoveBusiness(context.Background(), boss(), id, false))
	for _, text := range []string{"zebra", fmt.Sprint(id), via} {
		if got := d.names(text); len(got) != 0 {
			t.Errorf("after the removal %q finds %q", text, got)
		}
	}
}
