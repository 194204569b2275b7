package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// userColumns are read by scanUser, from users AS u.
const userColumns = `u.id, u.email, u.name, u.role, u.all_partners,
	coalesce((SELECT array_agg(m.partner_id ORDER BY m.partner_id) FROM user_partners m WHERE m.user_id = u.id), '{}'),
	u.password_hash IS NOT NULL, u.disabled_at, u.created_at, u.time_zone, u.theme`

func scanUser(row pgx.CollectableRow) (bm.User, error) {
	var u bm.User
	var disabled *time.Time
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.AllPartners, &u.Partners,
		&u.HasPassword, &disabled, &u.CreatedAt, &u.TimeZone, &u.Theme)
	u.DisabledAt, u.CreatedAt = orZero(disabled), u.CreatedAt.UTC()
	return u, err
}

// CreateUser adds a person, who signs in after an invitation link or a password.
// An owner sees every partner; anybody else needs to be told which.
func (s *Store) CreateUser(ctx context.Context, by bm.Actor, email, name string, role bm.Role, partners []int64, allPartners bool) (bm.User, error) {
	email, err := bm.CheckEmail(email)
	if err != nil {
		return bm.User{}, err
	}
	if name, err = bm.CheckName("name", "person", name); err != nil {
		return bm.User{}, err
	}
	if role, err = bm.ParseRole(string(role)); err != nil {
		return bm.User{}, err
	}
	allPartners = allPartners || role == bm.RoleOwner
	partners = distinct(partners)
	if !allPartners && len(partners) == 0 {
		return bm.User{}, bm.InvalidField("partner", "Choose at least one partner whose businesses this person may see.")
	}
	if allPartners {
		partners = nil
	}
	var u bm.User
	err = s.tx(ctx, func(tx pgx.Tx) error {
		var id int64
		if err := tx.QueryRow(ctx, `INSERT INTO users (email, name, role, all_partners) VALUES ($1, $2, $3, $4) RETURNING id`,
			email, name, role, allPartners).Scan(&id); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `INSERT INTO user_partners (user_id, partner_id) SELECT $1, id FROM partners WHERE id = ANY ($2)`, id, partners)
		if err != nil {
			return err
		}
		if tag.RowsAffected() != int64(len(partners)) {
			return bm.InvalidField("partner", "One of these partners does not exist. Nobody was added.")
		}
		if u, err = userByID(ctx, tx, id); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{Act: "add person", Subject: email, Detail: map[string]string{"role": string(role)}})
	})
	return u, err
}

// distinct gives a sorted list without repeats, never nil.
func distinct(ids []int64) []int64 {
	out := append([]int64{}, ids...)
	slices.Sort(out)
	return slices.Compact(out)
}

func userByID(ctx context.Context, tx pgx.Tx, id int64) (bm.User, error) {
	rows, err := tx.Query(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id)
	if err != nil {
		return bm.User{}, err
	}
	u, err := pgx.CollectExactlyOneRow(rows, scanUser)
	return u, missing(err, "There is no such person.")
}

// User reads one person.
func (s *Store) User(ctx context.Context, id int64) (bm.User, error) {
	return s.oneUser(ctx, `WHERE u.id = $1`, "There is no such person.", id)
}

// UserByEmail reads the person with an address, however it is written.
func (s *Store) UserByEmail(ctx context.Context, email string) (bm.User, error) {
	folded, err := bm.CheckEmail(email)
	if err != nil {
		return bm.User{}, err
	}
	return s.oneUser(ctx, `WHERE u.email = $1`, "There is no person with this email address.", folded)
}

// FirstOwner is the owner who was added first and may still sign in.
func (s *Store) FirstOwner(ctx context.Context) (bm.User, error) {
	return s.oneUser(ctx, `WHERE u.role = 'owner' AND u.disabled_at IS NULL ORDER BY u.id LIMIT 1`, "There is no owner yet.")
}

func (s *Store) oneUser(ctx context.Context, where, absent string, args ...any) (bm.User, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+userColumns+` FROM users u `+where, args...)
	if err != nil {
		return bm.User{}, mapped(err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, scanUser)
	return u, mapped(missing(err, "%s", absent))
}

// Users lists everybody, by address.
func (s *Store) Users(ctx context.Context) ([]bm.User, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+userColumns+` FROM users u ORDER BY u.email`)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanUser)
	return list, mapped(err)
}

// DisableUser lets somebody in no more: it ends the sessions and drops the links.
// The last owner who may sign in stays. Disabling twice changes nothing.
func (s *Store) DisableUser(ctx context.Context, by bm.Actor, id int64) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		// Every owner is locked, so that the last two cannot disable each other at once.
		rows, err := tx.Query(ctx, `SELECT id FROM users WHERE role = 'owner' AND disabled_at IS NULL ORDER BY id FOR UPDATE`)
		if err != nil {
			return err
		}
		owners, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		if len(owners) == 1 && owners[0] == id {
			return bm.Errorf(bm.Conflict, "This is the last owner who can sign in. Add another owner first.")
		}
		u, err := userByID(ctx, tx, id)
		if err != nil || !u.DisabledAt.IsZero() {
			return err
		}
		for _, q := range []string{
			`UPDATE users SET disabled_at = now() WHERE id = $1`,
			`DELETE FROM sessions WHERE user_id = $1`,
			`DELETE FROM links WHERE user_id = $1 AND used_at IS NULL`,
		} {
			if _, err := tx.Exec(ctx, q, id); err != nil {
				return err
			}
		}
		return record(ctx, tx, by, bm.Audit{Act: "disable person", Subject: u.Email})
	})
}

// SetPassword stores the hash of a new password and ends every session: whoever
// knew the old one is out. The browser that changed it starts a new session.
func (s *Store) SetPassword(ctx context.Context, by bm.Actor, userID int64, hash bm.Secret) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		u, err := userByID(ctx, tx, userID)
		if err != nil {
			return err
		}
		if err := setPassword(ctx, tx, userID, hash); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{Act: "set password", Subject: u.Email})
	})
}

func setPassword(ctx context.Context, tx pgx.Tx, userID int64, hash bm.Secret) error {
	if hash.Empty() {
		return bm.InvalidField("password", "Choose a password.")
	}
	if _, err := tx.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, userID, hash.Reveal()); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID)
	return err
}

// Rehash replaces a hash by one of the same password at today's cost, unless the
// password was changed meanwhile. Nothing that a person decided changes, so
// nothing is recorded and no session ends.
func (s *Store) Rehash(ctx context.Context, userID int64, old, fresh bm.Secret) error {
	_, err := s.pool.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`,
		userID, old.Reveal(), fresh.Reveal())
	return mapped(err)
}

// PasswordHash reads the hash to compare with; empty while no password is set.
func (s *Store) PasswordHash(ctx context.Context, userID int64) (bm.Secret, error) {
	var hash string
	err := s.pool.QueryRow(ctx, `SELECT coalesce(password_hash, '') FROM users WHERE id = $1`, userID).Scan(&hash)
	return bm.NewSecret(hash), mapped(missing(err, "There is no such person."))
}

// UserToSignIn reads who may sign in with an address, and the hash to compare
// with, in one statement. Whoever is disabled or has no password is not found.
func (s *Store) UserToSignIn(ctx context.Context, email string) (bm.User, bm.Secret, error) {
	var id int64
	var hash string
	err := s.pool.QueryRow(ctx, `
		SELECT id, password_hash FROM users
		WHERE email = $1 AND password_hash IS NOT NULL AND disabled_at IS NULL`, foldEmail(email)).Scan(&id, &hash)
	return bm.User{ID: id, Email: foldEmail(email)}, bm.NewSecret(hash), mapped(missing(err, "Nobody signs in with this address."))
}

// SetTheme keeps the look that a person chose: light, dark, or empty for the system's.
func (s *Store) SetTheme(ctx context.Context, by bm.Actor, userID int64, theme string) error {
	if theme != "" && theme != "light" && theme != "dark" {
		return bm.InvalidField("theme", "Choose light, dark, or as the system.")
	}
	return s.prefer(ctx, by, `UPDATE users SET theme = $2 WHERE id = $1 RETURNING email`, "choose appearance", userID, theme)
}

// SetTimeZone keeps the zone in which a person reads times; empty for the browser's.
func (s *Store) SetTimeZone(ctx context.Context, by bm.Actor, userID int64, zone string) error {
	if zone != "" {
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return bm.InvalidField("time_zone", "Choose a time zone by its name, such as Europe/Berlin.")
		}
	}
	return s.prefer(ctx, by, `UPDATE users SET time_zone = $2 WHERE id = $1 RETURNING email`, "choose time zone", userID, zone)
}

func (s *Store) prefer(ctx context.Context, by bm.Actor, update, act string, userID int64, value string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		var email string
		if err := tx.QueryRow(ctx, update, userID, value).Scan(&email); err != nil {
			return missing(err, "There is no such person.")
		}
		return record(ctx, tx, by, bm.Audit{Act: act, Subject: email, Detail: map[string]string{"value": value}})
	})
}
