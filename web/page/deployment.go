package page

import (
	"strings"

	"businessmanager/web/ui"
)

// ChannelsView is the platforms of a business.
type ChannelsView struct {
	Head  Head
	Cards []ui.Card
}

// DeploymentNewView is a platform that is not set up yet. Looking makes
// nothing; the button does.
type DeploymentNewView struct {
	Head  Head
	Cards []ui.Card
	Place Place
	// PlatformName is "Facebook".
	PlatformName string
	CanSetUp     bool
	Error        string
}

// DeploymentView is the page of one deployment.
type DeploymentView struct {
	Head         Head
	Cards        []ui.Card
	Place        Place
	PlatformName string

	Standing    StandingView
	Active      ActiveView
	Guide       GuideView
	Credentials CredentialsView
	CallbackURL string
	Checks      ChecksView
	Handshakes  HandshakesView
	Refusals    RefusalsView
	// Bot is nil while there is nothing to say about a bot.
	Bot *BotView
}

// StandingView is the answer to "what is wrong": a sentence, its reason, one
// way on.
type StandingView struct {
	Place   Place
	Verdict ui.Verdict
	Line    string
	Why     string
	// Next leads on; an empty Href leads nowhere.
	Next ui.Link
}

// ActiveView is the switch of a deployment.
type ActiveView struct {
	On        bool
	CanSwitch bool
	// Blocked says why it cannot be switched on, or who may.
	Blocked string
	// PausedBy tells who paused it, when and why, in one sentence.
	PausedBy string
}

func (v ActiveView) control(p Place) ui.Switch {
	why := "Off means paused. Handshakes are still answered and events still stored."
	switch {
	case v.Blocked != "":
		why = v.Blocked
	case v.PausedBy != "":
		why = v.PausedBy + " Handshakes are still answered and events still stored."
	}
	return ui.Switch{ID: "active", Action: p.part(PartActive), Name: "active", Label: "Active", On: v.On, Disabled: !v.CanSwitch, Why: why}
}

// GuideView is the setup guide.
type GuideView struct {
	// Place makes the guide fetch itself anew; without it, it stands still.
	Place Place
	Steps []ui.Step
	// Says sums it up: "3 of 9 done. The next one is yours."
	Says string
}

func (v GuideView) label() string {
	counts := map[ui.Verdict]int{}
	for _, s := range v.Steps {
		counts[s.Verdict]++
	}
	return "Steps: " + tally(counts)
}

// CredentialsView is the one form in which values are pasted. What was pasted
// is never sent back: after an error the fields are empty.
type CredentialsView struct {
	Place   Place
	CanEdit bool
	// First says that nothing is stored yet.
	First bool
	// Error is about the whole.
	Error string
	// Again says that the values were not kept and must be pasted again.
	Again string
	// Secrets in the order of the form: access token, app secret, challenge key.
	Secrets []ui.Secret

	AppID       string
	AppIDError  string
	PageID      string
	PageIDError string
}

// The ids of the forms that the credentials form's buttons belong to.
const (
	GenerateForm = "generate"
	removeForm   = "remove-"
)

// RemoveForm is the id of the form that removes one stored value; a
// ui.Secret with it shows the button.
func RemoveForm(field string) string { return removeForm + field }

// optional stands beside a field that may stay empty, where it can be filled.
func (v CredentialsView) optional() string {
	if v.CanEdit {
		return "optional"
	}
	return ""
}

// leads says that the credentials are what this page is about now: nothing is
// stored yet, something was refused, or a key is shown this once.
func (v CredentialsView) leads() bool {
	if v.First || v.Error != "" || v.Again != "" {
		return true
	}
	for _, s := range v.Secrets {
		if s.Once != "" {
			return true
		}
	}
	return false
}

// removals are the fields for which a form is needed.
func (v CredentialsView) removals() []string {
	var list []string
	for _, s := range v.Secrets {
		if v.CanEdit && s.Set && s.RemoveForm != "" {
			list = append(list, s.Name)
		}
	}
	return list
}

func (v CredentialsView) generates() bool {
	for _, s := range v.Secrets {
		if s.GenerateForm != "" {
			return v.CanEdit
		}
	}
	return false
}

// ChecksView is the column of checks.
type ChecksView struct {
	Place  Place
	Groups []ui.CheckGroup
}

// Tally counts the verdicts in words: "2 proved, 1 failing, 4 not yet".
func (v ChecksView) Tally() string {
	counts := map[ui.Verdict]int{}
	for _, g := range v.Groups {
		for _, c := range g.Checks {
			counts[c.Verdict]++
		}
	}
	return tally(counts)
}

func tally(counts map[ui.Verdict]int) string {
	var out []string
	for _, v := range []ui.Verdict{ui.Proved, ui.Stale, ui.Attested, ui.Failing, ui.NeedsCare, ui.Silent, ui.Paused, ui.Checking, ui.Unknown, ui.NotYet} {
		if counts[v] > 0 {
			out = append(out, number(int64(counts[v]))+" "+strings.ToLower(v.Word()))
		}
	}
	return strings.Join(out, ", ")
}

// BotView is where events go.
type BotView struct {
	Place    Place
	CanEdit  bool
	URL      string
	URLError string
	// Events are the kinds a bot can ask for, ticked where it does.
	Events []BotEvent
	// Secret is the signing secret: shown like any other, once in full.
	Secret ui.Secret
}

// BotEvent is one kind of event.
type BotEvent struct {
	Type    string
	Label   string
	Checked bool
}
