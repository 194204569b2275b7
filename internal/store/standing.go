package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// The states that a list of businesses can be narrowed to. A business can be in
// more than one of them, or in none.
const (
	StateFailing        = "failing"         // the last handshake or post of a deployment was refused
	StateSilent         = "silent"          // connected and on, and no event for a day
	StateNeverConnected = "never_connected" // no handshake ever accepted, no event ever stored
	StatePaused         = "paused"          // switched off, or a deployment switched off that was on
)

// BusinessStates lists the states, in the order in which filters show them.
func BusinessStates() []string {
	return []string{StateFailing, StateSilent, StateNeverConnected, StatePaused}
}

func isState(s string) bool { return slices.Contains(BusinessStates(), s) }

// mayBe is the condition that the business of entry s can be in a state at all. It is
// read from an index, so that a state of few is found among many; isIn then looks
// each of them up.
func mayBe(state string) string {
	switch state {
	case StateFailing:
		return `s.id IN (SELECT business_id FROM handshakes WHERE status <> 200 UNION ALL SELECT business_id FROM refusals)`
	case StateSilent:
		return `s.id IN (SELECT id FROM search_hints WHERE quiet_at <= now())`
	case StatePaused:
		return `s.id IN (SELECT id FROM businesses WHERE removed_at IS NULL AND NOT active
		                 UNION ALL
		                 SELECT business_id FROM deployments WHERE removed_at IS NULL AND NOT active AND active_at IS NOT NULL)`
	}
	return "false"
}

// isIn is the condition that the business of entry s is in a state, from what was seen. This is the one
// place that says what the states mean. OFFSET 0 keeps each a look-up: joined as a
// whole they would read what was seen of every business.
func isIn(state string) string {
	switch state {
	case StateFailing:
		return `EXISTS (
			SELECT 1
			FROM deployments d
			CROSS JOIN LATERAL (
			    SELECT max(at) AS at
			    FROM (SELECT at FROM handshakes WHERE business_id = d.business_id AND deployment_id = d.id AND status <> 200
			          UNION ALL
			          SELECT last_at FROM refusals WHERE business_id = d.business_id AND deployment_id = d.id) every) r
			WHERE d.business_id = s.id AND d.removed_at IS NULL AND r.at IS NOT NULL
			  AND NOT EXISTS (SELECT 1 FROM deployment_counters c
			                  WHERE c.business_id = d.business_id AND c.deployment_id = d.id AND c.last_event_at >= r.at OFFSET 0)
			  AND NOT EXISTS (SELECT 1 FROM handshakes h
			                  WHERE h.business_id = d.business_id AND h.deployment_id = d.id AND h.status = 200 AND h.at >= r.at OFFSET 0)
			OFFSET 0)`
	case StateSilent:
		return `EXISTS (
			SELECT 1
			FROM deployments d
			LEFT JOIN deployment_counters c ON c.business_id = d.business_id AND c.deployment_id = d.id
			WHERE d.business_id = s.id AND d.removed_at IS NULL AND d.active
			  AND (SELECT active FROM businesses WHERE id = s.id)
			  AND ` + lastHeard + ` < now() - interval '24 hours'
			OFFSET 0)`
	case StateNeverConnected:
		return `NOT EXISTS (SELECT 1 FROM deployment_counters c WHERE c.business_id = s.id AND c.events > 0 OFFSET 0)
			AND NOT EXISTS (SELECT 1 FROM handshakes h WHERE h.business_id = s.id AND h.status = 200 OFFSET 0)`
	case StatePaused:
		return `(NOT (SELECT active FROM businesses WHERE id = s.id)
			OR EXISTS (
			SELECT 1
			FROM deployments d
			JOIN credentials k ON k.business_id = d.business_id AND k.deployment_id = d.id AND k.name = 'app_secret'
			WHERE d.business_id = s.id AND d.removed_at IS NULL AND NOT d.active AND d.active_at IS NOT NULL
			OFFSET 0))`
	}
	return "false"
}

// lastHeard is when deployment d with counters c was last heard of: its last event,
// or else its first accepted handshake; null for one that was never connected.
const lastHeard = `coalesce(c.last_event_at, (
	SELECT min(h.at) FROM handshakes h WHERE h.business_id = d.business_id AND h.deployment_id = d.id AND h.status = 200))`

// RenewSearchHints brings up to date what the filters by state start from. Nothing
// found depends on it, only how long the finding takes over many businesses; every
// few minutes is often enough. It asks each business about once a day.
func (s *Store) RenewSearchHints(ctx context.Context) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE search_hints s SET never = false
			WHERE never AND NOT (`+isIn(StateNeverConnected)+`)`); err != nil {
			return err
		}
		// What is heard of for the first time from now on cannot be silent for a day.
		_, err := tx.Exec(ctx, `
			UPDATE search_hints s SET quiet_at = f.at
			FROM search_hints k
			CROSS JOIN LATERAL (
			    SELECT coalesce(min(coalesce(`+lastHeard+`, now())), now()) + interval '24 hours' AS at
			    FROM deployments d
			    LEFT JOIN deployment_counters c ON c.business_id = d.business_id AND c.deployment_id = d.id
			    WHERE d.business_id = k.id AND d.removed_at IS NULL) f
			WHERE s.id = k.id AND k.quiet_at <= now() AND f.at > now()`)
		return err
	})
}

// DeploymentSummary is what a list shows of one platform of a business.
type DeploymentSummary struct {
	ID                      int64
	Platform                bm.PlatformName
	Active                  bool
	AccountID, AppID        string
	HasToken, HasSecret     bool
	HasKey                  bool
	LastEventAt             time.Time // zero: none yet
	LastAcceptedHandshakeAt time.Time
	LastRefusedAt           time.Time // of a handshake or a post
	LastRefusedReason       string    // a bm.HandshakeReason or bm.RefusalReason
	Waiting                 int64     // at most WaitingCap are counted
	OldestWaiting           time.Time
	businessID              int64
	callbackID              string
}

// WaitingCap is where a list stops counting what waits: a backlog of a million
// must not make the list slow in which one looks for it. The deployment's own page
// counts all.
const WaitingCap = 10000

// summaries reads the deployments of a page of businesses. Each look-up goes to
// the newest row of an index.
func summaries(ctx context.Context, tx pgx.Tx, businesses []int64) ([]DeploymentSummary, error) {
	rows, err := tx.Query(ctx, `
		SELECT d.business_id, d.id, d.platform, d.callback_id, d.active, d.account_id, d.app_id,
		       k.names, c.last_event_at, a.at, r.at, coalesce(r.reason, ''), w.count, o.received_at
		FROM deployments d
		LEFT JOIN deployment_counters c ON c.business_id = d.business_id AND c.deployment_id = d.id
		CROSS JOIN LATERAL (
		    SELECT coalesce(array_agg(name), '{}') AS names FROM credentials
		    WHERE business_id = d.business_id AND deployment_id = d.id) k
		LEFT JOIN LATERAL (
		    SELECT at FROM handshakes
		    WHERE business_id = d.business_id AND deployment_id = d.id AND status = 200
		    ORDER BY id DESC LIMIT 1) a ON true
		LEFT JOIN LATERAL (
		    (SELECT at, reason FROM handshakes
		     WHERE business_id = d.business_id AND deployment_id = d.id AND status <> 200
		     ORDER BY at DESC LIMIT 1)
		    UNION ALL
		    (SELECT last_at, reason FROM refusals
		     WHERE business_id = d.business_id AND deployment_id = d.id
		     ORDER BY hour DESC, last_at DESC LIMIT 1)
		    ORDER BY at DESC LIMIT 1) r ON true
		CROSS JOIN LATERAL (
		    SELECT count(*) FROM (
		        SELECT 1 FROM events
		        WHERE business_id = d.business_id AND deployment_id = d.id AND state = 'waiting'
		        LIMIT $2) few) w
		LEFT JOIN LATERAL (
		    SELECT received_at FROM events
		    WHERE business_id = d.business_id AND deployment_id = d.id AND state = 'waiting'
		    ORDER BY log LIMIT 1) o ON true
		WHERE d.business_id = ANY ($1) AND d.removed_at IS NULL
		ORDER BY d.platform`, businesses, WaitingCap)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanSummary)
}

func scanSummary(row pgx.CollectableRow) (d DeploymentSummary, err error) {
	var names []bm.CredentialName
	var event, accepted, refused, oldest *time.Time
	err = row.Scan(&d.businessID, &d.ID, &d.Platform, &d.callbackID, &d.Active, &d.AccountID, &d.AppID,
		&names, &event, &accepted, &refused, &d.LastRefusedReason, &d.Waiting, &oldest)
	d.HasToken = slices.Contains(names, bm.AccessToken)
	d.HasSecret = slices.Contains(names, bm.AppSecret)
	d.HasKey = slices.Contains(names, bm.ChallengeKey)
	d.LastEventAt, d.LastAcceptedHandshakeAt = orZero(event), orZero(accepted)
	d.LastRefusedAt, d.OldestWaiting = orZero(refused), orZero(oldest)
	return d, err
}
