package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
)

// refusal is an answer of the edge itself, by its status. Without a message the
// page says what the status usually means here.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return http.StatusText(r.status) }

// statusOf is the one place where an error becomes a status and a sentence.
func statusOf(err error) (status int, message string) {
	var own *refusal
	var web *echo.HTTPError
	var ours *bm.Error
	switch {
	case errors.As(err, &own):
		return own.status, own.message
	case errors.As(err, &ours):
		return ours.Kind.Status(), ours.Message
	case errors.As(err, &web):
		return web.Code, ""
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, "This took longer than a page may take. Try again in a moment."
	}
	return http.StatusInternalServerError, ""
}

// problem answers an error. What nobody foresaw goes to the log, cause included,
// and the page shows only the number under which it stands there. Who left in the
// middle is nobody's failure.
func (k *Console) problem(err error, ec echo.Context) {
	status, message := statusOf(err)
	id, _ := ec.Get(keyID).(string)
	if gone := ec.Request().Context().Err() != nil; status >= http.StatusInternalServerError && !gone {
		k.Log.Error("request failed", "id", id, "route", ec.Path(), "status", status, "err", err)
	}
	if ec.Response().Committed {
		return
	}
	c, ok := ec.Get(keyCall).(*call)
	if !ok {
		c = &call{Console: k, web: ec}
	}
	if err := c.problem(status, message, id); err != nil {
		k.Log.Error("the page of a problem was not written", "id", id, "err", err)
		if !ec.Response().Committed {
			_ = ec.NoContent(http.StatusInternalServerError)
		}
	}
}

func (c *call) problem(status int, message, id string) error {
	if status == http.StatusUnauthorized {
		return c.toSignIn()
	}
	if status < http.StatusInternalServerError {
		id = ""
	}
	if status == http.StatusServiceUnavailable {
		c.web.Response().Header().Set("Retry-After", "5") // seconds: a database that restarts takes about that
	}
	v := page.ProblemFor(status, message, id, c.again())
	if status == http.StatusConflict {
		v.Title = "This cannot be done now" // the sentence says why
	}
	switch {
	case c.partial():
		return c.web.String(status, v.Text)
	case c.actor.ID != 0:
		return c.render(status, page.Problem(c.frame(v.Title, ""), v))
	}
	return c.render(status, page.ProblemGate(c.gate(v.Title), v))
}

// toSignIn sends the whole page to sign-in and back, also when only a part of it
// was asked for.
func (c *call) toSignIn() error {
	to := page.SignInFor(c.again())
	if c.partial() {
		c.web.Response().Header().Set("HX-Redirect", to)
		return c.web.String(http.StatusUnauthorized, "You are signed out.")
	}
	if c.web.Request().Method == http.MethodPost && c.web.Path() != page.PathSignOut {
		mark := "?"
		if strings.Contains(to, "?") {
			mark = "&"
		}
		to += mark + unsavedQuery
	}
	return c.redirect(to)
}

// again is the address that was wanted, for the way back: of a page the page
// itself, of a part or a form the page that holds it. Empty where there is none
// worth going back to.
func (c *call) again() string {
	r := c.web.Request()
	if r.Method == http.MethodGet && !c.partial() {
		return local(r.URL.RequestURI())
	}
	from := r.Header.Get("HX-Current-URL")
	if from == "" {
		from = r.Header.Get("Referer")
	}
	u, err := url.Parse(from)
	if err != nil || u.Host != r.Host {
		return ""
	}
	return local(u.RequestURI())
}
