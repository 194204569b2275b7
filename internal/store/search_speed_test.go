package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/store"
)

// large is how many businesses the goal promises quick answers over.
const large = 100_000

// invent makes believable names: some words very common, some thousands rare.
func invent(n int) []store.NewBusiness {
	r := rand.New(rand.NewPCG(1, 2)) // the same names in every run
	common := strings.Fields("Hotel Restaurant Café Bäckerei Clinic Salon Pizzeria Apotheke Garage Studio Market House Bistro Pharmacy School Travel Sports Centre Garden Fashion")
	towns := strings.Fields("Napoli Berlin Zürich København Málaga Paris Kraków Wien Praha Lisboa Oslo Athina Sofia Riga Genève Łódź Århus Porto Milano Gdańsk")
	syllables := strings.Fields("ba be bi bo bra ca ce chi da del do el fa fer ga gi gra ha hol in ja ka ko la lem li lo ma mar mi mo na ne ni no or pa per pi ra ri ro sa sel si so ta ter ti to va ver vi wal za")
	words := make([]string, 30_000) // half as many as a million names of shops have
	for i := range words {
		for range 2 + r.IntN(3) {
			words[i] += syllables[r.IntN(len(syllables))]
		}
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	rare := func() string { return words[r.IntN(len(words))] }
	list := make([]store.NewBusiness, n)
	for i := range list {
		name := []string{common[r.IntN(len(common))], rare(), towns[r.IntN(len(towns))]}
		switch r.IntN(4) {
		case 0:
			name = name[:2]
		case 1:
			name = []string{rare(), "&", rare(), name[0]}
		case 2:
			name = append([]string{"The"}, name...)
		}
		// A small partner of ten, one that has half of all, and 150 others.
		partner := "Large Group"
		switch k := r.IntN(300); {
		case i%(n/10) == 7:
			partner = "Small Family Hotel Group"
		case k < 150:
			partner = fmt.Sprintf("Partner %s %d", towns[k%len(towns)], k)
		}
		list[i] = store.NewBusiness{Partner: partner, Name: strings.Join(name, " ")}
	}
	return list
}

// fillLarge loads the businesses, every third of them deployed, with what was seen.
func fillLarge(t testing.TB, pool *pgxpool.Pool) *store.Store {
	t.Helper()
	s := store.New(pool)
	do := func(sql string) {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	// Indexes of words are quicker made of many at once than kept up with each.
	do(`CREATE TABLE later AS SELECT indexdef FROM pg_indexes WHERE indexname IN ('search_entries_words_idx', 'search_words_slips_idx')`)
	do(`DROP INDEX search_entries_words_idx, search_words_slips_idx`)
	if err := s.AddBusinesses(t.Context(), boss(), invent(large)); err != nil {
		t.Fatal(err)
	}
	do(`DO $$ DECLARE d text; BEGIN FOR d IN SELECT indexdef FROM later LOOP EXECUTE d; END LOOP; END $$`)
	for _, sql := range []string{
		`INSERT INTO deployments (business_id, platform, callback_id, account_id, app_id, bot_events, active, active_at)
		 SELECT id, 'facebook', md5(id::text), 100000000 + id, 500 + id % 100, '{}', id % 90 <> 0, now() FROM businesses WHERE id % 3 = 0`,
		`INSERT INTO credentials SELECT business_id, id, 'app_secret', '', '', 'abcd', 32, 'x' FROM deployments`,
		`INSERT INTO deployment_counters SELECT business_id, id, 0, 1, 0, now() - interval '1 hour' * (business_id % 30) FROM deployments WHERE business_id % 9 <> 0`,
		`INSERT INTO deployment_counters SELECT business_id, id FROM deployments WHERE business_id % 9 = 0`,
		`INSERT INTO handshakes (business_id, deployment_id, platform, at, address, agent, status, reason, token_length, token_fingerprint, key_fingerprint)
		 SELECT business_id, id, 'facebook', now() - interval '31 hours', '', '', 200, 'right_key', 32, '', '' FROM deployments WHERE business_id % 9 <> 0`,
		`INSERT INTO handshakes (business_id, deployment_id, platform, at, address, agent, status, reason, token_length, token_fingerprint, key_fingerprint)
		 SELECT business_id, id, 'facebook', now() - interval '2 hours', '', '', 403, 'wrong_key', 32, '', '' FROM deployments WHERE business_id % 21 = 0`,
		`INSERT INTO refusals SELECT business_id, id, date_trunc('hour', now()), 'unsigned', 1, now(), now() FROM deployments WHERE business_id % 33 = 0`,
		`UPDATE businesses SET active = false WHERE id % 700 = 0`,
	} {
		do(sql)
	}
	if err := s.RenewSearchHints(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(`VACUUM ANALYZE`) // as the server does by itself within a minute
	return s
}

type asked struct {
	kind string
	sc   bm.Scope
	q    store.BusinessQuery
}

func questions(t testing.TB, s *store.Store) (list []asked) {
	t.Helper()
	small, err := s.FindPartner(t.Context(), bm.Everything(), "Small Family Hotel Group")
	if err != nil {
		t.Fatal(err)
	}
	huge, err := s.FindPartner(t.Context(), bm.Everything(), "Large Group")
	if err != nil {
		t.Fatal(err)
	}
	texts := []struct{ kind, text string }{
		{"list", ""}, {"one letter", "h"}, {"one letter", "b"}, {"two letters", "ho"}, {"two letters", "ma"},
		{"three letters", "res"}, {"common word", "hotel"}, {"common word", "napoli"}, {"beginning of words", "rest"},
		{"two common words", "hotel napoli"}, {"two common words", "napoli hotel"}, {"two common beginnings", "na ho"}, {"two single letters", "a b"},
		{"rare word", "marelta"}, {"typo", "nappoli"}, {"typo", "restuarant"}, {"two typos", "restauarnd"}, {"typos in two words", "hotle nappoli"},
		{"partner", "large"}, {"partner and word", "large napoli pizz"}, {"no match", "qqqqqqq"}, {"no match", "hotel qqqqqqq"},
		{"id", "50505"}, {"app id", "577"}, {"callback", "https://example.com/webhook/facebook/c4ca4238a0b923820dcc509a6f75849b"},
		{"junk", strings.Repeat("Lorem ipsum dolor sit amet ", 40)}, {"junk", strings.Repeat("a", 5000)}, {"junk", strings.Repeat("a b c d e f g h ", 50)},
	}
	for _, x := range texts {
		all := bm.Everything()
		add := func(kind string, sc bm.Scope, q store.BusinessQuery) {
			q.Text, q.Limit = x.text, 50
			list = append(list, asked{x.kind + kind, sc, q})
		}
		add("", all, store.BusinessQuery{})
		add(", scope of ten", bm.Scope{Partners: []int64{small.ID}}, store.BusinessQuery{})
		add(", large partner", all, store.BusinessQuery{Partner: huge.ID})
		for _, state := range store.BusinessStates() {
			add(", "+state, all, store.BusinessQuery{State: state})
		}
		add(", on facebook", all, store.BusinessQuery{Platform: bm.Facebook})
	}
	return list
}

// growing tables are those that hold a row or more for each business.
var growing = []string{"businesses", "search_entries", "search_words", "deployments", "deployment_counters", "handshakes", "search_hints", "refusals", "events", "credentials"}

// short indexes hold only what may be in a state, and are read from end to end.
var short = []string{"search_hints_never_idx", "handshakes_refused_idx", "refusals_pkey", "businesses_off_idx", "deployments_paused_idx"}

func TestSearchOverManyBusinessesReadsIndexesOnly(t *testing.T) {
	t.Parallel()
	began := time.Now()
	s := fillLarge(t, pgtest.New(t))
	t.Logf("%d businesses loaded in %s", large, time.Since(began).Round(time.Millisecond))
	for _, a := range questions(t, s) {
		plans, err := s.SearchPlans(t.Context(), a.sc, a.q)
		if err != nil {
			t.Fatalf("%s: %v", a.kind, err)
		}
		for i := range plans {
			plans[i].Each(func(p *store.Plan) {
				switch {
				case p.Node == "Seq Scan" && slices.Contains(growing, p.Relation):
					t.Errorf("%s (%q): reads all of %s", a.kind, a.q.Text, p.Relation)
				case p.Index == "" || p.Cond != "" || slices.Contains(short, p.Index):
				case a.q.Text == "" && p.Index == "search_entries_pkey": // newest first, until the page is full
				case a.q.State != "": // where a tenth is in it, reading the index once beats looking each up
				default:
					t.Errorf("%s (%q): reads all of %s", a.kind, a.q.Text, p.Index)
				}
			})
		}
	}
	t.Log("\n" + measure(t, s, 1))
}

// measure asks everything a few times, and gives a table of what it took.
func measure(t testing.TB, s *store.Store, times int) string {
	t.Helper()
	took := map[string][]time.Duration{}
	var kinds []string
	for range times {
		for _, a := range questions(t, s) {
			kind, _, _ := strings.Cut(a.kind, ",")
			if os.Getenv("SEARCH_DETAIL") != "" {
				kind = a.kind
			}
			if took[kind] == nil {
				kinds = append(kinds, kind)
			}
			began := time.Now()
			if _, _, err := s.SearchBusinesses(t.Context(), a.sc, a.q); err != nil {
				t.Fatalf("%s: %v", a.kind, err)
			}
			took[kind] = append(took[kind], time.Since(began))
			began = time.Now()
			if _, err := s.CountBusinesses(t.Context(), a.sc, a.q); err != nil {
				t.Fatalf("%s: %v", a.kind, err)
			}
			took["count "+kind] = append(took["count "+kind], time.Since(began))
		}
	}
	var b strings.Builder
	for _, k := range kinds {
		row := func(k string) {
			d := took[k]
			slices.Sort(d)
			fmt.Fprintf(&b, "%-45s n %4d  p50 %7.2f ms  p99 %7.2f ms\n", k, len(d), ms(d[len(d)/2]), ms(d[len(d)*99/100]))
		}
		row(k)
		row("count " + k)
	}
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkSearch prints what each kind of question takes over many businesses.
// Every kind comes with each filter and scope, so a p99 is the worst of them.
func BenchmarkSearch(b *testing.B) {
	s := fillLarge(b, pgtest.New(b))
	measure(b, s, 1) // the first of each reads from disk
	table := ""
	for b.Loop() {
		table = measure(b, s, 5)
	}
	b.Log("\n" + table)
}
