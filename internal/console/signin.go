package console

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// wrongPair is the one answer for a wrong password, an unknown address, a person
// who is disabled and one who has set no password yet.
const wrongPair = "Email and password do not match an account here. Check both, or ask an owner for a new link."

// signedOutQuery is how the sign-in page is told why one is there.
const (
	signedOutQuery = "out"
	unsavedQuery   = "unsaved" // a form was sent after the session had ended
)

func showSignIn(c *call) error {
	next := local(c.query("next"))
	if c.actor.ID != 0 {
		return c.redirect(localOr(next, page.PathBusinesses))
	}
	v := page.SignInView{Next: next}
	switch {
	case c.web.QueryParams().Has(signedOutQuery):
		v.Notice = ui.Notice{Verdict: ui.Info, Text: "You are signed out."}
	case c.web.QueryParams().Has(unsavedQuery):
		v.Notice = ui.Notice{Verdict: ui.NeedsCare, Text: "Your session had ended, so what you sent was not saved. Sign in, and enter it again."}
	case next != "":
		v.Notice = ui.Notice{Verdict: ui.Info, Text: "Sign in to go on. Afterwards you are back where you wanted to be."}
	case c.Environment == "development":
		v.Notice = ui.Notice{Verdict: ui.Info, Text: "Just trying it out? The terminal in which it was started shows a link that signs in."}
	}
	return c.render(http.StatusOK, page.SignIn(c.gate("Sign in"), v))
}

// signIn takes email and password. The throttle stands before the hash, so that
// who guesses too much costs nothing; the hash stands before any word on the
// account, so that every answer takes as long.
func signIn(c *call) error {
	email := c.form("email")
	v := page.SignInView{Next: local(c.form("next"))}
	if strings.Contains(email, "@") {
		v.Email = email // anything else may be a secret that landed in the wrong field
	}
	try := store.Try{Email: email, Address: c.actor.Address, Browser: c.knownBrowser(email), At: c.Now()}
	wait, err := c.Store.AdmitTry(c.ctx(), try)
	if err != nil {
		return err
	}
	if wait > 0 {
		v.Error = c.tooMany(wait)
		return c.render(http.StatusTooManyRequests, page.SignIn(c.gate("Sign in"), v))
	}
	u, err := c.checkPassword(email, bm.NewSecret(c.form("password")), try.Browser != "")
	if bm.KindOf(err) == bm.SignedOut {
		c.Log.Warn("sign-in refused", "id", c.web.Get(keyID), "address", c.actor.Address)
		v.Error = wrongPair
		return c.render(http.StatusUnprocessableEntity, page.SignIn(c.gate("Sign in"), v))
	}
	if err != nil {
		return err
	}
	if err := c.Store.ForgiveTry(c.ctx(), try); err != nil {
		return err
	}
	if err := c.signIn(u); err != nil {
		return err
	}
	return c.redirect(localOr(v.Next, page.PathBusinesses))
}

// checkPassword gives the person whose password it is, and SignedOut otherwise.
func (c *call) checkPassword(email string, plain bm.Secret, known bool) (bm.User, error) {
	u, hash, err := c.Store.UserToSignIn(c.ctx(), email)
	if err != nil && bm.KindOf(err) != bm.NotFound {
		return bm.User{}, err
	}
	ok, old, err := c.passwords.matches(c.ctx(), plain, hash, known)
	if err != nil {
		return bm.User{}, err
	}
	if !ok {
		return bm.User{}, bm.Errorf(bm.SignedOut, wrongPair)
	}
	if old {
		fresh, err := c.passwords.Hash(c.ctx(), plain)
		if err != nil {
			return bm.User{}, err
		}
		if err := c.Store.Rehash(c.ctx(), u.ID, hash, fresh); err != nil {
			return bm.User{}, err
		}
	}
	return c.Store.User(c.ctx(), u.ID)
}

// tooMany says how long to wait, to people and to programs.
func (c *call) tooMany(wait time.Duration) string {
	c.Log.Warn("sign-in throttled", "id", c.web.Get(keyID), "address", c.actor.Address, "wait", wait.Round(time.Second).String())
	c.web.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return "Too many wrong passwords were typed, from here or for this account. The account is not locked. Try again in " +
		inWords(wait) + ", or ask an owner for a link, which works at once."
}

// inWords rounds up, so that nobody comes back too early.
func inWords(d time.Duration) string {
	if d <= time.Minute {
		if s := int(math.Ceil(d.Seconds())); s != 1 {
			return strconv.Itoa(s) + " seconds"
		}
		return "1 second"
	}
	return strconv.Itoa(int(math.Ceil(d.Minutes()))) + " minutes"
}

// signOut is open to everybody: who is signed out already gets where they wanted.
func signOut(c *call) error {
	if c.actor.ID != 0 {
		if err := c.Store.SignOut(c.ctx(), c.actor, c.cookie()); err != nil {
			return err
		}
	}
	c.dropCookie()
	return c.redirect(page.PathSignIn + "?" + signedOutQuery)
}
