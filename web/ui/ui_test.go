package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestATimeOfAnotherDayCarriesItsDateAndAnotherYearItsYear(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 5, 0, 0, time.FixedZone("east", 2*3600)) // still the 21st in UTC
	for _, c := range []struct {
		at   time.Time
		form string
		want string
	}{
		{time.Date(2026, 11, 21, 14, 31, 7, 0, time.UTC), Minute, "14:31"},
		{time.Date(2026, 11, 21, 14, 31, 7, 0, time.UTC), Second, "14:31:07"},
		{time.Date(2026, 11, 20, 14, 31, 7, 214e6, time.UTC), Milli, "20 Nov 14:31:07.214"},
		{time.Date(2025, 11, 21, 14, 31, 7, 0, time.UTC), Minute, "21 Nov 2025 14:31"},
		{time.Date(2026, 11, 21, 14, 31, 7, 0, time.UTC), Full, "21 Nov 2026, 14:31:07 UTC"},
		{time.Date(2026, 11, 21, 14, 31, 7, 0, time.UTC), Date, "21 Nov 2026"},
	} {
		if got := written(c.at, now, c.form); got != c.want {
			t.Errorf("%s as %s reads %q, not %q", c.at, c.form, got, c.want)
		}
	}
}

func TestASecretFieldShowsOnlyWhatItMayTell(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	stored := Secret{Name: "app_secret", Label: "App Secret Key", Set: true, LastFour: "94c0", Fingerprint: "e83a 0d5c", SetBy: "Mara", CanEdit: true}
	if err := stored.Show().Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.Contains(s, `type="password"`) || !strings.Contains(s, `value=""`) || !strings.Contains(s, "94c0") {
		t.Errorf("the field reads %s", s)
	}
	out.Reset()
	stored.CanEdit = false
	if err := stored.Show().Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<input") {
		t.Error("somebody who may only look got a field to type into")
	}
}

// A link made from what a platform or a person typed must not run anything.
func TestALinkNeverRunsScript(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, l := range []Link{{Label: "x", Href: "javascript:alert(1)"}, {Label: "x", Href: "javascript:alert(1)", Out: true}} {
		if err := Next(l).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(out.String(), "javascript:") {
		t.Errorf("a link reads %s", out.String())
	}
}
