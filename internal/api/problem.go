package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
)

// Problem is every refusal: RFC 9457, with a list of the fields that are wrong. It
// never quotes what was sent: what stands in a wrong place may be a secret.
type Problem struct {
	Type   string         `json:"type" doc:"Always about:blank: the status says what kind of problem it is."`
	Title  string         `json:"title" doc:"The status in words."`
	Status int            `json:"status" doc:"The HTTP status."`
	Detail string         `json:"detail" doc:"What happened and what to do, as sentences for people."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"What is wrong with each field, with 422 and some 409."`

	headers http.Header
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field   string `json:"field" doc:"The member of the body, or the parameter. A name that was sent and that could hide a secret is shown as “?”."`
	Message string `json:"message" doc:"What is wrong with it, as a sentence. It never quotes the value."`
}

var (
	errorModel   = reflect.TypeFor[huma.ErrorModel]()
	problemModel = reflect.TypeFor[Problem]()
)

func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma what goes with it.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType tells huma what it is.
func (*Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func refuse(status int, format string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...)}
}

// problemOf turns any error into its answer. What nobody foresaw goes to the log,
// cause included; the caller gets only the number under which it stands there.
func (a *API) problemOf(err error, route, id string) *Problem {
	var p *Problem
	var ours *bm.Error
	var web *echo.HTTPError
	switch {
	case errors.As(err, &p):
	case errors.As(err, &ours) && ours.Kind != bm.Internal:
		p = refuse(ours.Kind.Status(), "%s", ours.Message)
		for _, f := range ours.Fields {
			p.Errors = append(p.Errors, FieldProblem(f))
		}
	case errors.As(err, &web) && web.Code == http.StatusNotFound:
		p = refuse(web.Code, "There is no such call. %s lists them all.", docsPath)
	case errors.As(err, &web) && web.Code == http.StatusMethodNotAllowed:
		p = refuse(web.Code, "This address does not know this method. %s lists the ones that it knows.", docsPath)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p = refuse(http.StatusServiceUnavailable, "This took longer than a call may take. Try again in a moment.")
	default:
		p = refuse(http.StatusInternalServerError, "Something went wrong on our side.")
		if id != "" {
			p.Detail += " It stands in the log under " + id + "."
		}
	}
	if p.Status >= http.StatusInternalServerError {
		a.Log.Error("call failed", "id", id, "route", route, "status", p.Status, "err", err)
	}
	if p.Status == http.StatusServiceUnavailable {
		p.headers = http.Header{"Retry-After": {"5"}} // seconds: a database that restarts takes about that
	}
	return p
}

// requestID is the number that the console gave the request; empty without one.
func requestID(h http.Header) string { return h.Get("X-Request-Id") }

// answer writes an error that ended a request outside of huma.
func (a *API) answer(err error, c echo.Context) {
	p := a.problemOf(err, c.Path(), requestID(c.Response().Header()))
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	for name, values := range p.headers {
		h[name] = values
	}
	h.Set("Content-Type", problemType)
	c.Response().WriteHeader(p.Status)
	_ = json.NewEncoder(c.Response()).Encode(p) // the caller is gone, or it arrives
}

// refused puts our Problem in the place of what huma answers by itself. It is a
// transformer of this one API, so that huma's own global (huma.NewError) stays as
// it is. Huma's details quote the offending value; none of that is taken over.
func (a *API) refused(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := refuse(m.Status, "%s", sentence(m.Status))
	for _, d := range m.Errors {
		_, field, _ := strings.Cut(d.Location, ".")
		p.Errors = append(p.Errors, FieldProblem{Field: shown(field), Message: inOurWords(d.Message)})
	}
	if m.Status >= http.StatusInternalServerError {
		a.Log.Error("call failed", "route", ctx.Operation().Path, "status", m.Status, "err", "the body could not be read")
	}
	return p, nil
}

// sentence says what huma's own refusals mean. Those of fields say more themselves.
func sentence(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The body is missing. Send a JSON object."
	case http.StatusRequestTimeout:
		return "The body did not arrive in time. Send it again."
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	case http.StatusUnprocessableEntity:
		return "Some parameters need another look. Nothing was done."
	}
	return "The request could not be read. Send it again."
}

const tooLarge = "The body is over 1 MiB. Nothing was done."

// inOurWords says what huma found wrong with a parameter, in a sentence. Only texts
// known to hold nothing of the value are built upon.
func inOurWords(m string) string {
	for _, w := range []struct{ begins, ours string }{
		{"unknown query parameter", "There is no such parameter here."},
		{"required query parameter", "It is needed: send it."},
		{"invalid integer", "Send a whole number."},
		{"invalid boolean", "Send true or false."},
		{"invalid date/time", "Send a time such as 2026-01-31T14:00:00Z."},
	} {
		if strings.HasPrefix(m, w.begins) {
			return w.ours
		}
	}
	for _, w := range []struct{ begins, ours string }{
		{"expected number >= ", "The smallest is %s."},
		{"expected number <= ", "The largest is %s."},
		{"expected length <= ", "At most %s characters fit."},
		{"expected value to be one of ", "It is one of %s."},
	} {
		if limit, ok := strings.CutPrefix(m, w.begins); ok {
			return fmt.Sprintf(w.ours, strings.Trim(limit, `"`))
		}
	}
	return "This cannot be taken as it is."
}

// nameLike is what a member's or a parameter's name looks like. Secrets have
// digits in them, or are longer.
var nameLike = regexp.MustCompile(`^[A-Za-z_.-]{1,30}$`)

// shown is a name that was sent, unless it could be a secret in a wrong place.
func shown(name string) string {
	if nameLike.MatchString(name) {
		return name
	}
	return "?"
}
