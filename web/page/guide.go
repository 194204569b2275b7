package page

import (
	"net/url"

	"businessmanager/web/ui"
)

// GuideSteps is how many steps setting up Facebook has.
const GuideSteps = 9

// GuideState is what is known about one step. Whoever fills it decides; the
// texts below only explain.
type GuideState struct {
	Verdict ui.Verdict
	// State is the short word beside the name: "Proved 14:24". Empty: who does
	// the step.
	State string
	// Evidence is said first inside the step.
	Evidence string
}

// GuideFacts are what the setup guide is made from.
type GuideFacts struct {
	AppID  string
	PageID string
	// Dashboard replaces Meta's own addresses where a stand-in is used.
	Dashboard string
	States    [GuideSteps]GuideState
}

// metaStep is the part of a step that does not change.
type metaStep struct {
	name  string
	state string
	text  []string
	link  string
	to    func(app, page string) string
}

// FacebookGuide is the nine steps with their states and their ways into
// Meta's dashboard. The first step that fails stands open, else the first that
// is not done.
func FacebookGuide(f GuideFacts) []ui.Step {
	steps := make([]ui.Step, 0, GuideSteps)
	for i, m := range facebookSteps() {
		known := f.States[i]
		s := ui.Step{Number: number(int64(i + 1)), Name: m.name, Verdict: known.Verdict, State: known.State}
		if s.Verdict == "" {
			s.Verdict = ui.NotYet
		}
		if s.State == "" {
			s.State = m.state
		}
		if known.Evidence != "" {
			s.Text = append(s.Text, known.Evidence)
		}
		s.Text = append(s.Text, m.text...)
		if m.to != nil {
			href := m.to(url.PathEscape(f.AppID), url.PathEscape(f.PageID))
			if f.Dashboard != "" {
				href = f.Dashboard
			}
			s.Links = []ui.Link{{Label: m.link, Href: href, Out: true}}
		}
		steps = append(steps, s)
	}
	if i := firstToOpen(steps); i >= 0 {
		steps[i].Open = true
	}
	return steps
}

func firstToOpen(steps []ui.Step) int {
	for _, wanted := range []ui.Verdict{ui.Failing, ui.NeedsCare, ui.NotYet} {
		for i, s := range steps {
			if s.Verdict == wanted {
				return i
			}
		}
	}
	return -1
}

// appAt leads into the dashboard of one app, or to the list of apps while the
// App ID is not known.
func appAt(tail string) func(app, page string) string {
	return func(app, _ string) string {
		if app == "" {
			return "https://developers.facebook.com/apps/"
		}
		return "https://developers.facebook.com/apps/" + app + tail
	}
}

func facebookSteps() []metaStep {
	return []metaStep{
		{name: "Facebook Page", state: "You bring it", link: "Open the Page at Meta",
			text: []string{"You need full control of the Page, or the help of someone who has it. No Page yet? Make one first."},
			to: func(_, page string) string {
				if page == "" {
					return "https://www.facebook.com/pages/create"
				}
				return "https://www.facebook.com/" + page
			}},
		{name: "Access token", state: "You bring it", link: "Open Messenger settings at Meta",
			text: []string{"In the app’s Messenger settings, under Access tokens, pick the Page and press Generate. Untick no permission in the window that opens."},
			to:   appAt("/messenger/settings/")},
		{name: "Credentials", state: "You paste them here", link: "Open the app’s basic settings at Meta",
			text: []string{"Paste the access token and the app secret under Credentials and generate a secret key. The app secret stands in the app’s basic settings behind Show. Copy it; do not reset it, because a reset stops every bot on this app."},
			to:   appAt("/settings/basic/")},
		{name: "Connect the app", state: "You do it at Meta", link: "Open webhooks at Meta",
			text: []string{"In the app’s Webhooks settings for the product Page, paste the callback URL and, as verify token, the secret key. Then press Verify and save. The attempt shows under Handshakes by itself, with the reason if it was refused."},
			to:   appAt("/webhooks/")},
		{name: "Subscribe to events", state: "You do it at Meta", link: "Open Messenger settings at Meta",
			text: []string{"Subscribe the Page to messages, messaging_postbacks, message_reactions, messaging_referrals, messaging_optins, message_reads and message_deliveries. Both the app and the Page must be subscribed."},
			to:   appAt("/messenger/settings/")},
		{name: "Primary receiver", state: "Only if another app has the Page", link: "Open the Page’s settings at Meta",
			text: []string{"If another app owns the conversation, the bot hears nothing. Make this app the primary receiver in the Page’s settings, then write one message to the Page."},
			to: func(_, page string) string {
				if page == "" {
					return "https://www.facebook.com/settings"
				}
				return "https://www.facebook.com/" + page + "/settings/"
			}},
		{name: "Green ticks", state: "We prove them",
			text: []string{"A tick turns green only for what was proved, with the time and the evidence. The checks on this page change by themselves."}},
		{name: "Business verification", state: "You do it at Meta, once per company", link: "Open the security centre at Meta",
			text: []string{"Meta asks for documents. Start early. Nothing here can see the result yet."},
			to:   func(_, _ string) string { return "https://business.facebook.com/settings/security" }},
		{name: "App review", state: "You do it at Meta, takes days", link: "Open app review at Meta",
			text: []string{"Needed for pages_messaging before strangers can write to the bot. Until then, people with a role on the app can."},
			to:   appAt("/app-review/permissions/")},
	}
}
