// Package meta holds all that we know of Meta: how a post is signed, how its
// envelope is cut into events, what a pasted value looks like, and how an event
// reads to a person. messenger.go is the product; what its siblings will share
// stands in the other files.
//
// Intake calls Signed and Cut, connect and the console call the shape checks,
// the console calls Render and Mask. It refuses to know a database, a server, a
// clock or a stored value: everything here is a pure function of what it is given.
//
// # From a post to events
//
//	raw bytes ── Signed (HMAC over these very bytes) ── Cut
//	  not JSON ............................................ an error
//	  {"field","value"} ................................... one test
//	  {"object","entry":[…]}
//	     entry ── messaging[], standby[] .................. by the member that names the kind
//	           ── changes[] ............................... change, or as its value is one of the above
//	           ── changed_fields[] ........................ change
//	           ── none of these ........................... the entry whole: unknown
//	     entry.id 0 (the dashboard's Test button) ......... every item of it: test
//	  anything else ....................................... the post whole: unknown
//
// Bodies are sub-slices of the post: nothing is decoded and encoded again, no
// number passes through a float, and what stands beside the items travels as
// Around of the first item. Which member makes which kind is in kind.go, what
// makes two events one is in key.go.
package meta
