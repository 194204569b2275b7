package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// ChannelDeployments is the channel on which a deployment's callback id is
// notified when anything about it changes. Intake drops what it remembers of it.
const ChannelDeployments = "deployments"

// Credential is one secret as the store takes it: sealed, with what may be seen of it.
type Credential struct {
	Name        bm.CredentialName
	Sealed      bm.Sealed
	KeyID       uint32 // that it is sealed with
	Fingerprint bm.Fingerprint
	LastFour    string
	Length      int
}

// DeploymentChange is what a save changes. Nil and empty leave things as they are.
type DeploymentChange struct {
	Active      *bool
	PauseReason string // why Active became false
	AccountID   *string
	AppID       *string
	BotURL      *string
	BotEvents   *[]string
	// Seal gives the secrets to set, sealed for the deployment's id, which a new
	// deployment has only inside the transaction. It must not leave the process.
	Seal func(deployment int64) ([]Credential, error)
	// Generate names secrets that Seal makes anew: they are taken only where none is
	// set, and the challenge key only by a deployment that this save makes: one that
	// was removed on purpose stays removed.
	Generate []bm.CredentialName
	Remove   []bm.CredentialName
	// Create makes the deployment where there is none.
	Create bool
}

const deploymentColumns = `
	d.id, d.business_id, d.platform, d.callback_id, d.active, d.active_by, d.active_at, d.pause_reason,
	d.account_id, d.app_id, d.bot_url, d.bot_events, d.created_at`

func scanDeployment(row pgx.CollectableRow) (bm.Deployment, error) {
	var d bm.Deployment
	var activeAt *time.Time
	err := row.Scan(&d.ID, &d.BusinessID, &d.Platform, &d.CallbackID, &d.Active, &d.ActiveBy, &activeAt, &d.PauseReason,
		&d.AccountID, &d.AppID, &d.BotURL, &d.BotEvents, &d.CreatedAt)
	d.ActiveAt = orZero(activeAt)
	return d, err
}

// Deployment gives one business's deployment on a platform, with what may be seen
// of its secrets.
func (s *Store) Deployment(ctx context.Context, sc bm.Scope, business int64, platform bm.PlatformName) (bm.Deployment, error) {
	var d bm.Deployment
	err := s.tx(ctx, func(tx pgx.Tx) (err error) {
		d, err = oneDeployment(ctx, tx, sc, business, platform, "")
		return err
	})
	return d, err
}

// Deployments lists a business's deployments, with hints.
func (s *Store) Deployments(ctx context.Context, sc bm.Scope, business int64) ([]bm.Deployment, error) {
	partners, businesses := walls(sc)
	rows, err := s.pool.Query(ctx, `
		SELECT `+deploymentColumns+`
		FROM deployments d JOIN businesses b ON b.id = d.business_id
		WHERE d.business_id = $1 AND d.removed_at IS NULL AND b.removed_at IS NULL AND `+inSight("b", 2, 3)+`
		ORDER BY d.platform`, business, partners, businesses)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanDeployment)
	if err != nil {
		return nil, mapped(err)
	}
	for i := range list {
		if list[i].Hints, err = hints(ctx, s.pool, &list[i]); err != nil {
			return nil, mapped(err)
		}
	}
	return list, nil
}

// oneDeployment reads a deployment inside a transaction; lock is "" or "FOR UPDATE OF d".
func oneDeployment(ctx context.Context, tx pgx.Tx, sc bm.Scope, business int64, platform bm.PlatformName, lock string) (bm.Deployment, error) {
	partners, businesses := walls(sc)
	rows, err := tx.Query(ctx, `
		SELECT `+deploymentColumns+`
		FROM deployments d JOIN businesses b ON b.id = d.business_id
		WHERE d.business_id = $1 AND d.platform = $2 AND d.removed_at IS NULL AND b.removed_at IS NULL AND `+inSight("b", 3, 4)+`
		`+lock, business, platform, partners, businesses)
	if err != nil {
		return bm.Deployment{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDeployment)
	if err != nil {
		return d, missing(err, "This platform is not set up for the business.")
	}
	d.Hints, err = hints(ctx, tx, &d)
	return d, err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func hints(ctx context.Context, q querier, d *bm.Deployment) ([]bm.Hint, error) {
	rows, err := q.Query(ctx, `
		SELECT name, last_four, length, fingerprint, set_by, set_at
		FROM credentials
		WHERE business_id = $1 AND deployment_id = $2
		ORDER BY name`, d.BusinessID, d.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Hint])
}

// SaveDeployment changes a deployment, or makes it, in one transaction with its
// audit lines. What it leads to must hold together: an active deployment has an
// app secret. It returns what is then there, and the names of the secrets that
// were set.
func (s *Store) SaveDeployment(ctx context.Context, by bm.Actor, business bm.Business, platform bm.PlatformName, c DeploymentChange) (d bm.Deployment, set []bm.CredentialName, err error) {
	err = s.tx(ctx, func(tx pgx.Tx) error {
		var made bool
		d, made, err = lockedDeployment(ctx, tx, by, business, platform, c.Create)
		if err != nil {
			return err
		}
		if err := saveSettings(ctx, tx, by, business, &d, c); err != nil {
			return err
		}
		if set, err = saveSecrets(ctx, tx, by, business, &d, c, made); err != nil {
			return err
		}
		if d.Hints, err = hints(ctx, tx, &d); err != nil {
			return err
		}
		if d.Active && !d.Has(bm.AppSecret) {
			return bm.InvalidField("active", "It can be switched on when the app secret is set: without it, anyone who knows the address could send messages.")
		}
		return changed(ctx, tx, &d)
	})
	return d, set, err
}

func lockedDeployment(ctx context.Context, tx pgx.Tx, by bm.Actor, business bm.Business, platform bm.PlatformName, create bool) (d bm.Deployment, made bool, err error) {
	d, err = oneDeployment(ctx, tx, by.Scope, business.ID, platform, "FOR UPDATE OF d")
	if bm.KindOf(err) != bm.NotFound || !create {
		return d, false, err
	}
	d, err = addDeployment(ctx, tx, by, business, platform)
	return d, true, err
}

// addDeployment makes a deployment with its callback. Two at once: one wins, the
// other meets the unique index and is told that it is set up already.
func addDeployment(ctx context.Context, tx pgx.Tx, by bm.Actor, business bm.Business, platform bm.PlatformName) (bm.Deployment, error) {
	partners, businesses := walls(by.Scope)
	// Held, so that a removal of the business waits for this deployment and ends it
	// too, or is waited for and seen.
	if err := tx.QueryRow(ctx, `SELECT id FROM businesses WHERE id = $1 AND removed_at IS NULL FOR KEY SHARE`, business.ID).Scan(new(int64)); err != nil {
		return bm.Deployment{}, missing(err, noBusiness)
	}
	rows, err := tx.Query(ctx, `
		INSERT INTO deployments AS d (business_id, platform, callback_id, bot_events, pause_reason)
		SELECT b.id, $2, $3, $4, 'It has not been switched on yet.'
		FROM businesses b
		WHERE b.id = $1 AND b.removed_at IS NULL AND `+inSight("b", 5, 6)+`
		RETURNING `+deploymentColumns, business.ID, platform, bm.NewCallbackID(), bm.DefaultBotEvents(), partners, businesses)
	if err != nil {
		return bm.Deployment{}, err
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDeployment)
	if err != nil {
		return d, missing(err, "There is no such business.")
	}
	if _, err := tx.Exec(ctx, `INSERT INTO deployment_counters (business_id, deployment_id) VALUES ($1, $2)`, d.BusinessID, d.ID); err != nil {
		return d, err
	}
	return d, record(ctx, tx, by, deploymentAct(business, platform, "set up deployment", nil))
}

func deploymentAct(b bm.Business, platform bm.PlatformName, act string, detail map[string]string) bm.Audit {
	return bm.Audit{
		PartnerID: b.PartnerID, BusinessID: b.ID, Platform: platform, Act: act,
		Subject: fmt.Sprintf("%s on %s", b.Name, platform), Detail: detail,
	}
}

// saveSettings writes what is not secret, and one audit line for all of it.
func saveSettings(ctx context.Context, tx pgx.Tx, by bm.Actor, business bm.Business, d *bm.Deployment, c DeploymentChange) error {
	detail := map[string]string{}
	text := func(name string, have *string, want *string) {
		if want != nil && *want != *have {
			detail[name] = fmt.Sprintf("%q to %q", *have, *want)
			*have = *want
		}
	}
	text("account id", &d.AccountID, c.AccountID)
	text("app id", &d.AppID, c.AppID)
	text("bot url", &d.BotURL, c.BotURL)
	if c.BotEvents != nil && !slices.Equal(d.BotEvents, *c.BotEvents) {
		detail["bot events"] = strings.Join(*c.BotEvents, ", ")
		d.BotEvents = *c.BotEvents
	}
	if len(detail) > 0 {
		if err := record(ctx, tx, by, deploymentAct(business, d.Platform, "change settings", detail)); err != nil {
			return err
		}
	}
	if c.Active != nil && *c.Active != d.Active {
		d.Active, d.ActiveBy, d.ActiveAt, d.PauseReason = *c.Active, by.Name, time.Now().UTC(), ""
		act := "switch on"
		if !d.Active {
			act, d.PauseReason = "switch off", c.PauseReason
		}
		if err := record(ctx, tx, by, deploymentAct(business, d.Platform, act, nil)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		UPDATE deployments
		SET active = $3, active_by = $4, active_at = $5, pause_reason = $6,
		    account_id = $7, app_id = $8, bot_url = $9, bot_events = $10, updated_at = now()
		WHERE business_id = $1 AND id = $2`,
		d.BusinessID, d.ID, d.Active, d.ActiveBy, orNull(d.ActiveAt), d.PauseReason, d.AccountID, d.AppID, d.BotURL, d.BotEvents)
	return err
}

// saveSecrets sets and removes secrets, with an audit line for each: fingerprints
// before and after, never a value.
func saveSecrets(ctx context.Context, tx pgx.Tx, by bm.Actor, business bm.Business, d *bm.Deployment, c DeploymentChange, made bool) (set []bm.CredentialName, err error) {
	for _, name := range c.Remove {
		tag, err := tx.Exec(ctx, `DELETE FROM credentials WHERE business_id = $1 AND deployment_id = $2 AND name = $3`, d.BusinessID, d.ID, name)
		if err != nil {
			return nil, err
		}
		if tag.RowsAffected() == 0 {
			continue
		}
		if err := record(ctx, tx, by, deploymentAct(business, d.Platform, "remove "+words(name), before(d, name))); err != nil {
			return nil, err
		}
	}
	if c.Seal == nil {
		return nil, nil
	}
	sealed, err := c.Seal(d.ID)
	if err != nil {
		return nil, err
	}
	for _, cr := range sealed {
		had := d.Has(cr.Name)
		if slices.Contains(c.Generate, cr.Name) && (had || cr.Name == bm.ChallengeKey && !made) {
			continue
		}
		if err := putCredential(ctx, tx, by, d, cr); err != nil {
			return nil, err
		}
		detail := before(d, cr.Name)
		detail["fingerprint"] = cr.Fingerprint.String()
		act := "set " + words(cr.Name)
		if had {
			act = "replace " + words(cr.Name)
		}
		if err := record(ctx, tx, by, deploymentAct(business, d.Platform, act, detail)); err != nil {
			return nil, err
		}
		set = append(set, cr.Name)
	}
	return set, nil
}

func putCredential(ctx context.Context, tx pgx.Tx, by bm.Actor, d *bm.Deployment, cr Credential) error {
	// In this very transaction: a start without this key is refused from now on.
	if _, err := tx.Exec(ctx, `INSERT INTO keyset_keys (key_id) VALUES ($1) ON CONFLICT DO NOTHING`, int64(cr.KeyID)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO credentials (business_id, deployment_id, name, sealed, fingerprint, last_four, length, set_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (business_id, deployment_id, name) DO UPDATE
		SET sealed = excluded.sealed, fingerprint = excluded.fingerprint, last_four = excluded.last_four,
		    length = excluded.length, set_by = excluded.set_by, set_at = now()`,
		d.BusinessID, d.ID, cr.Name, cr.Sealed, cr.Fingerprint, cr.LastFour, cr.Length, by.Name)
	return err
}

func before(d *bm.Deployment, name bm.CredentialName) map[string]string {
	if h, ok := d.Hint(name); ok {
		return map[string]string{"fingerprint before": h.Fingerprint.String()}
	}
	return map[string]string{}
}

// words turns a credential's name into words: "app_secret" into "app secret".
func words(name bm.CredentialName) string { return strings.ReplaceAll(string(name), "_", " ") }

// DeploymentInSight tells whether a deployment is one that a scope may see.
func (s *Store) DeploymentInSight(ctx context.Context, sc bm.Scope, id int64) (yes bool, err error) {
	partners, businesses := walls(sc)
	err = s.pool.QueryRow(ctx, `
		SELECT EXISTS (
		    SELECT 1 FROM deployments d JOIN businesses b ON b.id = d.business_id
		    WHERE d.id = $1 AND d.removed_at IS NULL AND b.removed_at IS NULL AND `+inSight("b", 2, 3)+`)`,
		id, partners, businesses).Scan(&yes)
	return yes, mapped(err)
}

// RemoveDeployment ends a deployment: its secrets are destroyed, its callback is an
// unknown one from then on, its events stay readable. Where events wait or are
// parked it is a Conflict, unless they are to be discarded.
func (s *Store) RemoveDeployment(ctx context.Context, by bm.Actor, business bm.Business, platform bm.PlatformName, discard bool) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		d, err := oneDeployment(ctx, tx, by.Scope, business.ID, platform, "FOR UPDATE OF d")
		if err != nil {
			return err
		}
		if err := nothingWaits(ctx, tx, business.ID, []int64{d.ID}, discard); err != nil {
			return err
		}
		return removeDeployment(ctx, tx, by, business.PartnerID, &d)
	})
	if err != nil {
		return err
	}
	return s.DiscardRemoved(ctx)
}

// waitingTold is how many waiting events a refusal counts; beyond it says "or more".
const waitingTold = 1000

// nothingWaits refuses while events wait or are parked, unless they are to be
// discarded. The business's counter is held until the transaction ends, which is
// soon; a group that comes after it finds the deployments removed. Discarding is
// not done here: it may take long, and everybody's events are stored by one
// committer, which would wait for this counter.
func nothingWaits(ctx context.Context, tx pgx.Tx, business int64, deployments []int64, discard bool) error {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM business_counters WHERE business_id = $1 FOR NO KEY UPDATE`, business); err != nil || discard {
		return err
	}
	var waiting int64
	// Index: events_waiting_idx.
	err := tx.QueryRow(ctx, `
		SELECT count(*) FROM (
		    SELECT 1 FROM events
		    WHERE business_id = $1 AND deployment_id = ANY ($2) AND state IN ('waiting', 'parked')
		    LIMIT $3) few`, business, deployments, waitingTold).Scan(&waiting)
	switch {
	case err != nil || waiting == 0:
		return err
	case waiting == 1:
		return bm.Errorf(bm.Conflict, "One event still waits for the bot. Deliver it first, or discard it with the removal.")
	case waiting == waitingTold:
		return bm.Errorf(bm.Conflict, "%d or more events still wait for the bot. Deliver them first, or discard them with the removal.", waiting)
	}
	return bm.Errorf(bm.Conflict, "%d events still wait for the bot. Deliver them first, or discard them with the removal.", waiting)
}

// DiscardRemoved discards what still waits for the bots of removed deployments, in
// small transactions that hold up nobody. A removal calls it; so does a sweep, for
// what a removal did not finish.
func (s *Store) DiscardRemoved(ctx context.Context) error {
	for {
		// Index: events_waiting_idx. The row's state is asked again where it is changed.
		tag, err := s.pool.Exec(ctx, `
			UPDATE events e SET state = 'discarded'
			FROM (SELECT w.business_id, w.log
			      FROM deployments d
			      CROSS JOIN LATERAL (
			          SELECT business_id, log FROM events
			          WHERE business_id = d.business_id AND deployment_id = d.id AND state IN ('waiting', 'parked')
			          LIMIT 5000) w
			      WHERE d.removed_at IS NOT NULL
			      LIMIT 5000) w
			WHERE e.business_id = w.business_id AND e.log = w.log AND e.state IN ('waiting', 'parked')`)
		if err != nil {
			return mapped(err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
	}
}

// removeDeployment is the step that ends one deployment.
func removeDeployment(ctx context.Context, tx pgx.Tx, by bm.Actor, partner int64, d *bm.Deployment) error {
	if _, err := tx.Exec(ctx, `DELETE FROM credentials WHERE business_id = $1 AND deployment_id = $2`, d.BusinessID, d.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE deployments SET removed_at = now(), active = false
		WHERE business_id = $1 AND id = $2`, d.BusinessID, d.ID); err != nil {
		return err
	}
	act := bm.Audit{
		PartnerID: partner, BusinessID: d.BusinessID, Platform: d.Platform,
		Act: "remove deployment", Subject: string(d.Platform),
	}
	if err := record(ctx, tx, by, act); err != nil {
		return err
	}
	return changed(ctx, tx, d)
}

// changed tells intake to forget a deployment, and pages to look again.
func changed(ctx context.Context, tx pgx.Tx, d *bm.Deployment) error {
	if err := notify(ctx, tx, ChannelDeployments, d.CallbackID); err != nil {
		return err
	}
	return notify(ctx, tx, ChannelChanges, fmt.Sprintf("deployment:%d", d.ID))
}

// notify tells listeners of a channel when the transaction commits. It is for rare
// acts only: a notification takes a lock of the whole server at commit.
func notify(ctx context.Context, tx pgx.Tx, channel, payload string) error {
	_, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload)
	return err
}
