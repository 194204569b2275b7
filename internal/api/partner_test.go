package api

import (
	"fmt"
	"testing"
)

func TestPartnersAreAddedAndListedNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		p := read[Partner](t, w.as("owner", "POST", "/partners", fmt.Sprintf(`{"name":"  Partner   %d "}`, i)).is(t, 201))
		if p.ID <= w.theirs.ID || p.Name != fmt.Sprintf("Partner %d", i) || p.CreatedAt.IsZero() {
			t.Errorf("%+v", p)
		}
	}
	if _, f := w.as("owner", "POST", "/partners", `{"name":"partner 3"}`).problem(t, 409); f["name"] == "" {
		t.Error("the field of a name that is taken is not named")
	}
	var names []string
	path := "/partners?limit=3"
	for range 3 {
		l := read[PartnerList](t, w.as("owner", "GET", path, "").is(t, 200))
		for _, p := range l.Partners {
			names = append(names, p.Name)
		}
		if l.NextCursor == nil {
			break
		}
		path = "/partners?limit=3&cursor=" + *l.NextCursor
	}
	want := "[Partner 4 Partner 3 Partner 2 Partner 1 Partner 0 Südwind Nordlicht]"
	if got := fmt.Sprint(names); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
