package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
)

const aboutPut = "Makes the deployment when there is none, with a callback URL of its own. " +
	"A member that is left out stays as it is, null removes the value, and an empty one is a 422.\n\n" +
	"The challenge key and the bot's secret are in the answer in full only when this very call set them; every other secret is never shown again. " +
	"What is wrong with any value is a 422 for the whole call, and nothing is changed."

// Deployment is a deployment as it is sent.
type Deployment struct {
	BusinessID  int64            `json:"business_id"`
	Platform    string           `json:"platform"`
	Active      bool             `json:"active"`
	Paused      *Pause           `json:"paused" doc:"Why nothing is delivered; null while it is on."`
	CallbackURL string           `json:"callback_url" doc:"Where the platform posts."`
	AccountID   *string          `json:"account_id" doc:"Page ID."`
	AppID       *string          `json:"app_id"`
	BotURL      *string          `json:"bot_url"`
	BotEvents   []string         `json:"bot_events" doc:"The types of event that are for the bot; “standby” lets those of other apps' conversations through."`
	Checks      []Check          `json:"checks" doc:"What is proved."`
	Secrets     map[string]*Hint `json:"secrets" doc:"By name, what may be seen of each secret; null where none is set."`
	CreatedAt   time.Time        `json:"created_at"`

	ChallengeKey string `json:"challenge_key,omitempty" doc:"Only in the answer to the call that set it."`
	BotSecret    string `json:"bot_secret,omitempty" doc:"Only in the answer to the call that set it."`
}

// TransformSchema says where null may stand.
func (*Deployment) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Properties["paused"] = orNull(s.Properties["paused"])
	hints := s.Properties["secrets"]
	if hint, ok := hints.AdditionalProperties.(*huma.Schema); ok {
		hints.AdditionalProperties = orNull(hint)
	}
	return s
}

// Pause is why a deployment delivers nothing.
type Pause struct {
	Why string     `json:"why"`
	By  *string    `json:"by" doc:"Who switched it off; null where nobody did."`
	At  *time.Time `json:"at"`
}

// Check is one provable statement.
type Check struct {
	Name     string     `json:"name"`
	Verdict  string     `json:"verdict" enum:"proved,failing,needs_care,unknown,attested,not_yet"`
	Evidence string     `json:"evidence"`
	At       *time.Time `json:"at" doc:"Of the evidence; null where there is none."`
	Next     *string    `json:"next" doc:"What to do next; null where nothing is to be done."`
}

// Hint is all that may be seen of a stored secret.
type Hint struct {
	LastFour    *string   `json:"last_four" doc:"null for values of fewer than 20 characters."`
	Length      int       `json:"length"`
	Fingerprint string    `json:"fingerprint" doc:"Equal values have equal ones; it proves nothing else."`
	SetBy       string    `json:"set_by"`
	SetAt       time.Time `json:"set_at"`
}

// deploymentOf makes the answer, without what is shown once.
func (a *API) deploymentOf(ctx context.Context, b *bm.Business, d *bm.Deployment) (Deployment, error) {
	checks, err := a.checks(ctx, d)
	if err != nil {
		return Deployment{}, err
	}
	p, err := a.Connect.Platform(d.Platform)
	if err != nil {
		return Deployment{}, err
	}
	out := Deployment{
		BusinessID: d.BusinessID, Platform: string(d.Platform), Active: d.Active, Paused: pauseOf(b, d),
		CallbackURL: a.Connect.CallbackURL(d), AccountID: textOrNull(d.AccountID), AppID: textOrNull(d.AppID),
		BotURL: textOrNull(d.BotURL), BotEvents: append([]string{}, d.BotEvents...), Checks: checks,
		Secrets: map[string]*Hint{string(bm.BotSecret): nil}, CreatedAt: d.CreatedAt.UTC(),
	}
	for _, f := range p.Credentials() {
		out.Secrets[string(f.Name)] = nil
	}
	for _, h := range d.Hints {
		out.Secrets[string(h.Name)] = &Hint{
			LastFour: textOrNull(h.LastFour), Length: h.Length, Fingerprint: h.Fingerprint.String(),
			SetBy: h.SetBy, SetAt: h.SetAt.UTC(),
		}
	}
	return out, nil
}

// pauseOf says why nothing is delivered: the deployment's own switch first, since
// it stays off when the business comes on again.
func pauseOf(b *bm.Business, d *bm.Deployment) *Pause {
	switch {
	case !d.Active:
		return &Pause{d.PauseReason, textOrNull(d.ActiveBy), timeOrNull(d.ActiveAt)}
	case !b.Active:
		return &Pause{Why: "The business is switched off."}
	}
	return nil
}

func (a *API) checks(ctx context.Context, d *bm.Deployment) ([]Check, error) {
	list, err := a.Connect.Checks(ctx, d)
	if err != nil {
		return nil, err
	}
	out := make([]Check, 0, len(list))
	for _, c := range list {
		out = append(out, Check{c.Name, string(c.Verdict), c.Evidence, timeOrNull(c.At), textOrNull(c.Next)})
	}
	return out, nil
}

// DeploymentPath is the path of whatever belongs to a deployment.
type DeploymentPath struct {
	BusinessPath
	Platform string `path:"platform" doc:"The platform: facebook."`
}

type deploymentOut struct{ Body Deployment }

func (a *API) getDeployment(ctx context.Context, by *asked, _ *DeploymentPath) (*deploymentOut, error) {
	d, err := a.deployment(ctx, by)
	if err != nil {
		return nil, err
	}
	out, err := a.deploymentOf(ctx, &by.business, &d)
	return &deploymentOut{out}, err
}

// deployment loads the one that the path names.
func (a *API) deployment(ctx context.Context, by *asked) (bm.Deployment, error) {
	return a.Store.Deployment(ctx, by.actor.Scope, by.business.ID, by.platform)
}

type putDeploymentRequest struct {
	Active       *bool             `json:"active,omitempty" nullable:"false" doc:"Needs an app secret."`
	AccessToken  given[secretText] `json:"access_token,omitempty" doc:"The platform's access token."`
	AppSecret    given[secretText] `json:"app_secret,omitempty" doc:"What the platform signs its posts with."`
	ChallengeKey given[secretText] `json:"challenge_key,omitempty" doc:"The verify token. Made when it is left out on the call that makes the deployment."`
	AccountID    given[string]     `json:"account_id,omitempty" doc:"Page ID, as a text."`
	AppID        given[string]     `json:"app_id,omitempty" doc:"App ID, as a text."`
	BotURL       given[string]     `json:"bot_url,omitempty" doc:"Where events are delivered; https outside development."`
	BotSecret    given[secretText] `json:"bot_secret,omitempty" doc:"“whsec_…”: what deliveries are signed with. Made when a bot_url is set and there is none."`
	BotEvents    given[[]string]   `json:"bot_events,omitempty" doc:"The types of event that are for the bot. null: the usual ones."`
	Prove        *bool             `json:"prove,omitempty" nullable:"false" doc:"Have the values proved by the platform before anything changes (true when left out). Nothing proves them yet: it is accepted, and their checks say not_yet."`
}

type putDeploymentIn struct {
	DeploymentPath
	Body body[putDeploymentRequest]
}

func (a *API) putDeployment(ctx context.Context, by *asked, in *putDeploymentIn) (*deploymentOut, error) {
	req, err := in.Body.get()
	if err != nil {
		return nil, err
	}
	ch, err := req.change()
	if err != nil {
		return nil, err
	}
	if err := mayChange(by.actor, ch); err != nil {
		return nil, err
	}
	saved, err := a.save(ctx, by, ch)
	if err != nil {
		return nil, err
	}
	out, err := a.deploymentOf(ctx, &by.business, &saved.Deployment)
	if err != nil {
		return nil, err
	}
	// The one place where a secret leaves: what this call has just made or set.
	out.ChallengeKey = saved.Shown[bm.ChallengeKey].Reveal()
	out.BotSecret = saved.Shown[bm.BotSecret].Reveal()
	return &deploymentOut{out}, nil
}

// save makes the deployment only where there is none: a challenge key is generated
// with a new one, and never for one whose key was removed on purpose. Of two first
// calls at once the later one changes what the other made.
func (a *API) save(ctx context.Context, by *asked, ch connect.Change) (connect.Saved, error) {
	_, err := a.deployment(ctx, by)
	if err != nil && bm.KindOf(err) != bm.NotFound {
		return connect.Saved{}, err
	}
	ch.Create = err != nil
	saved, err := a.Connect.Save(ctx, by.actor, by.business, by.platform, ch)
	if ch.Create && bm.KindOf(err) == bm.Conflict {
		ch.Create = false
		return a.Connect.Save(ctx, by.actor, by.business, by.platform, ch)
	}
	return saved, err
}

// mayChange asks for the abilities that a save needs besides editing.
func mayChange(by bm.Actor, ch connect.Change) error {
	if len(ch.Secrets) > 0 {
		if err := by.Must(bm.ReplaceSecrets); err != nil {
			return err
		}
	}
	if ch.Active != nil {
		return by.Must(bm.SwitchDeployments)
	}
	return nil
}

// change turns what was sent into what is to change, and says all that is wrong
// with it that needs no platform to know.
func (r *putDeploymentRequest) change() (connect.Change, error) {
	var wrong []bm.FieldError
	ch := connect.Change{Active: r.Active, Secrets: map[bm.CredentialName]*bm.Secret{}, Prove: r.Prove == nil || *r.Prove}
	text := func(name string, g *given[string]) *string {
		if g.Set && !g.Null && strings.TrimSpace(g.Value) == "" {
			wrong = append(wrong, empty(name))
		}
		return textOf(g)
	}
	secret := func(name bm.CredentialName, g *given[secretText]) {
		switch {
		case g.Null:
			ch.Secrets[name] = nil
		case g.Set && g.Value.Empty():
			wrong = append(wrong, empty(string(name)))
		case g.Set:
			ch.Secrets[name] = &g.Value.Secret
		}
	}
	secret(bm.AccessToken, &r.AccessToken)
	secret(bm.AppSecret, &r.AppSecret)
	secret(bm.ChallengeKey, &r.ChallengeKey)
	ch.AccountID = text("account_id", &r.AccountID)
	ch.AppID = text("app_id", &r.AppID)
	ch.BotURL = text("bot_url", &r.BotURL)
	secret(bm.BotSecret, &r.BotSecret)
	if r.BotEvents.Set {
		list := bm.DefaultBotEvents()
		if !r.BotEvents.Null {
			list = r.BotEvents.Value
			wrong = append(wrong, wrongEvents(list)...)
		}
		ch.BotEvents = &list
	}
	return ch, bm.InvalidFields(wrong)
}

// textOf is the new value: nil where nothing was sent, empty where it is removed.
func textOf(g *given[string]) *string {
	if !g.Set {
		return nil
	}
	return &g.Value
}

func empty(field string) bm.FieldError {
	return bm.FieldError{Field: field, Message: "The value is empty. Leave it out to keep what is stored, or send null to remove it."}
}

// wrongEvents looks at the list before anybody quotes a word of it: what is not a
// type of event may be a secret in a wrong place.
func wrongEvents(list []string) []bm.FieldError {
	known := []string{bm.Standby}
	for _, k := range bm.EventKinds() {
		known = append(known, string(k))
	}
	message := ""
	if len(list) == 0 {
		message = "The list is empty. Send null for the usual types, or remove the bot_url to have none delivered."
	} else if slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(known, s) }) {
		message = "One of these is not a type of event. Known are " + strings.Join(known, ", ") + "."
	}
	if message == "" {
		return nil
	}
	return []bm.FieldError{{Field: "bot_events", Message: message}}
}

type deleteDeploymentIn struct {
	DeploymentPath
	Removal
}

func (a *API) deleteDeployment(ctx context.Context, by *asked, in *deleteDeploymentIn) (*nothing, error) {
	return &nothing{}, a.Store.RemoveDeployment(ctx, by.actor, by.business, by.platform, in.Discard)
}
