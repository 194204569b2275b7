// Package migrations holds the schema as numbered steps and brings a database up
// to date under a lock. It knows goose and nothing of what the tables mean.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed [0-9]*.sql
var files embed.FS

// Status tells how a database's schema stands to the one that this program needs.
type Status struct {
	Have int64 // newest version applied; 0 for an empty database
	Want int64 // newest version that this program knows
	// Break is the newest version applied that older programs must not run beside.
	Break int64
}

// Behind tells whether the schema must be brought up first.
func (s Status) Behind() bool { return s.Have < s.Want }

// Up brings the database at url to the newest version. Several may call it at
// once: a session lock of the database lets one work and the others wait.
func Up(ctx context.Context, url string) error {
	return with(ctx, url, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// Down takes back every step; for the test that steps can be taken back.
func Down(ctx context.Context, url string) error {
	return with(ctx, url, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

// Current reads how the schema at url stands, without changing anything.
func Current(ctx context.Context, url string) (Status, error) {
	want, err := newest()
	if err != nil {
		return Status{}, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var have sql.NullInt64
	err = conn.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&have)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // undefined_table: nothing was ever applied
		err = nil
	}
	if err != nil || !have.Valid || have.Int64 == 0 {
		return Status{Want: want}, err
	}
	st := Status{Have: have.Int64, Want: want}
	err = conn.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM schema_breaks`).Scan(&st.Break)
	return st, err
}

// Fits is nil when this program may run on the schema: not older than it needs,
// and not newer by a step marked breaking.
func (s Status) Fits() error {
	if s.Behind() {
		return fmt.Errorf("the database schema is at version %d and this program needs %d: run 'businessmanager migrate' first", s.Have, s.Want)
	}
	if s.Break > s.Want {
		return fmt.Errorf("the database schema is at version %d, and programs that know only %d must not run on it: install a newer release", s.Have, s.Want)
	}
	return nil
}

func newest() (int64, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return 0, err
	}
	var v int64
	for _, e := range entries {
		n, err := goose.NumericComponent(e.Name())
		if err != nil {
			return 0, err
		}
		v = max(v, n)
	}
	return v, nil
}

func with(ctx context.Context, url string, do func(*goose.Provider) error) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { _ = db.Close() }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	return do(p)
}
