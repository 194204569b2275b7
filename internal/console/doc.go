// Package console is the pages: who comes in, what they may reach, and the forms
// that change things.
//
// It knows HTTP, sessions and the one table of routes. It reads from store, calls
// connect where an act touches the outside or the keys, and prints with web/page.
// cmd makes one Console and serves it. It refuses to know SQL, platforms' APIs and
// colours.
//
// A request passes these, in this order:
//
//	number, log, panics          edge.go      every request gets an id; every answer a line
//	headers                      header.go    also on refusals
//	host name                    host.go      421 for another one
//	another site's form          host.go      403; nothing was loaded yet
//	—— the route table from here on ——
//	session                      session.go   who is this, as of now
//	ability                      route.go     sign in, or 403
//	form and its token           form.go      413, or 422 for one that is too old
//	business, deployment         route.go     404 where the reader may not look
//	the handler                               returns an error or answers
//	one function for errors      problem.go   kind to status and page
//
// To add a page: a line in routes (route.go), a handler in the file of its noun,
// a templ with its sample in web/page, and the golden files by
// go test ./internal/console -update.
package console
