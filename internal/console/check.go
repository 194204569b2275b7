package console

import (
	"fmt"
	"net/http"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

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
			"Bring two things from the platform: an access token and the app secret. The secret key is made here.",
			ui.Link{Label: "Paste them below", Href: "#credentials"})
	case events.Verdict == bm.Proved && (!d.Active || !b.Active):
		return say(ui.Paused, "Paused", "Paused: events are stored", pausedWords(d, b), ui.Link{})
	case events.Verdict == bm.Proved:
		return say(ui.Proved, "Receiving", "Receiving: signed events arrive and are stored", "Each is kept with its original bytes. The checks say when the last one came.", ui.Link{Label: "See the events", Href: page.PathEvents(b.ID)})
	case callback.Verdict == bm.Proved || callback.Verdict == bm.NeedsCare:
		return say(ui.NotYet, "Verified, no event yet", "The callback is verified, and no event has arrived yet",
			"Write a message to the Page. If nothing shows here within a minute, look whether the app and the Page are both subscribed to the field messages.", ui.Link{})
	case !d.Has(bm.ChallengeKey):
		return say(ui.NotYet, "No secret key", "Saved, and a secret key is missing", callback.Evidence+" "+callback.Next, ui.Link{Label: "Go to the credentials", Href: "#credentials"})
	case callback.Verdict == bm.Unknown:
		return say(ui.Unknown, "Key not tried", "The key of today has not been tried", callback.Evidence, attempts)
	}
	return say(ui.NotYet, "Not verified yet", "Saved, and not connected yet",
		"Enter the callback URL and the secret key at the platform and press Verify and save there. This page notices by itself.",
		ui.Link{Label: "Go to the callback URL", Href: "#callback-title"})
}

func pausedWords(d *bm.Deployment, b *bm.Business) string {
	if !b.Active {
		return "The business is switched off, which pauses all its platforms."
	}
	return "Handshakes are still answered, and every event is stored. Handing events to bots comes with a later version."
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

// guide tells what is known of the nine steps. What no check looks at says who does it.
func (c *call) guide(b *bm.Business, d *bm.Deployment, checks []bm.Check) page.GuideView {
	facts := page.GuideFacts{AppID: d.AppID, PageID: d.AccountID, Dashboard: c.Dashboard}
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
			// The step is token, secret and key together: one of them proved is not all.
			facts.States[2] = page.GuideState{Evidence: "App secret: " + ch.Evidence}
			if ch.Verdict == bm.Failing {
				facts.States[2].Verdict = ui.Failing
			}
			if d.Has(bm.AppSecret) {
				facts.States[2].State = "Saved; see each value below"
			}
		case "callback":
			facts.States[3] = state
		case "events":
			if ch.Verdict == bm.Proved {
				facts.States[0] = page.GuideState{Verdict: ui.Proved, State: state.State, Evidence: "Events of a Page arrived."}
				facts.States[4] = page.GuideState{Verdict: ui.Unknown, State: "Events arrive", Evidence: "Events arrive. Which fields are subscribed was not looked at."}
			}
		}
	}
	for _, s := range facts.States {
		if s.Verdict == ui.Proved {
			done++
		}
	}
	return page.GuideView{Place: c.place(b, d), Steps: page.FacebookGuide(facts), Says: fmt.Sprintf("%d proved", done)}
}

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
