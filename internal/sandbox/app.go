package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxName is what a name of an app, a Page or a person may have in characters.
const maxName = 100

// errNoApp is answered for every id that is not an app's.
func errNoApp() error { return refuse(http.StatusNotFound, "There is no app with this id.") }

func named(what, name string) (string, error) {
	name = strings.TrimSpace(strings.ToValidUTF8(name, ""))
	if name == "" {
		return "", refuse(http.StatusUnprocessableEntity, "Give "+what+" a name.")
	}
	if utf8.RuneCountInString(name) > maxName {
		return "", refuse(http.StatusUnprocessableEntity,
			fmt.Sprintf("The name of %s may have %d characters.", what, maxName))
	}
	return name, nil
}

// createApp makes an app with its Page and three people who can write to it.
func (s *Sandbox) createApp(name, page string) (app, error) {
	name, err := named("the app", name)
	if err != nil {
		return app{}, err
	}
	if page, err = named("the Page", page); err != nil {
		return app{}, err
	}
	a := app{
		ID: number(15), Secret: secret(hexadecimal(32)), Name: name,
		PageID: number(15), PageName: page,
		People: []person{
			{number(16), "Ada Okafor"}, {number(16), "Björn Åkesson"}, {number(16), "Chloé Nguyễn"},
		},
	}
	err = s.change(func(st *state) error {
		st.Apps = append(st.Apps, a)
		return nil
	})
	return a, err
}

// find gives a copy of one app.
func (s *Sandbox) find(id string) (app, error) {
	a := s.state.Load().app(id)
	if a == nil {
		return app{}, errNoApp()
	}
	return *a, nil
}

// alter changes one app and gives it as it is then.
func (s *Sandbox) alter(id string, fn func(*app) error) (app, error) {
	var after app
	err := s.change(func(st *state) error {
		a := st.app(id)
		if a == nil {
			return errNoApp()
		}
		if err := fn(a); err != nil {
			return err
		}
		after = *a
		return nil
	})
	return after, err
}

// issue makes a new Page access token. Earlier ones stay alive, as at Meta.
func (s *Sandbox) issue(id string) (app, string, error) {
	access := "EAA" + base62(180)
	a, err := s.alter(id, func(a *app) error {
		a.Tokens = append(a.Tokens, token{
			Hash: fingerprint(access), LastFour: access[len(access)-4:], IssuedAt: s.now().UTC(),
		})
		return nil
	})
	return a, access, err
}

// revoke ends one token, named by its hash.
func (s *Sandbox) revoke(id, hash string) (app, error) {
	return s.alter(id, func(a *app) error {
		i := slices.IndexFunc(a.Tokens, func(t token) bool { return t.Hash == hash })
		if i < 0 {
			return refuse(http.StatusNotFound, "This app has no such token.")
		}
		a.Tokens[i].Revoked = true
		return nil
	})
}

// meet adds a person who can write to the Page.
func (s *Sandbox) meet(id, name string) (person, error) {
	name, err := named("the person", name)
	if err != nil {
		return person{}, err
	}
	p := person{number(16), name}
	_, err = s.alter(id, func(a *app) error {
		a.People = append(a.People, p)
		return nil
	})
	return p, err
}

// subscribe replaces the fields of one level or both; nil leaves a level as it is.
func (s *Sandbox) subscribe(id string, fields, pageFields []string) (app, error) {
	for _, f := range slices.Concat(fields, pageFields) {
		if !slices.Contains(allFields(), f) {
			// Meta fails the whole call for one unknown field (reference, 4.3).
			return app{}, refuse(http.StatusUnprocessableEntity, fmt.Sprintf("There is no field named %q.", f))
		}
	}
	return s.alter(id, func(a *app) error {
		if fields != nil {
			a.Fields = inOrder(fields)
		}
		if pageFields != nil {
			a.PageFields = inOrder(pageFields)
		}
		return nil
	})
}

// inOrder drops repeats and sorts as allFields does.
func inOrder(fields []string) []string {
	in := []string{}
	for _, f := range allFields() {
		if slices.Contains(fields, f) {
			in = append(in, f)
		}
	}
	return in
}

// allFields are the documented Messenger fields of a Page, and feed (reference,
// 4.3); each has a sample in samples/.
func allFields() []string {
	return []string{
		"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes",
		"message_reactions", "message_edits", "messaging_referrals", "messaging_optins",
		"messaging_handovers", "standby", "messaging_policy_enforcement",
		"messaging_account_linking", "response_feedback", "send_cart", "feed",
	}
}

// firstFields are subscribed by the first handshake that passes: the reference's
// recommended set (4.3), and reactions, since the chat has a button for them.
// response_feedback is left out because at Meta it alone changes the chat.
func firstFields() []string {
	return []string{
		"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes",
		"message_reactions", "messaging_referrals", "messaging_optins", "messaging_handovers",
		"standby", "messaging_policy_enforcement",
	}
}

// fingerprint is what is kept of a token in its stead.
func fingerprint(access string) string {
	sum := sha256.Sum256([]byte(access))
	return hex.EncodeToString(sum[:])
}

// letters draws n characters of an alphabet, each equally likely.
func letters(n int, alphabet string) string {
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	draw := make([]byte, 2*n)
	for len(out) < n {
		rand.Read(draw)
		for _, b := range draw {
			if int(b) < limit && len(out) < n {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

const (
	digits = "0123456789"
	small  = "abcdefghijklmnopqrstuvwxyz"
	big    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// number is an id of n digits, the first of them not zero.
func number(n int) string { return letters(1, digits[1:]) + letters(n-1, digits) }

func hexadecimal(n int) string { return letters(n, digits+"abcdef") }

func base62(n int) string { return letters(n, digits+small+big) }

// messageID has the shape of Meta's: m_ and a long URL-safe text.
func messageID() string { return "m_" + letters(60, digits+small+big+"-_") }
