package console

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// The names under which the edge keeps things in Echo's context.
const (
	keyID   = "request id"
	keyCall = "call"
)

type headKey struct{}

// headAsGet lets every page answer HEAD. The server drops the body, because it
// still sees the request as it came.
func headAsGet(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	asked := r.Clone(context.WithValue(r.Context(), headKey{}, true))
	asked.Method = http.MethodGet
	return asked
}

// isHead tells whether a request was HEAD before headAsGet.
func isHead(r *http.Request) bool { return r.Context().Value(headKey{}) != nil }

// observe numbers a request, catches panics, has errors answered, and writes the
// one line of the log. The line holds the route's pattern and never the path, the
// query or the body: a link's token is part of a path.
func (k *Console) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		start := time.Now()
		id := requestID()
		ec.Set(keyID, id)
		ec.Response().Header().Set("X-Request-Id", id)
		if err := k.caught(ec, next); err != nil {
			ec.Error(err)
		}
		k.Log.Info("request", "method", method(ec), "route", ec.Path(), "status", ec.Response().Status,
			"ms", time.Since(start).Milliseconds(), "id", id, "address", k.address(ec.Request()))
		return nil
	}
}

// method is the request's, unless it was made up.
func method(ec echo.Context) string {
	switch m := ec.Request().Method; {
	case isHead(ec.Request()):
		return http.MethodHead
	case m == http.MethodGet, m == http.MethodPost, m == http.MethodPut, m == http.MethodPatch, m == http.MethodDelete, m == http.MethodOptions:
		return m
	}
	return "other"
}

func (k *Console) caught(ec echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if e, ok := p.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(p)
		}
		// The type says enough: a panic's value may quote what was being worked on.
		k.Log.Error("panic", "id", ec.Get(keyID), "route", ec.Path(), "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		err = errPanic
	}()
	return next(ec)
}

var errPanic = errors.New("a handler panicked")

// requestID is 64 random bits: enough to find one line among a year's.
func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
