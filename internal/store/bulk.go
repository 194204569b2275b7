package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// NewBusiness is one line of a bulk addition. The partner is named, and made where
// there is none of the name; an empty via name is made from the name.
type NewBusiness struct {
	Partner, Name, ViaName, Languages, Notes string
}

// AddBusinesses adds many businesses in one transaction, all of them or none, with
// one audit line. What is wrong with a line is said with its number, from 1.
func (s *Store) AddBusinesses(ctx context.Context, by bm.Actor, list []NewBusiness) error {
	if !by.Scope.AllPartners {
		return bm.Errorf(bm.Forbidden, "Adding businesses in bulk makes partners too, which needs every partner in sight.")
	}
	list = slices.Clone(list)
	for i := range list {
		if err := list[i].check(); err != nil {
			return atLine(i, err)
		}
	}
	return s.tx(ctx, func(tx pgx.Tx) error {
		partners, err := partnersNamed(ctx, tx, by, list)
		if err != nil {
			return err
		}
		if err := chooseViaNames(ctx, tx, list); err != nil {
			return err
		}
		if err := copyBusinesses(ctx, tx, list, partners); err != nil {
			return err
		}
		if err := indexAll(ctx, tx); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{
			Act: "add businesses", Subject: fmt.Sprintf("%d businesses", len(list)),
			Detail: map[string]string{"count": strconv.Itoa(len(list)), "partners": strconv.Itoa(len(partners))},
		})
	})
}

func (b *NewBusiness) check() error {
	var wrong fieldErrors
	partner, err := bm.CheckName("partner", "partner", b.Partner)
	wrong.add(err)
	b.Partner = partner
	b.Name = wrong.name(b.Name)
	if b.ViaName != "" {
		wrong.add(checkViaName(b.ViaName))
	}
	wrong.text("languages", "The languages have", b.Languages, languagesRunes)
	wrong.text("notes", "The notes have", b.Notes, notesRunes)
	return bm.InvalidFields(wrong)
}

func atLine(i int, err error) error {
	var e *bm.Error
	if !errors.As(err, &e) {
		return err
	}
	return &bm.Error{Kind: e.Kind, Message: fmt.Sprintf("Line %d: %s", i+1, e.Message), Fields: e.Fields, Err: err}
}

// partnersNamed gives the ids of the named partners by folded case, and makes
// those that are missing, in the order of the lines.
func partnersNamed(ctx context.Context, tx pgx.Tx, by bm.Actor, list []NewBusiness) (map[string]int64, error) {
	ids := map[string]int64{}
	for _, b := range list {
		key := strings.ToLower(b.Partner)
		if _, ok := ids[key]; ok {
			continue
		}
		var id int64
		err := tx.QueryRow(ctx, `SELECT id FROM partners WHERE lower(name) = lower($1)`, b.Partner).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			var p bm.Partner
			if p, err = addPartner(ctx, tx, b.Partner); err == nil {
				id = p.ID
				err = record(ctx, tx, by, bm.Audit{PartnerID: id, Act: "create partner", Subject: p.Name})
			}
		}
		if err != nil {
			return nil, err
		}
		ids[key] = id
	}
	return ids, nil
}

// chooseViaNames makes the via names that are not given. Who takes one of them
// meanwhile makes the whole addition a Conflict.
func chooseViaNames(ctx context.Context, tx pgx.Tx, list []NewBusiness) error {
	taken := map[string]bool{}
	for _, b := range list {
		taken[b.ViaName] = true
	}
	var missing []int
	var bases []string
	for i, b := range list {
		if b.ViaName == "" {
			missing = append(missing, i)
			bases = append(bases, viaNameBase(b.Name))
		}
	}
	rows, err := tx.Query(ctx, `
		SELECT via_name FROM businesses
		WHERE via_name = ANY ($1) OR regexp_replace(via_name, '_[0-9]+$', '') = ANY ($1)`, bases)
	if err != nil {
		return err
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, v := range there {
		taken[v] = true
	}
	next := map[string]int{}
	for n, i := range missing {
		v := bases[n]
		for taken[v] {
			next[bases[n]] = max(2, next[bases[n]]+1)
			v = bm.ViaNameAgain(bases[n], next[bases[n]])
		}
		taken[v], list[i].ViaName = true, v
	}
	return nil
}

// copyBusinesses writes rows and counters. The ids are drawn first, because rows
// that are copied cannot say which they got.
func copyBusinesses(ctx context.Context, tx pgx.Tx, list []NewBusiness, partners map[string]int64) error {
	rows, err := tx.Query(ctx, `
		SELECT nextval(pg_get_serial_sequence('businesses', 'id')) FROM generate_series(1, $1::bigint)`, len(list))
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"businesses"},
		[]string{"id", "partner_id", "name", "via_name", "languages", "notes"},
		pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			b := &list[i]
			return []any{ids[i], partners[strings.ToLower(b.Partner)], b.Name, b.ViaName, b.Languages, b.Notes}, nil
		}))
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"business_counters"}, []string{"business_id"},
		pgx.CopyFromSlice(len(ids), func(i int) ([]any, error) { return []any{ids[i]}, nil }))
	return err
}
