// Package ui holds the pieces that pages are made of: shell, button, field,
// check, table and the rest, one templ per piece.
//
// It knows how a thing looks, which words stand for which verdict and how a
// piece is reached by keyboard and read aloud. web/page puts the pieces
// together; the console gives the frame around them. It refuses to know where
// a value comes from, what a rule decides, and every colour: the look is in
// static/css. A piece never gets a secret, only its last characters and its
// fingerprint; the one exception is a key that is shown once, as text to copy.
package ui

import (
	"context"
	"time"
)

// CSRFField is the name of the hidden field that every form that changes
// something carries.
const CSRFField = "csrf"

// Assets are the addresses of the static files, as static.Static gives them.
type Assets struct {
	CSS   string
	App   string
	HTMX  string
	Icons string
	Logo  string
}

// AssetsFrom asks for every address once. The argument is static.Static.URL.
func AssetsFrom(address func(name string) string) Assets {
	return Assets{
		CSS:   address("app.css"),
		App:   address("app.js"),
		HTMX:  address("htmx.js"),
		Icons: address("icons.svg"),
		Logo:  address("logo.svg"),
	}
}

// Around is what every piece may need and no page should have to hand down:
// fragments have no frame, yet they show icons, forms and times.
type Around struct {
	Assets Assets
	// CSRF is this session's token for forms.
	CSRF string
	// Now is the moment at which the page is made. Times of the same day are
	// shown without their date. Zero: every time carries its date.
	Now time.Time
}

type aroundKey struct{}

// With puts the surroundings into the context that a component is rendered
// with. The console does it in its one render function.
func With(ctx context.Context, a Around) context.Context {
	return context.WithValue(ctx, aroundKey{}, a)
}

func around(ctx context.Context) Around {
	a, _ := ctx.Value(aroundKey{}).(Around)
	return a
}

func icon(ctx context.Context, name string) string {
	return around(ctx).Assets.Icons + "#" + name
}

// Link is a place to go to.
type Link struct {
	Label string
	Href  string
	// Out says that the place is not ours; it opens in a new tab and says so.
	Out bool
}

// Fact is one line of a list of facts.
type Fact struct {
	Name  string
	Value string
	Code  bool
	Href  string
	At    time.Time
}
