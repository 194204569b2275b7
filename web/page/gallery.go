package page

import (
	"strings"
	"time"

	"businessmanager/web/ui"
)

// icons are the names in the sprite, besides the marks.
func icons() []string {
	return strings.Fields(`search businesses overview partners people activity settings plus copy check close
		chevron-right chevron-left chevron-down arrow-right out key shield lock refresh replay send download upload
		filter more pause play clock calendar sun moon screen sign-out user passkey mail message tap eye swap link
		plug bot bolt hand trash flag menu-lines globe diff empty facebook instagram whatsapp telegram webchat logo`)
}

// swatch is a colour by its purpose.
type swatch struct{ class, name string }

func swatches() []swatch {
	return []swatch{
		{"sw-ground", "Ground"}, {"sw-sunken", "Ground, sunken"}, {"sw-surface", "Surface"}, {"sw-line", "Line"},
		{"sw-text", "Text"}, {"sw-subtle", "Text, subtle"}, {"sw-accent", "Accent: acting"}, {"sw-success", "Proved, only"},
		{"sw-warning", "Needs care"}, {"sw-danger", "Failing"}, {"sw-attested", "Attested"}, {"sw-unknown", "Unknown"},
	}
}

// galleryChecks are the ten verdicts, each with what it means.
func galleryChecks() []ui.Check {
	means := map[ui.Verdict]string{
		ui.Proved:    "We tested it; the evidence is here. Fresh.",
		ui.Stale:     "The evidence is older than this check allows.",
		ui.Failing:   "Tested and wrong. Says the cause, then the cure.",
		ui.NeedsCare: "Works now; will stop or differs.",
		ui.Unknown:   "Nobody can tell yet. Says what would tell.",
		ui.Attested:  "Jonas Weber saw “Verified” at Meta.",
		ui.Checking:  "Asking Meta, 2 s",
		ui.NotYet:    "Waits for another step. Names it.",
		ui.Silent:    "Usually 9 events an hour by now. None since 14:02.",
		ui.Paused:    "By Mara Lindqvist. 1,204 events wait, oldest 2 d 3 h.",
	}
	var list []ui.Check
	for i, v := range ui.Verdicts() {
		c := ui.Check{Name: v.Word(), Verdict: v, Evidence: means[v]}
		if v == ui.Proved || v == ui.Failing || v == ui.Attested || v == ui.Stale {
			c.At = ago(time.Duration(i*i*5) * time.Hour)
		}
		if v == ui.Failing {
			c.Next = ui.Link{Label: "Go to step 4", Href: "#pieces-steps"}
		}
		list = append(list, c)
	}
	return list
}

func gallerySecrets() []ui.Secret {
	at := ago(12 * time.Minute)
	set := ui.Secret{Name: "set", Label: "Access Token", Set: true, LastFour: "k4ZD", Fingerprint: "b2f0 4e17", SetBy: "Mara Lindqvist", SetAt: at, Verdict: ui.Proved, Word: "Proved 14:24", Hint: "Tested before it replaces the old one.", CanEdit: true, RemoveForm: "gallery-form"}
	once := set
	once.Name, once.Label, once.Once, once.OnceHint, once.Verdict, once.Word = "once", "Secret Key", "bmk_Zr81vTqLx0HcN5sYdE2uKwQw7e", "Paste it at Meta under Verify token.", ui.NotYet, "Saved, not proved yet"
	return []ui.Secret{
		set, once,
		{Name: "empty", Label: "App Secret Key", Hint: "App settings, Basic, App secret, Show.", CanEdit: true},
		{Name: "made", Label: "Secret Key", Hint: "Made just now. It counts when it is saved.", CanEdit: true, Proposed: "bmk_8hTnC4yWf1QpVz6LrXs0JdMa3u", GenerateForm: "gallery-form"},
		{Name: "wrong", Label: "Access Token", Hint: "From the app’s Messenger settings.", CanEdit: true, Error: "Alive, but for another Page."},
		{Name: "locked", Label: "App Secret Key"},
	}
}
