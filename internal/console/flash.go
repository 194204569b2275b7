package console

import (
	"errors"

	"businessmanager/internal/bm"
	"businessmanager/web/ui"
)

// noticesKept bounds what waits for the next page; nobody reads more at once.
const noticesKept = 5

// tries is how often a change of the memory is made again because another request
// of the same browser was faster. A browser has six connections.
const tries = 6

// flash leaves a notice for the top of the next page.
func (c *call) flash(n ui.Notice) error {
	return c.change(func(m *memory) {
		m.Notices = append(m.Notices, n)
		m.Notices = m.Notices[max(0, len(m.Notices)-noticesKept):]
	})
}

// done leaves the notice of an act that succeeded.
func (c *call) done(text string) error {
	return c.flash(ui.Notice{Verdict: ui.Info, Text: text})
}

// takeNotices gives what waits for this page and forgets it. Where that fails the
// notices stay for the next page: a page is not lost for a notice.
func (c *call) takeNotices() []ui.Notice {
	if c.looking() || c.memory() == nil || len(c.memory().Notices) == 0 {
		return nil
	}
	var out []ui.Notice
	if err := c.change(func(m *memory) { out, m.Notices = m.Notices, nil }); err != nil {
		c.Log.Warn("notices wait for the next page", "id", c.web.Get(keyID), "err", err)
		return nil
	}
	return out
}

// keepOnce keeps a value for the one page that will show it. At rest it is
// sealed, bound to this session and this name.
func (c *call) keepOnce(name string, value bm.Secret) error {
	sealed, err := c.Keyset.Seal(value, c.onceContext(name))
	if err != nil {
		return err
	}
	return c.change(func(m *memory) {
		if m.Once == nil {
			m.Once = map[string]bm.Sealed{}
		}
		m.Once[name] = sealed
	})
}

// takeOnce gives a kept value and forgets it in the same step, so that of two
// pages asked for at once only one gets it. ok is false where nothing is kept.
func (c *call) takeOnce(name string) (value bm.Secret, ok bool, err error) {
	if c.looking() || c.memory() == nil || c.memory().Once[name] == nil {
		return bm.Secret{}, false, nil
	}
	var sealed bm.Sealed
	if err := c.change(func(m *memory) {
		sealed = m.Once[name]
		delete(m.Once, name)
	}); err != nil || sealed == nil {
		return bm.Secret{}, false, err
	}
	value, err = c.Keyset.Open(sealed, c.onceContext(name))
	return value, err == nil, err
}

func (c *call) onceContext(name string) string { return "shown-once/" + c.session.ID + "/" + name }

// looking: HEAD shows nothing to anybody, so it uses nothing up.
func (c *call) looking() bool { return isHead(c.web.Request()) }

func (c *call) memory() *memory {
	if c.browser == nil {
		return nil
	}
	m, _ := c.browser.Values[valueMemory].(*memory)
	return m
}

// change changes the memory of a browser whose person is signed in. Where another
// request was faster, what it left is read and the change made again.
func (c *call) change(f func(*memory)) error {
	if c.session.UserID == 0 {
		return errors.New("console: nothing is remembered for somebody who is signed out")
	}
	for range tries {
		f(c.memory())
		err := c.browser.Save(c.web.Request(), c.web.Response())
		if bm.KindOf(err) != bm.Conflict {
			return err
		}
		if err := c.jar.load(c.web.Request(), c.browser); err != nil {
			return err
		}
		if c.browser.IsNew {
			return bm.Errorf(bm.SignedOut, "This session is over. Sign in to go on.")
		}
	}
	return bm.Errorf(bm.Busy, "Too many pages of this browser were asked for at once. Try again in a moment.")
}
