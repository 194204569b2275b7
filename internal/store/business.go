package store

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// noBusiness is said for a business that is not there, was removed or is out of
// sight, so that nobody learns which of them it is.
const noBusiness = "There is no such business. It may have been removed, or belong to a partner that you cannot see."

// BusinessChange is what a save changes. Nil leaves things as they are.
type BusinessChange struct {
	Name, ViaName, Languages, Notes *string
	Active                          *bool
	PartnerID                       *int64
}

const businessColumns = `
	b.id, b.partner_id, p.name, b.name, b.via_name, b.languages, b.notes, b.active, b.created_at, b.updated_at`

func scanBusiness(row pgx.CollectableRow) (b bm.Business, err error) {
	err = row.Scan(&b.ID, &b.PartnerID, &b.PartnerName, &b.Name, &b.ViaName, &b.Languages, &b.Notes, &b.Active, &b.CreatedAt, &b.UpdatedAt)
	b.CreatedAt, b.UpdatedAt = b.CreatedAt.UTC(), b.UpdatedAt.UTC()
	return b, err
}

// CreateBusiness adds a business to a partner. With an empty via name it gets one
// made from its name; a given one that is taken is a Conflict.
func (s *Store) CreateBusiness(ctx context.Context, by bm.Actor, partner int64, name, viaName string) (bm.Business, error) {
	var wrong fieldErrors
	name = wrong.name(name)
	if viaName != "" {
		wrong.add(checkViaName(viaName))
	}
	if err := bm.InvalidFields(wrong); err != nil {
		return bm.Business{}, err
	}
	var b bm.Business
	err := s.tx(ctx, func(tx pgx.Tx) error {
		p, err := partnerFor(ctx, tx, by.Scope, partner)
		if err != nil {
			return err
		}
		id, err := addBusiness(ctx, tx, p.ID, name, viaName)
		if err != nil {
			return err
		}
		if b, err = oneBusiness(ctx, tx, by.Scope, id, ""); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{
			PartnerID: p.ID, BusinessID: id, Act: "create business", Subject: b.Name,
			Detail: map[string]string{"via_name": b.ViaName, "partner": p.Name},
		})
	})
	return b, err
}

// partnerFor reads the partner that a business is to belong to. It keeps the row
// from being removed until the transaction ends.
func partnerFor(ctx context.Context, tx pgx.Tx, sc bm.Scope, id int64) (bm.Partner, error) {
	if !sc.Allows(id, 0) {
		return bm.Partner{}, bm.Errorf(bm.NotFound, noPartner)
	}
	rows, err := tx.Query(ctx, `SELECT id, name, created_at FROM partners WHERE id = $1 FOR KEY SHARE`, id)
	if err != nil {
		return bm.Partner{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPartner)
	return p, missing(err, noPartner)
}

// addBusiness is the step that makes the row, its counter and its search entry.
func addBusiness(ctx context.Context, tx pgx.Tx, partner int64, name, viaName string) (id int64, err error) {
	if viaName != "" {
		err = tx.QueryRow(ctx, `
			INSERT INTO businesses (partner_id, name, via_name) VALUES ($1, $2, $3) RETURNING id`,
			partner, name, viaName).Scan(&id)
	} else {
		id, err = addWithFreeViaName(ctx, tx, partner, name)
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO business_counters (business_id) VALUES ($1)`, id); err != nil {
		return 0, err
	}
	return id, indexBusiness(ctx, tx, id)
}

// addWithFreeViaName makes a via name from the name. Where it is taken, the first
// free one of _2, _3… is looked up and tried; another transaction that took it
// meanwhile only makes us look again, because ON CONFLICT waits for it to end.
func addWithFreeViaName(ctx context.Context, tx pgx.Tx, partner int64, name string) (id int64, err error) {
	base := viaNameBase(name)
	for v := base; ; {
		err = tx.QueryRow(ctx, `
			INSERT INTO businesses (partner_id, name, via_name) VALUES ($1, $2, $3)
			ON CONFLICT (via_name) DO NOTHING
			RETURNING id`, partner, name, v).Scan(&id)
		if err == nil || missing(err, "") == err {
			return id, err
		}
		// By the unique key: one look-up for each number that is taken.
		var n int
		err = tx.QueryRow(ctx, `
			SELECT n FROM generate_series(2, 1000000) n
			WHERE NOT EXISTS (SELECT 1 FROM businesses WHERE via_name = $1 || '_' || n)
			LIMIT 1`, base).Scan(&n)
		if err != nil {
			return 0, err
		}
		v = bm.ViaNameAgain(base, n)
	}
}

// viaNameBase is the via name that a name would have, were it free. It has no
// hyphen, so it never looks like that of a removed business.
func viaNameBase(name string) string { return bm.ViaNameFrom(Fold(name)) }

// Business gives one business in sight.
func (s *Store) Business(ctx context.Context, sc bm.Scope, id int64) (bm.Business, error) {
	b, err := oneBusiness(ctx, s.pool, sc, id, "")
	return b, mapped(err)
}

// PastBusiness gives one business in sight, also when it was removed: its events
// and its audit stay readable.
func (s *Store) PastBusiness(ctx context.Context, sc bm.Scope, id int64) (bm.Business, error) {
	partners, businesses := walls(sc)
	rows, err := s.pool.Query(ctx, `
		SELECT `+businessColumns+`
		FROM businesses b JOIN partners p ON p.id = b.partner_id
		WHERE b.id = $1 AND `+inSight("b", 2, 3), id, partners, businesses)
	if err != nil {
		return bm.Business{}, mapped(err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, scanBusiness)
	return b, mapped(missing(err, noBusiness))
}

// oneBusiness reads a business; lock is "" or "FOR UPDATE OF b".
func oneBusiness(ctx context.Context, q querier, sc bm.Scope, id int64, lock string) (bm.Business, error) {
	partners, businesses := walls(sc)
	rows, err := q.Query(ctx, `
		SELECT `+businessColumns+`
		FROM businesses b JOIN partners p ON p.id = b.partner_id
		WHERE b.id = $1 AND b.removed_at IS NULL AND `+inSight("b", 2, 3)+`
		`+lock, id, partners, businesses)
	if err != nil {
		return bm.Business{}, err
	}
	b, err := pgx.CollectExactlyOneRow(rows, scanBusiness)
	return b, missing(err, noBusiness)
}

// ChangeBusiness saves settings of a business. What does not change leaves no
// audit line. A move needs both partners in sight.
func (s *Store) ChangeBusiness(ctx context.Context, by bm.Actor, id int64, c BusinessChange) (bm.Business, error) {
	if err := c.check(); err != nil {
		return bm.Business{}, err
	}
	var b bm.Business
	err := s.tx(ctx, func(tx pgx.Tx) error {
		old, err := oneBusiness(ctx, tx, by.Scope, id, "FOR UPDATE OF b")
		if err != nil {
			return err
		}
		b = c.on(old)
		if b.PartnerID != old.PartnerID {
			p, err := partnerFor(ctx, tx, by.Scope, b.PartnerID)
			if err != nil {
				return &bm.Error{Kind: bm.Invalid, Message: noPartner, Fields: []bm.FieldError{{Field: "partner", Message: noPartner}}}
			}
			b.PartnerName = p.Name
		}
		detail := difference(old, b)
		if len(detail) == 0 {
			return nil
		}
		err = tx.QueryRow(ctx, `
			UPDATE businesses
			SET partner_id = $2, name = $3, via_name = $4, languages = $5, notes = $6, active = $7, updated_at = now()
			WHERE id = $1
			RETURNING updated_at`,
			id, b.PartnerID, b.Name, b.ViaName, b.Languages, b.Notes, b.Active).Scan(&b.UpdatedAt)
		if err != nil {
			return err
		}
		if err := indexBusiness(ctx, tx, id); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{
			PartnerID: b.PartnerID, BusinessID: id, Act: changeAct(old, b, len(detail)), Subject: b.Name, Detail: detail,
		})
	})
	b.UpdatedAt = b.UpdatedAt.UTC()
	return b, err
}

// RemoveBusiness ends a business and its deployments. Its secrets are destroyed,
// its via name is free again; its events and audit stay readable. Where events
// wait or are parked it is a Conflict, unless they are to be discarded.
func (s *Store) RemoveBusiness(ctx context.Context, by bm.Actor, id int64, discard bool) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		b, err := oneBusiness(ctx, tx, by.Scope, id, "FOR UPDATE OF b")
		if err != nil {
			return err
		}
		if err := endDeployments(ctx, tx, by, &b, discard); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE businesses
			SET removed_at = now(), updated_at = now(), active = false, via_name = 'removed-' || id
			WHERE id = $1`, id); err != nil {
			return err
		}
		if err := indexBusiness(ctx, tx, id); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{
			PartnerID: b.PartnerID, BusinessID: id, Act: "remove business", Subject: b.Name,
			Detail: map[string]string{"via_name": b.ViaName, "discard": strconv.FormatBool(discard)},
		})
	})
	if err != nil {
		return err
	}
	return s.DiscardRemoved(ctx)
}

// endDeployments settles what waits in all of a business's deployments, also the
// ones removed earlier, and ends those that are left.
func endDeployments(ctx context.Context, tx pgx.Tx, by bm.Actor, b *bm.Business, discard bool) error {
	rows, err := tx.Query(ctx, `
		SELECT `+deploymentColumns+`
		FROM deployments d
		WHERE d.business_id = $1 AND d.removed_at IS NULL
		ORDER BY d.id
		FOR UPDATE OF d`, b.ID)
	if err != nil {
		return err
	}
	live, err := pgx.CollectRows(rows, scanDeployment)
	if err != nil {
		return err
	}
	var ids []int64
	err = tx.QueryRow(ctx, `SELECT coalesce(array_agg(id), '{}') FROM deployments WHERE business_id = $1`, b.ID).Scan(&ids)
	if err != nil {
		return err
	}
	if err := nothingWaits(ctx, tx, b.ID, ids, discard); err != nil {
		return err
	}
	for i := range live {
		if err := removeDeployment(ctx, tx, by, b.PartnerID, &live[i]); err != nil {
			return err
		}
	}
	return nil
}
