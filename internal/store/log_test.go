package store

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/pgtest"
)

// The plan is made once for a connection, and on a new installation that is when
// there is no event yet. It must be the one that stays good.
func TestRepeatsAreLookedUpByTimeAlsoWhenTheLogBeganEmpty(t *testing.T) {
	t.Parallel()
	cfg := pgtest.New(t).Config().Copy()
	for k, v := range LogSettings() {
		cfg.ConnConfig.RuntimeParams[k] = v
	}
	cfg.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), "PREPARE repeats AS "+repeatsQuery); err != nil {
		t.Fatal(err)
	}
	var text []byte
	if err := pool.QueryRow(t.Context(), "EXPLAIN (FORMAT JSON) EXECUTE repeats ('{}', '{}', '{}')").Scan(&text); err != nil {
		t.Fatal(err)
	}
	var top []struct{ Plan Plan }
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	found := false
	top[0].Plan.Each(func(p *Plan) {
		if p.Relation != "events" {
			return
		}
		found = true
		if p.Index != "events_occurred_digest_key" || !strings.Contains(p.Cond, "occurred_at") || !strings.Contains(p.Cond, "digest") {
			t.Errorf("%s by %q on %q: the look-up of a repeat must not grow with the business's events", p.Node, p.Index, p.Cond)
		}
	})
	if !found {
		t.Errorf("the plan never looks at events: %s", text)
	}
}
