package page

import (
	"time"

	"businessmanager/web/ui"
)

// BusinessRow is one business in the list.
type BusinessRow struct {
	ID      int64
	Name    []Segment
	ViaName []Segment
	// Number is the Business ID as text, marked where it was found.
	Number  []Segment
	Partner []Segment
	// FoundBy names the place ("Name"), FoundHow the manner ("one typo away").
	FoundBy  string
	FoundHow []Segment
	// Chips are the platforms with their worst check; none: not set up.
	Chips     []ui.Chip
	LastEvent time.Time
	// LastAgo is the same in words: "2 min ago".
	LastAgo string
	// Waiting counts events that wait; WaitingSince is the oldest, in words.
	Waiting      string
	WaitingSince string
}

// Suggestion is a business that is near to what was looked for.
type Suggestion struct {
	Name string
	Href string
}

// ResultsView is everything below the heading of the list: what changes while
// somebody types.
type ResultsView struct {
	Query string
	// Count is "214 businesses" without a query and "7 of 214" with one.
	Count string
	// Searched says where was looked: "Names, via names and ids were searched."
	Searched string
	// ClearHref leads to the list without query and filters.
	ClearHref string
	// Filtered says that a filter is set, besides the query.
	Filtered  bool
	States    []ui.Segment
	State     string
	Partners  []ui.Option
	Platforms []ui.Option
	Rows      []BusinessRow
	Pager     ui.Pager
	// None says that there is no business at all that this person may see.
	None        bool
	CanCreate   bool
	Suggestions []Suggestion
}

// say is what is read aloud when the results change.
func (v ResultsView) say() string {
	if v.Query == "" {
		return v.Count
	}
	if len(v.Rows) == 0 {
		return "Nothing matches " + v.Query
	}
	return v.Count + " match " + v.Query
}

func (v ResultsView) columns() []ui.Column {
	list := []ui.Column{{Name: "Business", Class: "col-name"}}
	if v.Query != "" {
		list = append(list, ui.Column{Name: "Found by", Class: "col-why"})
	}
	return append(list, ui.Column{Name: "Partner"}, ui.Column{Name: "Platforms, worst check each"},
		ui.Column{Name: "Last event"}, ui.Column{Name: "Waiting", Class: "right"})
}

func (v ResultsView) caption() string {
	if v.Query == "" {
		return "Businesses"
	}
	return "Businesses that match " + v.Query + ", best match first"
}

// BusinessListView is the home page.
type BusinessListView struct {
	CanCreate bool
	Results   ResultsView
}

// BusinessNewView is the form for a new business.
type BusinessNewView struct {
	Name     string
	ViaName  string
	Partners []ui.Option
	// Error is about the whole; the others are about one field.
	Error        string
	NameError    string
	ViaNameError string
	PartnerError string
}

// BusinessView is the general settings of a business.
type BusinessView struct {
	Head      Head
	CanEdit   bool
	CanSwitch bool
	Active    bool
	Name      string
	ViaName   string
	Partners  []ui.Option
	// PartnerFixed shows the partner without a choice.
	PartnerFixed string
	Languages    string
	Notes        string

	NameError      string
	ViaNameError   string
	PartnerError   string
	LanguagesError string
	NotesError     string

	// Removal is nil for people who may not remove.
	Removal *RemovalView
}

// RemovalView says what removal means before it asks for the via name.
type RemovalView struct {
	// Waits tells what still waits: "3 events wait and are lost." Empty: nothing.
	Waits string
	// Blocked says why it cannot be removed now; the form is left out.
	Blocked string
	Error   string
}

func (v BusinessView) activeSwitch() ui.Switch {
	why := "Off pauses every platform of this business. Handshakes are still answered and events still stored."
	if !v.CanSwitch {
		why = "Your role may look, not switch."
	}
	return ui.Switch{ID: "active", Action: PathBusinessActive(v.Head.ID), Name: "active", Label: "Active", On: v.Active, Disabled: !v.CanSwitch, Why: why}
}
