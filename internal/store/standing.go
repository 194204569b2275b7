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

// inState is the condition that the business of entry s is in a state. Each is one
// EXISTS over deployments that are in it, so that the server may begin with those
// where they are few, or look up each business where those are few.
func inState(state string) string {
	switch state {
	case StateFailing:
		return `EXISTS (
			SELECT 1
			FROM (SELECT business_id, deployment_id, at FROM handshakes WHERE status <> 200
			      UNION ALL
			      SELECT business_id, deployment_id, last_at FROM refusals) r
			JOIN deployments d ON d.id = r.deployment_id AND d.removed_at IS NULL
			WHERE r.business_id = s.id
			  AND NOT EXISTS (SELECT 1 FROM deployment_counters c
			                  WHERE c.business_id = r.business_id AND c.deployment_id = r.deployment_id AND c.last_event_at >= r.at)
			  AND NOT EXISTS (SELECT 1 FROM handshakes h
			                  WHERE h.business_id = r.business_id AND h.deployment_id = r.deployment_id AND h.status = 200 AND h.at >= r.at))`
	case StateSilent:
		return `EXISTS (
			SELECT 1
			FROM deployments d
			LEFT JOIN deployment_counters c ON c.business_id = d.business_id AND c.deployment_id = d.id
			JOIN businesses b ON b.id = d.business_id AND b.active
			WHERE d.business_id = s.id AND d.removed_at IS NULL AND d.active
			  AND (c.last_event_at < now() - interval '24 hours'
			       OR c.last_event_at IS NULL
			          AND EXISTS (SELECT 1 FROM handshakes h
			                      WHERE h.business_id = d.business_id AND h.deployment_id = d.id AND h.status = 200
			                        AND h.at < now() - interval '24 hours')))`
	case StateNeverConnected:
		return `NOT EXISTS (
			SELECT 1
			FROM (SELECT business_id, deployment_id FROM deployment_counters WHERE events > 0
			      UNION ALL
			      SELECT business_id, deployment_id FROM handshakes WHERE status = 200) c
			JOIN deployments d ON d.id = c.deployment_id AND d.removed_at IS NULL
			WHERE c.business_id = s.id)`
	case StatePaused:
		return `EXISTS (
			SELECT 1
			FROM (SELECT id FROM businesses WHERE removed_at IS NULL AND NOT active
			      UNION ALL
			      SELECT d.business_id FROM deployments d
			      JOIN credentials k ON k.business_id = d.business_id AND k.deployment_id = d.id AND k.name = 'app_secret'
			      WHERE d.removed_at IS NULL AND NOT d.active AND d.active_at IS NOT NULL) p
			WHERE p.id = s.id)`
	}
	return "false"
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
