package console

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/ui"
)

// jar keeps sessions in the database, for gorilla/sessions. The cookie holds 256
// random bits and nothing else; the table holds their digest.
//
// Somebody who is not signed in has a cookie and no row: the token of the sign-in
// form hangs on the cookie alone, and a flood of visitors writes nothing. Signing
// in gives another value, so that one which was planted beforehand stays worthless.
type jar struct {
	store   *store.Store
	name    string
	options sessions.Options
	now     func() time.Time
}

// What a jar keeps among the values of a session.
const (
	valueFound  = "found"  // store.Session
	valueMemory = "memory" // *memory
	valueFresh  = "fresh"  // true: the browser has not been given its cookie yet
)

// memory is what is remembered between two requests of a browser.
type memory struct {
	Notices []ui.Notice          `json:"notices,omitempty"`
	Once    map[string]bm.Sealed `json:"once,omitempty"`
}

func newJar(s *store.Store, https bool, now func() time.Time) *jar {
	j := &jar{store: s, name: cookieName("bm", https), now: now}
	// Lax: a link from a mail opens the page signed in; a form of another site does not.
	j.options = sessions.Options{Path: "/", Secure: https, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return j
}

// cookieName has browsers refuse the cookie from any other host, path or
// connection, which they do by its first letters, and only over https.
func cookieName(name string, https bool) string {
	if https {
		return "__Host-" + name
	}
	return name
}

// Get gives the session of a request; asked twice, the same.
func (j *jar) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(j, name)
}

// New reads the session that a request's cookie names, or makes an empty one.
func (j *jar) New(r *http.Request, name string) (*sessions.Session, error) {
	s := sessions.NewSession(j, name)
	opts := j.options
	s.Options, s.IsNew = &opts, true
	if cookie, err := r.Cookie(name); err == nil && isCookieValue(cookie.Value) {
		s.ID = cookie.Value
		return s, j.load(r, s)
	}
	s.ID = newCookieValue()
	s.Values[valueFresh] = true
	return s, nil
}

// load reads the row behind a session. Where there is none nobody is signed in.
func (j *jar) load(r *http.Request, s *sessions.Session) error {
	s.IsNew = true
	delete(s.Values, valueFound)
	s.Values[valueMemory] = &memory{}
	found, err := j.store.LoadSession(r.Context(), bm.NewSecret(s.ID), j.now())
	if bm.KindOf(err) == bm.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	var m memory
	if len(found.Data) > 0 {
		if err := json.Unmarshal(found.Data, &m); err != nil {
			return fmt.Errorf("console: read a session's memory: %w", err)
		}
	}
	s.IsNew, s.Values[valueFound], s.Values[valueMemory] = false, found, &m
	return nil
}

// Save writes what a session remembers, or gives a browser that has none its
// cookie. A Conflict means that another request of this browser was faster.
func (j *jar) Save(r *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	found, signedIn := s.Values[valueFound].(store.Session)
	if !signedIn {
		if s.Values[valueFresh] == true {
			http.SetCookie(w, sessions.NewCookie(s.Name(), s.ID, s.Options))
			delete(s.Values, valueFresh)
		}
		return nil
	}
	after, err := json.Marshal(s.Values[valueMemory])
	if err != nil {
		return err
	}
	if err := j.store.SaveSession(r.Context(), bm.NewSecret(s.ID), found.Data, after); err != nil {
		return err
	}
	found.Data = after
	s.Values[valueFound] = found
	return nil
}

func newCookieValue() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func isCookieValue(v string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(v)
	return err == nil && len(raw) == 32
}

// openSession finds out who is asking, as they are now.
func (c *call) openSession() error {
	r := c.web.Request()
	var err error
	if c.browser, err = c.jar.Get(r, c.jar.name); err != nil {
		return err
	}
	c.actor = bm.Actor{Address: c.address(r)}
	found, ok := c.browser.Values[valueFound].(store.Session)
	if !ok {
		return nil
	}
	c.session = found
	c.actor = found.User.Actor(c.actor.Address)
	if c.route.Quiet {
		return nil
	}
	return c.Store.TouchSession(c.ctx(), c.cookie(), found, c.Now())
}

// cookie is the value that this browser's forms hang on.
func (c *call) cookie() bm.Secret {
	if c.browser == nil {
		return bm.Secret{}
	}
	return bm.NewSecret(c.browser.ID)
}

// keepCookie gives a browser that has none its cookie, for the form on the page.
func (c *call) keepCookie() error {
	if c.browser == nil || !c.browser.IsNew {
		return nil
	}
	return c.browser.Save(c.web.Request(), c.web.Response())
}

// signIn starts a session for a person under a new value and ends the one that
// the browser had.
func (c *call) signIn(u bm.User) error {
	by := u.Actor(c.actor.Address)
	value, err := c.Store.StartSession(c.ctx(), by, c.cookie(), c.web.Request().UserAgent(), c.Now())
	if err != nil {
		return err
	}
	opts := c.jar.options
	opts.MaxAge = int(store.SessionLasts / time.Second)
	http.SetCookie(c.web.Response(), sessions.NewCookie(c.jar.name, value.Reveal(), &opts))
	c.browser.ID = value.Reveal()
	delete(c.browser.Values, valueFresh)
	if err := c.jar.load(c.web.Request(), c.browser); err != nil {
		return err
	}
	return c.markBrowser(u)
}

// dropCookie has the browser forget its session.
func (c *call) dropCookie() {
	opts := c.jar.options
	opts.MaxAge = -1
	http.SetCookie(c.web.Response(), sessions.NewCookie(c.jar.name, "", &opts))
}
