// Package sandbox is a stand-in for Meta: pretend apps and Pages with tokens
// and secrets of its own, the webhook form with its real handshake, a chat page
// that posts signed events, and the first Graph calls.
//
// It knows only what reached it over HTTP, as Meta does. It imports nothing of
// this project: its signing and escaping are written a second time here, so
// that a mistake in our reader cannot be mirrored by the writer that tests it.
// It signs with the secret that it issued, so a wrong paste in the console fails
// here as it would there.
//
// The command "dev" runs it, on a loopback address of its own; nobody else does.
// It refuses to know other machines: it listens on loopback only, calls loopback
// only (checked on the address connected to), and answers only to loopback names.
// Its secrets are pretend ones and are still never logged.
//
// # Pages
//
//	GET  /                              the apps; a form makes another
//	POST /apps                          name, page
//	GET  /apps/{id}                     ids, secret, tokens, webhook, fields
//	POST /apps/{id}/secret              the same page with the App Secret in it
//	POST /apps/{id}/tokens              the same page with a new token in it, once
//	POST /apps/{id}/tokens/{token}/revoke
//	POST /apps/{id}/webhook             callback_url, verify_token: the handshake
//	POST /apps/{id}/subscriptions       app_field…, page_field…
//	POST /apps/{id}/page                subscribe=on|off
//	POST /apps/{id}/test                field: the dashboard's sample
//	GET  /apps/{id}/chat?psid=…         the chat of one pretend person
//	POST /apps/{id}/chat                kind, psid, text
//	POST /apps/{id}/people              name
//	POST /apps/{id}/events/{n}/resend   psid
//
// # Control API
//
// For tests and example data, which reach the sandbox as a person does: over
// HTTP. Bodies and answers are JSON; errors are {"error": "sentence"} with 400,
// 404, 421 or 422.
//
//	GET  /sandbox/api/apps                     → {apps: [app…]}
//	POST /sandbox/api/apps {name, page}        → 201 {app_id, app_secret, page_id, people}
//	GET  /sandbox/api/apps/{id}                → app: app_id, name, page_id, page, people
//	                                             [{psid, name}], tokens, callback_url,
//	                                             fields, page_fields
//	POST /sandbox/api/apps/{id}/secret         → {app_secret}
//	POST /sandbox/api/apps/{id}/tokens         → 201 {access_token, last_four}
//	POST /sandbox/api/apps/{id}/webhook        {callback_url, verify_token}
//	                                           → 200 {ok, status, message}; ok says
//	                                             whether the handshake passed
//	POST /sandbox/api/apps/{id}/subscriptions  {fields: […], page_fields: […]}; absent:
//	                                             left as it is → app
//	POST /sandbox/api/apps/{id}/test           {field} → event
//	POST /sandbox/api/apps/{id}/send           {kind, psid, text, title, payload, mid,
//	                                             count, once} → {events: [event…]}
//	POST /sandbox/api/apps/{id}/resend         {event} → event
//	GET  /sandbox/api/apps/{id}/events         → {events: [event…]}, oldest first
//
// kind is one of message, accents, image, quick_reply, postback, reaction, edit,
// read, delivery, echo, standby, referral, optin, handover, batch, duplicate.
// psid may be any id; without one the app's first person writes. count sends
// that many posts one after the other; for batch it is the number of entries in
// one post. once makes one attempt instead of three.
//
// An event is {id, kind, field, psid, state, reason, attempts: [{status, ms,
// error, answer}], body}; state is delivered, failed or not_sent, and body holds
// the bytes that were signed and posted.
//
// # Graph
//
// GET /me and GET /app, under /vNN.N or without a version, with the token in the
// Authorization header or in access_token, and appsecret_proof when given.
package sandbox
