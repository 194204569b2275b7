package page

import "businessmanager/web/ui"

// SignInView is the sign-in form.
type SignInView struct {
	Email string
	// Error is said above the form: wrong pair, or too many tries. It never
	// tells which of the two was wrong.
	Error string
	// Notice tells why one is here: signed out, session over, password set.
	// No Text: none.
	Notice ui.Notice
	// Next is where to go afterwards; it is sent back as it came.
	Next string
}

// LinkView is the page of a one-time link. Looking at it uses nothing up: mail
// scanners follow links, people press buttons.
type LinkView struct {
	Token string
	// Email names the account.
	Email string
	Error string
}

// SetPasswordView is where an invited person sets the first password.
type SetPasswordView struct {
	Token string
	Name  string
	Email string
	// Rules says what a password must be.
	Rules string
	Error string
}

// LinkSpentView says that a link no longer works and what to do.
type LinkSpentView struct {
	Title string
	Text  string
}
