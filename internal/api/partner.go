package api

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

// Partner is a partner as it is sent.
type Partner struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

func partnerOf(p bm.Partner) Partner { return Partner{p.ID, p.Name, p.CreatedAt.UTC()} }

type partnerRequest struct {
	Name string `json:"name" doc:"Up to 120 characters; unique, in any case."`
}

type partnerIn struct{ Body body[partnerRequest] }

type partnerOut struct{ Body Partner }

func (a *API) createPartner(ctx context.Context, by *asked, in *partnerIn) (*partnerOut, error) {
	req, err := in.Body.get()
	if err != nil {
		return nil, err
	}
	p, err := a.Store.CreatePartner(ctx, by.actor, req.Name)
	if err != nil {
		return nil, err
	}
	return &partnerOut{partnerOf(p)}, nil
}

type partnersIn struct{ Page }

// PartnerList is a page of partners.
type PartnerList struct {
	Partners []Partner `json:"partners"`
	Next
}

type partnersOut struct{ Body PartnerList }

func (a *API) listPartners(ctx context.Context, by *asked, in *partnersIn) (*partnersOut, error) {
	before, err := in.place("partners")
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.PartnersPage(ctx, by.actor.Scope, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := PartnerList{Partners: []Partner{}}
	rows, out.Next = cut(&in.Page, rows, "partners", func(p *bm.Partner) int64 { return p.ID })
	for _, p := range rows {
		out.Partners = append(out.Partners, partnerOf(p))
	}
	return &partnersOut{out}, nil
}

// partner finds a partner that a call names. One out of sight is as unknown as one
// that is not there: either way a field of the call is wrong.
func (a *API) partner(ctx context.Context, by bm.Actor, ref string) (bm.Partner, error) {
	unknown := bm.InvalidField("partner", "There is no such partner. GET /partners lists the ones that you can see.")
	if strings.Contains(ref, "\x00") || !utf8.ValidString(ref) {
		return bm.Partner{}, unknown // no name holds these, and the database takes no such text
	}
	p, err := a.Store.FindPartner(ctx, by.Scope, ref)
	if bm.KindOf(err) == bm.NotFound {
		err = unknown
	}
	return p, err
}
