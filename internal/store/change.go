package store

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"businessmanager/internal/bm"
)

// Longer texts than these are not settings any more; a page could not show them.
const (
	languagesRunes = 120
	notesRunes     = 4000
)

// check tidies what was typed and says everything that is wrong with it at once.
func (c *BusinessChange) check() error {
	var wrong fieldErrors
	if c.Name != nil {
		name := wrong.name(*c.Name)
		c.Name = &name
	}
	if c.ViaName != nil {
		wrong.add(checkViaName(*c.ViaName))
	}
	if c.Languages != nil {
		v := strings.Join(strings.Fields(*c.Languages), " ")
		wrong.text("languages", "The languages have", v, languagesRunes)
		c.Languages = &v
	}
	if c.Notes != nil {
		v := strings.TrimSpace(strings.ReplaceAll(*c.Notes, "\r\n", "\n"))
		wrong.text("notes", "The notes have", v, notesRunes)
		c.Notes = &v
	}
	return bm.InvalidFields(wrong)
}

// on gives the business as it will be.
func (c *BusinessChange) on(b bm.Business) bm.Business {
	set(&b.Name, c.Name)
	set(&b.ViaName, c.ViaName)
	set(&b.Languages, c.Languages)
	set(&b.Notes, c.Notes)
	set(&b.Active, c.Active)
	set(&b.PartnerID, c.PartnerID)
	return b
}

func set[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

// difference says for the audit what changed: each field as it is, and as it was.
func difference(old, b bm.Business) map[string]string {
	d := map[string]string{}
	note := func(field, was, is string) {
		if was != is {
			d[field], d[field+"_before"] = cut(is), cut(was)
		}
	}
	note("name", old.Name, b.Name)
	note("via_name", old.ViaName, b.ViaName)
	note("languages", old.Languages, b.Languages)
	note("notes", old.Notes, b.Notes)
	note("active", strconv.FormatBool(old.Active), strconv.FormatBool(b.Active))
	if old.PartnerID != b.PartnerID {
		d["partner"], d["partner_before"] = b.PartnerName, old.PartnerName
	}
	return d
}

// cut keeps long notes from filling the audit: 200 characters tell them apart.
func cut(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// changeAct names the act; the switch has names of its own, since it is looked for.
func changeAct(old, b bm.Business, details int) string {
	if old.Active == b.Active || details > 2 {
		return "change business"
	}
	if b.Active {
		return "switch business on"
	}
	return "switch business off"
}

// fieldErrors gathers what is wrong with a form.
type fieldErrors []bm.FieldError

func (f *fieldErrors) add(err error) {
	if e, ok := err.(*bm.Error); ok && e != nil {
		*f = append(*f, e.Fields...)
	}
}

func (f *fieldErrors) name(v string) string {
	name, err := bm.CheckName("name", "business", v)
	f.add(err)
	return name
}

// text refuses what is too long or cannot be shown; line ends and tabs can.
func (f *fieldErrors) text(field, have, v string, most int) {
	if n := utf8.RuneCountInString(v); n > most {
		f.add(bm.InvalidField(field, "%s %d characters. Up to %d fit.", have, n, most))
	}
	odd := func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || r == 0x7f }
	if !utf8.ValidString(v) || strings.ContainsFunc(v, odd) {
		f.add(bm.InvalidField(field, "%s characters in them that cannot be shown. Type them again.", have))
	}
}

// checkViaName also keeps the names free that removed businesses get.
func checkViaName(v string) error {
	if strings.HasPrefix(v, "removed-") {
		return bm.InvalidField("via_name", "A via name cannot begin with removed-. Removed businesses have such names.")
	}
	return bm.CheckViaName(v)
}
