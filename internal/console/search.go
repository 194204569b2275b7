package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// pageRows is how many rows a list shows: three screens of a laptop.
const pageRows = 50

func listBusinesses(c *call) error {
	q := store.BusinessQuery{
		Text: c.query("q"), State: c.query("state"), Platform: bm.PlatformName(c.query("platform")),
		Cursor: c.query("cursor"), Limit: pageRows,
	}
	q.Partner, _ = strconv.ParseInt(c.query("partner"), 10, 64)
	rows, next, err := c.Store.SearchBusinesses(c.ctx(), c.actor.Scope, q)
	if bm.KindOf(err) == bm.Invalid { // an old or mistyped address: show the list instead
		return c.redirect(page.PathBusinesses)
	}
	if err != nil {
		return err
	}
	if to := theOne(q, rows); to != 0 && !c.partial() {
		return c.redirect(page.PathBusiness(to))
	}
	v, err := c.results(q, rows, next)
	if err != nil {
		return err
	}
	if c.partial() {
		return c.render(http.StatusOK, page.BusinessResults(v))
	}
	f := c.frame("Businesses", sectionBusinesses)
	f.Search, f.SearchHere = q.Text, true
	return c.render(http.StatusOK, page.BusinessList(f, page.BusinessListView{CanCreate: v.CanCreate, Results: v}))
}

// theOne gives the business that a pasted id stands for: whoever pastes one wants
// to be there, not on a list of one.
func theOne(q store.BusinessQuery, rows []store.BusinessRow) int64 {
	if len(rows) != 1 || q.Cursor != "" || q.State != "" || q.Partner != 0 || q.Platform != "" {
		return 0
	}
	switch rows[0].FoundBy {
	case "Business ID", "Page ID", "Account ID", "App ID", "Callback URL", "Event ID":
		return rows[0].Business.ID
	}
	return 0
}

// results makes the list and its filters.
func (c *call) results(q store.BusinessQuery, rows []store.BusinessRow, next string) (page.ResultsView, error) {
	count, err := c.Store.CountBusinesses(c.ctx(), c.actor.Scope, q)
	if err != nil {
		return page.ResultsView{}, err
	}
	total := count
	filtered := q.State != "" || q.Partner != 0 || q.Platform != ""
	if q.Text != "" || filtered {
		if total, err = c.Store.CountBusinesses(c.ctx(), c.actor.Scope, store.BusinessQuery{}); err != nil {
			return page.ResultsView{}, err
		}
	}
	partners, err := c.Store.Partners(c.ctx(), c.actor.Scope)
	if err != nil {
		return page.ResultsView{}, err
	}
	v := page.ResultsView{
		Query: q.Text, Filtered: filtered, State: q.State, None: total == 0, CanCreate: c.actor.Can(bm.EditBusinesses),
		Count:     capped(count) + " businesses",
		Searched:  "Names, via names, partners and ids were searched.",
		ClearHref: page.PathBusinesses,
		States:    businessStates(q),
		Partners:  partnerOptions(partners, q.Partner, "Any partner"),
		Platforms: []ui.Option{{Label: "Any platform"}},
	}
	if count == 1 {
		v.Count = "1 business"
	}
	if q.Text != "" || filtered {
		v.Count = fmt.Sprintf("%s of %s", capped(count), capped(total))
	}
	for _, p := range c.Connect.Platforms() {
		v.Platforms = append(v.Platforms, ui.Option{Value: string(p.Name()), Label: p.Title(), Selected: p.Name() == q.Platform})
	}
	for i := range rows {
		v.Rows = append(v.Rows, businessRow(&rows[i], q.Text, c.Now()))
	}
	v.Pager = businessPager(q, len(rows), v.Count, next)
	return v, nil
}

// capped writes a count that stops at the store's cap.
func capped(n int64) string {
	if n >= store.CountCap {
		return grouped(store.CountCap) + " or more"
	}
	return grouped(n)
}

func businessPager(q store.BusinessQuery, shown int, count, next string) ui.Pager {
	order := "newest first"
	if q.Text != "" {
		order = "best match first"
	}
	p := ui.Pager{Label: "Pages of businesses", Says: fmt.Sprintf("%d shown, %s. %s in all.", shown, order, count)}
	if q.Text != "" || q.State != "" || q.Partner != 0 || q.Platform != "" {
		p.Says = fmt.Sprintf("%d shown, %s", shown, order)
	}
	if q.Cursor != "" {
		p.Back, p.BackHref = "First page", businessesHref(q, "")
	}
	if next != "" {
		p.On, p.OnHref = "Further", businessesHref(q, next)
	}
	return p
}

// businessesHref is the list with these filters, from a cursor on.
func businessesHref(q store.BusinessQuery, cursor string) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "state": q.State, "platform": string(q.Platform), "cursor": cursor} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Partner != 0 {
		v.Set("partner", strconv.FormatInt(q.Partner, 10))
	}
	if len(v) == 0 {
		return page.PathBusinesses
	}
	return page.PathBusinesses + "?" + v.Encode()
}

func businessStates(q store.BusinessQuery) []ui.Segment {
	segment := func(label, state string, verdict ui.Verdict) ui.Segment {
		to := q
		to.State = state
		return ui.Segment{Label: label, Href: businessesHref(to, ""), Verdict: verdict, Current: q.State == state}
	}
	return []ui.Segment{
		segment("Any", "", ""),
		segment("Failing", store.StateFailing, ui.Failing),
		segment("Silent", store.StateSilent, ui.Silent),
		segment("Never connected", store.StateNeverConnected, ui.NotYet),
		segment("Paused", store.StatePaused, ui.Paused),
	}
}

func partnerOptions(partners []bm.Partner, selected int64, any string) []ui.Option {
	var list []ui.Option
	if any != "" {
		list = append(list, ui.Option{Label: any})
	}
	for _, p := range partners {
		list = append(list, ui.Option{Value: strconv.FormatInt(p.ID, 10), Label: p.Name, Selected: p.ID == selected})
	}
	return list
}

func businessRow(r *store.BusinessRow, text string, now time.Time) page.BusinessRow {
	b := &r.Business
	number := strconv.FormatInt(b.ID, 10)
	row := page.BusinessRow{
		ID: b.ID, Name: segments(b.Name, r.NameHits), ViaName: segments(b.ViaName, r.ViaHits), Partner: segments(b.PartnerName, r.PartnerHits),
		Number: page.Plain(number), FoundBy: r.FoundBy, FoundHow: page.Plain(r.FoundHow), Waiting: "0",
	}
	if r.FoundBy == "Business ID" {
		row.Number = []page.Segment{{Text: number, Hit: true}}
	}
	var waiting int64
	var oldest time.Time
	for i := range r.Deployments {
		d := &r.Deployments[i]
		verdict, word := standingOf(d, b.Active)
		row.Chips = append(row.Chips, ui.Chip{Platforms: []ui.ChipPlatform{{Icon: string(d.Platform), Name: platformTitle(d.Platform)}}, Verdict: verdict, Word: word})
		if d.LastEventAt.After(row.LastEvent) {
			row.LastEvent = d.LastEventAt
		}
		waiting += d.Waiting
		if !d.OldestWaiting.IsZero() && (oldest.IsZero() || d.OldestWaiting.Before(oldest)) {
			oldest = d.OldestWaiting
		}
	}
	if !row.LastEvent.IsZero() {
		row.LastAgo = ago(now.Sub(row.LastEvent))
	}
	if waiting > 0 {
		row.Waiting, row.WaitingSince = grouped(waiting), "oldest "+span(now.Sub(oldest))
		if waiting >= store.WaitingCap {
			row.Waiting += "+"
		}
	}
	return row
}

// standingOf is the worst that can be said of a deployment in a list. Green is
// only a handshake that was answered, with nothing refused after it.
func standingOf(d *store.DeploymentSummary, businessActive bool) (ui.Verdict, string) {
	good := d.LastAcceptedHandshakeAt
	if d.LastEventAt.After(good) {
		good = d.LastEventAt
	}
	switch {
	case d.LastRefusedAt.After(good):
		if bm.HandshakeReason(d.LastRefusedReason) == bm.NearlyThisURL {
			return ui.NeedsCare, "Another address called"
		}
		return ui.Failing, "Refused"
	case good.IsZero():
		return ui.NotYet, "Never connected"
	case !d.Active || !businessActive:
		return ui.Paused, ""
	case d.LastEventAt.IsZero():
		return ui.Proved, "Callback verified"
	}
	return ui.Proved, "Receiving"
}

func platformTitle(name bm.PlatformName) string {
	if name == bm.Facebook {
		return "Facebook"
	}
	return string(name)
}

// segments splits a text where something was found.
func segments(text string, hits []store.Span) []page.Segment {
	var out []page.Segment
	at := 0
	for _, h := range hits {
		if h.From < at || h.To > len(text) || h.From >= h.To {
			continue
		}
		if h.From > at {
			out = append(out, page.Segment{Text: text[at:h.From]})
		}
		out = append(out, page.Segment{Text: text[h.From:h.To], Hit: true})
		at = h.To
	}
	if at < len(text) {
		out = append(out, page.Segment{Text: text[at:]})
	}
	return out
}
