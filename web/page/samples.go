package page

import (
	"time"

	"github.com/a-h/templ"

	"businessmanager/web/ui"
)

// Sample is a page filled with believable values. The gallery shows them in
// development and the page tests read every one; the product never does.
type Sample struct {
	// Name is the last part of the sample's address.
	Name string
	Page templ.Component
}

// SampleNow is the moment at which all samples are made.
func SampleNow() time.Time { return time.Date(2026, 11, 22, 14, 36, 10, 0, time.UTC) }

func ago(d time.Duration) time.Time { return SampleNow().Add(-d) }

// SampleFrame is the frame around the samples.
func SampleFrame(title string, crumbs ...ui.Crumb) ui.Frame {
	return ui.Frame{
		Title: title, Environment: "development",
		UserName: "Mara Lindqvist", UserEmail: "mara@nordlicht.example", Initials: "ML",
		Version: "0.1.0", Crumbs: crumbs,
		Rail: []ui.RailItem{{Icon: "businesses", Label: "Businesses", Href: PathBusinesses, Current: true}},
	}
}

func sampleGate(title string) ui.Gate {
	return ui.Gate{Title: title, Environment: "development", Version: "0.1.0", Host: "manager.nordlicht.example"}
}

// Samples are every page in the states in which it can stand.
func Samples() []Sample {
	var all []Sample
	all = append(all, signInSamples()...)
	all = append(all, businessSamples()...)
	all = append(all, deploymentSamples()...)
	all = append(all, eventSamples()...)
	all = append(all, otherSamples()...)
	return all
}

func signInSamples() []Sample {
	g := sampleGate("Sign in")
	return []Sample{
		{"signin", SignIn(g, SignInView{})},
		{"signin-refused", SignIn(g, SignInView{Email: "mara@nordlicht.example", Error: "Email and password do not belong together. Both may be right elsewhere."})},
		{"signin-throttled", SignIn(g, SignInView{Email: "mara@nordlicht.example", Error: "Too many tries from this address. Wait a minute, then try again. Your account is not locked."})},
		{"signin-out", SignIn(g, SignInView{Next: "/businesses/4127", Notice: ui.Notice{Verdict: ui.Info, Text: "You are signed out."}})},
		{"link", OneTimeLink(sampleGate("Sign in"), LinkView{Token: "sample-token", Email: "mara@nordlicht.example"})},
		{"invitation", SetPassword(sampleGate("Set a password"), SetPasswordView{Token: "sample-token", Name: "Aylin Demir", Email: "aylin@nordlicht.example", Rules: "At least 15 characters. A few words are easier to keep than signs.", Error: "This one is easily guessed. A few unrelated words are harder."})},
		{"link-spent", LinkSpent(sampleGate("Link used"), LinkSpentView{Title: "This link no longer works", Text: "It was used already, or it is older than a day. Ask whoever sent it for a new one."})},
	}
}

func otherSamples() []Sample {
	h := sampleHead("Bella Napoli", "bella_napoli", 4127, TabActivity)
	list := []Sample{
		{"activity", Activity(SampleFrame("Activity, Bella Napoli", h.Crumbs(ui.Crumb{Label: "Activity"})...), ActivityView{Head: h, Rows: []ActivityRow{
			{At: ago(12 * time.Minute), Who: "Mara Lindqvist", What: "Set the access token of Facebook", Detail: "Ends in k4ZD, fingerprint b2f0 4e17", From: "192.0.2.17"},
			{At: ago(21 * time.Minute), Who: "Mara Lindqvist", What: "Set up Facebook", From: "192.0.2.17"},
			{At: ago(50 * time.Hour), Who: "Token crm-sync", What: "Made this business", From: "198.51.100.4"},
		}, Pager: ui.Pager{Says: "3 of 3"}})},
		{"activity-empty", Activity(SampleFrame("Activity, Bella Napoli", h.Crumbs(ui.Crumb{Label: "Activity"})...), ActivityView{Head: h})},
		{"profile", Profile(SampleFrame("Profile"), sampleProfile())},
	}
	for _, p := range []struct {
		name   string
		status int
	}{{"403", 403}, {"404", 404}, {"421", 421}, {"422", 422}, {"429", 429}, {"500", 500}, {"503", 503}} {
		list = append(list, Sample{"problem-" + p.name, Problem(SampleFrame("Problem"), ProblemFor(p.status, "", "7f3a-21", PathBusinesses))})
	}
	list = append(list, Sample{"problem-401", ProblemGate(sampleGate("Signed out"), ProblemFor(401, "", "", PathBusinesses))})
	return list
}

func sampleProfile() ProfileView {
	return ProfileView{
		Name: "Mara Lindqvist", Email: "mara@nordlicht.example", Role: "Admin", Partners: "Nordlicht Dining, Rivage Hotels",
		HasPassword: true, PasswordRules: "At least 15 characters. A few words are easier to keep than signs.",
		CurrentError: "This is not the password of this account.",
		Sessions: []SessionRow{
			{ID: "s1", Device: "Firefox on Linux", Address: "192.0.2.17", First: ago(26 * time.Hour), Last: ago(20 * time.Second), Current: true},
			{ID: "s2", Device: "Safari on iPhone", Address: "2001:db8::41", First: ago(200 * time.Hour), Last: ago(3 * time.Hour)},
		},
	}
}

func sampleHead(name, via string, id int64, tab string) Head {
	return Head{ID: id, Name: name, ViaName: via, Partner: "Nordlicht Dining", Tab: tab}
}

func sampleFacebook(v ui.Verdict, word string) []ui.Card {
	return []ui.Card{{Icon: "facebook", Name: "Facebook", Href: PathDeployment(4127, "facebook"), Verdict: v, Word: word, Current: true}}
}
