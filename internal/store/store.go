// Package store is every line of SQL of the house, a file for each noun.
//
// An exported method is one act of the business and one transaction; lower-case
// functions take the transaction and do a step of it. It owns the transactions and
// writes the audit line inside them, so that an act without its record does not
// exist. Console, API, intake and the acts of connect call it.
//
// It takes and gives sealed secrets only, and refuses to know keys, platforms and
// HTTP. No network call is made while one of its transactions is open.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"

	"businessmanager/internal/bm"
)

// Store speaks to one database.
type Store struct {
	pool *pgxpool.Pool
}

// New makes a store on a pool. The schema must be up to date.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// tx runs a transaction and brings its error to the words of the house.
func (s *Store) tx(ctx context.Context, do func(tx pgx.Tx) error) error {
	return mapped(pgx.BeginFunc(ctx, s.pool, do))
}

// mapped turns what the database says into the words of the house: constraints by
// their names, a lost database into Busy. Errors that already are ours pass.
func mapped(err error) error {
	var ours *bm.Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if away(err) {
			return &bm.Error{Kind: bm.Busy, Message: "The database cannot be reached. Nothing was changed; try again in a moment.", Err: err}
		}
		return err
	}
	if e := broken(pg.ConstraintName); e != nil {
		e.Err = err
		return e
	}
	switch pg.Code {
	case "57P01", "57P02", "57P03", "53300": // shutting down, crashed, starting, too many connections
		return &bm.Error{Kind: bm.Busy, Message: "The database is not ready. Nothing was changed; try again in a moment.", Err: err}
	case "22021": // character_not_in_repertoire: NUL, or not UTF-8
		return &bm.Error{Kind: bm.Invalid, Message: "What was sent holds characters that cannot be stored. Nothing was changed; type it again.", Err: err}
	case "57014": // query_canceled: our own time limit
		return &bm.Error{Kind: bm.Busy, Message: "This took longer than we allow. Nothing was changed; try again, or ask for less.", Err: err}
	}
	return err
}

// broken says what a violated constraint means to a person.
func broken(constraint string) *bm.Error {
	switch constraint {
	case "partners_name_key":
		return taken("name", "There is a partner of this name already.")
	case "businesses_via_name_key":
		return taken("via_name", "Another business has this via name. Choose another one.")
	case "users_email_key":
		return taken("email", "There is a person with this email address already.")
	case "api_tokens_name_key":
		return taken("name", "There is a token of this name already. Revoke it first, or choose another name.")
	case "deployments_business_platform_key":
		return bm.Errorf(bm.Conflict, "This platform is set up already.")
	}
	return nil
}

func taken(field, message string) *bm.Error {
	return &bm.Error{Kind: bm.Conflict, Message: message, Fields: []bm.FieldError{{Field: field, Message: message}}}
}

// away tells whether an error means that the database was not reached, or stopped
// answering.
func away(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || errors.Is(err, context.DeadlineExceeded) ||
		pgconn.SafeToRetry(err) || pgconn.Timeout(err) || errors.Is(err, puddle.ErrClosedPool)
}

// missing turns "no rows" into NotFound with a sentence; other errors pass.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return bm.Errorf(bm.NotFound, format, args...)
	}
	return err
}

// orZero reads a null time as the zero time.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// orNull stores the zero time as null.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// walls gives the two arguments of the condition that keeps a reader inside its
// partners and businesses; see inSight.
func walls(sc bm.Scope) (partners, businesses []int64) {
	if !sc.AllPartners {
		partners = append([]int64{}, sc.Partners...)
	}
	return partners, sc.Businesses
}

// inSight is the condition that stands in every query about businesses: null means
// no limit. b is the alias of the businesses table, p and q the numbers of the
// arguments that walls gave.
func inSight(b string, p, q int) string {
	return fmt.Sprintf(`($%[2]d::bigint[] IS NULL OR %[1]s.partner_id = ANY ($%[2]d)) AND ($%[3]d::bigint[] IS NULL OR %[1]s.id = ANY ($%[3]d))`, b, p, q)
}
