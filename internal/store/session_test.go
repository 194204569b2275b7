package store_test

import (
	"context"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

func TestSessionEndsIdleAndAfterItsTime(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	start := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	idle := p.in(u, start)
	_, err := p.LoadSession(ctx, idle, start.Add(store.SessionIdle-time.Second))
	fine(t, err)
	_, err = p.LoadSession(ctx, idle, start.Add(store.SessionIdle+time.Second))
	kind(t, err, bm.NotFound)

	busy := p.in(u, start)
	at := start
	for ; at.Before(start.Add(store.SessionLasts - time.Hour)); at = at.Add(time.Hour) {
		s, err := p.LoadSession(ctx, busy, at)
		fine(t, err)
		fine(t, p.TouchSession(ctx, busy, s, at))
	}
	_, err = p.LoadSession(ctx, busy, start.Add(store.SessionLasts))
	kind(t, err, bm.NotFound)

	fine(t, p.SweepPeople(ctx, start.Add(store.SessionLasts)))
	if n := p.number(`SELECT count(*) FROM sessions`); n != 0 {
		t.Errorf("%d sessions were left by the sweep", n)
	}
}

func TestSessionIsTouchedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	start := time.Now().UTC().Truncate(time.Second)
	cookie := p.in(p.add("mara@example.com", bm.RoleOwner), start)
	for _, step := range []struct{ after, want time.Duration }{{59 * time.Second, 0}, {61 * time.Second, 61 * time.Second}} {
		s, err := p.LoadSession(ctx, cookie, start.Add(step.after))
		fine(t, err)
		fine(t, p.TouchSession(ctx, cookie, s, start.Add(step.after)))
		s, err = p.LoadSession(ctx, cookie, start.Add(step.after))
		fine(t, err)
		if got := s.LastSeenAt.Sub(start); got != step.want {
			t.Errorf("after %s it was last seen at %s, want %s", step.after, got, step.want)
		}
	}
}

func TestSignInReplacesTheSessionOfTheBrowser(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	now := time.Now()
	before := p.in(u, now)
	after, err := p.StartSession(ctx, u.Actor(""), before, "browser", now)
	fine(t, err)
	_, err = p.LoadSession(ctx, before, now)
	kind(t, err, bm.NotFound)
	_, err = p.LoadSession(ctx, after, now)
	fine(t, err)
}

func TestChangedRoleAndPartnersCountAtTheNextLoad(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleAdmin)
	now := time.Now()
	cookie := p.in(u, now)
	_, err := p.pool.Exec(ctx, `UPDATE users SET role = 'support', all_partners = false`)
	fine(t, err)
	s, err := p.LoadSession(ctx, cookie, now)
	fine(t, err)
	if a := s.User.Actor(""); a.Can(bm.EditBusinesses) || a.Scope.AllPartners {
		t.Errorf("the actor still is %+v", a)
	}
}

func TestNobodyEndsSessionsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	mara, jonas := p.add("mara@example.com", bm.RoleOwner), p.add("jonas@example.com", bm.RoleOwner)
	now := time.Now()
	hers, his := p.in(mara, now), p.in(jonas, now)
	s, err := p.LoadSession(ctx, his, now)
	fine(t, err)
	kind(t, p.EndSession(ctx, mara.Actor(""), s.ID), bm.NotFound)
	kind(t, p.EndSession(ctx, mara.Actor(""), "no hex"), bm.NotFound)
	fine(t, p.EndSessions(ctx, mara.Actor("")))
	_, err = p.LoadSession(ctx, his, now)
	fine(t, err)
	_, err = p.LoadSession(ctx, hers, now)
	kind(t, err, bm.NotFound)
}

func TestOtherSessionsEndAndThisOneStays(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	u := p.add("mara@example.com", bm.RoleOwner)
	now := time.Now()
	here, there := p.in(u, now), p.in(u, now)
	s, err := p.LoadSession(ctx, here, now)
	fine(t, err)
	fine(t, p.EndOtherSessions(ctx, u.Actor(""), s.ID))
	_, err = p.LoadSession(ctx, there, now)
	kind(t, err, bm.NotFound)
	list, err := p.Sessions(ctx, u.ID, now)
	fine(t, err)
	if len(list) != 1 || list[0].ID != s.ID || list[0].Agent != "browser" || list[0].Address != "192.0.2.1" {
		t.Errorf("got %+v", list)
	}
}

func TestWhatAnotherPageUsedUpIsNotBroughtBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	now := time.Now()
	cookie := p.in(p.add("mara@example.com", bm.RoleOwner), now)
	s, err := p.LoadSession(ctx, cookie, now)
	fine(t, err)
	fine(t, p.SaveSession(ctx, cookie, s.Data, []byte("one")))
	kind(t, p.SaveSession(ctx, cookie, s.Data, []byte("two")), bm.Conflict)
}
