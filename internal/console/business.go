package console

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

func newBusiness(c *call) error {
	v := page.BusinessNewView{}
	return c.showNewBusiness(http.StatusOK, v, 0)
}

func (c *call) showNewBusiness(status int, v page.BusinessNewView, partner int64) error {
	partners, err := c.Store.Partners(c.ctx(), c.actor.Scope)
	if err != nil {
		return err
	}
	choose := ""
	if len(partners) > 1 && partner == 0 {
		choose = "Choose a partner"
	}
	v.Partners = partnerOptions(partners, partner, choose)
	if len(partners) == 0 && v.Error == "" {
		v.Error = "There is no partner yet. Add one first: businessmanager partner add NAME."
	}
	f := c.frame("New business", sectionBusinesses, ui.Crumb{Label: "Businesses", Href: page.PathBusinesses}, ui.Crumb{Label: "New"})
	return c.render(status, page.BusinessNew(f, v))
}

func createBusiness(c *call) error {
	v := page.BusinessNewView{Name: c.form("name"), ViaName: c.form("via_name")}
	partner, err := strconv.ParseInt(c.form("partner"), 10, 64)
	if err != nil {
		v.PartnerError = "Choose the partner that the business belongs to."
		return c.showNewBusiness(http.StatusUnprocessableEntity, v, 0)
	}
	b, err := c.Store.CreateBusiness(c.ctx(), c.actor, partner, v.Name, v.ViaName)
	if fields, status, ok := formErrors(err); ok {
		v.NameError, v.ViaNameError, v.PartnerError = fields["name"], fields["via_name"], fields["partner"]
		v.Error = fields[""]
		return c.showNewBusiness(status, v, partner)
	}
	if err != nil {
		return err
	}
	if err := c.flash(ui.Notice{Verdict: ui.Info, Title: b.Name + " is created", Text: "Next: set up a platform.", Link: ui.Link{Label: "Go to channels", Href: page.PathChannels(b.ID)}}); err != nil {
		return err
	}
	return c.redirect(page.PathBusiness(b.ID))
}

// formErrors reads what is wrong with which field; "" is the whole. It is only for
// what the person at the form can mend.
func formErrors(err error) (fields map[string]string, status int, ok bool) {
	var e *bm.Error
	if !errors.As(err, &e) || (e.Kind != bm.Invalid && e.Kind != bm.Conflict) {
		return nil, 0, false
	}
	fields = map[string]string{}
	for _, f := range e.Fields {
		fields[f.Field] = f.Message
	}
	if len(e.Fields) == 0 {
		fields[""] = e.Message
	}
	return fields, e.Kind.Status(), true
}

// head is what stands at the top of every page of a business.
func (c *call) head(b *bm.Business, tab string) page.Head {
	return page.Head{
		ID: b.ID, Name: b.Name, ViaName: b.ViaName, Partner: b.PartnerName, Tab: tab, Off: !b.Active,
		NoActivity: !c.actor.Can(bm.SeeAudit),
	}
}

func showBusiness(c *call, b bm.Business) error {
	v := page.BusinessView{Name: b.Name, ViaName: b.ViaName, Languages: b.Languages, Notes: b.Notes}
	return c.showSettings(http.StatusOK, &b, v)
}

func (c *call) showSettings(status int, b *bm.Business, v page.BusinessView) error {
	v.Head = c.head(b, page.TabGeneral)
	v.CanEdit, v.CanSwitch, v.Active = c.actor.Can(bm.EditBusinesses), c.actor.Can(bm.SwitchDeployments), b.Active
	partners, err := c.Store.Partners(c.ctx(), c.actor.Scope)
	if err != nil {
		return err
	}
	v.PartnerFixed = b.PartnerName
	if v.CanEdit && len(partners) > 1 {
		v.Partners, v.PartnerFixed = partnerOptions(partners, b.PartnerID, ""), ""
	}
	if v.CanEdit && v.Removal == nil {
		v.Removal = &page.RemovalView{}
	}
	if v.Removal != nil {
		if v.Removal.Waits, err = c.waits(b); err != nil {
			return err
		}
	}
	f := c.frame(b.Name, sectionBusinesses, v.Head.Crumbs(ui.Crumb{Label: "General"})...)
	return c.render(status, page.Business(f, v))
}

// waits says what a removal would discard.
func (c *call) waits(b *bm.Business) (string, error) {
	list, err := c.Store.Deployments(c.ctx(), c.actor.Scope, b.ID)
	if err != nil {
		return "", err
	}
	var n int64
	for i := range list {
		t, err := c.Store.Traffic(c.ctx(), &list[i])
		if err != nil {
			return "", err
		}
		n += t.Waiting
	}
	switch n {
	case 0:
		return "", nil
	case 1:
		return "One event waits for the bot. Removing the business discards it.", nil
	}
	return fmt.Sprintf("%s events wait for the bot. Removing the business discards them.", grouped(n)), nil
}

func saveBusiness(c *call, b bm.Business) error {
	v := page.BusinessView{Name: c.form("name"), ViaName: c.form("via_name"), Languages: c.form("languages"), Notes: c.form("notes")}
	change := store.BusinessChange{Name: &v.Name, ViaName: &v.ViaName, Languages: &v.Languages, Notes: &v.Notes}
	if id, err := strconv.ParseInt(c.form("partner"), 10, 64); err == nil && id != b.PartnerID {
		change.PartnerID = &id
	}
	_, err := c.Store.ChangeBusiness(c.ctx(), c.actor, b.ID, change)
	if fields, status, ok := formErrors(err); ok {
		v.NameError, v.ViaNameError, v.PartnerError = fields["name"], fields["via_name"], fields["partner"]
		v.LanguagesError, v.NotesError = fields["languages"], fields["notes"]
		return c.showSettings(status, &b, v)
	}
	if err != nil {
		return err
	}
	if err := c.done("The settings are saved."); err != nil {
		return err
	}
	return c.redirect(page.PathBusiness(b.ID))
}

func switchBusiness(c *call, b bm.Business) error {
	on := c.form("active") == "true"
	if _, err := c.Store.ChangeBusiness(c.ctx(), c.actor, b.ID, store.BusinessChange{Active: &on}); err != nil {
		return err
	}
	text := b.Name + " is switched off. Its platforms are paused: events are still stored."
	if on {
		text = b.Name + " is switched on."
	}
	if err := c.done(text); err != nil {
		return err
	}
	return c.redirect(page.PathBusiness(b.ID))
}

func removeBusiness(c *call, b bm.Business) error {
	if c.form("confirm") != b.ViaName {
		v := page.BusinessView{Name: b.Name, ViaName: b.ViaName, Languages: b.Languages, Notes: b.Notes}
		v.Removal = &page.RemovalView{Error: "This is not the via name. Nothing was removed."}
		return c.showSettings(http.StatusUnprocessableEntity, &b, v)
	}
	// The page said what waits; typing the via name below that says to discard it.
	if err := c.Store.RemoveBusiness(c.ctx(), c.actor, b.ID, true); err != nil {
		return err
	}
	if err := c.done(b.Name + " is removed. Its callbacks are unknown from now on and its secrets are destroyed."); err != nil {
		return err
	}
	return c.redirect(page.PathBusinesses)
}
