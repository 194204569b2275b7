// Package bm holds the words of Business Manager: partner, business, person,
// platform, deployment, credential, event, handshake, check, audit, access and
// error. Every other package speaks in them.
//
// It knows the rules that hold without a database, a network or a clock (who may
// do what, what a via name looks like, which kinds of event are for a bot). It
// refuses to know how anything is stored, sent or drawn, and imports nothing but
// the standard library.
package bm
