package ui

import "time"

// The forms in which a time is shown. The script that turns UTC into the
// reader's zone knows the same names.
const (
	Minute = "minute" // 14:31
	Second = "second" // 14:31:07
	Milli  = "milli"  // 14:31:07.214
	Date   = "date"   // 22 Nov 2026
	Full   = "full"   // 22 Nov 2026, 14:31:07 UTC
)

// written is the time as the server says it: in UTC, without the date when it
// is today's and without the year when it is this year's.
func written(at, now time.Time, form string) string {
	at, now = at.UTC(), now.UTC()
	clock := "15:04"
	switch form {
	case Second:
		clock = "15:04:05"
	case Milli:
		clock = "15:04:05.000"
	case Date:
		return at.Format("2 Jan 2006")
	case Full:
		return at.Format("2 Jan 2006, 15:04:05 UTC")
	}
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format(clock)
	case at.Year() == now.Year():
		return at.Format("2 Jan " + clock)
	}
	return at.Format("2 Jan 2006 " + clock)
}

func machine(at time.Time) string {
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}
