// Package page holds whole pages, one templ file per noun, and the structs
// that they are printed from.
//
// It knows which pieces stand on a page and in which order, the addresses of
// the console (path.go) and the words that belong to a page rather than to a
// rule: the setup guide, the names of event kinds, what to do about an error.
// The console fills a view struct and renders it to a buffer. A view holds
// decisions that were already made (CanEdit) and text that is ready to print;
// nothing here asks a store, reads a request or decides who may see what.
package page

import (
	"businessmanager/web/ui"
)

// Segment is a piece of a text in which a search found something.
type Segment struct {
	Text string
	// Hit marks the piece that was found.
	Hit bool
}

// Plain is a text in which nothing is marked.
func Plain(text string) []Segment { return []Segment{{Text: text}} }

// The tabs of a business.
const (
	TabGeneral  = "general"
	TabChannels = "channels"
	TabEvents   = "events"
	TabActivity = "activity"
)

// Head stands at the top of every page of one business.
type Head struct {
	ID      int64
	Name    string
	ViaName string
	Partner string
	// Of follows the name, quieter: "on Facebook".
	Of string
	// Tab is the current one of the four.
	Tab string
	// Off says that the business is switched off, which pauses all of it.
	Off bool
	// NoActivity leaves the tab out for people who may not read the audit.
	NoActivity bool
}

func (h Head) tabs() []ui.Tab {
	list := []ui.Tab{
		{Label: "General", Href: PathBusiness(h.ID), Current: h.Tab == TabGeneral},
		{Label: "Channels", Href: PathChannels(h.ID), Current: h.Tab == TabChannels},
		{Label: "Events", Href: PathEvents(h.ID), Current: h.Tab == TabEvents},
	}
	if !h.NoActivity {
		list = append(list, ui.Tab{Label: "Activity", Href: PathActivity(h.ID), Current: h.Tab == TabActivity})
	}
	return list
}

// Crumbs are the way to a page of this business.
func (h Head) Crumbs(rest ...ui.Crumb) []ui.Crumb {
	list := []ui.Crumb{{Label: "Businesses", Href: PathBusinesses}, {Label: h.Name, Href: PathBusiness(h.ID)}}
	return append(list, rest...)
}

// Place says whose deployment a fragment belongs to. The fragment finds its
// own address and its topic from it.
type Place struct {
	Business   int64
	Deployment int64
	Platform   string
}

func (p Place) topic() string { return "deployment:" + number(p.Deployment) }
