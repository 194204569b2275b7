package meta

import "time"

// Meta writes times as milliseconds, as seconds, as strings of either, and in a
// few places as ISO 8601. From 1e11 on a number means milliseconds: as seconds it
// would lie in the year 5138, as milliseconds it is March 1973. lastMoment is the
// end of 2999, the last that bm.EventTime keeps.
const (
	firstMillis = 100_000_000_000
	lastMoment  = 32_503_679_999_999
)

// moment reads a time; zero for 0, for absurd ones and for whatever is none.
func moment(raw []byte) time.Time {
	if isString(raw) {
		raw = raw[1 : len(raw)-1]
		if len(raw) > 4 && raw[4] == '-' {
			return isoMoment(string(raw))
		}
	}
	if len(raw) == 0 || len(raw) > 14 { // lastMoment has 14 digits
		return time.Time{}
	}
	var n int64
	for _, c := range raw {
		if c < '0' || c > '9' {
			return time.Time{}
		}
		n = 10*n + int64(c-'0')
	}
	if n < firstMillis {
		n *= 1000
	}
	if n == 0 || n > lastMoment {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func isoMoment(v string) time.Time {
	for _, layout := range [...]string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		t, err := time.Parse(layout, v)
		if err == nil && t.UnixMilli() > 0 && t.UnixMilli() <= lastMoment {
			return time.UnixMilli(t.UnixMilli()).UTC()
		}
	}
	return time.Time{}
}

// createdTime is the time that the value of a change gives for itself.
func createdTime(value []byte) time.Time {
	var t time.Time
	for m := membersOf(value); ; {
		f, ok := m.next()
		if !ok {
			return t
		}
		if string(f.name) == "created_time" {
			t = moment(f.value)
		}
	}
}

// timeIfNone gives the entry's time where an item has none of its own.
func timeIfNone(own time.Time, entry []byte) []byte {
	if own.IsZero() {
		return entry
	}
	return nil
}
