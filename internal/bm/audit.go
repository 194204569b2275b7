package bm

import "time"

// Audit is one line of the record of who did what. It never holds a secret:
// secrets appear as fingerprints.
type Audit struct {
	ID         int64
	At         time.Time
	PartnerID  int64 // 0: the installation
	BusinessID int64
	Platform   PlatformName
	ActorKind  ActorKind
	ActorID    int64
	ActorName  string
	Address    string
	Act        string // verb and object: "replace app secret"
	Subject    string // what it was done to, in words
	Detail     map[string]string
}
