package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// handshakesShown is how many attempts the page lists; more are kept.
const handshakesShown = 20

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

func challengeField(list []ui.Secret) int {
	return slices.IndexFunc(list, func(s ui.Secret) bool { return s.Name == string(bm.ChallengeKey) })
}

// onceName is where a saved challenge key waits for the one page that shows it,
// proposedName where a generated one waits without JavaScript.
func onceName(d *bm.Deployment) string     { return fmt.Sprintf("saved/%d", d.ID) }
func proposedName(d *bm.Deployment) string { return fmt.Sprintf("proposed/%d", d.ID) }

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
	saved, err := c.Connect.SetUp(c.ctx(), c.actor, b, p.Name())
	if err != nil {
		return err
	}
	// A new deployment comes with a key in the field: proposed, not stored.
	if err := c.keepOnce(proposedName(&saved), bm.NewChallengeKey()); err != nil {
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

func (c *call) standingView(b *bm.Business, d *bm.Deployment, checks []bm.Check, p bm.Platform) page.StandingView {
	s := standing(d, b, checks, p.Title())
	s.Place = c.place(b, d)
	return s.StandingView
}

// stands is the answer to "what is wrong", and the same in two words.
type stands struct {
	page.StandingView
	short string
}

// standing finds the one sentence that matters most: what fails, then what keeps
// events from coming, then what is proved.
func standing(d *bm.Deployment, b *bm.Business, checks []bm.Check, title string) stands {
	by := map[string]bm.Check{}
	for _, ch := range checks {
		by[ch.Name] = ch
	}
	say := func(v ui.Verdict, short, line, why string, next ui.Link) stands {
		return stands{page.StandingView{Verdict: v, Line: line, Why: why, Next: next}, short}
	}
	attempts := ui.Link{Label: "See the attempts", Href: "#handshakes"}
	secret, callback, events := by["app_secret"], by["callback"], by["events"]
	switch {
	case secret.Verdict == bm.Failing:
		return say(ui.Failing, "Signature refused", "Not receiving: posts are signed with another app secret",
			secret.Evidence+" "+secret.Next, ui.Link{Label: "Replace the app secret", Href: "#credentials"})
	case callback.Verdict == bm.Failing:
		return say(ui.Failing, "Callback refused", "Not receiving yet: the callback URL could not be verified",
			callback.Evidence+" "+callback.Next, attempts)
	case by["refused_posts"].Verdict == bm.Failing:
		return say(ui.Failing, "Posts refused", "Posts are being refused", by["refused_posts"].Evidence+" "+by["refused_posts"].Next,
			ui.Link{Label: "See the refused posts", Href: "#refusals"})
	case !d.Has(bm.AppSecret):
		return say(ui.NotYet, "Not connected yet", title+" is not connected yet",
			"Bring two things from the platform: an access token and the app secret. The key is made here. Nothing reaches a bot until Active is on.",
			ui.Link{Label: "Paste them below", Href: "#credentials"})
	case events.Verdict == bm.Proved && (!d.Active || !b.Active):
		return say(ui.Paused, "Paused", "Paused: events are stored, and none is delivered", pausedWords(d, b), ui.Link{})
	case events.Verdict == bm.Proved:
		return say(ui.Proved, "Receiving", "Receiving: signed events arrive and are stored", "The last one came at the time beside the check. A bot’s deliveries show in Events.", ui.Link{Label: "See the events", Href: page.PathEvents(b.ID)})
	case callback.Verdict == bm.Proved || callback.Verdict == bm.NeedsCare:
		return say(ui.NotYet, "Verified, no event yet", "The callback is verified, and no event has arrived yet",
			"Write a message to the Page. If nothing shows here within a minute, look whether the app and the Page are both subscribed to the field messages.", ui.Link{})
	case callback.Verdict == bm.Unknown:
		return say(ui.Unknown, "Key not tried", "The key of today has not been tried", callback.Evidence, attempts)
	}
	return say(ui.NotYet, "Not verified yet", "Saved, and not connected yet",
		"Enter the callback URL and the secret key at the platform and press Verify and save there. This page notices by itself.",
		ui.Link{Label: "Copy the callback URL", Href: "#callback-title"})
}

func pausedWords(d *bm.Deployment, b *bm.Business) string {
	if !b.Active {
		return "The business is switched off, which pauses all its platforms."
	}
	return "Handshakes are still answered. Switch it on, and what waits is delivered, oldest first."
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

func (c *call) checksView(b *bm.Business, d *bm.Deployment, checks []bm.Check) page.ChecksView {
	group := func(name string) string {
		switch name {
		case "access_token", "app_secret":
			return "Credentials"
		case "callback":
			return "Callback"
		}
		return "Traffic"
	}
	v := page.ChecksView{Place: c.place(b, d)}
	for _, ch := range checks {
		name := group(ch.Name)
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Name != name {
			v.Groups = append(v.Groups, ui.CheckGroup{Name: name})
		}
		g := &v.Groups[len(v.Groups)-1]
		check := ui.Check{ID: "check-" + ch.Name, Name: ch.Title, Verdict: ui.Verdict(ch.Verdict), Evidence: ch.Evidence, At: ch.At}
		if ch.Next != "" {
			check.Evidence += " " + ch.Next
		}
		g.Checks = append(g.Checks, check)
	}
	return v
}

// judge puts beside each stored value what was proved of it.
func judge(list []ui.Secret, checks []bm.Check) {
	for i := range list {
		name := list[i].Name
		if name == string(bm.ChallengeKey) {
			name = "callback" // a handshake proves the key
		}
		for _, ch := range checks {
			if ch.Name == name && list[i].Set && (ch.Verdict == bm.Proved || ch.Verdict == bm.Failing && name == "app_secret") {
				list[i].Verdict, list[i].Word = ui.Verdict(ch.Verdict), ""
			}
		}
	}
}

// guide tells what is known of the nine steps. What no check looks at says who does it.
func (c *call) guide(b *bm.Business, d *bm.Deployment, checks []bm.Check) page.GuideView {
	facts := page.GuideFacts{AppID: d.AppID, PageID: d.AccountID}
	done := 0
	for _, ch := range checks {
		state := page.GuideState{Verdict: ui.Verdict(ch.Verdict), Evidence: ch.Evidence}
		if !ch.At.IsZero() {
			state.State = ui.Verdict(ch.Verdict).Word() + " " + ch.At.UTC().Format("15:04 UTC")
		}
		switch ch.Name {
		case "access_token":
			facts.States[1] = state
			if d.Has(bm.AccessToken) {
				facts.States[1].State = "Saved, not tested"
			}
		case "app_secret":
			facts.States[2] = state
			if d.Has(bm.AppSecret) && ch.Verdict == bm.NotYet {
				facts.States[2].State = "Saved, not proved yet"
			}
		case "callback":
			facts.States[3] = state
		case "events":
			facts.States[4] = state
		}
	}
	for _, s := range facts.States {
		if s.Verdict == ui.Proved {
			done++
		}
	}
	return page.GuideView{Place: c.place(b, d), Steps: page.FacebookGuide(facts), Says: fmt.Sprintf("%d of %d proved", done, page.GuideSteps)}
}

func (c *call) handshakesView(b *bm.Business, d *bm.Deployment) (page.HandshakesView, error) {
	v := page.HandshakesView{Place: c.place(b, d)}
	list, err := c.Store.Handshakes(c.ctx(), d, handshakesShown)
	if err != nil {
		return v, err
	}
	today := 0
	for i := range list {
		h := &list[i]
		if c.Now().Sub(h.At) < 24*time.Hour {
			today++
		}
		row, err := c.handshakeRow(h)
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, row)
	}
	switch {
	case len(list) == 0:
		v.Says = "None yet"
	case today == handshakesShown:
		v.Says = fmt.Sprintf("%d and more within a day", today)
	default:
		v.Says = fmt.Sprintf("%d within a day", today)
	}
	return v, nil
}

func (c *call) handshakeRow(h *bm.Handshake) (page.HandshakeRow, error) {
	row := page.HandshakeRow{
		At: h.At, From: h.Address, Agent: h.Agent, Verdict: ui.Failing, Answer: fmt.Sprintf("Refused, %d", h.Status),
		Why: connect.HandshakeWords(h),
	}
	switch {
	case h.Accepted():
		row.Verdict, row.Answer = ui.Proved, "Accepted, 200"
	case h.Reason == bm.NearlyThisURL:
		row.Verdict = ui.NeedsCare
	case h.Reason == bm.KeyOfAnother:
		// Whose it is, only for those who may see that business.
		other, err := c.Store.Business(c.ctx(), c.actor.Scope, h.OtherBusinessID)
		switch {
		case err == nil:
			row.Why = fmt.Sprintf("The key of %s, business %d.", other.Name, other.ID)
		case bm.KindOf(err) != bm.NotFound:
			return row, err
		}
	}
	if h.TokenLength > 0 && len(h.TokenFingerprint) > 0 && !h.Accepted() {
		row.Detail = fmt.Sprintf("%s, fingerprint %s. Expected fingerprint %s.", counted(int64(h.TokenLength), "character"), h.TokenFingerprint, h.KeyFingerprint)
		if len(h.KeyFingerprint) == 0 {
			row.Detail = fmt.Sprintf("%s, fingerprint %s.", counted(int64(h.TokenLength), "character"), h.TokenFingerprint)
		}
	}
	return row, nil
}

func (c *call) refusalsView(b *bm.Business, d *bm.Deployment) (page.RefusalsView, error) {
	v := page.RefusalsView{Place: c.place(b, d)}
	list, err := c.Store.Refusals(c.ctx(), d, c.Now().Add(-7*24*time.Hour))
	if err != nil {
		return v, err
	}
	sums := map[bm.RefusalReason]*bm.Refusal{}
	var order []bm.RefusalReason
	for _, r := range list {
		sum := sums[r.Reason]
		if sum == nil {
			sums[r.Reason] = &r
			order = append(order, r.Reason)
			continue
		}
		sum.Count += r.Count
		if r.FirstAt.Before(sum.FirstAt) {
			sum.FirstAt = r.FirstAt
		}
		if r.LastAt.After(sum.LastAt) {
			sum.LastAt = r.LastAt
		}
	}
	for _, reason := range order {
		r := sums[reason]
		v.Rows = append(v.Rows, page.RefusalRow{
			Reason: connect.RefusalWords(reason), Cure: refusalCure(reason), Count: grouped(r.Count), First: r.FirstAt, Last: r.LastAt,
		})
	}
	return v, nil
}

func refusalCure(r bm.RefusalReason) string {
	switch r {
	case bm.WrongSigned:
		return "Copy the app secret of the app that posts here, and replace the stored one."
	case bm.NoSecretSet:
		return "Paste the app secret above."
	case bm.Unsigned:
		return "The platform signs every post: this was somebody else, or a proxy that drops the header."
	case bm.TooLarge:
		return "The platform never sends this much: this was somebody else."
	case bm.NotJSON:
		return "Something on the way changed the posts. Look at proxies in front of this address."
	case bm.Unavailable:
		return "Nothing is lost: the platform sends these again."
	}
	return ""
}

// credentials is the form with what may be told of the stored values.
func (c *call) credentials(p bm.Platform, d *bm.Deployment) page.CredentialsView {
	v := page.CredentialsView{
		Place: page.Place{Business: d.BusinessID, Deployment: d.ID, Platform: string(d.Platform)}, CanEdit: c.actor.Can(bm.ReplaceSecrets),
		First: true, AppID: d.AppID, PageID: d.AccountID,
	}
	for _, f := range p.Credentials() {
		s := ui.Secret{Name: string(f.Name), Label: f.Label, Placeholder: f.Placeholder, Hint: f.Where, CanEdit: v.CanEdit}
		if f.Name == bm.ChallengeKey {
			s.GenerateForm = page.GenerateForm
		}
		if h, ok := d.Hint(f.Name); ok {
			v.First = false
			s.Set, s.LastFour, s.Fingerprint, s.SetBy, s.SetAt = true, h.LastFour, h.Fingerprint.String(), h.SetBy, h.SetAt
			s.Verdict, s.Word = ui.NotYet, "Saved, not proved"
			s.RemoveForm = page.RemoveForm(s.Name)
		}
		v.Secrets = append(v.Secrets, s)
	}
	return v
}

// saveCredentials takes the form. An empty field leaves its value as it is; after
// an error nothing that was pasted is sent back.
func saveCredentials(c *call, b bm.Business, d bm.Deployment) error {
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	change := connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{}}
	for _, f := range p.Credentials() {
		if v := strings.TrimSpace(c.form(string(f.Name))); v != "" {
			s := bm.NewSecret(v)
			change.Secrets[f.Name] = &s
		}
	}
	account, app := strings.TrimSpace(c.form("account_id")), strings.TrimSpace(c.form("app_id"))
	change.AccountID, change.AppID = &account, &app
	saved, err := c.Connect.Save(c.ctx(), c.actor, b, d.Platform, change)
	if fields, status, ok := formErrors(err); ok {
		form := c.credentials(p, &d)
		form.PageID, form.AppID = account, app
		form.PageIDError, form.AppIDError, form.Error = fields["account_id"], fields["app_id"], fields[""]
		for i := range form.Secrets {
			form.Secrets[i].Error = fields[form.Secrets[i].Name]
		}
		if len(change.Secrets) > 0 {
			form.Again = "What was pasted is not kept: paste the values again."
		}
		return c.showSetUp(status, &b, p, &d, form)
	}
	if err != nil {
		return err
	}
	if key, ok := saved.Shown[bm.ChallengeKey]; ok {
		if err := c.keepOnce(onceName(&saved.Deployment), key); err != nil {
			return err
		}
	}
	notice := ui.Notice{Verdict: ui.Info, Title: "Saved", Text: savedWords(change)}
	if _, ok := saved.Shown[bm.ChallengeKey]; ok {
		notice.Link = ui.Link{Label: "Go to the key", Href: "#secret-challenge_key"}
	}
	if err := c.flash(notice); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(d.Platform)))
}

func savedWords(ch connect.Change) string {
	if _, ok := ch.Secrets[bm.ChallengeKey]; ok {
		return "The secret key is shown below this once. Saved is not yet working: enter the callback URL and the key at the platform, and watch the checks."
	}
	if len(ch.Secrets) > 0 {
		return "The values are stored. Saved is not yet working: the checks tell what was proved."
	}
	return "The settings are stored."
}

// generateKey makes a challenge key and puts it into the field; nothing is stored
// until it is saved. Without JavaScript the next page carries it.
func generateKey(c *call, b bm.Business, d bm.Deployment) error {
	key := bm.NewChallengeKey()
	if !c.partial() {
		if err := c.keepOnce(proposedName(&d), key); err != nil {
			return err
		}
		return c.redirect(page.PathDeployment(b.ID, string(d.Platform)) + "#credentials")
	}
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	form := c.credentials(p, &d)
	field := form.Secrets[challengeField(form.Secrets)]
	field.Proposed = key.Reveal()
	return c.render(http.StatusOK, page.ChallengeField(field))
}

func removeCredential(c *call, b bm.Business, d bm.Deployment) error {
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	name := bm.CredentialName(c.form("field"))
	_, err = c.Connect.Save(c.ctx(), c.actor, b, d.Platform, connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{name: nil}})
	if fields, status, ok := formErrors(err); ok {
		form := c.credentials(p, &d)
		form.Error = "It cannot be removed while Active is on. Switch it off first."
		if fields["active"] == "" {
			form.Error = fields[""]
		}
		return c.showSetUp(status, &b, p, &d, form)
	}
	if err != nil {
		return err
	}
	if err := c.done("The stored value is destroyed."); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(d.Platform)))
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

func showStanding(c *call, b bm.Business, d bm.Deployment) error {
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	checks, err := c.Connect.Checks(c.ctx(), &d)
	if err != nil {
		return err
	}
	cards, err := c.cards(&b, p.Name())
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.StandingPart(c.standingView(&b, &d, checks, p), cards))
}

func showGuide(c *call, b bm.Business, d bm.Deployment) error {
	checks, err := c.Connect.Checks(c.ctx(), &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Guide(c.guide(&b, &d, checks)))
}

func showChecks(c *call, b bm.Business, d bm.Deployment) error {
	checks, err := c.Connect.Checks(c.ctx(), &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Checks(c.checksView(&b, &d, checks)))
}

func showHandshakes(c *call, b bm.Business, d bm.Deployment) error {
	v, err := c.handshakesView(&b, &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Handshakes(v))
}

func showRefusals(c *call, b bm.Business, d bm.Deployment) error {
	v, err := c.refusalsView(&b, &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Refusals(v))
}
