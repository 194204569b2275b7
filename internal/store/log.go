package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
)

// Log is the writing side of the event log: it commits groups of arrivals.
//
// A group takes two round trips.
//
//	1  BEGIN; lock the businesses' counters in the order of their ids; read the
//	   deployments; look up repeats
//	2  INSERT the new events with their numbers; move the counters; COMMIT
//
// The counters' rows are locked before anything is read, so the look-up of repeats
// is exact, numbers have no gaps and stand in commit order, and two groups never
// wait for each other in a ring.
type Log struct {
	pool *pgxpool.Pool
}

// NewLog makes a log on a pool of its own, opened with LogSettings.
func NewLog(pool *pgxpool.Pool) *Log { return &Log{pool: pool} }

// LogSettings are the run-time parameters of the log's connections. Plans made
// while the tables were empty would scan them for ever: only index look-ups are
// left to choose from, once for all calls. A compiler for expressions only costs
// time on statements this small.
func LogSettings() map[string]string {
	return map[string]string{
		"plan_cache_mode":   "force_generic_plan",
		"enable_seqscan":    "off",
		"enable_hashjoin":   "off",
		"enable_mergejoin":  "off",
		"enable_bitmapscan": "off",
		"jit":               "off",
		// Acknowledged means on disk, whatever the server's own default is.
		"synchronous_commit": "on",
		// Longer than intake waits for a commit: a stuck group must not hold its locks.
		"statement_timeout": "5000",
	}
}

// Arrival is one event on its way into the log.
type Arrival struct {
	BusinessID   int64
	DeploymentID int64
	// Unrouted says that it is of an account which no deployment may claim.
	Unrouted   bool
	ReceivedAt time.Time
	// Secret is the fingerprint of the app secret that verified it.
	Secret bm.Fingerprint
	Item   *bm.Item
}

// Appended counts what a group came to.
type Appended struct {
	Stored  int
	Repeats int
}

// row is an arrival made ready: cleaned texts and its key.
type row struct {
	*Arrival
	key                            bm.EventKey
	account, conversation, message string
	state                          bm.EventState
	log, sequence                  int64
}

// Append stores a group of arrivals in one transaction and returns when they are
// committed. Repeats, of the group itself or of what is stored, are counted and
// left out.
func (l *Log) Append(ctx context.Context, arrivals []Arrival) (Appended, error) {
	rows, repeats := prepared(arrivals)
	tally := Appended{Repeats: len(repeats)}
	if len(rows) == 0 {
		return tally, nil
	}
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return Appended{}, mapped(err)
	}
	defer conn.Release()
	g, err := openGroup(ctx, conn.Conn(), rows)
	if err == nil {
		err = g.whole()
	}
	if err == nil {
		tally.Stored, tally.Repeats = g.number(rows, repeats)
		err = g.commit(ctx, conn.Conn())
	}
	if err != nil {
		// Whatever is still open ends here; a connection in doubt is not used again. A
		// server that has gone silent must not hold up the one committer.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, rerr := conn.Exec(end, "ROLLBACK"); rerr != nil {
			_ = conn.Conn().Close(end)
		}
		return Appended{}, mapped(err)
	}
	return tally, nil
}

// prepared makes rows of arrivals and sorts out repeats inside the group.
func prepared(arrivals []Arrival) (rows []row, repeats []*Arrival) {
	type place struct {
		business int64
		key      bm.EventKey
	}
	seen := make(map[place]bool, len(arrivals))
	rows = make([]row, 0, len(arrivals))
	for i := range arrivals {
		a := &arrivals[i]
		key := bm.KeyFor(a.DeploymentID, a.Item.Account, a.Item)
		at := place{a.BusinessID, key}
		if seen[at] {
			repeats = append(repeats, a)
			continue
		}
		seen[at] = true
		rows = append(rows, row{
			Arrival: a, key: key,
			account: short(a.Item.Account), conversation: short(a.Item.Person), message: short(a.Item.MessageID),
		})
	}
	return rows, repeats
}

// shortest is how long a platform's id may be before it is cut: an index entry
// holds 2,704 bytes at most, and three of these must fit; real ones have under 100.
const shortest = 200

// short brings a platform's id to what a text column and its index hold: valid
// UTF-8 without NUL, and not too long. What is cut ends in a digest of the whole,
// so that different ids stay different.
func short(id string) string {
	if len(id) <= shortest && utf8.ValidString(id) && !strings.Contains(id, "\x00") {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	head := strings.ToValidUTF8(id[:min(len(id), shortest-40)], "\uFFFD")
	head = strings.ReplaceAll(head, "\x00", "\uFFFD")
	return fmt.Sprintf("%s…%s", head, hex.EncodeToString(sum[:16]))
}

// target is one deployment that a group writes to.
type target struct {
	business int64
	hasBot   bool
	botKinds []string
	sequence int64
	// What the group adds.
	added, events, repeats int64
	lastAt                 time.Time
	secret                 bm.Fingerprint // that verified the newest
}

// group is an open transaction that holds the counters' locks.
type group struct {
	targets map[int64]*target
	logs    map[int64]int64 // business to its newest number
	stored  map[bm.EventKey]bool
	fresh   []*row
}

// repeatsQuery finds which keys are stored already. Index: events_occurred_digest_key.
// The fence keeps the planner from turning it around, and the sum from taking an
// index that begins with the business: on an empty table these look as good, and
// the plan would read all of the business's events for each new one.
const repeatsQuery = `
	SELECT k.occurred_at, k.digest
	FROM unnest($1::timestamptz[], $2::uuid[], $3::bigint[]) AS k (occurred_at, digest, business_id)
	WHERE EXISTS (
	    SELECT 1 FROM events e
	    WHERE e.occurred_at = k.occurred_at AND e.digest = k.digest AND e.business_id + 0 = k.business_id
	    OFFSET 0)`

func openGroup(ctx context.Context, conn *pgx.Conn, rows []row) (*group, error) {
	g := &group{targets: map[int64]*target{}, logs: map[int64]int64{}, stored: map[bm.EventKey]bool{}}
	businesses, deployments := make([]int64, 0, 8), make([]int64, 0, 8)
	times, digests, owners := make([]time.Time, len(rows)), make([][16]byte, len(rows)), make([]int64, len(rows))
	for i := range rows {
		r := &rows[i]
		if _, ok := g.logs[r.BusinessID]; !ok {
			g.logs[r.BusinessID] = -1
			businesses = append(businesses, r.BusinessID)
		}
		if g.targets[r.DeploymentID] == nil {
			g.targets[r.DeploymentID] = &target{business: r.BusinessID}
			deployments = append(deployments, r.DeploymentID)
		}
		times[i], digests[i], owners[i] = r.key.OccurredAt, r.key.Digest, r.BusinessID
	}
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	// Index: business_counters_pkey.
	b.Queue(`SELECT business_id, log FROM business_counters WHERE business_id = ANY ($1) ORDER BY business_id FOR NO KEY UPDATE`, businesses)
	// Index: deployments_pkey, deployment_counters_pkey.
	b.Queue(`
		SELECT d.id, d.business_id, d.bot_url <> '', d.bot_events, c.sequence
		FROM deployments d JOIN deployment_counters c ON c.business_id = d.business_id AND c.deployment_id = d.id
		WHERE d.id = ANY ($1) AND d.removed_at IS NULL`, deployments)
	b.Queue(repeatsQuery, times, digests, owners)
	return g, g.read(conn.SendBatch(ctx, b))
}

// read takes the answers of the first round trip.
func (g *group) read(br pgx.BatchResults) (err error) {
	defer func() {
		if cerr := br.Close(); err == nil {
			err = cerr
		}
	}()
	if _, err = br.Exec(); err != nil {
		return err
	}
	rows, err := br.Query()
	if err != nil {
		return err
	}
	var business, log int64
	if _, err = pgx.ForEachRow(rows, []any{&business, &log}, func() error {
		g.logs[business] = log
		return nil
	}); err != nil {
		return err
	}
	if rows, err = br.Query(); err != nil {
		return err
	}
	var id, owner, sequence int64
	var hasBot bool
	var kinds []string
	if _, err = pgx.ForEachRow(rows, []any{&id, &owner, &hasBot, &kinds, &sequence}, func() error {
		t := g.targets[id]
		t.hasBot, t.sequence, t.botKinds = hasBot, sequence, append([]string{}, kinds...)
		return nil
	}); err != nil {
		return err
	}
	if rows, err = br.Query(); err != nil {
		return err
	}
	var key bm.EventKey
	_, err = pgx.ForEachRow(rows, []any{&key.OccurredAt, &key.Digest}, func() error {
		g.stored[bm.EventKey{OccurredAt: key.OccurredAt.UTC(), Digest: key.Digest}] = true
		return nil
	})
	return err
}

// whole tells whether everything that the group writes to was found and locked.
func (g *group) whole() error {
	for business, log := range g.logs {
		if log < 0 {
			return fmt.Errorf("business %d has no counter", business)
		}
	}
	for id, t := range g.targets {
		if t.botKinds == nil {
			return bm.Errorf(bm.NotFound, "Deployment %d was removed.", id)
		}
	}
	return nil
}

// number gives each new event its numbers and its state, and counts.
func (g *group) number(rows []row, repeats []*Arrival) (stored, repeated int) {
	for _, a := range repeats {
		g.targets[a.DeploymentID].repeats++
	}
	for i := range rows {
		r := &rows[i]
		t := g.targets[r.DeploymentID]
		if g.stored[r.key] {
			t.repeats++
			repeated++
			continue
		}
		g.logs[r.BusinessID]++
		r.log = g.logs[r.BusinessID]
		r.state = bm.StateStored
		switch {
		case r.Unrouted:
			r.state = bm.StateUnrouted
		case bm.ForBot(t.botKinds, r.Item.Kind, r.Item.Standby):
			t.sequence++
			t.added++
			r.sequence = t.sequence
			if t.hasBot {
				r.state = bm.StateWaiting
			}
		}
		t.events++
		if r.ReceivedAt.After(t.lastAt) {
			t.lastAt, t.secret = r.ReceivedAt, r.Secret
		}
		g.fresh = append(g.fresh, r)
	}
	return len(g.fresh), repeated + len(repeats)
}

// commit is the second round trip.
func (g *group) commit(ctx context.Context, conn *pgx.Conn) error {
	b := &pgx.Batch{}
	if len(g.fresh) > 0 {
		g.queueInsert(b)
		ids, logs := make([]int64, 0, len(g.logs)), make([]int64, 0, len(g.logs))
		for id, n := range g.logs {
			ids, logs = append(ids, id), append(logs, n)
		}
		b.Queue(`
			UPDATE business_counters c SET log = n.log
			FROM unnest($1::bigint[], $2::bigint[]) AS n (business_id, log)
			WHERE c.business_id = n.business_id`, ids, logs)
	}
	g.queueCounters(b)
	b.Queue("COMMIT")
	return conn.SendBatch(ctx, b).Close()
}

func (g *group) queueInsert(b *pgx.Batch) {
	n := len(g.fresh)
	var (
		business, deployment, log, sequence = make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
		kind, state                         = make([]string, n), make([]string, n)
		standby                             = make([]bool, n)
		account, conversation, message      = make([]string, n), make([]string, n), make([]string, n)
		occurred, received                  = make([]time.Time, n), make([]time.Time, n)
		digest                              = make([][16]byte, n)
		body, around                        = make([][]byte, n), make([][]byte, n)
	)
	for i, r := range g.fresh {
		business[i], deployment[i], log[i], sequence[i] = r.BusinessID, r.DeploymentID, r.log, r.sequence
		kind[i], state[i], standby[i] = string(r.Item.Kind), string(r.state), r.Item.Standby
		account[i], conversation[i], message[i] = r.account, r.conversation, r.message
		occurred[i], received[i], digest[i] = r.key.OccurredAt, r.ReceivedAt, r.key.Digest
		body[i], around[i] = r.Item.Body, r.Item.Around
	}
	b.Queue(`
		INSERT INTO events (business_id, deployment_id, log, sequence, kind, state, standby,
		    account, conversation, message_id, occurred_at, received_at, digest, body, around)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::boolean[],
		    $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::uuid[], $14::bytea[], $15::bytea[])`,
		business, deployment, log, sequence, kind, state, standby,
		account, conversation, message, occurred, received, digest, body, around)
}

func (g *group) queueCounters(b *pgx.Batch) {
	n := len(g.targets)
	business, deployment := make([]int64, 0, n), make([]int64, 0, n)
	added, events, repeats := make([]int64, 0, n), make([]int64, 0, n), make([]int64, 0, n)
	last, secrets := make([]*time.Time, 0, n), make([][]byte, 0, n)
	for id, t := range g.targets {
		business, deployment = append(business, t.business), append(deployment, id)
		added, events, repeats = append(added, t.added), append(events, t.events), append(repeats, t.repeats)
		last, secrets = append(last, orNull(t.lastAt)), append(secrets, t.secret)
	}
	b.Queue(`
		UPDATE deployment_counters c
		SET sequence = c.sequence + n.added, events = c.events + n.events, repeats = c.repeats + n.repeats,
		    last_event_at = greatest(c.last_event_at, n.last), last_secret = coalesce(n.secret, c.last_secret)
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::bytea[])
		    AS n (business_id, deployment_id, added, events, repeats, last, secret)
		WHERE c.business_id = n.business_id AND c.deployment_id = n.deployment_id`,
		business, deployment, added, events, repeats, last, secrets)
}
