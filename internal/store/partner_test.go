package store_test

import (
	"fmt"
	"testing"

	"businessmanager/internal/bm"
)

func TestPartnerIsFoundByIDOrNameInAnyCase(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	a, err := d.CreatePartner(t.Context(), boss(), "  Rivage   Hotels ")
	d.must(err)
	number, err := d.CreatePartner(t.Context(), boss(), fmt.Sprint(a.ID))
	d.must(err)
	for text, want := range map[string]int64{"Rivage Hotels": a.ID, " RIVAGE hotels": a.ID, fmt.Sprint(a.ID): a.ID, fmt.Sprint(number.ID): number.ID} {
		if p, err := d.FindPartner(t.Context(), bm.Everything(), text); err != nil || p.ID != want {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	if _, err := d.FindPartner(t.Context(), bm.Everything(), "Rivage"); bm.KindOf(err) != bm.NotFound {
		t.Errorf("a part of a name: %v", err)
	}
	if _, err := d.CreatePartner(t.Context(), boss(), "rivage hotels"); bm.KindOf(err) != bm.Conflict {
		t.Errorf("a second one of the name: %v", err)
	}
	page, err := d.PartnersPage(t.Context(), bm.Everything(), 0, 1)
	d.must(err)
	if len(page) != 1 || page[0].ID != number.ID {
		t.Errorf("the newest is %+v", page)
	}
	if page, err = d.PartnersPage(t.Context(), bm.Everything(), page[0].ID, 5); err != nil || len(page) != 1 || page[0].Name != "Rivage Hotels" {
		t.Errorf("below it: %+v, %v", page, err)
	}
}
