package store_test

import (
	"context"
	"regexp"
	"testing"
	"time"

	"businessmanager/internal/bm"
)

func TestTokenIsFoundByItsValueUntilItIsRevokedOrExpires(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	value, made, err := p.AddToken(ctx, system(), "crm sync", bm.RoleSupport, bm.Scope{AllPartners: true}, time.Time{})
	fine(t, err)
	if !regexp.MustCompile(`^bm_[A-Za-z0-9]{43}$`).MatchString(value.Reveal()) {
		t.Error("the value does not look as promised")
	}
	got, err := p.TokenByValue(ctx, value)
	fine(t, err)
	if got.ID != made.ID || got.Role != bm.RoleSupport || !got.Scope.AllPartners || got.Scope.Businesses != nil {
		t.Errorf("got %+v", got)
	}
	list, err := p.Tokens(ctx)
	fine(t, err)
	if len(list) != 1 || list[0].LastUsedAt.IsZero() {
		t.Errorf("its use was not noted: %+v", list)
	}
	_, err = p.TokenByValue(ctx, bm.NewSecret(value.Reveal()+"x"))
	kind(t, err, bm.SignedOut)
	_, _, err = p.AddToken(ctx, system(), "crm sync", bm.RoleSupport, bm.Scope{AllPartners: true}, time.Time{})
	kind(t, err, bm.Conflict)
	fine(t, p.RevokeToken(ctx, system(), "crm sync"))
	_, err = p.TokenByValue(ctx, value)
	kind(t, err, bm.SignedOut)
	kind(t, p.RevokeToken(ctx, system(), "crm sync"), bm.NotFound)

	old, _, err := p.AddToken(ctx, system(), "crm sync", bm.RoleSupport, bm.Scope{AllPartners: true}, time.Now().Add(-time.Second))
	fine(t, err)
	_, err = p.TokenByValue(ctx, old)
	kind(t, err, bm.SignedOut)
}

func TestTokenIsForWhatExists(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	partner := int64(p.number(`INSERT INTO partners (name) VALUES ('Nordlicht') RETURNING id`))
	other := int64(p.number(`INSERT INTO partners (name) VALUES ('Südlicht') RETURNING id`))
	acme := int64(p.number(`INSERT INTO businesses (partner_id, name, via_name) VALUES ($1, 'Acme', 'acme') RETURNING id`, partner))
	for name, c := range map[string]struct {
		role  bm.Role
		scope bm.Scope
	}{
		"a bot without a business":       {bm.RoleBot, bm.Scope{AllPartners: true}},
		"a bot of an unknown business":   {bm.RoleBot, bm.Scope{Businesses: []int64{acme + 1}}},
		"a bot of another's business":    {bm.RoleBot, bm.Scope{Partners: []int64{other}, Businesses: []int64{acme}}},
		"an admin of no partner":         {bm.RoleAdmin, bm.Scope{}},
		"an admin of an unknown partner": {bm.RoleAdmin, bm.Scope{Partners: []int64{other + 1}}},
		"an admin of businesses":         {bm.RoleAdmin, bm.Scope{AllPartners: true, Businesses: []int64{acme}}},
		"a role that does not exist":     {bm.Role("king"), bm.Scope{AllPartners: true}},
		"a role that nobody was given":   {bm.Role(""), bm.Scope{AllPartners: true}},
	} {
		if _, _, err := p.AddToken(ctx, system(), name, c.role, c.scope, time.Time{}); bm.KindOf(err) != bm.Invalid || err == nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, bot, err := p.AddToken(ctx, system(), "bot", bm.RoleBot, bm.Scope{Businesses: []int64{acme}}, time.Time{})
	fine(t, err)
	if a := bot.Actor(""); !a.Scope.Allows(partner, acme) || a.Scope.Allows(partner, acme+1) {
		t.Errorf("a bot's scope is %+v", a.Scope)
	}
}
