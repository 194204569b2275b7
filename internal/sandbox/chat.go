package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// chatView is the chat of one pretend person with the Page.
type chatView struct {
	Title   string
	App     app
	Who     person
	People  []person
	Kinds   []kind // the buttons besides the message itself
	Events  []event
	Barrier string // why a message would not be sent at all
}

func (s *Sandbox) chatPage(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := chatView{Title: "Chat with " + a.PageName, App: a, People: a.People, Barrier: a.barrier("messages")}
	v.Who = speaker(a, r.URL.Query().Get("psid"))
	for _, k := range kinds() {
		if k.Name != "message" {
			v.Kinds = append(v.Kinds, k)
		}
	}
	v.Kinds = append(v.Kinds,
		kind{Name: "batch", Label: "Send 3 messages in one batch"},
		kind{Name: "duplicate", Label: "Send the last one twice"})
	for _, e := range slices.Backward(s.history.all(a.ID)) {
		if e.PSID == v.Who.PSID {
			v.Events = append(v.Events, e)
		}
	}
	return s.render(w, http.StatusOK, "chat", v)
}

// speaker is the person who is played: the one named, else the first.
func speaker(a app, psid string) person {
	for _, p := range a.People {
		if p.PSID == psid {
			return p
		}
	}
	if len(a.People) > 0 {
		return a.People[0]
	}
	return person{Name: "Nobody"}
}

func toChat(w http.ResponseWriter, r *http.Request, psid string) error {
	to := "/apps/" + url.PathEscape(r.PathValue("id")) + "/chat?psid=" + url.QueryEscape(psid) + "#transcript"
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Sandbox) postChat(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	a := ask{Kind: in.Get("kind"), PSID: in.Get("psid"), Text: in.Get("text")}
	if a.Kind != "message" {
		a.Text = "" // the other buttons say their own words
	} else if a.Text == "" {
		return refuse(http.StatusUnprocessableEntity, "Write a message first.")
	}
	if _, err := s.send(r.Context(), r.PathValue("id"), a, origin(r)); err != nil {
		return err
	}
	return toChat(w, r, a.PSID)
}

func (s *Sandbox) postPerson(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	p, err := s.meet(r.PathValue("id"), in.Get("name"))
	if err != nil {
		return err
	}
	return toChat(w, r, p.PSID)
}

func (s *Sandbox) postResend(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.Atoi(r.PathValue("event"))
	if err != nil {
		return refuse(http.StatusNotFound, "This event is no longer kept.")
	}
	e, err := s.resend(r.Context(), r.PathValue("id"), number)
	if err != nil {
		return err
	}
	if e.Kind == testKind {
		return backTo(w, r, "tested", "tests")
	}
	return toChat(w, r, e.PSID)
}
