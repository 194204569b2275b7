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

// The spans of time that the log can be narrowed to.
func eventTimes() []struct {
	value, label string
	back         time.Duration
} {
	return []struct {
		value, label string
		back         time.Duration
	}{{"", "Any time", 0}, {"1h", "Last hour", time.Hour}, {"24h", "Last 24 hours", 24 * time.Hour}, {"7d", "Last 7 days", 7 * 24 * time.Hour}}
}

// eventFilter is what the log is narrowed to, as the address says it.
type eventFilter struct {
	kind, state, platform, conversation, time string
	before                                    int64
}

func (c *call) eventFilter() eventFilter {
	f := eventFilter{
		kind: c.query("kind"), state: c.query("state"), platform: c.query("platform"),
		conversation: c.query("conversation"), time: c.query("time"),
	}
	f.before, _ = strconv.ParseInt(c.query("before"), 10, 64)
	return f
}

func (f eventFilter) narrowed() bool {
	return f.kind != "" || f.state != "" || f.platform != "" || f.conversation != "" || f.time != ""
}

// values are the filters without the place in the list.
func (f eventFilter) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"kind": f.kind, "state": f.state, "platform": f.platform, "conversation": f.conversation, "time": f.time} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (f eventFilter) href(business, before int64) string {
	v := f.values()
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	if len(v) == 0 {
		return page.PathEvents(business)
	}
	return page.PathEvents(business) + "?" + v.Encode()
}

func (f eventFilter) query(now time.Time) store.EventQuery {
	q := store.EventQuery{
		Kind: bm.EventKind(f.kind), State: bm.EventState(f.state), Platform: bm.PlatformName(f.platform),
		Conversation: f.conversation, Before: f.before, Limit: pageRows + 1,
	}
	for _, t := range eventTimes() {
		if t.value == f.time && t.back > 0 {
			q.From = now.Add(-t.back)
		}
	}
	return q
}

func listEvents(c *call, b bm.Business) error {
	f := c.eventFilter()
	rows, more, err := c.eventRows(&b, f)
	if err != nil {
		return err
	}
	deployments, err := c.Store.Deployments(c.ctx(), c.actor.Scope, b.ID)
	if err != nil {
		return err
	}
	v := page.EventListView{
		Head: c.head(&b, page.TabEvents), Conversation: f.conversation, Filtered: f.narrowed(), ClearHref: page.PathEvents(b.ID),
		Rows: rows, Pager: ui.Pager{Says: "Newest first"}, NotSetUp: len(deployments) == 0 && len(rows.Rows) == 0 && !f.narrowed(),
		Kinds: []ui.Option{{Label: "Any kind"}}, States: []ui.Option{{Label: "Any state"}}, Platforms: []ui.Option{{Label: "Any platform"}},
	}
	for _, k := range bm.EventKinds() {
		v.Kinds = append(v.Kinds, ui.Option{Value: string(k), Label: page.KindOf(string(k)).Word, Selected: string(k) == f.kind})
	}
	for _, s := range bm.EventStates() {
		v.States = append(v.States, ui.Option{Value: string(s), Label: page.StateOf(string(s), false).Word, Selected: string(s) == f.state})
	}
	for _, p := range c.Connect.Platforms() {
		v.Platforms = append(v.Platforms, ui.Option{Value: string(p.Name()), Label: p.Title(), Selected: string(p.Name()) == f.platform})
	}
	for _, t := range eventTimes() {
		v.Times = append(v.Times, ui.Option{Value: t.value, Label: t.label, Selected: t.value == f.time})
	}
	if f.before > 0 {
		v.Pager.Back, v.Pager.BackHref = "Newest", f.href(b.ID, 0)
	}
	if more > 0 {
		v.Pager.On, v.Pager.OnHref = "Earlier", f.href(b.ID, more)
	}
	frame := c.frame("Events, "+b.Name, sectionBusinesses, v.Head.Crumbs(ui.Crumb{Label: "Events"})...)
	return c.render(http.StatusOK, page.EventList(frame, v))
}

// showEventRows answers the live tail.
func showEventRows(c *call, b bm.Business) error {
	rows, _, err := c.eventRows(&b, c.eventFilter())
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.EventRows(rows))
}

// eventRows reads one page of the log; more is the number to go on from, 0 at the end.
func (c *call) eventRows(b *bm.Business, f eventFilter) (v page.EventRowsView, more int64, err error) {
	list, err := c.Store.Events(c.ctx(), c.actor.Scope, b.ID, f.query(c.Now()))
	if err != nil {
		return v, 0, err
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		more = list[pageRows-1].Log
	}
	v = page.EventRowsView{Business: b.ID, Live: f.before == 0, Query: f.values().Encode(), Empty: "No event has arrived yet. New ones show here by themselves."}
	if f.narrowed() {
		v.Empty = "No event matches these filters."
	}
	for i := range list {
		v.Rows = append(v.Rows, c.eventRow(&list[i], f))
	}
	return v, more, nil
}

func (c *call) eventRow(e *bm.Event, f eventFilter) page.EventRow {
	reading, readable := c.reading(e)
	row := page.EventRow{
		ID: e.ID(), At: e.ReceivedAt, Kind: page.KindOf(string(e.Kind)), Conversation: e.Conversation,
		State: page.StateOf(string(e.State), false), Reason: stateReason(e), Summary: counted(int64(len(e.Body)), "byte"),
	}
	if readable {
		row.Summary = reading.Summary
	}
	if e.Conversation != "" && f.conversation != e.Conversation {
		to := f
		to.conversation, to.before = e.Conversation, 0
		row.ConversationHref = to.href(e.BusinessID, 0)
	}
	return row
}

// reading is the event as a person reads it, for those who may read conversations.
func (c *call) reading(e *bm.Event) (bm.Reading, bool) {
	p, err := c.Connect.Platform(e.Platform)
	if err != nil || !c.actor.Can(bm.ReadConversations) {
		return bm.Reading{}, false
	}
	return p.Read(e.Kind, e.Body), true
}

func stateReason(e *bm.Event) string {
	switch {
	case e.State == bm.StateUnrouted:
		return "of account " + e.Account
	case e.State == bm.StateStored && e.Standby:
		return "another app held the conversation"
	case e.State == bm.StateStored && e.Sequence == 0:
		return "not for the bot"
	case e.State == bm.StateStored:
		return "no bot was set"
	}
	return ""
}

func showEvent(c *call, b bm.Business) error {
	e, err := c.Store.Event(c.ctx(), c.actor.Scope, b.ID, c.param("event"))
	if err != nil {
		return err
	}
	v := page.EventView{
		Head: c.head(&b, page.TabEvents), ID: e.ID(), Kind: page.KindOf(string(e.Kind)), State: page.StateOf(string(e.State), false),
		Notice: stateNotice(&e), Facts: eventFacts(&e), BackHref: page.PathEvents(b.ID),
	}
	reading, readable := c.reading(&e)
	if readable {
		v.Reading = readingView(reading, &e)
		p, err := c.Connect.Platform(e.Platform)
		if err != nil {
			return err
		}
		v.Bytes = page.BytesOf(p.Mask(e.Body))
		if len(e.Around) > 0 {
			v.Facts = append(v.Facts, ui.Fact{Name: "Also in the envelope", Value: page.BytesOf(p.Mask(e.Around)).Text, Code: true})
		}
		v.Bytes.Size = counted(int64(len(e.Body)), "byte")
	} else {
		v.Reading.Empty = "Your role sees that this came, and when, but not what people wrote."
		v.Bytes = page.BytesView{Size: counted(int64(len(e.Body)), "byte"), Hidden: "Your role does not read conversations."}
	}
	f := c.frame(v.Kind.Word+", "+b.Name, sectionBusinesses,
		v.Head.Crumbs(ui.Crumb{Label: "Events", Href: page.PathEvents(b.ID)}, ui.Crumb{Label: v.Kind.Word})...)
	return c.render(http.StatusOK, page.Event(f, v))
}

func readingView(r bm.Reading, e *bm.Event) page.Reading {
	v := page.Reading{FromPage: e.Kind == bm.KindEcho}
	for _, row := range r.Rows {
		if row.Code && row.Value != "" && (row.Value == e.Account || row.Value == e.Conversation || row.Value == e.MessageID) {
			continue // it stands among the facts
		}
		if v.Text == "" && !row.Code && (row.Name == "Message, text" || row.Name == "Text") {
			v.Text = row.Value
			continue
		}
		v.Facts = append(v.Facts, ui.Fact{Name: row.Name, Value: row.Value, Code: row.Code})
	}
	for _, a := range r.Attachments {
		v.Attachments = append(v.Attachments, page.Attachment{Kind: a.Type, Name: a.Title, URL: a.URL})
	}
	if v.Text == "" && len(v.Facts) == 0 && len(v.Attachments) == 0 {
		v.Empty = r.Summary
	}
	return v
}

func stateNotice(e *bm.Event) ui.Notice {
	switch e.State {
	case bm.StateUnrouted:
		return ui.Notice{Verdict: ui.NeedsCare, Title: "Of an account that nobody here holds",
			Text: fmt.Sprintf("It came for account %s. No deployment with this account and this app’s secret is set up, so it is kept here.", e.Account)}
	case bm.StateWaiting:
		return ui.Notice{Verdict: ui.Info, Title: "Waiting for the bot", Text: "It is stored and keeps its place. Handing events to bots comes with a later version."}
	}
	return ui.Notice{}
}

func eventFacts(e *bm.Event) []ui.Fact {
	list := []ui.Fact{
		{Name: "Event", Value: e.ID(), Code: true},
		{Name: "Received", At: e.ReceivedAt},
	}
	if e.HasTime() {
		list = append(list, ui.Fact{Name: "Happened", At: e.OccurredAt})
	} else {
		list = append(list, ui.Fact{Name: "Happened", Value: "The platform gave no time."})
	}
	list = append(list, ui.Fact{Name: "Platform", Value: platformTitle(e.Platform)})
	for _, f := range []ui.Fact{
		{Name: "Account", Value: e.Account, Code: true},
		{Name: "Conversation", Value: e.Conversation, Code: true},
		{Name: "Message", Value: e.MessageID, Code: true},
	} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	if e.Sequence > 0 {
		list = append(list, ui.Fact{Name: "Sequence for the bot", Value: grouped(e.Sequence)})
	}
	list = append(list, ui.Fact{Name: "Number in the log", Value: grouped(e.Log)})
	if e.Standby {
		list = append(list, ui.Fact{Name: "Standby", Value: "Another app held the conversation."})
	}
	return list
}
