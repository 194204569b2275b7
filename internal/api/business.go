package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// Business is a business as it is sent.
type Business struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	ViaName   string    `json:"via_name" doc:"Short unique handle."`
	Partner   PartnerID `json:"partner" doc:"Whose it is."`
	Languages string    `json:"languages" doc:"As typed: “en, de”."`
	Notes     string    `json:"notes"`
	Active    bool      `json:"active" doc:"False pauses every deployment."`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// PartnerID is a partner where another thing is what is read.
type PartnerID struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func businessOf(b *bm.Business) Business {
	return Business{
		ID: b.ID, Name: b.Name, ViaName: b.ViaName, Partner: PartnerID{b.PartnerID, b.PartnerName}, Languages: b.Languages,
		Notes: b.Notes, Active: b.Active, CreatedAt: b.CreatedAt.UTC(), UpdatedAt: b.UpdatedAt.UTC(),
	}
}

// BusinessPath is the path of whatever belongs to a business.
type BusinessPath struct {
	ID int64 `path:"id" minimum:"1" doc:"The id of the business."`
}

type businessOut struct{ Body Business }

type createBusinessRequest struct {
	Name    string        `json:"name" doc:"Up to 120 characters."`
	ViaName given[string] `json:"via_name,omitempty" doc:"3 to 64 of a-z, 0-9, _ and -; unique. Made from the name when it is left out or null."`
	Partner partnerRef    `json:"partner" doc:"The partner's id or name."`
}

type createBusinessIn struct{ Body body[createBusinessRequest] }

type createBusinessOut struct {
	Location string `header:"Location" doc:"Where the business is read."`
	Body     Business
}

func (a *API) createBusiness(ctx context.Context, by *asked, in *createBusinessIn) (*createBusinessOut, error) {
	req, err := in.Body.get()
	if err != nil {
		return nil, err
	}
	if req.ViaName.Set && !req.ViaName.Null && req.ViaName.Value == "" {
		return nil, bm.CheckViaName("")
	}
	p, err := a.partner(ctx, by.actor, string(req.Partner))
	if err != nil {
		return nil, err
	}
	b, err := a.Store.CreateBusiness(ctx, by.actor, p.ID, req.Name, req.ViaName.Value)
	if err != nil {
		return nil, err
	}
	return &createBusinessOut{fmt.Sprintf("%s/businesses/%d", base, b.ID), businessOf(&b)}, nil
}

func (a *API) getBusiness(_ context.Context, by *asked, _ *BusinessPath) (*businessOut, error) {
	return &businessOut{businessOf(&by.business)}, nil
}

type changeBusinessRequest struct {
	Name      *string       `json:"name,omitempty" nullable:"false" doc:"Up to 120 characters."`
	ViaName   *string       `json:"via_name,omitempty" nullable:"false" doc:"3 to 64 of a-z, 0-9, _ and -; unique."`
	Partner   *partnerRef   `json:"partner,omitempty" doc:"The partner's id or name: moves the business."`
	Languages given[string] `json:"languages,omitempty" doc:"Up to 120 characters. null removes them."`
	Notes     given[string] `json:"notes,omitempty" doc:"Up to 4,000 characters. null removes them."`
	Active    *bool         `json:"active,omitempty" nullable:"false" doc:"False pauses every deployment."`
}

type changeBusinessIn struct {
	BusinessPath
	Body body[changeBusinessRequest]
}

func (a *API) changeBusiness(ctx context.Context, by *asked, in *changeBusinessIn) (*businessOut, error) {
	req, err := in.Body.get()
	if err != nil {
		return nil, err
	}
	if req.Active != nil {
		if err := by.actor.Must(bm.SwitchDeployments); err != nil {
			return nil, err
		}
	}
	c := store.BusinessChange{Name: req.Name, ViaName: req.ViaName, Languages: textOf(&req.Languages), Notes: textOf(&req.Notes), Active: req.Active}
	if req.Partner != nil {
		p, err := a.partner(ctx, by.actor, string(*req.Partner))
		if err != nil {
			return nil, err
		}
		c.PartnerID = &p.ID
	}
	b, err := a.Store.ChangeBusiness(ctx, by.actor, by.business.ID, c)
	if err != nil {
		return nil, err
	}
	return &businessOut{businessOf(&b)}, nil
}

// Removal is asked before events are given up.
type Removal struct {
	Discard bool `query:"discard" doc:"Give up the events that wait or are parked."`
}

type deleteBusinessIn struct {
	BusinessPath
	Removal
}

type nothing struct{}

func (a *API) deleteBusiness(ctx context.Context, by *asked, in *deleteBusinessIn) (*nothing, error) {
	return &nothing{}, a.Store.RemoveBusiness(ctx, by.actor, by.business.ID, in.Discard)
}

// businessState is one of the states that the list can be narrowed to.
type businessState string

// Schema names them all.
func (*businessState) Schema(huma.Registry) *huma.Schema { return oneOf(store.BusinessStates()) }

type businessesIn struct {
	Page
	Q        string          `query:"q" doc:"The console's own search: name, via name, ids, callback URL; forgives case, accents and slips."`
	Partner  string          `query:"partner" doc:"Only this partner's: its id or name."`
	Platform bm.PlatformName `query:"platform" doc:"Only those with a deployment on this platform."`
	State    businessState   `query:"state" doc:"Only those in this state."`
}

// BusinessRow is a business of a list.
type BusinessRow struct {
	Business
	States      []string            `json:"states" doc:"Those of failing, silent, never_connected and paused that it is in."`
	FoundBy     string              `json:"found_by,omitempty" doc:"With q: what the text was found in."`
	FoundHow    string              `json:"found_how,omitempty" doc:"With q: how near it is."`
	Deployments []DeploymentSummary `json:"deployments"`
}

// DeploymentSummary is what a list shows of one platform.
type DeploymentSummary struct {
	Platform    string     `json:"platform"`
	Active      bool       `json:"active"`
	AccountID   *string    `json:"account_id"`
	AppID       *string    `json:"app_id"`
	LastEventAt *time.Time `json:"last_event_at"`
	Waiting     int64      `json:"waiting" doc:"Events that wait for the bot; counted up to 10,000."`
}

// BusinessList is a page of businesses.
type BusinessList struct {
	Businesses []BusinessRow `json:"businesses"`
	Next
}

type businessesOut struct{ Body BusinessList }

func (a *API) listBusinesses(ctx context.Context, by *asked, in *businessesIn) (*businessesOut, error) {
	q := store.BusinessQuery{Text: in.Q, Platform: in.Platform, State: string(in.State), Cursor: in.Cursor, Limit: in.Limit}
	if in.Partner != "" {
		p, err := a.partner(ctx, by.actor, in.Partner)
		if err != nil {
			return nil, err
		}
		q.Partner = p.ID
	}
	if err := a.knownPlatform(in.Platform); err != nil {
		return nil, err
	}
	rows, next, err := a.Store.SearchBusinesses(ctx, by.actor.Scope, q)
	if err != nil {
		return nil, err
	}
	out := BusinessList{Businesses: make([]BusinessRow, 0, len(rows)), Next: Next{textOrNull(next)}}
	for i := range rows {
		out.Businesses = append(out.Businesses, rowOf(&rows[i]))
	}
	return &businessesOut{out}, nil
}

// knownPlatform refuses a filter for a platform that we do not have.
func (a *API) knownPlatform(name bm.PlatformName) error {
	if name == "" {
		return nil
	}
	if _, err := a.Connect.Platform(name); err != nil {
		return bm.InvalidField("platform", "There is no such platform.")
	}
	return nil
}

func rowOf(r *store.BusinessRow) BusinessRow {
	out := BusinessRow{
		Business: businessOf(&r.Business), States: append([]string{}, r.States...),
		FoundBy: r.FoundBy, FoundHow: r.FoundHow, Deployments: []DeploymentSummary{},
	}
	for d := range slices.Values(r.Deployments) {
		out.Deployments = append(out.Deployments, DeploymentSummary{
			Platform: string(d.Platform), Active: d.Active, AccountID: textOrNull(d.AccountID), AppID: textOrNull(d.AppID),
			LastEventAt: timeOrNull(d.LastEventAt), Waiting: d.Waiting,
		})
	}
	return out
}
