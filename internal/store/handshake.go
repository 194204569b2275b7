package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// handshakesKept is how many attempts are kept of each deployment, and of unknown
// callbacks together: enough to see a pattern, too few for a flood to fill a disk.
const handshakesKept = 100

// RecordHandshake keeps an attempt, drops the oldest beyond what is kept, and
// always keeps the newest accepted one, which is evidence.
func (s *Store) RecordHandshake(ctx context.Context, h *bm.Handshake) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO handshakes (business_id, deployment_id, platform, at, address, agent, status, reason,
			    token_length, token_fingerprint, key_fingerprint, other_business_id, detail)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			RETURNING id`,
			h.BusinessID, h.DeploymentID, h.Platform, h.At, h.Address, h.Agent, h.Status, h.Reason,
			h.TokenLength, notNil(h.TokenFingerprint), notNil(h.KeyFingerprint), h.OtherBusinessID, h.Detail).Scan(&h.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM handshakes
			WHERE business_id = $1 AND deployment_id = $2
			  AND id < (SELECT id FROM handshakes WHERE business_id = $1 AND deployment_id = $2 ORDER BY id DESC OFFSET $3 LIMIT 1)
			  AND id <> coalesce((SELECT max(id) FROM handshakes WHERE business_id = $1 AND deployment_id = $2 AND status = 200), 0)`,
			h.BusinessID, h.DeploymentID, handshakesKept-1)
		return err
	})
}

func notNil(f bm.Fingerprint) bm.Fingerprint {
	if f == nil {
		return bm.Fingerprint{}
	}
	return f
}

const handshakeColumns = `
	id, business_id, deployment_id, platform, at, address, agent, status, reason,
	token_length, token_fingerprint, key_fingerprint, other_business_id, detail`

// Handshakes lists a deployment's attempts, newest first.
func (s *Store) Handshakes(ctx context.Context, d *bm.Deployment, limit int) ([]bm.Handshake, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+handshakeColumns+`
		FROM handshakes
		WHERE business_id = $1 AND deployment_id = $2
		ORDER BY id DESC
		LIMIT $3`, d.BusinessID, d.ID, limit)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Handshake])
	return list, mapped(err)
}

// CountRefusals adds up refused posts, gathered by intake over a second or so.
func (s *Store) CountRefusals(ctx context.Context, list []bm.Refusal) error {
	b := &pgx.Batch{}
	for _, r := range list {
		b.Queue(`
			INSERT INTO refusals AS r (business_id, deployment_id, hour, reason, count, first_at, last_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (business_id, deployment_id, hour, reason) DO UPDATE
			SET count = r.count + excluded.count, last_at = greatest(r.last_at, excluded.last_at)`,
			r.BusinessID, r.DeploymentID, r.Hour, r.Reason, r.Count, r.FirstAt, r.LastAt)
	}
	return mapped(s.pool.SendBatch(ctx, b).Close())
}

// Refusals lists a deployment's refused posts since a time, newest hour first.
func (s *Store) Refusals(ctx context.Context, d *bm.Deployment, since time.Time) ([]bm.Refusal, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT business_id, deployment_id, hour, reason, count, first_at, last_at
		FROM refusals
		WHERE business_id = $1 AND deployment_id = $2 AND hour >= date_trunc('hour', $3::timestamptz)
		ORDER BY hour DESC, reason`, d.BusinessID, d.ID, since)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Refusal])
	return list, mapped(err)
}

// Traffic gathers what checks are made from.
func (s *Store) Traffic(ctx context.Context, d *bm.Deployment) (t bm.Traffic, err error) {
	err = s.tx(ctx, func(tx pgx.Tx) error {
		for _, part := range []struct {
			to   *bm.Handshake
			cond string
		}{{&t.LastAccepted, "status = 200"}, {&t.LastRefused, "status <> 200"}} {
			rows, err := tx.Query(ctx, `
				SELECT `+handshakeColumns+`
				FROM handshakes
				WHERE business_id = $1 AND deployment_id = $2 AND `+part.cond+`
				ORDER BY id DESC LIMIT 1`, d.BusinessID, d.ID)
			if err != nil {
				return err
			}
			list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Handshake])
			if err != nil {
				return err
			}
			if len(list) == 1 {
				*part.to = list[0]
			}
		}
		var lastEvent, lastRefusal, oldest *time.Time
		err := tx.QueryRow(ctx, `
			SELECT c.events, c.last_event_at, c.last_secret, coalesce(r.reason, ''), r.last_at, coalesce(day.count, 0), w.count, w.oldest
			FROM deployment_counters c
			LEFT JOIN LATERAL (
			    SELECT reason, last_at FROM refusals
			    WHERE business_id = $1 AND deployment_id = $2 ORDER BY hour DESC, last_at DESC LIMIT 1) r ON true
			LEFT JOIN LATERAL (
			    SELECT sum(count)::bigint AS count FROM refusals
			    WHERE business_id = $1 AND deployment_id = $2 AND hour > now() - interval '1 day') day ON true
			CROSS JOIN LATERAL (
			    SELECT count(*) AS count, min(received_at) AS oldest FROM events
			    WHERE business_id = $1 AND deployment_id = $2 AND state = 'waiting') w
			WHERE c.business_id = $1 AND c.deployment_id = $2`, d.BusinessID, d.ID).
			Scan(&t.Events, &lastEvent, &t.LastSecret, &t.LastRefusal, &lastRefusal, &t.RefusedLastDay, &t.Waiting, &oldest)
		t.LastEventAt, t.LastRefusalAt, t.OldestWaiting = orZero(lastEvent), orZero(lastRefusal), orZero(oldest)
		return missing(err, "This platform is not set up for the business.")
	})
	return t, err
}
