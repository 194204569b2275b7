package console

import (
	"fmt"
	"net/http"
	"slices"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

func showChannels(c *call, b bm.Business) error {
	cards, err := c.cards(&b, "")
	if err != nil {
		return err
	}
	v := page.ChannelsView{Head: c.head(&b, page.TabChannels), Cards: cards}
	f := c.frame("Channels, "+b.Name, sectionBusinesses, v.Head.Crumbs(ui.Crumb{Label: "Channels"})...)
	return c.render(http.StatusOK, page.Channels(f, v))
}

// cards are the platforms of a business with what stands worst.
func (c *call) cards(b *bm.Business, current bm.PlatformName) ([]ui.Card, error) {
	list, err := c.Store.Deployments(c.ctx(), c.actor.Scope, b.ID)
	if err != nil {
		return nil, err
	}
	var cards []ui.Card
	for _, p := range c.Connect.Platforms() {
		card := ui.Card{
			Icon: string(p.Name()), Name: p.Title(), Href: page.PathDeployment(b.ID, string(p.Name())),
			Verdict: ui.NotYet, Word: "Not set up", Current: p.Name() == current,
		}
		for i := range list {
			if list[i].Platform == p.Name() {
				checks, err := c.Connect.Checks(c.ctx(), &list[i])
				if err != nil {
					return nil, err
				}
				s := standing(&list[i], b, checks, p.Title())
				card.Verdict, card.Word = s.Verdict, s.short
			}
		}
		cards = append(cards, card)
	}
	return cards, nil
}

func showDeployment(c *call, b bm.Business) error {
	p, err := c.Connect.Platform(bm.PlatformName(c.param("platform")))
	if err != nil {
		return err
	}
	d, err := c.Store.Deployment(c.ctx(), c.actor.Scope, b.ID, p.Name())
	if bm.KindOf(err) == bm.NotFound {
		return c.showNotSetUp(http.StatusOK, &b, p, "")
	}
	if err != nil {
		return err
	}
	form := c.credentials(p, &d)
	once, ok, err := c.takeOnce(onceName(&d))
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(form.Secrets, func(s ui.Secret) bool { return s.Name == string(bm.ChallengeKey) }); ok && i >= 0 {
		form.Secrets[i].Once = once.Reveal()
		form.Secrets[i].OnceHint = "Paste it at the platform under Verify token. It is shown on this page only; afterwards it can be replaced, not read."
	}
	if proposed, ok, err := c.takeOnce(proposedName(&d)); err != nil {
		return err
	} else if i := challengeField(form.Secrets); ok && i >= 0 {
		form.Secrets[i].Proposed, form.Secrets[i].Open = proposed.Reveal(), true
	}
	return c.showSetUp(http.StatusOK, &b, p, &d, form)
}

func (c *call) place(b *bm.Business, d *bm.Deployment) page.Place {
	return page.Place{Business: b.ID, Deployment: d.ID, Platform: string(d.Platform)}
}

func (c *call) showNotSetUp(status int, b *bm.Business, p bm.Platform, wrong string) error {
	cards, err := c.cards(b, p.Name())
	if err != nil {
		return err
	}
	v := page.DeploymentNewView{
		Head: c.head(b, page.TabChannels), Cards: cards, PlatformName: p.Title(), CanSetUp: c.actor.Can(bm.EditBusinesses),
		Place: page.Place{Business: b.ID, Platform: string(p.Name())}, Error: wrong,
	}
	v.Head.Of = "on " + p.Title()
	return c.render(status, page.DeploymentNew(c.deploymentFrame(b, p, v.Head), v))
}

func (c *call) deploymentFrame(b *bm.Business, p bm.Platform, h page.Head) ui.Frame {
	return c.frame(p.Title()+", "+b.Name, sectionBusinesses,
		h.Crumbs(ui.Crumb{Label: "Channels", Href: page.PathChannels(b.ID)}, ui.Crumb{Label: p.Title()})...)
}

// setUpDeployment makes the deployment and its callback: only this POST does.
func setUpDeployment(c *call, b bm.Business) error {
	p, err := c.Connect.Platform(bm.PlatformName(c.param("platform")))
	if err != nil {
		return err
	}
	if _, err := c.Connect.SetUp(c.ctx(), c.actor, b, p.Name()); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(p.Name())))
}

// showSetUp draws the whole page of a deployment.
func (c *call) showSetUp(status int, b *bm.Business, p bm.Platform, d *bm.Deployment, form page.CredentialsView) error {
	cards, err := c.cards(b, p.Name())
	if err != nil {
		return err
	}
	checks, err := c.Connect.Checks(c.ctx(), d)
	if err != nil {
		return err
	}
	v := page.DeploymentView{
		Head: c.head(b, page.TabChannels), Cards: cards, Place: c.place(b, d), PlatformName: p.Title(),
		Active: c.active(b, d), Credentials: form, CallbackURL: c.Connect.CallbackURL(d),
		Standing: c.standingView(b, d, checks, p), Checks: c.checksView(b, d, checks), Guide: c.guide(b, d, checks),
	}
	judge(form.Secrets, checks)
	v.Head.Of = "on " + p.Title()
	if v.Handshakes, err = c.handshakesView(b, d); err != nil {
		return err
	}
	if v.Refusals, err = c.refusalsView(b, d); err != nil {
		return err
	}
	return c.render(status, page.Deployment(c.deploymentFrame(b, p, v.Head), v))
}

func (c *call) active(b *bm.Business, d *bm.Deployment) page.ActiveView {
	v := page.ActiveView{On: d.Active, CanSwitch: c.actor.Can(bm.SwitchDeployments)}
	switch {
	case !v.CanSwitch:
		v.Blocked = "Your role may look, not switch."
	case !d.Active && !d.Has(bm.AppSecret):
		v.CanSwitch = false
		v.Blocked = "Can be switched on when there is an app secret. Without it, anyone who knows the address could send you messages."
	case !d.Active && !d.ActiveAt.IsZero():
		v.PausedBy = fmt.Sprintf("Switched off by %s on %s.", d.ActiveBy, d.ActiveAt.UTC().Format("2 Jan 2006 at 15:04 UTC"))
	}
	return v
}

func switchDeployment(c *call, b bm.Business, d bm.Deployment) error {
	on := c.form("active") == "true"
	if _, err := c.Connect.Save(c.ctx(), c.actor, b, d.Platform, connect.Change{Active: &on}); err != nil {
		return err
	}
	text := "Paused. Handshakes are still answered and events still stored."
	if on {
		text = "Switched on."
	}
	if err := c.done(text); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(d.Platform)))
}

// The fragments of the page, fetched anew when the deployment changes.
