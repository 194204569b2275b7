package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// BusinessQuery is what somebody looks for.
type BusinessQuery struct {
	Text     string // whatever was typed or pasted; empty: all, newest first
	Partner  int64  // 0: any
	Platform bm.PlatformName
	State    string // one of BusinessStates; empty: any
	Cursor   string
	Limit    int
}

// BusinessRow is one business of a list, with why it is there.
type BusinessRow struct {
	Business bm.Business
	// FoundBy names what the text was found in ("Name and via name"), FoundHow how
	// near it is ("exact", "one typo away"). Both are empty without a text.
	FoundBy, FoundHow string
	// NameHits, ViaHits and PartnerHits are what to mark.
	NameHits, ViaHits, PartnerHits []Span
	// States are those of BusinessStates that it is in.
	States      []string
	Deployments []DeploymentSummary
}

// searchPatience is forty times what a search may take at the 99th percentile: what
// takes longer is a fault, and must not hold the database while one types on.
const searchPatience = "2s"

// searchSettings hold for the transaction of a search. Plans are made for the
// values at hand: one letter and one rare word need different ones. The entries
// are always reached by an index, also while the server has not counted them yet,
// and never walked from end to end to be merged with a few.
// Starting a parallel worker takes longer than the search; the memory holds the ids
// and names of 100,000 matches, so that sorting them needs no file.
const searchSettings = `
	SELECT set_config('statement_timeout', '` + searchPatience + `', true),
	       set_config('plan_cache_mode', 'force_custom_plan', true),
	       set_config('enable_seqscan', 'off', true),
	       set_config('enable_mergejoin', 'off', true),
	       set_config('max_parallel_workers_per_gather', '0', true),
	       set_config('work_mem', '16MB', true),
	       set_config('jit', 'off', true)`

// SearchBusinesses finds businesses in sight. Without a text they come newest
// first; with one, best match first:
//
//	identity   an id, account, app, callback URL, via name or event id
//	beginning  names that begin with the text, the exact name before all
//	words      every word begins a word of name or via name
//	partner    every word begins a word of name, via name or partner
//	slips      the same, with slips of the keyboard forgiven
//
// A page goes through these tiers in turn; each leaves out what an earlier one
// found. Walls and filters hold inside each statement.
func (s *Store) SearchBusinesses(ctx context.Context, sc bm.Scope, q BusinessQuery) (rows []BusinessRow, next string, err error) {
	if err := q.check(); err != nil {
		return nil, "", err
	}
	at, err := q.place()
	if err != nil {
		return nil, "", err
	}
	err = s.searching(ctx, func(tx pgx.Tx) error {
		p := newProbe(q.Text)
		ids, err := q.collect(ctx, tx, sc, p, &at)
		if err != nil {
			return err
		}
		if len(ids) > q.Limit {
			ids, next = ids[:q.Limit], q.after(ids[q.Limit-1])
		}
		rows, err = fill(ctx, tx, p, ids)
		return err
	})
	return rows, next, err
}

// CountCap is where counting stops: whoever finds this many narrows the search, and
// does not need to know how many more there are.
const CountCap = 1000

// CountBusinesses tells how many businesses a search finds in all, up to CountCap.
func (s *Store) CountBusinesses(ctx context.Context, sc bm.Scope, q BusinessQuery) (n int64, err error) {
	if err := q.check(); err != nil {
		return 0, err
	}
	err = s.searching(ctx, func(tx pgx.Tx) error {
		p := newProbe(q.Text)
		if err := p.addNear(ctx, tx); err != nil {
			return err
		}
		for _, cond := range p.whole() {
			st := q.statement(sc, cond)
			var part int64
			if err := tx.QueryRow(ctx, st.count(CountCap-n), st.args...).Scan(&part); err != nil {
				return err
			}
			n += part
		}
		return nil
	})
	return n, err
}

// searching runs a reading transaction with the settings of a search.
func (s *Store) searching(ctx context.Context, do func(tx pgx.Tx) error) error {
	return mapped(pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, searchSettings); err != nil {
			return err
		}
		return do(tx)
	}))
}

// check refuses filters that do not exist.
func (q *BusinessQuery) check() error {
	if q.State != "" && !isState(q.State) {
		return bm.InvalidField("state", "A state is one of %s, not %q.", strings.Join(BusinessStates(), ", "), q.State)
	}
	q.Limit = max(1, min(q.Limit, 200)) // the contract's own limit of a list
	return nil
}

// match is one business found, with what the next page must know of it.
type match struct {
	tier int
	name string
	id   int64
}

// collect goes through the tiers from a place until there is one more than a page.
func (q *BusinessQuery) collect(ctx context.Context, tx pgx.Tx, sc bm.Scope, p *probe, from *match) (found []match, err error) {
	tiers := p.tiers()
	for t := from.tier; t < len(tiers) && len(found) <= q.Limit; t++ {
		if tiers[t].needsNear {
			if err := p.addNear(ctx, tx); err != nil {
				return nil, err
			}
		}
		cond, ok := tiers[t].condition(p)
		if !ok {
			continue
		}
		st := q.statement(sc, cond)
		if t == from.tier {
			st.after(tiers[t].byName, from)
		}
		list, err := st.run(ctx, tx, t, tiers[t].byName, q.Limit+1-len(found))
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// statement is a query on search_entries under way.
type statement struct {
	conds []string
	// late are conditions that take a look-up or more for each entry. They are
	// asked in the order of the page, until it is full.
	late []string
	args []any
	// from is where entries s come from. The list of those that were never
	// connected, without a text or a wall, walks their hints k in the order of the
	// page: many or few, it reads little more than the page.
	from string
}

const (
	fromEntries = `search_entries s`
	fromNever   = `search_hints k CROSS JOIN LATERAL (SELECT * FROM search_entries e WHERE e.id = k.id OFFSET 0) s`
)

// arg adds an argument and gives its placeholder.
func (st *statement) arg(v any) string {
	st.args = append(st.args, v)
	return fmt.Sprintf("$%d", len(st.args))
}

func (st *statement) where() string { return strings.Join(st.conds, " AND ") }

// statement begins a query with the walls and the filters, which every one has.
func (q *BusinessQuery) statement(sc bm.Scope, cond condition) *statement {
	partners, businesses := walls(sc)
	st := &statement{args: []any{partners, businesses}, from: fromEntries}
	st.conds = append(st.conds, inSight("s", 1, 2))
	if q.Partner != 0 {
		st.conds = append(st.conds, "s.partner_id = "+st.arg(q.Partner))
	}
	if q.Platform != "" {
		st.late = append(st.late, `EXISTS (SELECT 1 FROM deployments d WHERE d.business_id = s.id AND d.removed_at IS NULL AND d.platform = `+st.arg(q.Platform)+` OFFSET 0)`)
	}
	switch {
	case q.State == StateNeverConnected:
		// Few or nearly all may be in it: the hint is one look-up, asked late.
		st.late = append(st.late, `EXISTS (SELECT 1 FROM search_hints k WHERE k.id = s.id AND k.never OFFSET 0)`, isIn(q.State))
		if cond == nil && q.Partner == 0 && partners == nil && businesses == nil {
			st.from = fromNever
			st.conds = append(st.conds, "k.never")
		}
	case q.State == StateFailing && cond != nil:
		// What the words found is less than all that was ever refused.
		st.late = append(st.late, `(EXISTS (SELECT 1 FROM handshakes h WHERE h.business_id = s.id AND h.status <> 200 OFFSET 0)
			OR EXISTS (SELECT 1 FROM refusals r WHERE r.business_id = s.id OFFSET 0))`, isIn(q.State))
	case q.State != "":
		st.conds, st.late = append(st.conds, mayBe(q.State)), append(st.late, isIn(q.State))
	}
	if cond != nil {
		st.conds = append(st.conds, cond(st))
	}
	return st
}

// after leaves out what the earlier pages showed.
func (st *statement) after(byName bool, m *match) {
	switch {
	case m.id == 0:
	case byName:
		st.conds = append(st.conds, fmt.Sprintf("(s.name, s.id) > (%s, %s)", st.arg(m.name), st.arg(m.id)))
	default:
		st.conds = append(st.conds, st.newest()+" < "+st.arg(m.id))
	}
}

// newest is the id by which newest first is ordered.
func (st *statement) newest() string {
	if st.from == fromNever {
		return "k.id"
	}
	return "s.id"
}

// run reads one page of a tier. Newest first goes by the primary key where there
// is no text, and by sorting what the words found where there is one: walking all
// entries in the hope of a match would be slow for the rare word. That is what
// the "+ 0" is for.
func (st *statement) run(ctx context.Context, tx pgx.Tx, tier int, byName bool, limit int) ([]match, error) {
	rows, err := tx.Query(ctx, st.page(tier, byName, limit), st.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (match, error) {
		m := match{tier: tier}
		return m, row.Scan(&m.id, &m.name)
	})
}

func (st *statement) page(tier int, byName bool, limit int) string {
	key, order := "s.id + 0", "s.key DESC"
	switch {
	case byName:
		key, order = "s.name", "s.key, s.id"
	case tier == tierAll:
		key = st.newest()
	}
	inner := `SELECT s.id, s.name, ` + key + ` AS key FROM ` + st.from + ` WHERE ` + st.where()
	if len(st.late) > 0 {
		inner += ` ORDER BY ` + strings.Replace(order, "s.key", key, 1) + ` OFFSET 0`
	}
	return `SELECT s.id, s.name FROM (` + inner + `) s` + st.lately() + ` ORDER BY ` + order + ` LIMIT ` + st.arg(limit)
}

// lately gives the late conditions. The OFFSET 0 of the part before them keeps the
// server from asking them earlier.
func (st *statement) lately() string {
	if len(st.late) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(st.late, " AND ")
}

func (st *statement) count(most int64) string {
	inner := `SELECT s.id FROM ` + st.from + ` WHERE ` + st.where()
	if len(st.late) > 0 {
		inner += ` OFFSET 0`
	}
	return fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM (%s) s%s LIMIT %d) few`, inner, st.lately(), most)
}

// place reads the cursor: the zero match for the first page.
func (q *BusinessQuery) place() (match, error) {
	if q.Cursor == "" {
		return match{}, nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Query != q.sum() || c.Tier < 0 || c.Tier >= tierCount || c.ID <= 0 {
		return match{}, bm.InvalidField("cursor", "The cursor is not one of this list. Begin again without it.")
	}
	return match{tier: c.Tier, name: c.Name, id: c.ID}, nil
}

// cursor is where a page ended. It is bound to its query by a sum, because with
// another one it would skip without a word.
type cursor struct {
	Query uint32 `json:"q"`
	Tier  int    `json:"t"`
	Name  string `json:"n,omitempty"`
	ID    int64  `json:"i"`
}

func (q *BusinessQuery) after(m match) string {
	c := cursor{Query: q.sum(), Tier: m.tier, ID: m.id}
	if m.tier == tierBeginning {
		c.Name = m.name
	}
	b, _ := json.Marshal(c) // numbers and a string cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func (q *BusinessQuery) sum() uint32 {
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%q %d %q %q", strings.TrimSpace(q.Text), q.Partner, q.Platform, q.State)
	return h.Sum32()
}
