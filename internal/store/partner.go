package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// noPartner is said for a partner that is not there and for one out of sight, so
// that nobody learns which of the two it is.
const noPartner = "There is no such partner. Look for it under Partners, or ask an owner to let you see it."

// CreatePartner adds a partner.
func (s *Store) CreatePartner(ctx context.Context, by bm.Actor, name string) (bm.Partner, error) {
	name, err := bm.CheckName("name", "partner", name)
	if err != nil {
		return bm.Partner{}, err
	}
	var p bm.Partner
	err = s.tx(ctx, func(tx pgx.Tx) error {
		p, err = addPartner(ctx, tx, name)
		if err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{PartnerID: p.ID, Act: "create partner", Subject: p.Name})
	})
	return p, err
}

func addPartner(ctx context.Context, tx pgx.Tx, name string) (bm.Partner, error) {
	rows, err := tx.Query(ctx, `INSERT INTO partners (name) VALUES ($1) RETURNING id, name, created_at`, name)
	if err != nil {
		return bm.Partner{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanPartner)
}

// Partners lists every partner in sight, by name.
func (s *Store) Partners(ctx context.Context, sc bm.Scope) ([]bm.Partner, error) {
	mine, _ := walls(sc)
	return s.partners(ctx, `
		SELECT id, name, created_at
		FROM partners
		WHERE $1::bigint[] IS NULL OR id = ANY ($1)
		ORDER BY lower(name), id`, mine)
}

// PartnersPage lists partners in sight, newest first, below an id (0: from the newest).
func (s *Store) PartnersPage(ctx context.Context, sc bm.Scope, before int64, limit int) ([]bm.Partner, error) {
	mine, _ := walls(sc)
	return s.partners(ctx, `
		SELECT id, name, created_at
		FROM partners
		WHERE ($1::bigint[] IS NULL OR id = ANY ($1)) AND ($2 = 0 OR id < $2)
		ORDER BY id DESC
		LIMIT $3`, mine, before, limit)
}

func (s *Store) partners(ctx context.Context, sql string, args ...any) ([]bm.Partner, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanPartner)
	return list, mapped(err)
}

// FindPartner finds a partner in sight by what a person calls it: its id, or else
// its name in any case. A number is an id first, because a name that is a number
// can still be given by its id.
func (s *Store) FindPartner(ctx context.Context, sc bm.Scope, idOrName string) (bm.Partner, error) {
	idOrName = strings.Join(strings.Fields(idOrName), " ")
	id, err := strconv.ParseInt(idOrName, 10, 64)
	if err != nil {
		id = 0
	}
	mine, _ := walls(sc)
	list, err := s.partners(ctx, `
		SELECT id, name, created_at
		FROM partners
		WHERE (id = $1 OR lower(name) = lower($2)) AND ($3::bigint[] IS NULL OR id = ANY ($3))
		ORDER BY id = $1 DESC
		LIMIT 1`, id, idOrName, mine)
	if err != nil {
		return bm.Partner{}, err
	}
	if len(list) == 0 {
		return bm.Partner{}, bm.Errorf(bm.NotFound, noPartner)
	}
	return list[0], nil
}

func scanPartner(row pgx.CollectableRow) (p bm.Partner, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.CreatedAt)
	p.CreatedAt = p.CreatedAt.UTC()
	return p, err
}
