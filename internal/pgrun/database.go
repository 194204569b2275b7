package pgrun

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// slow is when people wonder whether anything happens. A restart takes 0.3 s;
// only repair after a crash takes longer, and how long depends on the data.
const slow = 3 * time.Second

// awaitReady waits until the server takes connections or has ended.
func (s *Server) awaitReady(ctx context.Context, say func(string)) error {
	late := time.NewTimer(slow)
	defer late.Stop()
	for {
		// Asking the file first spares the log a complaint for every look.
		if _, err := readAddress(s.place); err == nil {
			if conn, err := pgx.Connect(ctx, s.AdminURL()); err == nil {
				return conn.Close(ctx)
			}
		}
		select {
		case <-s.Done():
			return fmt.Errorf("the database server did not start: %s; its log is %s", lastWords(s.place.log()), s.place.log())
		case <-ctx.Done():
			return fmt.Errorf("the database server did not answer in time (%w); its log is %s", ctx.Err(), s.place.log())
		case <-late.C:
			say("The database is still starting. After an unclean end it repairs itself first.")
		case <-time.After(pause):
		}
	}
}

// ensureDatabase makes the product's role and database on the first start, and
// mends a first start that was cut off in between.
func (s *Server) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL())
	if err != nil {
		return fmt.Errorf("the database cannot be reached: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var made bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&made)
	if err != nil || made {
		return err
	}
	// The role gets the superuser's password by its hash, so that no statement
	// holds a password. The database comes last: it is the sign of completeness.
	if _, err := conn.Exec(ctx, `DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '`+role+`') THEN
			EXECUTE format('CREATE ROLE `+role+` LOGIN PASSWORD %L',
				(SELECT rolpassword FROM pg_authid WHERE rolname = '`+superuser+`'));
		END IF;
	END $$`); err != nil {
		return fmt.Errorf("the role of the database cannot be made: %w", err)
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+database+` OWNER `+role); err != nil {
		return fmt.Errorf("the database cannot be made: %w", err)
	}
	return nil
}

// reachable tries the product's own role and database.
func (s *Server) reachable(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}
