package console

import (
	"fmt"
	"net/http"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

func showProfile(c *call) error { return c.profile(http.StatusOK, "", "") }

// profile is the page of one's own account, with what was wrong with the two
// password fields.
func (c *call) profile(status int, wrongNow, wrongNew string) error {
	list, err := c.Store.Sessions(c.ctx(), c.actor.ID, c.Now())
	if err != nil {
		return err
	}
	u := c.user()
	v := page.ProfileView{
		Name: u.Name, Email: u.Email, Role: roleWord(u.Role), Partners: partnersWord(c.actor.Scope), Theme: u.Theme,
		HasPassword: u.HasPassword, PasswordRules: PasswordRules, CurrentError: wrongNow, NewError: wrongNew,
	}
	for _, s := range list {
		v.Sessions = append(v.Sessions, page.SessionRow{
			ID: s.ID, Device: device(s.Agent), Address: s.Address, First: s.CreatedAt, Last: s.LastSeenAt, Current: s.ID == c.session.ID,
		})
	}
	return c.render(status, page.Profile(c.frame("Profile", "", ui.Crumb{Label: "Profile"}), v))
}

func roleWord(r bm.Role) string {
	if r == "" {
		return ""
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func partnersWord(sc bm.Scope) string {
	switch n := len(sc.Partners); {
	case sc.AllPartners:
		return "Every partner"
	case n == 1:
		return "One partner"
	default:
		return fmt.Sprintf("%d partners", n)
	}
}

// device makes of what a browser calls itself a name that people know. The order
// counts: most of them also claim to be the ones below.
func device(agent string) string {
	browser, system := "", ""
	for _, k := range [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}} {
		if browser == "" && strings.Contains(agent, k[0]) {
			browser = k[1]
		}
	}
	for _, k := range [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}} {
		if system == "" && strings.Contains(agent, k[0]) {
			system = k[1]
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	}
	return "An unknown program"
}

func endSession(c *call) error {
	if err := c.Store.EndSession(c.ctx(), c.actor, c.form("session")); err != nil {
		return err
	}
	if err := c.done("That session is over. If you did not know it, change your password too."); err != nil {
		return err
	}
	return c.redirect(page.PathProfile)
}

// endSessions signs out everywhere, or, with others=1, everywhere else.
func endSessions(c *call) error {
	if c.form("others") == "1" {
		if err := c.Store.EndOtherSessions(c.ctx(), c.actor, c.session.ID); err != nil {
			return err
		}
		if err := c.done("Every other session is over."); err != nil {
			return err
		}
		return c.redirect(page.PathProfile)
	}
	if err := c.Store.EndSessions(c.ctx(), c.actor); err != nil {
		return err
	}
	c.dropCookie()
	return c.redirect(page.PathSignIn + "?" + signedOutQuery)
}

// changePassword asks for the current one, so that who finds a browser open does
// not take the account along, and counts wrong ones in this session's own bucket.
func changePassword(c *call) error {
	u := c.user()
	if u.HasPassword {
		try := store.Try{Email: u.Email, Address: c.actor.Address, Browser: "session " + c.session.ID, At: c.Now()}
		wait, err := c.Store.AdmitTry(c.ctx(), try)
		if err != nil {
			return err
		}
		if wait > 0 {
			return c.profile(http.StatusTooManyRequests, c.tooMany(wait), "")
		}
		_, err = c.checkPassword(u.Email, bm.NewSecret(c.form("current")), true)
		if bm.KindOf(err) == bm.SignedOut {
			return c.profile(http.StatusUnprocessableEntity, "This is not your password now. Nothing was changed.", "")
		}
		if err != nil {
			return err
		}
		if err := c.Store.ForgiveTry(c.ctx(), try); err != nil {
			return err
		}
	}
	plain := bm.NewSecret(c.form("new"))
	if wrong := CheckPassword(plain, u.Email, u.Name); wrong != "" {
		return c.profile(http.StatusUnprocessableEntity, "", wrong)
	}
	hash, err := c.passwords.Hash(c.ctx(), plain)
	if err != nil {
		return err
	}
	if err := c.Store.SetPassword(c.ctx(), c.actor, u.ID, hash); err != nil {
		return err
	}
	if err := c.signIn(u); err != nil { // under a new value: every session has ended
		return err
	}
	return c.redirect(page.PathProfile)
}

// chooseAppearance keeps light, dark, or the system's, and goes back to where it was chosen.
func chooseAppearance(c *call) error {
	theme := c.form("theme")
	if theme == "system" {
		theme = ""
	}
	if err := c.Store.SetTheme(c.ctx(), c.actor, c.actor.ID, theme); err != nil {
		return err
	}
	return c.redirect(localOr(c.again(), page.PathProfile))
}
