package page

import (
	"time"

	"businessmanager/web/ui"
)

// ActivityView is the audit of a business.
type ActivityView struct {
	Head  Head
	Rows  []ActivityRow
	Pager ui.Pager
}

// ActivityRow is one act. It never holds a secret, only which one was set.
type ActivityRow struct {
	At time.Time
	// Who is a person, a token or the console itself.
	Who    string
	What   string
	Detail string
	From   string
}
