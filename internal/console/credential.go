package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

func challengeField(list []ui.Secret) int {
	return slices.IndexFunc(list, func(s ui.Secret) bool { return s.Name == string(bm.ChallengeKey) })
}

// onceName is where a saved challenge key waits for the one page that shows it,
// proposedName where a generated one waits without JavaScript.
func onceName(d *bm.Deployment) string { return fmt.Sprintf("saved/%d", d.ID) }

func proposedName(d *bm.Deployment) string { return fmt.Sprintf("proposed/%d", d.ID) }

// judge puts beside each stored value what was proved of it.
func judge(list []ui.Secret, checks []bm.Check) {
	for i := range list {
		name := list[i].Name
		if name == string(bm.ChallengeKey) {
			name = "callback" // a handshake proves the key
		}
		for _, ch := range checks {
			if ch.Name == name && list[i].Set && (ch.Verdict == bm.Proved || ch.Verdict == bm.Failing && name == "app_secret") {
				list[i].Verdict, list[i].Word = ui.Verdict(ch.Verdict), ""
			}
		}
	}
}

// credentials is the form with what may be told of the stored values.
func (c *call) credentials(p bm.Platform, d *bm.Deployment) page.CredentialsView {
	v := page.CredentialsView{
		Place: page.Place{Business: d.BusinessID, Deployment: d.ID, Platform: string(d.Platform)}, CanEdit: c.actor.Can(bm.ReplaceSecrets),
		First: true, AppID: d.AppID, PageID: d.AccountID,
	}
	for _, f := range p.Credentials() {
		s := ui.Secret{Name: string(f.Name), Label: f.Label, Placeholder: f.Placeholder, Hint: f.Where, CanEdit: v.CanEdit}
		if f.Name == bm.ChallengeKey {
			s.GenerateForm = page.GenerateForm
		}
		if f.Name == bm.ChallengeKey && !d.Has(f.Name) && v.CanEdit {
			// Proposed, not stored: it counts when it is saved.
			s.Proposed = bm.NewChallengeKey().Reveal()
			s.Hint = "Made for you; it counts when it is saved. Generate makes another. The platform calls it the verify token."
		}
		if h, ok := d.Hint(f.Name); ok {
			v.First = false
			s.Set, s.LastFour, s.Fingerprint, s.SetBy, s.SetAt = true, h.LastFour, h.Fingerprint.String(), h.SetBy, h.SetAt
			s.Verdict, s.Word = ui.NotYet, "Saved, not proved"
			s.RemoveForm = page.RemoveForm(s.Name)
		}
		v.Secrets = append(v.Secrets, s)
	}
	return v
}

// saveCredentials takes the form. An empty field leaves its value as it is; after
// an error nothing that was pasted is sent back.
func saveCredentials(c *call, b bm.Business, d bm.Deployment) error {
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	change := connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{}}
	for _, f := range p.Credentials() {
		if v := strings.TrimSpace(c.form(string(f.Name))); v != "" {
			s := bm.NewSecret(v)
			change.Secrets[f.Name] = &s
		}
	}
	account, app := strings.TrimSpace(c.form("account_id")), strings.TrimSpace(c.form("app_id"))
	change.AccountID, change.AppID = &account, &app
	saved, err := c.Connect.Save(c.ctx(), c.actor, b, d.Platform, change)
	if fields, status, ok := formErrors(err); ok {
		form := c.credentials(p, &d)
		form.PageID, form.AppID = account, app
		form.PageIDError, form.AppIDError, form.Error = fields["account_id"], fields["app_id"], fields[""]
		for i := range form.Secrets {
			if form.Secrets[i].Error = fields[form.Secrets[i].Name]; form.Secrets[i].Error != "" {
				form.Secrets[i].Proposed = "" // a good key beside the complaint about another would confuse
			}
		}
		if len(change.Secrets) > 0 {
			form.Again = "What was pasted is not kept: paste the values again."
		}
		return c.showSetUp(status, &b, p, &d, form)
	}
	if err != nil {
		return err
	}
	if key, ok := saved.Shown[bm.ChallengeKey]; ok {
		if err := c.keepOnce(onceName(&saved.Deployment), key); err != nil {
			return err
		}
	}
	notice := ui.Notice{Verdict: ui.Info, Title: "Saved", Text: savedWords(change)}
	if _, ok := saved.Shown[bm.ChallengeKey]; ok {
		notice.Link = ui.Link{Label: "Go to the key", Href: "#secret-challenge_key"}
	}
	if err := c.flash(notice); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(d.Platform)))
}

func savedWords(ch connect.Change) string {
	if _, ok := ch.Secrets[bm.ChallengeKey]; ok {
		return "The secret key is shown below this once. Saved is not yet working: enter the callback URL and the key at the platform, and watch the checks."
	}
	if len(ch.Secrets) > 0 {
		return "The values are stored. Saved is not yet working: the checks tell what was proved."
	}
	return "The settings are stored."
}

// generateKey makes a challenge key and puts it into the field; nothing is stored
// until it is saved. Without JavaScript the next page carries it.
func generateKey(c *call, b bm.Business, d bm.Deployment) error {
	key := bm.NewChallengeKey()
	if !c.partial() {
		if err := c.keepOnce(proposedName(&d), key); err != nil {
			return err
		}
		return c.redirect(page.PathDeployment(b.ID, string(d.Platform)) + "#credentials")
	}
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	form := c.credentials(p, &d)
	field := form.Secrets[challengeField(form.Secrets)]
	field.Proposed = key.Reveal()
	return c.render(http.StatusOK, page.ChallengeField(field))
}

func removeCredential(c *call, b bm.Business, d bm.Deployment) error {
	p, err := c.Connect.Platform(d.Platform)
	if err != nil {
		return err
	}
	name := bm.CredentialName(c.form("field"))
	_, err = c.Connect.Save(c.ctx(), c.actor, b, d.Platform, connect.Change{Secrets: map[bm.CredentialName]*bm.Secret{name: nil}})
	if fields, status, ok := formErrors(err); ok {
		form := c.credentials(p, &d)
		form.Error = "It cannot be removed while Active is on. Switch it off first."
		if fields["active"] == "" {
			form.Error = fields[""]
		}
		return c.showSetUp(status, &b, p, &d, form)
	}
	if err != nil {
		return err
	}
	if err := c.done("The stored value is destroyed."); err != nil {
		return err
	}
	return c.redirect(page.PathDeployment(b.ID, string(d.Platform)))
}
