package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

func TestLinkWorksOnceHoweverManyTry(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	token := p.link(p.add("mara@example.com", bm.RoleOwner), bm.LinkSignIn)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if _, _, err := p.UseLink(ctx, token, bm.Secret{}, ""); err == nil {
				won.Add(1)
			} else if bm.KindOf(err) != bm.NotFound {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Fatalf("the link worked %d times", won.Load())
	}
}

func TestLookingUsesNothingUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	token := p.link(u, bm.LinkInvite)
	for range 3 {
		got, purpose, err := p.LookAtLink(ctx, token)
		fine(t, err)
		if got.ID != u.ID || purpose != bm.LinkInvite {
			t.Fatalf("got %v, %s", got.ID, purpose)
		}
	}
	// Without a password nothing is used up either.
	_, _, err := p.UseLink(ctx, token, bm.Secret{}, "")
	kind(t, err, bm.Invalid)
	_, _, err = p.UseLink(ctx, token, bm.NewSecret("hash"), "")
	fine(t, err)
	_, _, err = p.LookAtLink(ctx, token)
	kind(t, err, bm.NotFound)
}

func TestNewLinkReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	first, other, second := p.link(u, bm.LinkInvite), p.link(u, bm.LinkSignIn), p.link(u, bm.LinkInvite)
	_, _, err := p.LookAtLink(ctx, first)
	kind(t, err, bm.NotFound)
	for _, token := range []bm.Secret{other, second} {
		_, _, err = p.LookAtLink(ctx, token)
		fine(t, err)
	}
}

func TestLinkRunsOut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	token, err := p.MakeLink(ctx, system(), u.ID, bm.LinkSignIn, -time.Second)
	fine(t, err)
	_, _, err = p.LookAtLink(ctx, token)
	kind(t, err, bm.NotFound)
	_, _, err = p.UseLink(ctx, token, bm.Secret{}, "")
	kind(t, err, bm.NotFound)
}

func TestRecoveryEndsSessionsWhenItIsMadeAndWhenItIsUsed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	now := time.Now()
	before := p.in(u, now)
	token := p.link(u, bm.LinkRecover)
	_, err := p.LoadSession(ctx, before, now)
	kind(t, err, bm.NotFound)
	between := p.in(u, now)
	_, _, err = p.UseLink(ctx, token, bm.NewSecret("hash"), "192.0.2.1")
	fine(t, err)
	_, err = p.LoadSession(ctx, between, now)
	kind(t, err, bm.NotFound)
	hash, err := p.PasswordHash(ctx, u.ID)
	fine(t, err)
	if hash.Reveal() != "hash" {
		t.Error("the new password was not stored")
	}
}
