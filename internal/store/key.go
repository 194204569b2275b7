package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// SealingKeys tells which keys the database was told that secrets may be sealed
// with, and whether anything is sealed at all.
func (s *Store) SealingKeys(ctx context.Context) (ids []uint32, sealed bool, err error) {
	rows, err := s.pool.Query(ctx, `SELECT key_id FROM keyset_keys ORDER BY key_id`)
	if err != nil {
		return nil, false, mapped(err)
	}
	noted, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, false, mapped(err)
	}
	for _, id := range noted {
		ids = append(ids, uint32(id))
	}
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM credentials)`).Scan(&sealed)
	return ids, sealed, mapped(err)
}

// NoteSealingKeys writes down which keys secrets are sealed with from now on.
// Keys of before are forgotten only where nothing is sealed.
func (s *Store) NoteSealingKeys(ctx context.Context, ids []uint32) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM keyset_keys WHERE NOT EXISTS (SELECT 1 FROM credentials)`); err != nil {
			return err
		}
		for _, id := range slices.Sorted(slices.Values(ids)) {
			if _, err := tx.Exec(ctx, `INSERT INTO keyset_keys (key_id) VALUES ($1) ON CONFLICT DO NOTHING`, int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
}
