package page

import (
	"net/url"

	"businessmanager/web/ui"
)

// ProblemView is a page that stands where another was wanted.
type ProblemView struct {
	Status int
	Icon   string
	Title  string
	Text   string
	// Reference is how the log calls this failure, to be read out on the phone.
	Reference string
	Action    ui.Go
}

// ProblemFor says what an HTTP status means here and what to do. A message is
// a finished sentence that replaces the usual one. again is the address that
// was wanted.
func ProblemFor(status int, message, reference, again string) ProblemView {
	v := problem(status, again)
	v.Status = status
	v.Reference = reference
	if message != "" {
		v.Text = message
	}
	return v
}

// SignInFor is the sign-in page that leads back to an address.
func SignInFor(again string) string {
	if again == "" {
		return PathSignIn
	}
	return PathSignIn + "?next=" + url.QueryEscape(again)
}

func problem(status int, again string) ProblemView {
	home := ui.Go{Label: "Go to businesses", Href: PathBusinesses, Small: true}
	retry := home
	if again != "" {
		retry = ui.Go{Label: "Try again", Icon: "refresh", Href: again, Small: true}
	}
	switch status {
	case 401:
		return ProblemView{Icon: "lock", Title: "You are signed out", Text: "Sessions end after a while and when somebody signs out everywhere. Nothing was changed.",
			Action: ui.Go{Label: "Sign in", Href: SignInFor(again), Small: true}}
	case 403:
		return ProblemView{Icon: "lock", Title: "You may not do this", Text: "Your role does not allow it. Nothing was changed. The owner of this installation can help.", Action: home}
	case 404:
		return ProblemView{Icon: "link", Title: "There is nothing at this address", Text: "It may have been removed, the link may have lost a character, or it belongs to a partner that you may not see.", Action: home}
	case 405:
		return ProblemView{Icon: "link", Title: "This address does not do that", Text: "It was reached in a way that it does not answer. Nothing was changed.", Action: home}
	case 413:
		return ProblemView{Icon: "upload", Title: "That was too much at once", Text: "The form held more than this page takes. Nothing was changed.", Action: retry}
	case 421:
		return ProblemView{Icon: "globe", Title: "This is not the address of this console", Text: "The request named another host. Open the console by the address that it was set up with."}
	case 422:
		return ProblemView{Icon: "refresh", Title: "This form is too old to be sent", Text: "It was opened before you signed in again, or it came from another site. Nothing was changed. Open the page anew and send it once more.", Action: retry}
	case 429:
		return ProblemView{Icon: "clock", Title: "Too many tries", Text: "Wait a minute, then try again. Nothing was changed.", Action: retry}
	case 503:
		return ProblemView{Icon: "refresh", Title: "The database is away", Text: "Platforms are told to try again, so nothing is lost. Look again in a moment.", Action: retry}
	}
	return ProblemView{Icon: "refresh", Title: "Something went wrong here", Text: "It is in the log under the reference below. What was acknowledged before is safe.", Action: retry}
}
