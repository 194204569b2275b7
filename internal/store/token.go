package store

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

const tokenColumns = `id, name, role, all_partners, partners, businesses, last_four, created_at, last_used_at, expires_at, revoked_at`

func scanToken(row pgx.CollectableRow) (bm.Token, error) {
	var t bm.Token
	var used, expires, revoked *time.Time
	err := row.Scan(&t.ID, &t.Name, &t.Role, &t.Scope.AllPartners, &t.Scope.Partners, &t.Scope.Businesses,
		&t.LastFour, &t.CreatedAt, &used, &expires, &revoked)
	t.CreatedAt, t.LastUsedAt, t.ExpiresAt, t.RevokedAt = t.CreatedAt.UTC(), orZero(used), orZero(expires), orZero(revoked)
	return t, err
}

// newTokenValue makes "bm_" and 43 letters and digits: log2(62) = 5.95 bits each,
// 256 in all, and a double click takes the whole of it. Bytes past the last whole
// multiple of 62 are thrown away, so that no character is likelier than another.
func newTokenValue() bm.Secret {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, 43)
	var b [64]byte
	for len(out) < 43 {
		_, _ = rand.Read(b[:])
		for _, c := range b {
			if c < 248 && len(out) < 43 { // 248 = 4 × 62
				out = append(out, alphabet[c%62])
			}
		}
	}
	return bm.NewSecret("bm_" + string(out))
}

// AddToken makes an API token. Its value is in the answer and nowhere else. A
// zero time never expires. A bot's token names its businesses; no other may.
func (s *Store) AddToken(ctx context.Context, by bm.Actor, name string, role bm.Role, scope bm.Scope, expires time.Time) (bm.Secret, bm.Token, error) {
	name, err := bm.CheckName("name", "token", name)
	if err != nil {
		return bm.Secret{}, bm.Token{}, err
	}
	if err := checkTokenScope(role, &scope); err != nil {
		return bm.Secret{}, bm.Token{}, err
	}
	value := newTokenValue()
	var t bm.Token
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if err := tokenTargets(ctx, tx, scope); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			INSERT INTO api_tokens (name, token_hash, last_four, role, all_partners, partners, businesses, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING `+tokenColumns,
			name, digest(value), bm.LastFourOf(value.Reveal()), role, scope.AllPartners, scope.Partners, scope.Businesses, orNull(expires))
		if err != nil {
			return err
		}
		if t, err = pgx.CollectExactlyOneRow(rows, scanToken); err != nil {
			return err
		}
		return record(ctx, tx, by, bm.Audit{Act: "add token", Subject: name, Detail: map[string]string{"role": string(role)}})
	})
	if err != nil {
		return bm.Secret{}, bm.Token{}, err
	}
	return value, t, nil
}

// checkTokenScope brings a scope to the form that is stored: owners see every
// partner, a bot is limited by its businesses alone.
func checkTokenScope(role bm.Role, scope *bm.Scope) error {
	if role != bm.RoleBot {
		if _, err := bm.ParseRole(string(role)); err != nil {
			return bm.InvalidField("role", "A token's role is owner, admin, support or bot.")
		}
	}
	scope.Partners = distinct(scope.Partners)
	switch {
	case role == bm.RoleBot && len(scope.Businesses) == 0:
		return bm.InvalidField("business", "A bot's token names the businesses whose events it reads. Name at least one.")
	case role != bm.RoleBot && scope.Businesses != nil:
		return bm.InvalidField("business", "Only a bot's token names businesses. Leave them out, or make it a bot's.")
	case role == bm.RoleBot:
		scope.Businesses = distinct(scope.Businesses)
		if len(scope.Partners) == 0 {
			scope.AllPartners = true
		}
	case role == bm.RoleOwner:
		scope.AllPartners = true
	case !scope.AllPartners && len(scope.Partners) == 0:
		return bm.InvalidField("partner", "Choose at least one partner whose businesses this token may see.")
	}
	if scope.AllPartners {
		scope.Partners = []int64{}
	}
	return nil
}

// tokenTargets refuses a token for what does not exist: a typing slip would
// otherwise look like a token that works and sees nothing.
func tokenTargets(ctx context.Context, tx pgx.Tx, scope bm.Scope) error {
	var partners, businesses int
	err := tx.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM partners WHERE id = ANY ($1)),
		       (SELECT count(*) FROM businesses WHERE id = ANY ($2) AND removed_at IS NULL
		          AND ($3 OR partner_id = ANY ($1)))`,
		scope.Partners, scope.Businesses, scope.AllPartners).Scan(&partners, &businesses)
	if err != nil {
		return err
	}
	if partners != len(scope.Partners) {
		return bm.InvalidField("partner", "One of these partners does not exist. No token was made.")
	}
	if businesses != len(scope.Businesses) {
		return bm.InvalidField("business", "One of these businesses does not exist, or belongs to another partner. No token was made.")
	}
	return nil
}

// TokenByValue finds the token that a caller showed and notes its use, at most
// once a minute. Unknown, revoked and expired ones have one answer.
func (s *Store) TokenByValue(ctx context.Context, value bm.Secret) (bm.Token, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+tokenColumns+` FROM api_tokens
		WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`, digest(value))
	if err != nil {
		return bm.Token{}, mapped(err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanToken)
	if errors.Is(err, pgx.ErrNoRows) {
		return bm.Token{}, bm.Errorf(bm.SignedOut, "This API token is unknown, expired or revoked.")
	}
	if err != nil {
		return bm.Token{}, mapped(err)
	}
	if time.Since(t.LastUsedAt) >= touchEvery {
		_, err = s.pool.Exec(ctx, `UPDATE api_tokens SET last_used_at = now() WHERE id = $1`, t.ID)
	}
	return t, mapped(err)
}

// Tokens lists every token, revoked ones included, the newest first.
func (s *Store) Tokens(ctx context.Context) ([]bm.Token, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+tokenColumns+` FROM api_tokens ORDER BY id DESC`)
	if err != nil {
		return nil, mapped(err)
	}
	list, err := pgx.CollectRows(rows, scanToken)
	return list, mapped(err)
}

// RevokeToken makes a token worthless at once. Its line stays, for the audit.
func (s *Store) RevokeToken(ctx context.Context, by bm.Actor, name string) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE api_tokens SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL`, name)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return bm.Errorf(bm.NotFound, "There is no token of this name in use.")
		}
		return record(ctx, tx, by, bm.Audit{Act: "revoke token", Subject: name})
	})
}
