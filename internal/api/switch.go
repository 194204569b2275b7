package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
)

// Checked is the answer to check, pause and resume.
type Checked struct {
	Active bool    `json:"active"`
	Paused *Pause  `json:"paused" doc:"Why nothing is delivered; null while it is on."`
	Checks []Check `json:"checks" doc:"What is proved."`
}

// TransformSchema says where null may stand.
func (*Checked) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["paused"] = orNull(s.Properties["paused"])
	return s
}

type checkedOut struct{ Body Checked }

type emptyRequest struct{}

type emptyIn struct {
	DeploymentPath
	Body body[emptyRequest]
}

func (a *API) checkDeployment(ctx context.Context, by *asked, in *emptyIn) (*checkedOut, error) {
	if _, err := in.Body.get(); err != nil {
		return nil, err
	}
	d, err := a.deployment(ctx, by)
	if err != nil {
		return nil, err
	}
	return a.checkedOf(ctx, by, &d)
}

func (a *API) checkedOf(ctx context.Context, by *asked, d *bm.Deployment) (*checkedOut, error) {
	checks, err := a.checks(ctx, d)
	return &checkedOut{Checked{d.Active, pauseOf(&by.business, d), checks}}, err
}

func (a *API) pauseDeployment(ctx context.Context, by *asked, in *emptyIn) (*checkedOut, error) {
	if _, err := in.Body.get(); err != nil {
		return nil, err
	}
	return a.turn(ctx, by, false)
}

type resumeRequest struct {
	Rate *int64 `json:"rate,omitempty" nullable:"false" minimum:"1" maximum:"1000" doc:"How many of the events that wait are delivered in a second, at most: 1 to 1,000. Nothing is delivered yet, so it is looked at and has no effect."`
}

type resumeIn struct {
	DeploymentPath
	Body body[resumeRequest]
}

// The bounds of a rate: slower than one a second is a pause, and faster than a
// thousand is no limit to any bot that we know of.
const rateLeast, rateMost = 1, 1000

func (a *API) resumeDeployment(ctx context.Context, by *asked, in *resumeIn) (*checkedOut, error) {
	req, err := in.Body.get()
	if err != nil {
		return nil, err
	}
	if req.Rate != nil && (*req.Rate < rateLeast || *req.Rate > rateMost) {
		return nil, bm.InvalidField("rate", "A rate is %d to %d events a second.", rateLeast, rateMost)
	}
	return a.turn(ctx, by, true)
}

func (a *API) turn(ctx context.Context, by *asked, on bool) (*checkedOut, error) {
	saved, err := a.Connect.Save(ctx, by.actor, by.business, by.platform, connect.Change{Active: &on})
	if err != nil {
		return nil, err
	}
	return a.checkedOf(ctx, by, &saved.Deployment)
}
