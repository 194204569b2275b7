package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

func TestLastOwnerCannotBeDisabledNotEvenByTwoAtOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	one, two := p.add("one@example.com", bm.RoleOwner), p.add("two@example.com", bm.RoleOwner)
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, id := range []int64{one.ID, two.ID} {
		both.Go(func() { errs[i] = p.DisableUser(ctx, system(), id) })
	}
	both.Wait()
	if n := p.number(`SELECT count(*) FROM users WHERE disabled_at IS NULL`); n != 1 {
		t.Fatalf("%d owners can sign in, want 1 (%v)", n, errs)
	}
	left, err := p.FirstOwner(ctx)
	fine(t, err)
	kind(t, p.DisableUser(ctx, system(), left.ID), bm.Conflict)
}

func TestDisablingEndsSessionsAndLinks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	p.add("owner@example.com", bm.RoleOwner)
	u := p.add("mara@example.com", bm.RoleAdmin)
	now := time.Now()
	cookie, token := p.in(u, now), p.link(u, bm.LinkInvite)
	fine(t, p.DisableUser(ctx, system(), u.ID))
	_, err := p.LoadSession(ctx, cookie, now)
	kind(t, err, bm.NotFound)
	_, _, err = p.UseLink(ctx, token, bm.NewSecret("hash"), "")
	kind(t, err, bm.NotFound)
	_, err = p.MakeLink(ctx, system(), u.ID, bm.LinkRecover, time.Hour)
	kind(t, err, bm.Conflict)
	_, err = p.StartSession(ctx, u.Actor(""), bm.Secret{}, "", now)
	kind(t, err, bm.SignedOut)
	fine(t, p.DisableUser(ctx, system(), u.ID)) // twice changes nothing
	if n := p.number(`SELECT count(*) FROM audit WHERE act = 'disable person'`); n != 1 {
		t.Errorf("%d lines in the audit, want 1", n)
	}
}

func TestPersonIsFoundHoweverTheAddressIsWritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("  Mara@Example.COM ", bm.RoleOwner)
	got, err := p.UserByEmail(ctx, "MARA@example.com")
	fine(t, err)
	if got.ID != u.ID || got.Email != "mara@example.com" || !got.AllPartners || got.HasPassword {
		t.Errorf("got %+v", got)
	}
	_, err = p.CreateUser(ctx, system(), "mara@EXAMPLE.com", "Other", bm.RoleAdmin, nil, true)
	kind(t, err, bm.Conflict)
}

func TestPersonNeedsPartnersThatExist(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	_, err := p.CreateUser(ctx, system(), "a@example.com", "A", bm.RoleAdmin, nil, false)
	kind(t, err, bm.Invalid)
	_, err = p.CreateUser(ctx, system(), "a@example.com", "A", bm.RoleAdmin, []int64{99}, false)
	kind(t, err, bm.Invalid)
	if n := p.number(`SELECT count(*) FROM users`); n != 0 {
		t.Fatalf("%d people were added", n)
	}
	id := int64(p.number(`INSERT INTO partners (name) VALUES ('Nordlicht') RETURNING id`))
	u, err := p.CreateUser(ctx, system(), "a@example.com", "A", bm.RoleAdmin, []int64{id, id}, false)
	fine(t, err)
	if a := u.Actor(""); a.Scope.AllPartners || len(a.Scope.Partners) != 1 || a.Scope.Partners[0] != id {
		t.Errorf("scope is %+v", a.Scope)
	}
}

func TestNewPasswordEndsEverySession(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	now := time.Now()
	cookie := p.in(u, now)
	fine(t, p.SetPassword(ctx, u.Actor(""), u.ID, bm.NewSecret("$argon2id$1")))
	_, err := p.LoadSession(ctx, cookie, now)
	kind(t, err, bm.NotFound)
	// A hash of the password before does not overwrite the new one.
	fine(t, p.Rehash(ctx, u.ID, bm.NewSecret("$argon2id$0"), bm.NewSecret("$argon2id$2")))
	hash, err := p.PasswordHash(ctx, u.ID)
	fine(t, err)
	if hash.Reveal() != "$argon2id$1" {
		t.Error("a hash of the password before was stored over the new one")
	}
}

func TestPreferencesAreKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	fine(t, p.SetTheme(ctx, u.Actor(""), u.ID, "dark"))
	fine(t, p.SetTimeZone(ctx, u.Actor(""), u.ID, "Europe/Berlin"))
	kind(t, p.SetTheme(ctx, u.Actor(""), u.ID, "pink"), bm.Invalid)
	kind(t, p.SetTimeZone(ctx, u.Actor(""), u.ID, "Mars/North"), bm.Invalid)
	got, err := p.User(ctx, u.ID)
	fine(t, err)
	if got.Theme != "dark" || got.TimeZone != "Europe/Berlin" {
		t.Errorf("got %+v", got)
	}
}
