package bm

import "time"

// HandshakeReason says how a verification attempt ended. It is kept instead of
// what was sent.
type HandshakeReason string

// The reasons. The ones after WrongKey say what the wrong key turned out to be.
const (
	RightKey        HandshakeReason = "right_key"
	WrongKey        HandshakeReason = "wrong_key"
	NoKeySet        HandshakeReason = "no_key_set"
	KeyWithSpace    HandshakeReason = "key_with_space"    // right, but for white space around it
	KeyWithQuotes   HandshakeReason = "key_with_quotes"   // right, but for quotes around it
	KeyWrongCase    HandshakeReason = "key_wrong_case"    // right, but for upper and lower case
	KeyCutShort     HandshakeReason = "key_cut_short"     // the beginning of the right key
	KeyOfAnother    HandshakeReason = "key_of_another"    // the challenge key of another deployment
	AccessTokenSent HandshakeReason = "access_token_sent" // this deployment's, or one by its looks
	AppSecretSent   HandshakeReason = "app_secret_sent"
	CallbackSent    HandshakeReason = "callback_sent" // the callback URL itself
	BadParameters   HandshakeReason = "bad_parameters"
	NearlyThisURL   HandshakeReason = "nearly_this_url" // an unknown callback, close to this one
)

// Handshake is one attempt of a platform to verify a callback. What was sent as
// the verify token is not in it: only its length and its fingerprint.
type Handshake struct {
	ID               int64
	BusinessID       int64 // 0 with DeploymentID: at an unknown callback near none
	DeploymentID     int64
	Platform         PlatformName
	At               time.Time
	Address          string
	Agent            string // what the caller calls itself
	Status           int
	Reason           HandshakeReason
	TokenLength      int
	TokenFingerprint Fingerprint
	// KeyFingerprint is that of the key which was wanted, to tell whether the
	// attempt was made against the key of today.
	KeyFingerprint Fingerprint
	// OtherBusinessID is whose key it was, for KeyOfAnother.
	OtherBusinessID int64
	// Detail is a few words on a near miss, such as which part of the URL differs.
	Detail string
}

// Accepted tells whether the challenge was returned.
func (h *Handshake) Accepted() bool { return h.Status == 200 }

// RefusalReason says why a post was refused.
type RefusalReason string

// The reasons for refusing a post.
const (
	Unsigned     RefusalReason = "unsigned"      // no X-Hub-Signature-256
	WrongSigned  RefusalReason = "wrong_signed"  // signed with another secret, or changed on the way
	NoSecretSet  RefusalReason = "no_secret_set" //
	NotJSON      RefusalReason = "not_json"      // validly signed, but not JSON
	TooLarge     RefusalReason = "too_large"     // over 4 MiB
	Unavailable  RefusalReason = "unavailable"   // we could not store: answered 503
	UnknownRoute RefusalReason = "unknown"       // at an unknown callback
)

// Refusal counts the posts of one deployment that were refused for one reason
// within one hour.
type Refusal struct {
	BusinessID   int64
	DeploymentID int64
	Hour         time.Time
	Reason       RefusalReason
	Count        int64
	FirstAt      time.Time
	LastAt       time.Time
}
