package store

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// How long a session lives. NIST SP 800-63B-4, 2.1.3, leaves sign-in by password
// alone up to 30 days; a console that holds the keys to other people's customers
// asks for more. Twelve hours span a working day with its breaks, and not the
// night; seven days are a working week, and the longest that a stolen cookie can
// be of use.
const (
	SessionIdle  = 12 * time.Hour
	SessionLasts = 7 * 24 * time.Hour
	// touchEvery is how exactly "last seen" is kept: a write per session and
	// minute, not one per request.
	touchEvery = time.Minute
	// agentKept is how much of a browser's name is kept: the longest common ones
	// have some 250 characters.
	agentKept = 300
)

// Session is a signed-in browser, with the person as they are now: a role that
// changed, a partner taken away or a disabled account counts at the next request.
type Session struct {
	bm.Session
	User bm.User
	// Data is what the console remembers between two requests of this browser.
	Data []byte
}

// StartSession signs a browser in and gives the value of its new cookie. The
// session that the browser had before ends in the same transaction, whoever it
// belonged to, so that no value from before the sign-in is worth anything after it.
func (s *Store) StartSession(ctx context.Context, by bm.Actor, before bm.Secret, agent string, at time.Time) (bm.Secret, error) {
	value := newValue()
	err := s.tx(ctx, func(tx pgx.Tx) error {
		// The row is locked, so that disabling the person waits for this session and ends it too.
		var email string
		if err := tx.QueryRow(ctx, `SELECT email FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE`, by.ID).Scan(&email); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				return bm.Errorf(bm.SignedOut, "This account cannot sign in. Ask an owner.")
			}
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE id_hash = $1`, digest(before)); err != nil {
			return err
		}
		// Whatever bytes a browser calls itself must not stand in the way of signing in.
		agent = strings.ReplaceAll(strings.ToValidUTF8(agent, "?"), "\x00", "?")
		if r := []rune(agent); len(r) > agentKept {
			agent = string(r[:agentKept])
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO sessions (id_hash, user_id, data, created_at, last_seen_at, expires_at, address, agent)
			VALUES ($1, $2, '', $3, $3, $4, $5, $6)`,
			digest(value), by.ID, at, at.Add(SessionLasts), by.Address, agent); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{Act: "sign in", Subject: email})
	})
	if err != nil {
		return bm.Secret{}, err
	}
	return value, nil
}

// LoadSession reads the session of a cookie's value, person included, in one
// statement by primary key. What expired, by either clock, and whose person is
// disabled is not found.
func (s *Store) LoadSession(ctx context.Context, value bm.Secret, at time.Time) (Session, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT s.created_at, s.last_seen_at, s.expires_at, s.address, s.agent, s.data, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.id_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND u.disabled_at IS NULL`,
		digest(value), at, at.Add(-SessionIdle))
	if err != nil {
		return Session{}, mapped(err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (Session, error) {
		var one Session
		var disabled *time.Time
		u := &one.User
		err := row.Scan(&one.CreatedAt, &one.LastSeenAt, &one.ExpiresAt, &one.Address, &one.Agent, &one.Data,
			&u.ID, &u.Email, &u.Name, &u.Role, &u.AllPartners, &u.Partners,
			&u.HasPassword, &disabled, &u.CreatedAt, &u.TimeZone, &u.Theme)
		one.ID, one.UserID = hex.EncodeToString(digest(value)), u.ID
		return one, err
	})
	if err != nil {
		return Session{}, mapped(missing(err, "This session is over."))
	}
	return found, nil
}

// TouchSession counts a request as use of a session, at most once a minute. It is
// not called for what a page asks by itself: an open tab is not a person.
func (s *Store) TouchSession(ctx context.Context, value bm.Secret, seen Session, at time.Time) error {
	if at.Sub(seen.LastSeenAt) < touchEvery {
		return nil
	}
	_, err := s.pool.Exec(ctx, `UPDATE sessions SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2`, digest(value), at)
	return mapped(err)
}

// SaveSession replaces what the console remembers, if it still is what the caller
// read: two pages of one browser must not bring back what the other used up.
// A Conflict means that it changed meanwhile, or that the session is over.
func (s *Store) SaveSession(ctx context.Context, value bm.Secret, before, after []byte) error {
	tag, err := s.pool.Exec(ctx, `UPDATE sessions SET data = $3 WHERE id_hash = $1 AND data = $2`, digest(value), before, after)
	if err == nil && tag.RowsAffected() == 0 {
		return bm.Errorf(bm.Conflict, "Another page of this browser was faster. Try again.")
	}
	return mapped(err)
}

// Sessions lists a person's browsers, the last used first.
func (s *Store) Sessions(ctx context.Context, userID int64, at time.Time) ([]bm.Session, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT encode(id_hash, 'hex'), user_id, created_at, last_seen_at, expires_at, address, agent
		FROM sessions
		WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3
		ORDER BY last_seen_at DESC, id_hash`, userID, at, at.Add(-SessionIdle))
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[bm.Session])
	return list, mapped(err)
}

// EndSession ends one session of the actor's own; id is what Sessions gives.
func (s *Store) EndSession(ctx context.Context, by bm.Actor, id string) error {
	hash, err := hex.DecodeString(id)
	if err != nil {
		return bm.Errorf(bm.NotFound, "This session is over already.")
	}
	n, err := s.endSessions(ctx, by, "end session", `DELETE FROM sessions WHERE user_id = $1 AND id_hash = $2`, by.ID, hash)
	if err == nil && n == 0 {
		return bm.Errorf(bm.NotFound, "This session is over already.")
	}
	return err
}

// EndOtherSessions ends all of the actor's sessions but one.
func (s *Store) EndOtherSessions(ctx context.Context, by bm.Actor, keep string) error {
	hash, err := hex.DecodeString(keep)
	if err != nil {
		return bm.Errorf(bm.NotFound, "This session is over already.")
	}
	_, err = s.endSessions(ctx, by, "end other sessions", `DELETE FROM sessions WHERE user_id = $1 AND id_hash <> $2`, by.ID, hash)
	return err
}

// EndSessions signs the actor out everywhere.
func (s *Store) EndSessions(ctx context.Context, by bm.Actor) error {
	_, err := s.endSessions(ctx, by, "sign out everywhere", `DELETE FROM sessions WHERE user_id = $1`, by.ID)
	return err
}

// SignOut ends the session of a cookie's value.
func (s *Store) SignOut(ctx context.Context, by bm.Actor, value bm.Secret) error {
	_, err := s.endSessions(ctx, by, "sign out", `DELETE FROM sessions WHERE user_id = $1 AND id_hash = $2`, by.ID, digest(value))
	return err
}

func (s *Store) endSessions(ctx context.Context, by bm.Actor, act, del string, args ...any) (int64, error) {
	var n int64
	err := s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, del, args...)
		if n = tag.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return record(ctx, tx, by, bm.Audit{Act: act, Subject: by.Email})
	})
	return n, err
}

// SweepPeople removes what time has made worthless: sessions that are over, links
// that ran out a month ago (a used one tells support that it was used), and
// buckets that are empty again.
func (s *Store) SweepPeople(ctx context.Context, at time.Time) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2`, at, at.Add(-SessionIdle)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM links WHERE expires_at <= $1`, at.AddDate(0, -1, 0)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM sign_in_failures WHERE clears_at <= $1`, at)
		return err
	})
}
