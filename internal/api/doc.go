// Package api is the JSON API and its documents.
//
// It knows HTTP, tokens and the one table of calls (route.go). It reads from store,
// calls connect where an act touches the keys, and describes itself: the OpenAPI
// document and the docs page are made from the same routes and structs that answer.
// cmd makes one API and gives it to the console, which hands over what begins with
// /api/. It refuses to know sessions, pages and SQL.
//
// A request passes these, in this order:
//
//	time limit, panics           edge.go      12 s
//	headers                      edge.go      also on refusals
//	host name                    edge.go      421 for another one
//	token                        edge.go      401, also for a call that does not exist
//	—— the table of calls from here on: 404 and 405 ——
//	business, platform           route.go     404 where the token may not look
//	ability                      route.go     403 for what is seen, but not for this role
//	query, length, kind of body  route.go     400, 413, 415
//	parameters                   huma         422, unknown and double ones too
//	body                         body.go      400 for what is not JSON, else 422 by field
//	the handler                               returns an error or an answer
//	one function for errors      problem.go   kind to status and problem+json
//
// Choices where the contract leaves one:
//
//   - A field of a refusal is {field, message}; nothing in a refusal quotes a
//     value. A name that was sent and could hide a secret is shown as "?".
//     huma.NewError, a variable of huma's, is left alone: what huma refuses by itself
//     is rewritten by a transformer of this one API.
//   - Bodies are read by decode, not by huma, which takes names in any case and
//     quotes values. Names are exact, unknown ones and doubles are a 422.
//   - next_cursor is null on the last page. Cursors name their list, so that one of
//     another list is a 422 instead of a gap.
//   - An event's own object is written as it is stored: encoding/json would compact
//     it. Bots get it as it came, as in a delivery; other tokens get it with the
//     secrets masked that platforms put into events; tokens that may not read
//     conversations do not get it.
//   - A deployment without a value says null, so that what was read can be put.
//   - A partner out of sight is as unknown as one that is not there: 422 on the
//     field partner.
//   - The audit is that of one business, which has to be named.
//
// To add a call: a line in routes (route.go), a handler in the file of its noun,
// and the golden file by go test ./internal/api -update.
package api
