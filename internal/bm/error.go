package bm

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what went wrong in the words of the edge that must answer for it.
// Each edge (pages, JSON API, command line) turns a kind into its own answer in
// one function.
type Kind int

// The kinds. Internal is the zero value: whatever nobody foresaw.
const (
	Internal  Kind = iota
	Invalid        // something that was typed or sent cannot be taken as it is
	NotFound       // it is not there, or the asker may not know that it is
	Forbidden      // the asker may see it, but not do this
	Conflict       // it was right when it was asked, and is not any more, or is taken
	SignedOut      // nobody is known to be asking
	Upstream       // somebody else's service did not do its part
	Busy           // we cannot now; asking again later helps
)

// Status is the HTTP status that says a kind to a client: one table for all edges
// that speak HTTP.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusUnprocessableEntity
	case NotFound:
		return http.StatusNotFound
	case Forbidden:
		return http.StatusForbidden
	case Conflict:
		return http.StatusConflict
	case SignedOut:
		return http.StatusUnauthorized
	case Upstream:
		return http.StatusBadGateway
	case Busy:
		return http.StatusServiceUnavailable
	case Internal:
	}
	return http.StatusInternalServerError
}

// FieldError is what is wrong with one field, as a finished sentence.
type FieldError struct {
	Field   string
	Message string
}

// Error is the one error that crosses package borders with something to say.
//
// Message is a finished sentence for a person: what happened and what to do.
// Err is the cause, for the log only. The two never meet: Message never quotes
// Err, and nothing shown to a person is made from Err.
type Error struct {
	Kind    Kind
	Message string
	Fields  []FieldError
	Err     error
}

// Error gives the text for logs, cause included. It is not for people.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%v)", e.Message, e.Err)
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind with a sentence for people.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidField says that one field cannot be taken as it is.
func InvalidField(field, format string, args ...any) *Error {
	msg := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Message: msg, Fields: []FieldError{{field, msg}}}
}

// InvalidFields joins what is wrong with several fields, or is nil when nothing is.
func InvalidFields(fields []FieldError) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return &Error{Kind: Invalid, Message: fields[0].Message, Fields: fields}
	}
	return &Error{Kind: Invalid, Message: fmt.Sprintf("%d fields need another look. Nothing was saved.", len(fields)), Fields: fields}
}

// KindOf tells the kind of any error; Internal for one that is not ours.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
