package bm

import (
	"net/mail"
	"strings"
	"time"
)

// User is a person who may sign in.
type User struct {
	ID          int64
	Email       string
	Name        string
	Role        Role
	AllPartners bool
	Partners    []int64
	HasPassword bool
	DisabledAt  time.Time // zero: may sign in
	CreatedAt   time.Time
	TimeZone    string // IANA name; empty: the browser's
	Theme       string // light, dark; empty: the system's
}

// Actor makes the author and reader that this person is.
func (u *User) Actor(address string) Actor {
	return Actor{
		Kind: ActorPerson, ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, Address: address,
		Scope: Scope{AllPartners: u.AllPartners || u.Role == RoleOwner, Partners: u.Partners},
	}
}

// CheckEmail brings an address to the form in which it is compared (lower case,
// trimmed) and says what is wrong with it.
func CheckEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 { // RFC 5321, 4.5.3.1.3, less the brackets
		return "", InvalidField("email", "Type an email address, such as mara@example.com.")
	}
	return s, nil
}

// LinkPurpose is what a one-time link is for.
type LinkPurpose string

// The purposes.
const (
	LinkInvite  LinkPurpose = "invite"  // sets the first password
	LinkRecover LinkPurpose = "recover" // sets a new password and ends the sessions
	LinkSignIn  LinkPurpose = "sign_in" // signs in; printed by the development server
)

// Session is one signed-in browser.
type Session struct {
	ID         string // digest of the cookie's value, in hex
	UserID     int64
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	Address    string
	Agent      string
}

// Token is an API token without its value.
type Token struct {
	ID         int64
	Name       string
	Role       Role
	Scope      Scope
	LastFour   string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: in use
}

// Actor makes the author and reader that this token is.
func (t *Token) Actor(address string) Actor {
	return Actor{Kind: ActorToken, ID: t.ID, Name: t.Name, Role: t.Role, Scope: t.Scope, Address: address}
}
