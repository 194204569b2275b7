package console

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// call is one request of the route table and what is known about it.
type call struct {
	*Console
	web     echo.Context
	route   route
	browser *sessions.Session
	session store.Session // of somebody who is signed in; else zero
	actor   bm.Actor      // the zero Actor, but for its address, when nobody is
}

func (c *call) ctx() context.Context { return c.web.Request().Context() }

// form gives a field of the body; only the body, never the query.
func (c *call) form(name string) string { return c.web.Request().PostForm.Get(name) }

// query gives a parameter of the address.
func (c *call) query(name string) string { return c.web.QueryParam(name) }

// param gives a piece of the path.
func (c *call) param(name string) string { return c.web.Param(name) }

// partial tells whether a script asks for a part of a page.
func (c *call) partial() bool { return c.web.Request().Header.Get("HX-Request") == "true" }

// user is the person who is signed in.
func (c *call) user() bm.User { return c.session.User }

// render prints a page or a part of one to a buffer, and only then sends: half a
// page never leaves the house.
func (c *call) render(status int, content templ.Component) error {
	if err := c.keepCookie(); err != nil {
		return err
	}
	ctx := ui.With(c.ctx(), ui.Around{Assets: c.assets, CSRF: csrfToken(c.cookie()), Now: c.Now()})
	var out bytes.Buffer
	if err := content.Render(ctx, &out); err != nil {
		return err
	}
	return c.web.HTMLBlob(status, out.Bytes())
}

// redirect leads on after a form: always 303, so that going back sends nothing twice.
func (c *call) redirect(path string) error { return c.web.Redirect(http.StatusSeeOther, path) }

// The places of the rail, for frame.
const sectionBusinesses = "businesses"

// frame is what stands around a page of somebody who is signed in. It shows the
// notices of the last act, once. section names the current place of the rail.
func (c *call) frame(title, section string, crumbs ...ui.Crumb) ui.Frame {
	u := c.user()
	return ui.Frame{
		Title: title, Environment: c.Environment, Version: c.Version,
		UserName: u.Name, UserEmail: u.Email, Initials: initials(u.Name), Theme: u.Theme,
		Rail: []ui.RailItem{
			{Icon: "businesses", Label: "Businesses", Href: page.PathBusinesses, Current: section == sectionBusinesses},
		},
		Crumbs:  crumbs,
		Flashes: c.takeNotices(),
	}
}

// gate is what stands around a page of somebody who is not.
func (c *call) gate(title string) ui.Gate {
	return ui.Gate{Title: title, Environment: c.Environment, Theme: c.user().Theme, Version: c.Version, Host: c.base.Host}
}

// initials are of the first and the last name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string(first) + string(last))
}

// local gives an address back if it leads to a page of ours that may be gone to
// after sign-in, and nothing otherwise. Browsers read more into an address than
// its look: "//host", "/\host" and control characters all can lead elsewhere.
func local(path string) string {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "\\") ||
		strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return ""
	}
	if u.Path == "/" || u.Path == page.PathSignIn || u.Path == page.PathSignOut || strings.HasPrefix(u.Path, page.PathLink+"/") {
		return ""
	}
	return path
}

// localOr is local, with a place to go to instead.
func localOr(path, instead string) string {
	if to := local(path); to != "" {
		return to
	}
	return instead
}
