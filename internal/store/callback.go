package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// Callback is what intake needs to know of a deployment to answer for it.
type Callback struct {
	BusinessID   int64
	DeploymentID int64
	Platform     bm.PlatformName
	CallbackID   string
	AccountID    string
	AppSecret    bm.Sealed // nil where none is set
	ChallengeKey bm.Sealed
	// Fingerprints tell what a wrong verify token turned out to be.
	AccessTokenPrint  bm.Fingerprint
	AppSecretPrint    bm.Fingerprint
	ChallengeKeyPrint bm.Fingerprint
}

const callbackColumns = `
	d.business_id, d.id, d.platform, d.callback_id, d.account_id,
	s.sealed, k.sealed, t.fingerprint, s.fingerprint, k.fingerprint`

const callbackJoins = `
	deployments d
	JOIN businesses b ON b.id = d.business_id AND b.removed_at IS NULL
	LEFT JOIN credentials s ON s.business_id = d.business_id AND s.deployment_id = d.id AND s.name = 'app_secret'
	LEFT JOIN credentials k ON k.business_id = d.business_id AND k.deployment_id = d.id AND k.name = 'challenge_key'
	LEFT JOIN credentials t ON t.business_id = d.business_id AND t.deployment_id = d.id AND t.name = 'access_token'`

func scanCallback(row pgx.CollectableRow) (c Callback, err error) {
	err = row.Scan(&c.BusinessID, &c.DeploymentID, &c.Platform, &c.CallbackID, &c.AccountID,
		&c.AppSecret, &c.ChallengeKey, &c.AccessTokenPrint, &c.AppSecretPrint, &c.ChallengeKeyPrint)
	return c, err
}

// Callback finds the deployment behind a callback URL; NotFound for an unknown one.
// It is asked without an actor: who calls a callback is nobody we know.
func (s *Store) Callback(ctx context.Context, platform bm.PlatformName, id string) (Callback, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+callbackColumns+`
		FROM `+callbackJoins+`
		WHERE d.callback_id = $1 AND d.platform = $2 AND d.removed_at IS NULL`, id, platform)
	if err != nil {
		return Callback{}, mapped(err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanCallback)
	return c, mapped(missing(err, "There is no such callback."))
}

// CallbackOfAccount finds the one other deployment that holds an account and whose
// own app secret is the one with this fingerprint, so that it verifies the very
// same body. Typing another's Page ID without holding its app secret finds nothing
// and hides nothing. NotFound where there is none, or more than one.
func (s *Store) CallbackOfAccount(ctx context.Context, platform bm.PlatformName, account string, secret bm.Fingerprint) (Callback, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+callbackColumns+`
		FROM `+callbackJoins+`
		WHERE d.account_id = $1 AND d.account_id <> '' AND d.platform = $2 AND d.removed_at IS NULL AND s.fingerprint = $3
		LIMIT 2`, account, platform, secret)
	if err != nil {
		return Callback{}, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanCallback)
	if err != nil {
		return Callback{}, mapped(err)
	}
	if len(list) != 1 {
		return Callback{}, bm.Errorf(bm.NotFound, "No single deployment holds this account with this app secret.")
	}
	return list[0], nil
}

// CallbacksLike lists callbacks whose first or last eight characters are those of
// an id that is not known, letter case aside: what a slip of one or two letters
// leaves alone. Also the very id under another platform's name.
func (s *Store) CallbacksLike(ctx context.Context, id string) ([]Callback, error) {
	if len(id) < 16 {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, `
		SELECT `+callbackColumns+`
		FROM `+callbackJoins+`
		WHERE d.removed_at IS NULL
		  AND (lower(left(d.callback_id, 8)) = lower(left($1, 8)) OR lower(right(d.callback_id, 8)) = lower(right($1, 8)))
		LIMIT 20`, id)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanCallback)
	return list, mapped(err)
}

// WhoseKey finds the business whose challenge key has a fingerprint, other than
// one deployment's; 0 when it is nobody's.
func (s *Store) WhoseKey(ctx context.Context, print bm.Fingerprint, except int64) (int64, error) {
	var id int64
	err := s.pool.QueryRow(ctx, `
		SELECT business_id FROM credentials
		WHERE fingerprint = $1 AND name = 'challenge_key' AND deployment_id <> $2
		ORDER BY set_at
		LIMIT 1`, print, except).Scan(&id)
	if err == pgx.ErrNoRows {
		return 0, nil
	}
	return id, mapped(err)
}

// Listen receives the notifications of channels until the context ends or the
// connection is lost. ready is called once, when nothing can be missed any more.
func (s *Store) Listen(ctx context.Context, channels []string, ready func(), heard func(channel, payload string)) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return mapped(err)
	}
	// Taken out of the pool: a listening connection must not serve anybody else.
	raw := conn.Hijack()
	defer func() { _ = raw.Close(context.WithoutCancel(ctx)) }()
	for _, ch := range channels {
		if _, err := raw.Exec(ctx, "LISTEN "+pgx.Identifier{ch}.Sanitize()); err != nil {
			return mapped(err)
		}
	}
	ready()
	for {
		n, err := raw.WaitForNotification(ctx)
		if err != nil {
			return mapped(err)
		}
		heard(n.Channel, n.Payload)
	}
}

// ChannelChanges is the channel on which topics are notified whose pages may look
// different now: "events:42", "deployment:7", several separated by spaces.
const ChannelChanges = "changes"

// Announce notifies topics outside any transaction. Callers gather topics and call
// it rarely: see notify.
func (s *Store) Announce(ctx context.Context, topics string) error {
	_, err := s.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, ChannelChanges, topics)
	return mapped(err)
}
