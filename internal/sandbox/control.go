package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// shown is an app in the control API: everything but its secrets.
type shown struct {
	ID          string   `json:"app_id"`
	Name        string   `json:"name"`
	PageID      string   `json:"page_id"`
	PageName    string   `json:"page"`
	People      []person `json:"people"`
	Tokens      []string `json:"tokens"` // last four of those alive
	CallbackURL string   `json:"callback_url"`
	Fields      []string `json:"fields"`
	PageFields  []string `json:"page_fields"`
}

func show(a app) shown {
	v := shown{
		ID: a.ID, Name: a.Name, PageID: a.PageID, PageName: a.PageName, People: a.People,
		Tokens: []string{}, CallbackURL: a.CallbackURL,
		Fields: inOrder(a.Fields), PageFields: inOrder(a.PageFields),
	}
	for _, t := range a.Tokens {
		if !t.Revoked {
			v.Tokens = append(v.Tokens, t.LastFour)
		}
	}
	return v
}

// answer writes JSON. It is not escaped as Meta's is: the control API is ours.
func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the caller went away: nobody is left to tell
	return nil
}

func (s *Sandbox) apiError(w http.ResponseWriter, _ *http.Request, no *refusal) {
	answer(w, no.status, map[string]string{"error": no.message})
}

// decode reads a JSON body; none at all counts as an empty object, an unknown
// name is refused, so that a slip in a test does not pass for a default.
func decode(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil || d.More() {
		return refuse(http.StatusBadRequest, "The body is not the JSON object that this call takes.")
	}
	return nil
}

func (s *Sandbox) apiApps(w http.ResponseWriter, _ *http.Request) error {
	apps := []shown{}
	for _, a := range s.state.Load().Apps {
		apps = append(apps, show(a))
	}
	return answer(w, http.StatusOK, map[string]any{"apps": apps})
}

func (s *Sandbox) apiCreate(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name, Page string }
	if err := decode(r, &in); err != nil {
		return err
	}
	a, err := s.createApp(in.Name, in.Page)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, map[string]any{
		"app_id": a.ID, "app_secret": string(a.Secret), "page_id": a.PageID, "people": a.People,
	})
}

func (s *Sandbox) apiApp(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, show(a))
}

func (s *Sandbox) apiSecret(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]string{"app_secret": string(a.Secret)})
}

func (s *Sandbox) apiToken(w http.ResponseWriter, r *http.Request) error {
	_, access, err := s.issue(r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, map[string]string{
		"access_token": access, "last_four": access[len(access)-4:],
	})
}

func (s *Sandbox) apiWebhook(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		CallbackURL string `json:"callback_url"`
		VerifyToken string `json:"verify_token"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	v, err := s.verify(r.Context(), r.PathValue("id"), in.CallbackURL, in.VerifyToken)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

func (s *Sandbox) apiSubscriptions(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Fields     []string `json:"fields"`
		PageFields []string `json:"page_fields"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	a, err := s.subscribe(r.PathValue("id"), in.Fields, in.PageFields)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, show(a))
}

func (s *Sandbox) apiTest(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Field string }
	if err := decode(r, &in); err != nil {
		return err
	}
	e, err := s.test(r.Context(), r.PathValue("id"), in.Field)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, e)
}

func (s *Sandbox) apiSend(w http.ResponseWriter, r *http.Request) error {
	var in ask
	if err := decode(r, &in); err != nil {
		return err
	}
	events, err := s.send(r.Context(), r.PathValue("id"), in, origin(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"events": events})
}

func (s *Sandbox) apiResend(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Event int }
	if err := decode(r, &in); err != nil {
		return err
	}
	e, err := s.resend(r.Context(), r.PathValue("id"), in.Event)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, e)
}

func (s *Sandbox) apiEvents(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	events := append([]event{}, s.history.all(a.ID)...)
	return answer(w, http.StatusOK, map[string]any{"events": events})
}
