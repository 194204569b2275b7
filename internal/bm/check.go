package bm

import "time"

// Verdict is what a check found.
type Verdict string

// The verdicts of the contract. Proved is the only green one.
const (
	Proved    Verdict = "proved"
	Failing   Verdict = "failing"
	NeedsCare Verdict = "needs_care"
	Unknown   Verdict = "unknown"
	Attested  Verdict = "attested"
	NotYet    Verdict = "not_yet"
)

// Check is one provable statement about a deployment: what was found, the
// evidence in words, when, and what to do next.
type Check struct {
	Name     string    // as in the API: "callback"
	Title    string    // as on the page
	Verdict  Verdict   //
	Evidence string    // a finished sentence or phrase; never holds a secret
	At       time.Time // of the evidence; zero where there is none
	Next     string    // what to do next; may be empty
}

// Traffic is what was seen of a deployment's posts and handshakes; checks are
// made from it.
type Traffic struct {
	LastAccepted   Handshake // zero where there was none
	LastRefused    Handshake
	LastEventAt    time.Time   // when a validly signed post was last stored
	LastSecret     Fingerprint // of the app secret that verified it
	Events         int64
	LastRefusalAt  time.Time
	LastRefusal    RefusalReason
	RefusedLastDay int64
	Waiting        int64
	OldestWaiting  time.Time
}
