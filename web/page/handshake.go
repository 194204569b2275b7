package page

import (
	"time"

	"businessmanager/web/ui"
)

// HandshakesView is every attempt to verify the callback, newest first.
type HandshakesView struct {
	Place Place
	// Says counts: "4 today".
	Says string
	Rows []HandshakeRow
}

// HandshakeRow is one attempt. What was sent is not kept: Why says what it
// turned out to be, Detail its length and fingerprint.
type HandshakeRow struct {
	At time.Time
	// From is an address, Agent what it calls itself.
	From    string
	Agent   string
	Verdict ui.Verdict
	// Answer is "Refused, 403" or "Accepted, 200".
	Answer string
	Why    string
	Detail string
}

// RefusalsView sums up posts that were refused.
type RefusalsView struct {
	Place Place
	Rows  []RefusalRow
}

// RefusalRow is one reason and how often.
type RefusalRow struct {
	Reason string
	// Cure says what to do about it.
	Cure  string
	Count string
	First time.Time
	Last  time.Time
}
