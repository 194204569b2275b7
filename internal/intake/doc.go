// Package intake is the role that callbacks call. It answers handshakes, and
// stores every validly signed post before it acknowledges it.
//
// # The way of a post
//
//	read, capped → callback → signature over the raw bytes → cut into events
//	   → whose are they → joins the group now being committed → COMMIT → 200
//
// A 200 means committed. Everything else means that nothing was acknowledged, so
// that the platform sends it again: 503 where we could not, 4xx where we would not.
//
// What intake remembers of a deployment (its opened secrets) is dropped by a
// notification when the deployment changes, and all of it when the connection
// that notifications come on is lost. Before a refusal the deployment is read
// afresh, at most once a second, so that a value just saved counts at once.
//
// Plain net/http, and nothing of Echo or templ: what faces the internet stays
// small. It refuses to know pages, people and bots. Nothing that was sent as a
// verify token, and no body that was not validly signed, is kept or logged.
package intake
