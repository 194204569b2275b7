package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
)

const (
	// callTime bounds one call. Checks are promised within 10 s (the contract); the
	// rest is for their answer to arrive.
	callTime = 12 * time.Second
	// bodySize bounds what a call may send: the longest texts of a deployment or a
	// business fit a hundred times over.
	bodySize = 1 << 20
)

// guarded bounds a call and turns a panic into an answer. Of a panic only the type
// is written down: its value may quote what was being worked on.
func (a *API) guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		ctx, cancel := context.WithTimeout(c.Request().Context(), callTime)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if e, ok := p.(error); ok && errors.Is(e, http.ErrAbortHandler) {
				panic(p)
			}
			a.Log.Error("panic", "route", c.Path(), "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errPanic
		}()
		return next(c)
	}
}

var errPanic = errors.New("a handler panicked")

// headers sets what every answer carries, refusals included. Nothing here is for a
// browser to run, frame or keep; the docs allow themselves their style sheet.
func (a *API) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if a.base.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=63072000") // two years, as for the pages
		}
		return next(c)
	}
}

// ownHost refuses a request that names another host, as the pages do. In
// development every name of this machine counts.
func (a *API) ownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		name := bm.HostName(c.Request().Host)
		if strings.EqualFold(name, a.base.Hostname()) || (a.Environment == "development" && bm.IsLoopbackName(name)) {
			return next(c)
		}
		return refuse(http.StatusMisdirectedRequest, "This host name is not the one of this installation. Use the address that its pages show.")
	}
}

// known finds out who is calling, before anything else is looked at: below
// /api/v1 a call without a valid token gets 401, also one that does not exist.
func (a *API) known(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if p := r.URL.Path; p == specPath || !strings.HasPrefix(p, base+"/") {
			return next(c)
		}
		value, err := bearer(r.Header.Values("Authorization"))
		if err != nil {
			return err
		}
		token, err := a.Store.TokenByValue(r.Context(), value)
		if bm.KindOf(err) == bm.SignedOut {
			return unauthorized("invalid_token", "This API token is unknown, expired or revoked. Ask an owner for a new one.")
		}
		if err != nil {
			return err
		}
		actor := token.Actor(bm.ClientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), a.Proxies))
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), askedKey{}, &asked{actor: actor})))
		return next(c)
	}
}

// bearer takes the token out of the header (RFC 6750, 2.1). What cannot be one of
// ours is not looked for.
func bearer(headers []string) (bm.Secret, error) {
	if len(headers) == 0 {
		return bm.Secret{}, unauthorized("", "Send an API token as “Authorization: Bearer bm_…”.")
	}
	scheme, value, _ := strings.Cut(headers[0], " ")
	value = strings.TrimSpace(value)
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(value, "bm_") || len(value) > 200 {
		return bm.Secret{}, unauthorized("invalid_token", "This is not an API token. Send one as “Authorization: Bearer bm_…”.")
	}
	return bm.NewSecret(value), nil
}

func unauthorized(code, detail string) *Problem {
	p := refuse(http.StatusUnauthorized, "%s", detail)
	challenge := `Bearer realm="Business Manager"`
	if code != "" {
		challenge += `, error="` + code + `"`
	}
	p.headers = http.Header{"Www-Authenticate": {challenge}}
	return p
}
