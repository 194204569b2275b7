package sandbox

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"slices"
)

//go:embed templates
var templates embed.FS

// parse reads every page with its frame.
func parse() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range []string{"home", "app", "chat", "error"} {
		t, err := template.ParseFS(templates, "templates/frame.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		pages[name] = t
	}
	return pages, nil
}

// render writes a page only once it is whole.
func (s *Sandbox) render(w http.ResponseWriter, status int, name string, view any) error {
	var b bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&b, "frame", view); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
	return nil
}

type errorView struct {
	Title, Message string
	Status         int
}

func (s *Sandbox) pageError(w http.ResponseWriter, _ *http.Request, no *refusal) {
	view := errorView{http.StatusText(no.status), no.message, no.status}
	if err := s.render(w, no.status, "error", view); err != nil {
		http.Error(w, no.message, no.status)
	}
}

// form reads what a page posted.
func form(r *http.Request) (url.Values, error) {
	err := r.ParseForm()
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "This is more than the sandbox takes at once.")
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The form could not be read.")
	}
	return r.PostForm, nil
}

// origin is our own address as the caller sees it.
func origin(r *http.Request) string { return "http://" + r.Host }

type homeView struct {
	Title string
	Apps  []app
}

func (s *Sandbox) homePage(w http.ResponseWriter, _ *http.Request) error {
	return s.render(w, http.StatusOK, "home", homeView{"Apps", s.state.Load().Apps})
}

func (s *Sandbox) postApp(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	a, err := s.createApp(in.Get("name"), in.Get("page"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/apps/"+a.ID, http.StatusSeeOther)
	return nil
}

// appView is the dashboard of one app. Secret and NewToken are set only in the
// answer to the press that asked for them.
type appView struct {
	Title      string
	App        app
	Secret     string
	NewToken   string
	Said       string   // one line about what was just done
	Verdict    *verdict // of a handshake that failed
	URL        string   // what the callback field holds
	Fields     []fieldView
	Subscribed bool
	LastTest   *event
}

type fieldView struct {
	Name     string
	App      bool
	Page     bool
	Testable bool
}

func (s *Sandbox) viewApp(a app) appView {
	v := appView{Title: a.Name, App: a, URL: a.CallbackURL, Subscribed: a.pageSubscribed()}
	for _, f := range allFields() {
		v.Fields = append(v.Fields, fieldView{
			f, slices.Contains(a.Fields, f), slices.Contains(a.PageFields, f), a.CallbackURL != "",
		})
	}
	if e, ok := s.history.latest(a.ID, func(e event) bool { return e.Kind == testKind }); ok {
		v.LastTest = &e
	}
	return v
}

// said turns the word in an address into its sentence, so that no address can
// put words into a page.
func said(word string) string {
	switch word {
	case "verified":
		return "The callback answered with the challenge. It is verified and saved."
	case "subscribed":
		return "The subscriptions are saved."
	case "revoked":
		return "The token is revoked."
	case "on":
		return "The Page is subscribed to this app."
	case "off":
		return "The Page is no longer subscribed to this app."
	}
	return ""
}

func (s *Sandbox) appPage(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := s.viewApp(a)
	v.Said = said(r.URL.Query().Get("said"))
	return s.render(w, http.StatusOK, "app", v)
}

// backTo returns to the app's page, at a section of it.
func backTo(w http.ResponseWriter, r *http.Request, word, section string) error {
	http.Redirect(w, r, "/apps/"+url.PathEscape(r.PathValue("id"))+"?said="+word+"#"+section, http.StatusSeeOther)
	return nil
}

func (s *Sandbox) postSecret(w http.ResponseWriter, r *http.Request) error {
	a, err := s.find(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := s.viewApp(a)
	v.Secret = string(a.Secret)
	return s.render(w, http.StatusOK, "app", v)
}

func (s *Sandbox) postToken(w http.ResponseWriter, r *http.Request) error {
	a, access, err := s.issue(r.PathValue("id"))
	if err != nil {
		return err
	}
	v := s.viewApp(a)
	v.NewToken = access
	return s.render(w, http.StatusOK, "app", v)
}

func (s *Sandbox) postRevoke(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.revoke(r.PathValue("id"), r.PathValue("token")); err != nil {
		return err
	}
	return backTo(w, r, "revoked", "tokens")
}

func (s *Sandbox) postWebhook(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	verdictOf, err := s.verify(r.Context(), id, in.Get("callback_url"), in.Get("verify_token"))
	var no *refusal
	if errors.As(err, &no) && no.status == http.StatusUnprocessableEntity {
		verdictOf, err = verdict{Message: no.message}, nil
	}
	if err != nil {
		return err
	}
	if verdictOf.OK {
		return backTo(w, r, "verified", "webhook")
	}
	a, err := s.find(id)
	if err != nil {
		return err
	}
	v := s.viewApp(a)
	v.URL, v.Verdict = in.Get("callback_url"), &verdictOf
	return s.render(w, http.StatusUnprocessableEntity, "app", v)
}

func (s *Sandbox) postSubscriptions(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	// No box ticked is a list without entries, not a level left as it is.
	chosen := func(name string) []string { return append([]string{}, in[name]...) }
	if _, err := s.subscribe(r.PathValue("id"), chosen("app_field"), chosen("page_field")); err != nil {
		return err
	}
	return backTo(w, r, "subscribed", "fields")
}

// postPageSwitch subscribes the Page to whatever the app is subscribed to, or
// to nothing.
func (s *Sandbox) postPageSwitch(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	on := in.Get("subscribe") == "on"
	_, err = s.alter(r.PathValue("id"), func(a *app) error {
		a.PageFields = nil
		if on {
			a.PageFields = slices.Clone(a.Fields)
			if len(a.Fields) == 0 {
				a.PageFields = firstFields()
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if on {
		return backTo(w, r, "on", "page")
	}
	return backTo(w, r, "off", "page")
}

func (s *Sandbox) postTest(w http.ResponseWriter, r *http.Request) error {
	in, err := form(r)
	if err != nil {
		return err
	}
	if _, err := s.test(r.Context(), r.PathValue("id"), in.Get("field")); err != nil {
		return err
	}
	return backTo(w, r, "tested", "tests")
}

// picture is what an image attachment points at: a small sunrise.
func picture(w http.ResponseWriter, _ *http.Request) {
	const width, height = 320, 200
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(250 - y/3), uint8(200 - y/2), uint8(90 + y/2), 255}
			if dx, dy := x-width/2, y-height; dx*dx+dy*dy < 90*90 {
				c = color.RGBA{255, 224, 102, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	w.Header().Set("Content-Type", "image/png")
	png.Encode(w, img)
}
