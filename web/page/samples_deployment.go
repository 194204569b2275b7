package page

import (
	"time"

	"businessmanager/web/ui"
)

const sampleCallback = "https://hooks.nordlicht.example/facebook/q3VfT0m8xLw2ZbKp7RcYhA"

func samplePlace() Place { return Place{Business: 4127, Deployment: 12, Platform: "facebook"} }

func sampleDeploymentHead() Head {
	h := sampleHead("Bella Napoli", "bella_napoli", 4127, TabChannels)
	h.Of = "on Facebook"
	return h
}

func deploymentSamples() []Sample {
	h := sampleDeploymentHead()
	crumbs := h.Crumbs(ui.Crumb{Label: "Channels", Href: PathChannels(4127)}, ui.Crumb{Label: "Facebook"})
	frame := SampleFrame("Facebook, Bella Napoli", crumbs...)
	saved := frame
	saved.Flashes = []ui.Notice{{Verdict: ui.Info, Title: "Saved", Text: "Access token, app secret and secret key are kept. The secret key is shown below this once. Nothing is proved yet."}}
	plain := sampleHead("Bella Napoli", "bella_napoli", 4127, TabChannels)
	return []Sample{
		{"channels", Channels(SampleFrame("Channels, Bella Napoli", plain.Crumbs(ui.Crumb{Label: "Channels"})...), ChannelsView{Head: plain, Cards: []ui.Card{{Icon: "facebook", Name: "Facebook", Href: PathDeployment(4127, "facebook"), Verdict: ui.Failing, Word: "Callback refused"}}})},
		{"deployment-none", DeploymentNew(frame, DeploymentNewView{Head: h, Cards: sampleFacebook(ui.NotYet, "Not set up"), Place: samplePlace(), PlatformName: "Facebook", CanSetUp: true})},
		{"deployment-none-support", DeploymentNew(frame, DeploymentNewView{Head: h, Cards: sampleFacebook(ui.NotYet, "Not set up"), Place: samplePlace(), PlatformName: "Facebook"})},
		{"deployment-first", Deployment(frame, sampleFirst())},
		{"deployment-error", Deployment(frame, sampleRefused())},
		{"deployment-saved", Deployment(saved, sampleSaved())},
		{"deployment-working", Deployment(frame, sampleWorking())},
		{"deployment-support", Deployment(frame, sampleSupport())},
	}
}

// sampleSecrets are the three fields; the last one can be generated.
func sampleSecrets(set bool) []ui.Secret {
	at := ago(12 * time.Minute)
	s := []ui.Secret{
		{Name: "access_token", Label: "Access Token", Placeholder: "EAA…", Hint: "At Meta: your app, Messenger settings, Access tokens, Generate.", Help: ui.Link{Label: "Open it at Meta", Href: "https://developers.facebook.com/apps/", Out: true}, CanEdit: true},
		{Name: "app_secret", Label: "App Secret Key", Placeholder: "32 letters and digits", Hint: "At Meta: your app, App settings, Basic, App secret, Show. Copy it; do not reset it. A reset stops every bot on this app.", CanEdit: true},
		{Name: "challenge_key", Label: "Secret Key", Placeholder: "At least 22 characters", Hint: "What Meta calls the verify token. Generate one, or type one of at least 128 bits.", CanEdit: true, GenerateForm: GenerateForm},
	}
	if !set {
		return s
	}
	facts := []struct{ last, print string }{{"k4ZD", "b2f0 4e17"}, {"94c0", "e83a 0d5c"}, {"Qw7e", "7c1e 90ab"}}
	for i := range s {
		s[i].Set, s[i].LastFour, s[i].Fingerprint = true, facts[i].last, facts[i].print
		s[i].SetBy, s[i].SetAt = "Mara Lindqvist", at
		s[i].Verdict, s[i].Word = ui.NotYet, "Saved, not proved yet"
		s[i].RemoveForm = RemoveForm(s[i].Name)
	}
	return s
}

func sampleChecks(handshake, events, app ui.Verdict) ChecksView {
	at := func(v ui.Verdict, d time.Duration) time.Time {
		if v == ui.NotYet || v == ui.Unknown {
			return time.Time{}
		}
		return ago(d)
	}
	evidence := map[ui.Verdict]string{ui.Proved: "The right key came and the challenge went back", ui.Failing: "Refused: an access token came as the verify token, 203 characters", ui.NotYet: "Meta has not called yet"}
	signed := map[ui.Verdict]string{ui.Proved: "A post from Meta was signed with it", ui.NotYet: "Proved by the first signed post"}
	traffic := map[ui.Verdict]string{ui.Proved: "The last one was a message", ui.NotYet: "None so far"}
	return ChecksView{Place: samplePlace(), Groups: []ui.CheckGroup{
		{Name: "Credentials", Checks: []ui.Check{
			{Name: "Access token", Verdict: ui.NotYet, Evidence: "Nothing has asked Meta about it"},
			{Name: "App secret", Verdict: app, At: at(app, 2*time.Minute), Evidence: signed[app]},
		}},
		{Name: "Callback", Checks: []ui.Check{
			{ID: "check-callback", Name: "Callback verified", Verdict: handshake, At: at(handshake, 5*time.Minute), Evidence: evidence[handshake], Next: ui.Link{Label: "See the attempts", Href: "#handshakes"}},
		}},
		{Name: "Traffic", Checks: []ui.Check{
			{Name: "Events arriving", Verdict: events, At: at(events, 90*time.Second), Evidence: traffic[events]},
			{Name: "Primary receiver", Verdict: ui.Unknown, Evidence: "Shows itself with the first message"},
		}},
	}}
}

func sampleGuide(states ...ui.Verdict) GuideView {
	facts := GuideFacts{AppID: "2093441187002211", PageID: "104722918364501"}
	for i, v := range states {
		facts.States[i] = GuideState{Verdict: v}
		if v == ui.Proved {
			facts.States[i].State, facts.States[i].Evidence = "Proved 14:31", "Seen in the handshake at 14:31."
		}
		if v == ui.Failing {
			facts.States[i].State, facts.States[i].Evidence = "Refused 14:31", "Meta called with an access token where the secret key belongs."
		}
	}
	return GuideView{Place: samplePlace(), Steps: FacebookGuide(facts), Says: "The next step is yours."}
}

func sampleFirst() DeploymentView {
	secrets := sampleSecrets(false)
	secrets[2].Proposed = "bmk_8hTnC4yWf1QpVz6LrXs0JdMa3u"
	return DeploymentView{
		Head: sampleDeploymentHead(), Cards: sampleFacebook(ui.NotYet, "Not connected yet"), Place: samplePlace(), PlatformName: "Facebook",
		Standing:    StandingView{Place: samplePlace(), Verdict: ui.NotYet, Line: "Facebook is not connected yet", Why: "Bring two things from Meta: a Page access token and the app secret. Nothing reaches a bot until Active is on."},
		Active:      ActiveView{Blocked: "Can be switched on when there is an app secret. Without it anyone who knows the address could send you messages."},
		Guide:       sampleGuide(),
		Credentials: CredentialsView{Place: samplePlace(), CanEdit: true, First: true, Secrets: secrets},
		CallbackURL: sampleCallback,
		Checks:      sampleChecks(ui.NotYet, ui.NotYet, ui.NotYet),
		Handshakes:  HandshakesView{Place: samplePlace(), Says: "None yet"},
		Refusals:    RefusalsView{Place: samplePlace()},
	}
}

func sampleRefused() DeploymentView {
	v := sampleFirst()
	s := sampleSecrets(false)
	s[0].Error = "This is 32 letters and digits, like an app secret. An access token begins with EAA."
	s[1].Warning = "Quotes at both ends were left out."
	v.Credentials.Secrets = s
	v.Credentials.Error = "One of the values does not fit its field."
	v.Credentials.Again = "What was pasted is not kept: paste all values again."
	v.Credentials.PageIDError = "A Page ID is a number."
	v.Credentials.PageID = "bellanapoli"
	return v
}

func sampleSaved() DeploymentView {
	v := sampleFirst()
	s := sampleSecrets(true)
	s[2].Once = "bmk_Zr81vTqLx0HcN5sYdE2uKwQw7e"
	s[2].OnceHint = "Paste it at Meta under Verify token. Afterwards it can be replaced, not read."
	v.Credentials = CredentialsView{Place: samplePlace(), CanEdit: true, Secrets: s, PageID: "104722918364501", AppID: "2093441187002211"}
	v.Active = ActiveView{On: true, CanSwitch: true}
	v.Cards = sampleFacebook(ui.Failing, "Callback refused")
	v.Standing = StandingView{Place: samplePlace(), Verdict: ui.Failing, Line: "Not receiving yet: Meta could not verify the callback URL",
		Why:  "Meta tried at 14:31. It sent an access token where the secret key belongs, so we refused. Meta shows the two boxes side by side. Paste the secret key there and try again.",
		Next: ui.Link{Label: "See the attempt", Href: "#handshakes"}}
	v.Guide = sampleGuide(ui.Unknown, ui.NotYet, ui.NotYet, ui.Failing)
	v.Checks = sampleChecks(ui.Failing, ui.NotYet, ui.NotYet)
	v.Handshakes = HandshakesView{Place: samplePlace(), Says: "2 today", Rows: []HandshakeRow{
		{At: ago(303 * time.Second), From: "173.252.87.11", Agent: "facebookplatform/1.0", Verdict: ui.Failing, Answer: "Refused, 403", Why: "An access token was sent as the verify token.", Detail: "203 characters, fingerprint 5510 c2aa. Expected fingerprint 7c1e 90ab."},
		{At: ago(11 * time.Minute), From: "2a03:2880:22ff:7::face:b00c", Agent: "facebookplatform/1.0", Verdict: ui.Failing, Answer: "Refused, 403", Why: "No callback at this path: one letter from this one."},
	}}
	v.Refusals = RefusalsView{Place: samplePlace(), Rows: []RefusalRow{
		{Reason: "Signed with another secret", Cure: "Compare the app secret here with the one at Meta.", Count: "18", First: ago(50 * time.Minute), Last: ago(3 * time.Minute)},
		{Reason: "Not signed", Count: "2", First: ago(30 * time.Hour), Last: ago(29 * time.Hour)},
	}}
	return v
}

func sampleWorking() DeploymentView {
	v := sampleSaved()
	v.Credentials.Secrets = sampleSecrets(true)
	v.Cards = sampleFacebook(ui.Proved, "Proved, 3 of 3")
	v.Standing = StandingView{Place: samplePlace(), Verdict: ui.Proved, Line: "Receiving: the last event arrived at 14:34", Why: "The callback is verified and Meta’s signatures are right."}
	v.Guide = sampleGuide(ui.Unknown, ui.Unknown, ui.NotYet, ui.Proved, ui.Proved)
	v.Checks = sampleChecks(ui.Proved, ui.Proved, ui.Proved)
	v.Handshakes.Rows = []HandshakeRow{{At: ago(303 * time.Second), From: "173.252.87.11", Agent: "facebookplatform/1.0", Verdict: ui.Proved, Answer: "Accepted, 200", Why: "Right key. Challenge returned byte for byte."}}
	v.Refusals.Rows = nil
	v.Bot = &BotView{Place: samplePlace(), CanEdit: true, URL: "https://bots.nordlicht.example/napoli",
		Events: []BotEvent{{"message", "Message", true}, {"postback", "Postback", true}, {"reaction", "Reaction", true}, {"read", "Read", false}, {"echo", "Echo", false}},
		Secret: ui.Secret{Name: "bot_secret", Label: "Signing secret", Set: true, LastFour: "t0Kx", Fingerprint: "41d9 aa02", SetBy: "Mara Lindqvist", SetAt: ago(time.Hour), Verdict: ui.NotYet, Word: "Made here"}}
	return v
}

func sampleSupport() DeploymentView {
	v := sampleWorking()
	v.Active = ActiveView{On: false, PausedBy: "Paused by Mara Lindqvist at 11:20: menu is being changed."}
	v.Standing = StandingView{Place: samplePlace(), Verdict: ui.Paused, Line: "Paused since 11:20: 1,204 events wait", Why: "Mara Lindqvist switched it off. Events are still stored."}
	v.Credentials.CanEdit = false
	for i := range v.Credentials.Secrets {
		v.Credentials.Secrets[i].CanEdit = false
	}
	v.Credentials.Secrets[0] = ui.Secret{Name: "access_token", Label: "Access Token"}
	v.Bot.CanEdit = false
	return v
}
