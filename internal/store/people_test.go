package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/store"
)

// people is a database with a few who may sign in.
type people struct {
	*store.Store
	t    *testing.T
	pool *pgxpool.Pool
}

func newPeople(t *testing.T) *people {
	t.Helper()
	pool := pgtest.New(t)
	return &people{Store: store.New(pool), t: t, pool: pool}
}

func system() bm.Actor { return bm.System("test") }

// add adds a person who sees every partner.
func (p *people) add(email string, role bm.Role) bm.User {
	p.t.Helper()
	u, err := p.CreateUser(context.Background(), system(), email, "Name Of", role, nil, true)
	fine(p.t, err)
	return u
}

func (p *people) link(u bm.User, purpose bm.LinkPurpose) bm.Secret {
	p.t.Helper()
	token, err := p.MakeLink(context.Background(), system(), u.ID, purpose, time.Hour)
	fine(p.t, err)
	return token
}

// in signs a person in and gives the cookie's value.
func (p *people) in(u bm.User, at time.Time) bm.Secret {
	p.t.Helper()
	value, err := p.StartSession(context.Background(), u.Actor("192.0.2.1"), bm.Secret{}, "browser", at)
	fine(p.t, err)
	return value
}

// number reads one number from the database.
func (p *people) number(sql string, args ...any) int {
	p.t.Helper()
	var n int
	fine(p.t, p.pool.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kind wants an error of a kind.
func kind(t testing.TB, err error, want bm.Kind) {
	t.Helper()
	if err == nil || bm.KindOf(err) != want {
		t.Fatalf("got %v, want an error of kind %d", err, want)
	}
}

func TestNoSecretOfAPersonIsInTheDatabaseInClear(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	link := p.link(u, bm.LinkSignIn)
	cookie := p.in(u, time.Now())
	token, _, err := p.AddToken(ctx, system(), "crm", bm.RoleSupport, bm.Scope{AllPartners: true}, time.Time{})
	fine(t, err)
	typed := "my password, typed into the wrong box"
	_, err = p.AdmitTry(ctx, store.Try{Email: typed, Address: "192.0.2.1", At: time.Now()})
	fine(t, err)
	for _, table := range []string{"users", "links", "sessions", "api_tokens", "sign_in_failures", "audit"} {
		var dump string
		fine(t, p.pool.QueryRow(ctx, `SELECT coalesce(string_agg(r::text, E'\n'), '') FROM `+table+` r`).Scan(&dump))
		if dump == "" {
			t.Errorf("nothing in %s: the test looks at nothing", table)
		}
		for _, secret := range []string{link.Reveal(), cookie.Reveal(), token.Reveal(), typed} {
			if strings.Contains(dump, secret) {
				t.Errorf("%s holds a secret in clear", table)
			}
		}
	}
}
