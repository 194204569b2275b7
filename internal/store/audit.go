package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// record writes the audit line of an act, in the act's own transaction. What the
// caller leaves empty of author and address is taken from the actor.
func record(ctx context.Context, tx pgx.Tx, by bm.Actor, a bm.Audit) error {
	detail := a.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO audit (partner_id, business_id, platform, actor_kind, actor_id, actor_name, address, act, subject, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.PartnerID, a.BusinessID, a.Platform, by.Kind, by.ID, by.Name, by.Address, a.Act, a.Subject, detail)
	return err
}

// BusinessAudit lists what was done to a business, newest first, below an id
// (0: from the newest).
func (s *Store) BusinessAudit(ctx context.Context, business int64, before int64, limit int) ([]bm.Audit, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id, at, partner_id, business_id, platform, actor_kind, actor_id, actor_name, address, act, subject, detail
		FROM audit
		WHERE business_id = $1 AND ($2 = 0 OR id < $2)
		ORDER BY id DESC
		LIMIT $3`, business, before, limit)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Audit])
	return list, mapped(err)
}
