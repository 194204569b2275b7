package ui

// Verdict is one of the ten things that can be said about a statement. The
// strings are those of the API, so that a check can be handed over as it is.
type Verdict string

const (
	Proved    Verdict = "proved"
	Stale     Verdict = "stale"
	Failing   Verdict = "failing"
	NeedsCare Verdict = "needs_care"
	Unknown   Verdict = "unknown"
	Attested  Verdict = "attested"
	Checking  Verdict = "checking"
	NotYet    Verdict = "not_yet"
	Silent    Verdict = "silent"
	Paused    Verdict = "paused"
	// Info is no verdict: the mark of a notice that only tells something.
	Info Verdict = "info"
)

// Verdicts are the ten, in the order in which the gallery shows them.
func Verdicts() []Verdict {
	return []Verdict{Proved, Stale, Failing, NeedsCare, Unknown, Attested, Checking, NotYet, Silent, Paused}
}

// Word is what the verdict is called. A verdict that is not known here reads
// Unknown: it must never look better than it is.
func (v Verdict) Word() string {
	switch v {
	case Proved:
		return "Proved"
	case Stale:
		return "Proved, old"
	case Failing:
		return "Failing"
	case NeedsCare:
		return "Needs care"
	case Attested:
		return "Attested"
	case Checking:
		return "Checking"
	case NotYet:
		return "Not yet"
	case Silent:
		return "Silent"
	case Paused:
		return "Paused"
	}
	return "Unknown"
}

// shape is the name that the style sheet and the icon sprite share.
func (v Verdict) shape() string {
	switch v {
	case Proved, Stale, Failing, Attested, Checking, Silent, Paused, Info:
		return string(v)
	case NeedsCare:
		return "warning"
	case NotYet:
		return "waiting"
	}
	return "unknown"
}

func (v Verdict) class() string { return "is-" + v.shape() }

func (v Verdict) word(instead string) string {
	if instead != "" {
		return instead
	}
	return v.Word()
}
