package page

import (
	"time"

	"businessmanager/web/ui"
)

func businessSamples() []Sample {
	search := SampleFrame("Businesses")
	search.Search, search.SearchHere = "napoli", true
	list := SampleFrame("Businesses")
	list.SearchHere = true
	none := SampleFrame("Businesses")
	made := SampleFrame("Bella Napoli", sampleHead("Bella Napoli", "bella_napoli", 4127, TabGeneral).Crumbs(ui.Crumb{Label: "General"})...)
	made.Flashes = []ui.Notice{{Verdict: ui.Info, Title: "Bella Napoli is created", Text: "Next: set up a platform under Channels.", Link: ui.Link{Label: "Go to channels", Href: PathChannels(4127)}}}

	found := sampleResults("napoli")
	all := sampleResults("")
	return []Sample{
		{"businesses", BusinessList(list, BusinessListView{CanCreate: true, Results: all})},
		{"businesses-search", BusinessList(search, BusinessListView{CanCreate: true, Results: found})},
		{"businesses-no-match", BusinessList(search, BusinessListView{CanCreate: true, Results: ResultsView{Query: "napoli", Count: "0 of 214", Searched: "Names, via names and ids were searched.", ClearHref: PathBusinesses, States: all.States, Partners: all.Partners, Platforms: all.Platforms, Suggestions: []Suggestion{{Name: "Café Lumen", Href: PathBusiness(1873)}}}})},
		{"businesses-none", BusinessList(none, BusinessListView{CanCreate: true, Results: ResultsView{None: true, CanCreate: true}})},
		{"businesses-none-support", BusinessList(none, BusinessListView{Results: ResultsView{None: true}})},
		{"business-new", BusinessNew(SampleFrame("New business", ui.Crumb{Label: "Businesses", Href: PathBusinesses}, ui.Crumb{Label: "New"}), BusinessNewView{Name: "Bella Napoli", ViaName: "bella napoli", ViaNameError: "A space is in it. a-z, 0-9, _ and - fit. Try bella_napoli.", Partners: []ui.Option{{Value: "1", Label: "Nordlicht Dining", Selected: true}, {Value: "2", Label: "Rivage Hotels"}}})},
		{"business", Business(made, sampleBusiness(true))},
		{"business-support", Business(SampleFrame("Bella Napoli"), sampleBusiness(false))},
	}
}

func sampleBusiness(edit bool) BusinessView {
	v := BusinessView{
		Head: sampleHead("Bella Napoli", "bella_napoli", 4127, TabGeneral), CanEdit: edit, CanSwitch: edit, Active: edit,
		Name: "Bella Napoli", ViaName: "bella_napoli", Languages: "it, en", Notes: "Owner is Gianna. Calls on weekdays only.",
		Partners: []ui.Option{{Value: "1", Label: "Nordlicht Dining", Selected: true}, {Value: "2", Label: "Rivage Hotels"}},
	}
	if edit {
		v.Removal = &RemovalView{Waits: "3 events wait for the bot. Removing the business discards them.", Error: "This is not the via name. Nothing was removed."}
	} else {
		v.Head.Off = true
	}
	return v
}

func sampleResults(query string) ResultsView {
	v := ResultsView{
		Query: query, Count: "214 businesses", CanCreate: true,
		States: []ui.Segment{
			{Label: "Any", Href: PathBusinesses, Current: true},
			{Label: "Failing", Href: PathBusinesses + "?state=failing", Verdict: ui.Failing},
			{Label: "Never connected", Href: PathBusinesses + "?state=never_connected", Verdict: ui.NotYet},
			{Label: "Paused", Href: PathBusinesses + "?state=paused", Verdict: ui.Paused},
		},
		Partners:  []ui.Option{{Value: "", Label: "Any partner"}, {Value: "1", Label: "Nordlicht Dining"}},
		Platforms: []ui.Option{{Value: "", Label: "Any platform"}, {Value: "facebook", Label: "Facebook"}},
		Pager:     ui.Pager{Says: "4 of 214, by name", On: "Further", OnHref: PathBusinesses + "?cursor=sample"},
		Rows:      sampleRows(query != ""),
	}
	if query != "" {
		v.Count, v.Searched, v.ClearHref = "4 of 214", "Names, via names and ids were searched.", PathBusinesses
		v.Pager = ui.Pager{Says: "4 of 4, best match first"}
	}
	return v
}

func sampleRows(marked bool) []BusinessRow {
	facebook := func(v ui.Verdict, word string) []ui.Chip {
		return []ui.Chip{{Platforms: []ui.ChipPlatform{{Icon: "facebook", Name: "Facebook"}}, Verdict: v, Word: word}}
	}
	hit := func(before, mark, after string) []Segment {
		return []Segment{{Text: before}, {Text: mark, Hit: marked}, {Text: after}}
	}
	return []BusinessRow{
		{ID: 4127, Name: hit("Bella ", "Napoli", ""), ViaName: hit("bella_", "napoli", ""), Number: Plain("4127"), Partner: Plain("Nordlicht Dining"),
			FoundBy: "Name and via name", FoundHow: Plain("exact"), Chips: facebook(ui.Failing, "Callback refused"), LastEvent: ago(139 * time.Second), LastAgo: "2 min ago", Waiting: "0"},
		{ID: 3911, Name: hit("Forno ", "Nápolí", " Express"), ViaName: Plain("forno_express"), Number: Plain("3911"), Partner: Plain("Casa Grande Foods"),
			FoundBy: "Name", FoundHow: Plain("accents left aside"), Chips: facebook(ui.Silent, "Silent since 09:12"), LastEvent: ago(31 * time.Hour), LastAgo: "yesterday", Waiting: "0"},
		{ID: 2264, Name: hit("Hotel ", "Napole", "on"), ViaName: Plain("hotel_napoleon"), Number: Plain("2264"), Partner: Plain("Rivage Hotels"),
			FoundBy: "Name", FoundHow: Plain("starts alike"), Chips: facebook(ui.Paused, ""), LastEvent: ago(427 * time.Second), LastAgo: "7 min ago", Waiting: "1,204", WaitingSince: "oldest 2 d 3 h"},
		{ID: 4302, Name: hit("", "Naploi", " Pasta Lab"), ViaName: Plain("pasta_lab"), Number: Plain("4302"), Partner: Plain("Casa Grande Foods"),
			FoundBy: "Name", FoundHow: Plain("one typo away"), Waiting: "0"},
	}
}
