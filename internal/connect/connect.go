// Package connect holds the few acts that need more than one of store, seal and
// the platforms: saving credentials, and saying what is proved of a deployment.
//
// Console and API call it. It refuses to know HTTP requests and pages. Nothing
// leaves it in the clear but what a call itself has just made or was given to show
// once.
package connect

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

// Connect knows the platforms, the keys and the public address of the callbacks.
type Connect struct {
	store       *store.Store
	keys        *seal.Keyset
	platforms   []bm.Platform
	webhookURL  string
	development bool
	now         func() time.Time
}

// Options are what Connect works with. Now defaults to time.Now.
type Options struct {
	Store       *store.Store
	Keys        *seal.Keyset
	Platforms   []bm.Platform
	WebhookURL  string // public base of every callback URL, without a slash at its end
	Development bool   // bots may live on loopback, over plain HTTP
	Now         func() time.Time
}

// New makes a Connect.
func New(o Options) *Connect {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Connect{
		store: o.Store, keys: o.Keys, platforms: o.Platforms, development: o.Development, now: o.Now,
		webhookURL: strings.TrimRight(o.WebhookURL, "/"),
	}
}

// Platforms lists the platforms that can be set up, in the order of the page.
func (c *Connect) Platforms() []bm.Platform { return c.platforms }

// Platform gives a platform by its name; NotFound for one that we do not have.
func (c *Connect) Platform(name bm.PlatformName) (bm.Platform, error) {
	for _, p := range c.platforms {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, bm.Errorf(bm.NotFound, "There is no such platform.")
}

// CallbackURL is where a deployment's platform posts.
func (c *Connect) CallbackURL(d *bm.Deployment) string {
	return c.webhookURL + "/" + string(d.Platform) + "/" + d.CallbackID
}

// Change is what a save is asked to change. Nil leaves a thing as it is.
type Change struct {
	Active *bool
	// Secrets are set, or removed where the value is nil.
	Secrets map[bm.CredentialName]*bm.Secret
	// Settings; an empty text removes the value.
	AccountID, AppID, BotURL *string
	BotEvents                *[]string
	// Create makes the deployment where there is none, with a generated challenge
	// key unless one is given.
	Create bool
	// Prove asks for the values to be proved before anything changes. Nothing can
	// prove them yet: it is accepted, and the checks of the values say not yet.
	Prove bool
}

// Saved is what a save came to. Shown holds the values that the answer may show
// this once: the challenge key and the bot's secret, when this call set them.
type Saved struct {
	Deployment bm.Deployment
	Shown      map[bm.CredentialName]bm.Secret
}

// Save changes a deployment in one transaction: all of it or nothing.
func (c *Connect) Save(ctx context.Context, by bm.Actor, b bm.Business, platform bm.PlatformName, ch Change) (Saved, error) {
	p, err := c.Platform(platform)
	if err != nil {
		return Saved{}, err
	}
	if err := c.check(p, ch); err != nil {
		return Saved{}, err
	}
	values := map[bm.CredentialName]bm.Secret{}
	save := store.DeploymentChange{
		Active: ch.Active, AccountID: ch.AccountID, AppID: ch.AppID, BotURL: ch.BotURL, BotEvents: ch.BotEvents,
		Create: ch.Create, PauseReason: "It was switched off.",
	}
	for name, v := range ch.Secrets {
		if v == nil {
			save.Remove = append(save.Remove, name)
		} else {
			values[name] = *v
		}
	}
	c.generate(ch, values, &save)
	save.Seal = func(deployment int64) ([]store.Credential, error) { return c.sealed(deployment, values) }
	d, set, err := c.store.SaveDeployment(ctx, by, b, platform, save)
	if err != nil {
		return Saved{}, err
	}
	saved := Saved{Deployment: d, Shown: map[bm.CredentialName]bm.Secret{}}
	for _, name := range set {
		if name == bm.ChallengeKey || name == bm.BotSecret {
			saved.Shown[name] = values[name]
		}
	}
	return saved, nil
}

// generate adds the secrets that we make ourselves where none is set or given: the
// challenge key of a new deployment, and the signing secret of a bot.
func (c *Connect) generate(ch Change, values map[bm.CredentialName]bm.Secret, save *store.DeploymentChange) {
	add := func(name bm.CredentialName, make func() bm.Secret) {
		if _, given := ch.Secrets[name]; !given {
			values[name] = make()
			save.Generate = append(save.Generate, name)
		}
	}
	if ch.Create {
		add(bm.ChallengeKey, bm.NewChallengeKey)
	}
	if ch.BotURL != nil && *ch.BotURL != "" {
		add(bm.BotSecret, bm.NewBotSecret)
	}
}

// sealed makes stored credentials of values, in a fixed order.
func (c *Connect) sealed(deployment int64, values map[bm.CredentialName]bm.Secret) ([]store.Credential, error) {
	var out []store.Credential
	for _, name := range []bm.CredentialName{bm.AccessToken, bm.AppSecret, bm.ChallengeKey, bm.BotSecret} {
		v, ok := values[name]
		if !ok {
			continue
		}
		s, err := c.keys.Seal(v, seal.CredentialContext(deployment, name))
		if err != nil {
			return nil, fmt.Errorf("seal %s: %w", name, err)
		}
		key, ok := seal.KeyID(s)
		if !ok {
			return nil, fmt.Errorf("seal %s: the result names no key", name)
		}
		out = append(out, store.Credential{
			Name: name, Sealed: s, KeyID: key, Fingerprint: c.keys.Fingerprint(v),
			LastFour: bm.LastFourOf(v.Reveal()), Length: len([]rune(v.Reveal())),
		})
	}
	return out, nil
}

// check looks at every value before anything is touched, and says what is wrong
// with each.
func (c *Connect) check(p bm.Platform, ch Change) error {
	var wrong []bm.FieldError
	note := func(field, message string) {
		if message != "" {
			wrong = append(wrong, bm.FieldError{Field: field, Message: message})
		}
	}
	known := map[bm.CredentialName]bool{bm.BotSecret: true}
	for _, f := range p.Credentials() {
		known[f.Name] = true
		if v := ch.Secrets[f.Name]; v != nil {
			note(string(f.Name), checkSecret(v, f.Check))
		}
	}
	if v := ch.Secrets[bm.BotSecret]; v != nil {
		note(string(bm.BotSecret), checkSecret(v, bm.CheckBotSecret))
	}
	for name := range ch.Secrets {
		if !known[name] {
			note(string(name), fmt.Sprintf("%s has no such credential.", p.Title()))
		}
	}
	if ch.AccountID != nil && *ch.AccountID != "" {
		note("account_id", p.CheckAccount(*ch.AccountID))
	}
	if ch.AppID != nil && *ch.AppID != "" {
		note("app_id", p.CheckApp(*ch.AppID))
	}
	if ch.BotURL != nil && *ch.BotURL != "" {
		note("bot_url", c.checkBotURL(*ch.BotURL))
	}
	if ch.BotEvents != nil {
		if err := bm.CheckBotEvents(*ch.BotEvents); err != nil {
			note("bot_events", err.(*bm.Error).Message)
		}
	}
	return bm.InvalidFields(wrong)
}

func checkSecret(v *bm.Secret, shape func(string) string) string {
	if v.Empty() {
		return "The value is empty. Leave the field out to keep what is stored."
	}
	return shape(v.Reveal())
}

// checkBotURL says what is wrong with a bot's address as it is written. Which
// machine a name leads to is looked at when a delivery connects.
func (c *Connect) checkBotURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "Give a web address, such as https://bot.example.com/events."
	case len(raw) > 2048:
		return "The address is longer than 2,048 characters."
	case u.User != nil:
		return "The address holds a user name or password. Leave them out: deliveries are signed."
	case u.Fragment != "":
		return "The address holds a part after #, which is never sent. Leave it out."
	case u.Scheme == "http" && !c.development:
		return "The address must begin with https://."
	}
	loopback := bm.IsLoopbackName(u.Hostname())
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case loopback && !c.development:
		return "The address is on this machine itself, which is allowed in development only."
	case u.Scheme == "http" && !loopback:
		return "Plain http is only for this machine itself. Use https://."
	case err == nil && (addr.Unmap().IsLinkLocalUnicast() || addr.Unmap().IsMulticast() || addr.Unmap().IsUnspecified()):
		return "No bot can live at this address: it is reserved."
	}
	return ""
}

// Same tells whether a value is the stored one, by its fingerprint.
func (c *Connect) Same(d *bm.Deployment, name bm.CredentialName, value bm.Secret) bool {
	h, ok := d.Hint(name)
	return ok && string(h.Fingerprint) == string(c.keys.Fingerprint(value))
}

// SetUp makes a deployment with its callback URL and nothing else.
func (c *Connect) SetUp(ctx context.Context, by bm.Actor, b bm.Business, platform bm.PlatformName) (bm.Deployment, error) {
	if _, err := c.Platform(platform); err != nil {
		return bm.Deployment{}, err
	}
	d, _, err := c.store.SaveDeployment(ctx, by, b, platform, store.DeploymentChange{Create: true})
	return d, err
}
