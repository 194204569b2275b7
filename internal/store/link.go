package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// How long links work. An invitation waits for a person who is away for a few
// days; recovery is asked for by somebody who is waiting (NIST SP 800-63B-4 gives
// recovery codes that are sent by mail 24 hours); a link that signs in is printed
// in front of the one who uses it, at every start anew.
const (
	InviteLasts  = 7 * 24 * time.Hour
	RecoverLasts = 24 * time.Hour
	SignInLasts  = 24 * time.Hour
)

// newValue makes 256 random bits, URL safe: a cookie's or a link's value. Only
// its digest is stored, and a plain one: nobody can search through 2^256 values.
func newValue() bm.Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return bm.NewSecret(base64.RawURLEncoding.EncodeToString(b[:]))
}

func digest(value bm.Secret) []byte {
	sum := sha256.Sum256([]byte(value.Reveal()))
	return sum[:]
}

// MakeLink makes a one-time link's token and drops the person's earlier unused
// links of that purpose. Making a recovery link also ends the sessions: it is made
// for somebody who lost a password, perhaps to somebody else.
func (s *Store) MakeLink(ctx context.Context, by bm.Actor, userID int64, purpose bm.LinkPurpose, lasts time.Duration) (bm.Secret, error) {
	token := newValue()
	err := s.tx(ctx, func(tx pgx.Tx) error {
		// The lock makes two links made at once drop one another, not stand side by side.
		if _, err := tx.Exec(ctx, `SELECT 1 FROM users WHERE id = $1 FOR UPDATE`, userID); err != nil {
			return err
		}
		u, err := userByID(ctx, tx, userID)
		if err != nil {
			return err
		}
		if !u.DisabledAt.IsZero() {
			return bm.Errorf(bm.Conflict, "This person is disabled, and a link would let them in. No link was made.")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM links WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL`, userID, purpose); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO links (token_hash, user_id, purpose, expires_at) VALUES ($1, $2, $3, now() + $4::interval)`,
			digest(token), userID, purpose, lasts); err != nil {
			return err
		}
		if purpose == bm.LinkRecover {
			if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID); err != nil {
				return err
			}
		}
		return record(ctx, tx, by, bm.Audit{Act: "make link", Subject: u.Email, Detail: map[string]string{"purpose": string(purpose)}})
	})
	if err != nil {
		return bm.Secret{}, err
	}
	return token, nil
}

// linkSpent is the one answer for a link that was used, ran out, was replaced, or
// never was: whoever tries links learns nothing.
const linkSpent = "This link was used already, was replaced by a newer one, or has run out. Ask an owner for a new one."

// LookAtLink tells whose link it is and what for, and uses nothing up.
func (s *Store) LookAtLink(ctx context.Context, token bm.Secret) (bm.User, bm.LinkPurpose, error) {
	var purpose bm.LinkPurpose
	var id int64
	err := s.pool.QueryRow(ctx, `
		SELECT l.user_id, l.purpose FROM links l JOIN users u ON u.id = l.user_id
		WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > now() AND u.disabled_at IS NULL`,
		digest(token)).Scan(&id, &purpose)
	if err != nil {
		return bm.User{}, "", mapped(missing(err, linkSpent))
	}
	u, err := s.User(ctx, id)
	return u, purpose, err
}

// UseLink uses a link up, once however many try at the same moment, and does what
// it is for in the same transaction: an invitation or a recovery stores the hash
// of the new password and ends the sessions; a sign-in link takes none. The
// caller then starts a session for the person.
func (s *Store) UseLink(ctx context.Context, token, hash bm.Secret, address string) (bm.User, bm.LinkPurpose, error) {
	var u bm.User
	var purpose bm.LinkPurpose
	err := s.tx(ctx, func(tx pgx.Tx) error {
		var id int64
		// One of two racing updates waits for the other's row and then finds it used.
		if err := tx.QueryRow(ctx, `
			UPDATE links SET used_at = now()
			WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()
			RETURNING user_id, purpose`, digest(token)).Scan(&id, &purpose); err != nil {
			return missing(err, linkSpent)
		}
		var err error
		if u, err = userByID(ctx, tx, id); err != nil {
			return err
		}
		if !u.DisabledAt.IsZero() {
			return bm.Errorf(bm.NotFound, linkSpent)
		}
		if purpose != bm.LinkSignIn {
			if err := setPassword(ctx, tx, id, hash); err != nil {
				return err
			}
			// A second link to the same door would stay open behind the first.
			if _, err := tx.Exec(ctx, `DELETE FROM links WHERE user_id = $1 AND used_at IS NULL`, id); err != nil {
				return err
			}
			u.HasPassword = true
		}
		return record(ctx, tx, u.Actor(address), bm.Audit{Act: "use link", Subject: u.Email, Detail: map[string]string{"purpose": string(purpose)}})
	})
	if err != nil {
		return bm.User{}, "", err
	}
	return u, purpose, nil
}
