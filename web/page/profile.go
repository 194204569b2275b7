package page

import "time"

// ProfileView is one's own account.
type ProfileView struct {
	Name  string
	Email string
	Role  string
	// Partners names what one may see: "Every partner".
	Partners string
	Theme    string
	Sessions []SessionRow
	// HasPassword is false for people who came by a link and set none.
	HasPassword bool
	// PasswordRules says what a password must be.
	PasswordRules string
	CurrentError  string
	NewError      string
}

// SessionRow is one place in which one is signed in.
type SessionRow struct {
	// ID is what the form sends to end it. It is not the session's secret.
	ID string
	// Device is what the browser calls itself, made readable.
	Device  string
	Address string
	First   time.Time
	Last    time.Time
	// Current is the session that looks at this page.
	Current bool
}
