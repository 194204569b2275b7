package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// EventQuery says which of a business's events are wanted. Zero fields do not filter.
type EventQuery struct {
	Platform     bm.PlatformName
	Kind         bm.EventKind
	State        bm.EventState
	Conversation string
	From, To     time.Time // of receipt; To is not included
	Before       int64     // only events with a lower log number: the next page
	After        int64     // only events with a higher log number: what is new
	Limit        int
}

const eventColumns = `
	e.business_id, e.deployment_id, d.platform, e.log, e.sequence, e.kind, e.state, e.standby,
	e.account, e.conversation, e.message_id, e.occurred_at, e.received_at, e.digest, e.body, e.around`

func scanEvent(row pgx.CollectableRow) (e bm.Event, err error) {
	err = row.Scan(&e.BusinessID, &e.DeploymentID, &e.Platform, &e.Log, &e.Sequence, &e.Kind, &e.State, &e.Standby,
		&e.Account, &e.Conversation, &e.MessageID, &e.OccurredAt, &e.ReceivedAt, &e.Key.Digest, &e.Body, &e.Around)
	e.OccurredAt, e.ReceivedAt = e.OccurredAt.UTC(), e.ReceivedAt.UTC()
	e.Key.OccurredAt = e.OccurredAt
	return e, err
}

// clauses gathers conditions with numbered arguments.
type clauses struct {
	where []string
	args  []any
}

// add appends a condition in which each "?" stands for the argument.
func (c *clauses) add(cond string, arg any) {
	c.args = append(c.args, arg)
	c.where = append(c.where, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(c.args))))
}

func (c *clauses) String() string { return strings.Join(c.where, " AND ") }

// Events lists a business's events, newest first. Those of removed deployments and
// of a removed business stay readable for as long as they are kept.
func (s *Store) Events(ctx context.Context, sc bm.Scope, business int64, q EventQuery) ([]bm.Event, error) {
	partners, businesses := walls(sc)
	c := clauses{args: []any{partners, businesses}, where: []string{inSight("b", 1, 2)}}
	c.add("e.business_id = ?", business)
	if q.Platform != "" {
		c.add("d.platform = ?", q.Platform)
	}
	if q.Kind != "" {
		c.add("e.kind = ?", q.Kind)
	}
	if q.State != "" {
		c.add("e.state = ?", q.State)
	}
	if q.Conversation != "" {
		// Index: events_conversation_idx, through the business's few deployments.
		c.add("e.conversation = ?", short(q.Conversation))
		c.add("e.deployment_id = ANY (ARRAY (SELECT id FROM deployments WHERE business_id = ?))", business)
	}
	if !q.From.IsZero() {
		c.add("e.received_at >= ?", q.From)
	}
	if !q.To.IsZero() {
		c.add("e.received_at < ?", q.To)
	}
	if q.Before > 0 {
		c.add("e.log < ?", q.Before)
	}
	if q.After > 0 {
		c.add("e.log > ?", q.After)
	}
	c.args = append(c.args, q.Limit)
	// Index: events_pkey, backwards.
	rows, err := s.pool.Query(ctx, `
		SELECT `+eventColumns+`
		FROM events e
		JOIN businesses b ON b.id = e.business_id
		JOIN deployments d ON d.business_id = e.business_id AND d.id = e.deployment_id
		WHERE `+c.String()+`
		ORDER BY e.log DESC
		LIMIT $`+strconv.Itoa(len(c.args)), c.args...)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanEvent)
	return list, mapped(err)
}

// EventsForBot lists a deployment's events for its bot with a sequence above
// after, ascending. Numbers stand in commit order without a gap, so a reader that
// goes on from the last number it saw never misses one.
func (s *Store) EventsForBot(ctx context.Context, d *bm.Deployment, after int64, limit int) ([]bm.Event, error) {
	// Index: events_sequence_idx.
	rows, err := s.pool.Query(ctx, `
		SELECT `+eventColumns+`
		FROM events e
		JOIN deployments d ON d.business_id = e.business_id AND d.id = e.deployment_id
		WHERE e.business_id = $1 AND e.deployment_id = $2 AND e.sequence > greatest($3::bigint, 0)
		ORDER BY e.sequence
		LIMIT $4`, d.BusinessID, d.ID, after, limit)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanEvent)
	return list, mapped(err)
}

// Event gives one event of a business by its public id.
func (s *Store) Event(ctx context.Context, sc bm.Scope, business int64, id string) (bm.Event, error) {
	key, err := bm.ParseEventID(id)
	if err != nil {
		return bm.Event{}, err
	}
	partners, businesses := walls(sc)
	// Index: events_occurred_digest_key.
	rows, err := s.pool.Query(ctx, `
		SELECT `+eventColumns+`
		FROM events e
		JOIN businesses b ON b.id = e.business_id
		JOIN deployments d ON d.business_id = e.business_id AND d.id = e.deployment_id
		WHERE e.occurred_at = $1 AND e.digest = $2 AND e.business_id = $3 AND `+inSight("b", 4, 5),
		key.OccurredAt, key.Digest, business, partners, businesses)
	if err != nil {
		return bm.Event{}, mapped(err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, scanEvent)
	return e, mapped(missing(err, "There is no event with this id."))
}
