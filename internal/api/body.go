package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
)

// body is what a call sends: T as it was read, or what is wrong with it. The
// mistake waits here until the handler asks, because huma would quote the body.
type body[T any] struct {
	value T
	err   error
}

// Schema is that of T.
func (*body[T]) Schema(r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

func (b *body[T]) read(data []byte) { b.err = decode(data, reflect.ValueOf(&b.value).Elem()) }

// get gives what was sent, or the refusal.
func (b *body[T]) get() (*T, error) { return &b.value, b.err }

// requestSuffix ends the name of every type that a call sends.
const requestSuffix = "Request"

func isRequest(schema string) bool { return strings.HasSuffix(schema, requestSuffix) }

// decodeInto is how huma reads a body: it has no mistake to quote.
func decodeInto(data []byte, v any) error {
	b, ok := v.(interface{ read([]byte) })
	if !ok {
		return errors.New("not a body of ours")
	}
	b.read(data)
	return nil
}

// decode reads an object into a struct, and is strict: what it does not know or
// cannot take is said by name, and nothing is guessed. A name in another case is
// another name; one that stands twice is refused, because readers differ in which
// of the two counts. All fields are looked at before it refuses.
func decode(data []byte, into reflect.Value) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return refuse(http.StatusBadRequest, "The body is not JSON. Nothing was done.")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return refuse(http.StatusUnprocessableEntity, "The body is not a JSON object. Nothing was done.")
	}
	var wrong []bm.FieldError
	note := func(name, message string) { wrong = append(wrong, bm.FieldError{Field: shown(name), Message: message}) }
	fields, seen := fieldsOf(into), map[string]bool{}
	for d.More() {
		name, raw, err := member(d)
		if err != nil {
			return refuse(http.StatusBadRequest, "The body is not JSON. Nothing was done.")
		}
		f, known := fields[name]
		switch {
		case seen[name]:
			note(name, "This stands twice. Send it once.")
		case !known:
			note(name, "There is no such member here.")
		case string(raw) == "null" && !f.nullable:
			note(name, "This cannot be null. Leave it out instead.")
		case json.Unmarshal(raw, f.to.Addr().Interface()) != nil:
			note(name, f.wanted)
		}
		seen[name] = true
	}
	for _, name := range sortedKeys(fields) {
		if fields[name].required && !seen[name] {
			note(name, "This is needed.")
		}
	}
	return bm.InvalidFields(wrong)
}

func member(d *json.Decoder) (name string, raw json.RawMessage, err error) {
	t, err := d.Token()
	if err != nil {
		return "", nil, err
	}
	name, ok := t.(string)
	if !ok {
		return "", nil, io.ErrUnexpectedEOF
	}
	err = d.Decode(&raw)
	return name, raw, err
}

// field is one member that a call may send.
type field struct {
	to                 reflect.Value
	required, nullable bool
	wanted             string // what to send instead, as a sentence
}

func fieldsOf(v reflect.Value) map[string]field {
	out := map[string]field{}
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		f := field{to: v.Field(i), required: options == ""}
		w, ok := f.to.Addr().Interface().(interface{ wanted() (string, bool) })
		if ok {
			f.wanted, f.nullable = w.wanted()
		} else {
			f.wanted = wantedOf(f.to.Interface())
		}
		out[name] = f
	}
	return out
}

// wantedOf says what to send for a Go type.
func wantedOf(v any) string {
	switch v.(type) {
	case string, *string, secretText:
		return "Send a text."
	case *bool:
		return "Send true or false."
	case *int64:
		return "Send a whole number."
	case []string:
		return "Send a list of texts."
	case partnerRef, *partnerRef:
		return "Send the partner's id or name."
	}
	return "This cannot be taken as it is."
}

// given is a member of which it counts whether it was sent: absent leaves a thing
// as it is, null removes it.
type given[T any] struct {
	Value     T
	Set, Null bool
}

// UnmarshalJSON is called only for a member that was sent.
func (g *given[T]) UnmarshalJSON(b []byte) error {
	g.Set, g.Null = true, string(b) == "null"
	if g.Null {
		return nil
	}
	return json.Unmarshal(b, &g.Value)
}

// Schema is that of T, or null.
func (*given[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	return s
}

func (g *given[T]) wanted() (string, bool) { return wantedOf(g.Value), true }

// secretText is a secret on its way in.
type secretText struct{ bm.Secret }

// UnmarshalJSON takes a text and nothing else.
func (s *secretText) UnmarshalJSON(b []byte) error {
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return errors.New("not a text")
	}
	s.Secret = bm.NewSecret(v)
	return nil
}

// Schema is a text that is never sent back.
func (*secretText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "password", WriteOnly: true}
}

// partnerRef names a partner as its caller does: by id, as a number or in digits,
// or by name.
type partnerRef string

// UnmarshalJSON takes a text or a whole number.
func (p *partnerRef) UnmarshalJSON(b []byte) error {
	if _, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*p = partnerRef(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(p))
}

// Schema is either of the two.
func (*partnerRef) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeInteger, Format: "int64"}, {Type: huma.TypeString}}}
}
