package store

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// Plan is a node of EXPLAIN (FORMAT JSON).
type Plan struct {
	Node     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Plans    []Plan
}

// Each calls do for a node and all below it.
func (p *Plan) Each(do func(*Plan)) {
	do(p)
	for i := range p.Plans {
		p.Plans[i].Each(do)
	}
}

// SearchPlans gives the plans of every statement that a search would make, with
// the settings that it makes them under.
func (s *Store) SearchPlans(ctx context.Context, sc bm.Scope, q BusinessQuery) (plans []Plan, err error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	explain := func(tx pgx.Tx, sql string, args ...any) error {
		var text []byte
		if err := tx.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+sql, args...).Scan(&text); err != nil {
			return err
		}
		var top []struct{ Plan Plan }
		if err := json.Unmarshal(text, &top); err != nil {
			return err
		}
		plans = append(plans, top[0].Plan)
		return nil
	}
	err = s.searching(ctx, func(tx pgx.Tx) error {
		p := newProbe(q.Text)
		if err := p.addNear(ctx, tx); err != nil {
			return err
		}
		for i := range p.words {
			near := remains([]rune(p.words[i].word), 2)
			if err := explain(tx, nearWords, near); err != nil {
				return err
			}
		}
		for t, tier := range p.tiers() {
			cond, ok := tier.condition(p)
			if !ok {
				continue
			}
			st := q.statement(sc, cond)
			sql := st.page(t, tier.byName, q.Limit+1)
			if err := explain(tx, sql, st.args...); err != nil {
				return err
			}
		}
		for _, cond := range p.whole() {
			st := q.statement(sc, cond)
			if err := explain(tx, st.count(CountCap), st.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return plans, err
}
