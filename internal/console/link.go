package console

import (
	"net/http"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
)

// LinkURL is the address of a one-time link.
func LinkURL(consoleURL string, token bm.Secret) string {
	return strings.TrimSuffix(consoleURL, "/") + page.PathLink + "/" + token.Reveal()
}

// showLink says what a link is for and uses nothing up: mail scanners follow
// links, people press buttons.
func showLink(c *call) error {
	token := bm.NewSecret(c.param("token"))
	u, purpose, err := c.Store.LookAtLink(c.ctx(), token)
	if err != nil {
		return c.linkRefused(err)
	}
	if purpose == bm.LinkSignIn {
		return c.render(http.StatusOK, page.OneTimeLink(c.gate("Sign in"), page.LinkView{Token: token.Reveal(), Email: u.Email}))
	}
	return c.render(http.StatusOK, page.SetPassword(c.gate("Set a password"), passwordView(token, u, "")))
}

func passwordView(token bm.Secret, u bm.User, wrong string) page.SetPasswordView {
	return page.SetPasswordView{Token: token.Reveal(), Name: u.Name, Email: u.Email, Rules: PasswordRules, Error: wrong}
}

func (c *call) linkRefused(err error) error {
	if bm.KindOf(err) != bm.NotFound {
		return err
	}
	_, message := statusOf(err)
	return c.render(http.StatusNotFound, page.LinkSpent(c.gate("Link used"), page.LinkSpentView{Title: "This link no longer works", Text: message}))
}

// useLink signs in with a link that asks for nothing more.
func useLink(c *call) error {
	token := bm.NewSecret(c.form("token"))
	_, purpose, err := c.Store.LookAtLink(c.ctx(), token)
	if err != nil {
		return c.linkRefused(err)
	}
	if purpose != bm.LinkSignIn {
		return c.redirect(page.PathLink + "/" + token.Reveal())
	}
	return c.enterByLink(token, bm.Secret{})
}

// useInvitation sets the first password, or a new one after recovery.
func useInvitation(c *call) error {
	token, plain := bm.NewSecret(c.form("token")), bm.NewSecret(c.form("password"))
	u, purpose, err := c.Store.LookAtLink(c.ctx(), token)
	if err != nil {
		return c.linkRefused(err)
	}
	if purpose == bm.LinkSignIn {
		return c.redirect(page.PathLink + "/" + token.Reveal())
	}
	if wrong := CheckPassword(plain, u.Email, u.Name); wrong != "" {
		return c.render(http.StatusUnprocessableEntity, page.SetPassword(c.gate("Set a password"), passwordView(token, u, wrong)))
	}
	hash, err := c.passwords.Hash(c.ctx(), plain)
	if err != nil {
		return err
	}
	return c.enterByLink(token, hash)
}

func (c *call) enterByLink(token, hash bm.Secret) error {
	u, _, err := c.Store.UseLink(c.ctx(), token, hash, c.actor.Address)
	if err != nil {
		return c.linkRefused(err)
	}
	if err := c.signIn(u); err != nil {
		return err
	}
	return c.redirect(page.PathBusinesses)
}
