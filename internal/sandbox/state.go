package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// state is all that a restart must find again: what Meta would still know of an
// app. Secrets lie in it in the clear, since the sandbox must sign with them;
// hence the file's mode.
type state struct {
	Apps []app `json:"apps"`
}

// app is one pretend app with its one Page.
type app struct {
	ID       string   `json:"app_id"`
	Secret   secret   `json:"app_secret"`
	Name     string   `json:"name"`
	PageID   string   `json:"page_id"`
	PageName string   `json:"page"`
	Tokens   []token  `json:"tokens,omitempty"`
	People   []person `json:"people,omitempty"`

	// The callback is set only by a handshake that passed. The verify token is
	// not kept: it matters while Meta verifies, and never again.
	CallbackURL string    `json:"callback_url,omitempty"`
	VerifiedAt  time.Time `json:"verified_at,omitzero"`

	// A field is delivered only if it is subscribed on both levels.
	Fields     []string `json:"fields,omitempty"`
	PageFields []string `json:"page_fields,omitempty"`
}

// token is what is kept of a Page access token: enough to know it again.
type token struct {
	Hash     string    `json:"hash"`
	LastFour string    `json:"last_four"`
	IssuedAt time.Time `json:"issued_at"`
	Revoked  bool      `json:"revoked,omitempty"`
}

// secret is an App Secret. It prints as a mark, so that neither a template nor a
// log line can show it by accident.
type secret string

func (secret) String() string   { return "[secret]" }
func (secret) GoString() string { return "[secret]" }

// person is somebody who writes to the Page; PSID is their id on this Page only.
type person struct {
	PSID string `json:"psid"`
	Name string `json:"name"`
}

func (a *app) pageSubscribed() bool { return len(a.PageFields) > 0 }

// barrier says why Meta would send nothing of this field, or "" when it would.
func (a *app) barrier(field string) string {
	switch {
	case a.CallbackURL == "":
		return "Meta would send nothing: no callback URL has been verified for this app."
	case !a.pageSubscribed():
		return "Meta would send nothing: the Page is not subscribed to this app."
	case !slices.Contains(a.Fields, field):
		return fmt.Sprintf("Meta would send nothing: the app is not subscribed to %s.", field)
	case !slices.Contains(a.PageFields, field):
		return fmt.Sprintf("Meta would send nothing: the Page is not subscribed to %s.", field)
	}
	return ""
}

func (st *state) app(id string) *app {
	i := slices.IndexFunc(st.Apps, func(a app) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &st.Apps[i]
}

// clone copies deeply, so that a stored state is never altered.
func (st *state) clone() *state {
	c := &state{Apps: slices.Clone(st.Apps)}
	for i := range c.Apps {
		a := &c.Apps[i]
		a.Tokens = slices.Clone(a.Tokens)
		a.People = slices.Clone(a.People)
		a.Fields = slices.Clone(a.Fields)
		a.PageFields = slices.Clone(a.PageFields)
	}
	return c
}

// load reads the state; a missing file is a first start. A damaged one is never
// replaced: somebody may have pasted its values elsewhere.
func load(file string) (*state, error) {
	st := &state{}
	if file == "" {
		return st, nil
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: read state: %w", err)
	}
	if err := json.Unmarshal(raw, st); err != nil {
		// Without the decoder's own words: they could quote a secret.
		return nil, fmt.Errorf("sandbox: the state file %s is damaged; move it away to begin anew", file)
	}
	return st, nil
}

// save writes beside the file and renames, so that a crash leaves the old
// state or the new one. CreateTemp makes the file with mode 0600.
func (st *state) save(file string) error {
	if file == "" {
		return nil
	}
	raw, err := json.MarshalIndent(st, "", "\t")
	if err != nil {
		return err
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(folder, filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// change applies fn to a copy, keeps the copy, and only then lets it be seen.
func (s *Sandbox) change(fn func(*state) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	next := s.state.Load().clone()
	if err := fn(next); err != nil {
		return err
	}
	if err := next.save(s.file); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	s.state.Store(next)
	return nil
}
