package example_test

import (
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/example"
	"businessmanager/internal/pgtest"
	"businessmanager/internal/store"
)

func TestExamplesAreLoadedOnceAndNoneLooksConnected(t *testing.T) {
	t.Parallel()
	s := store.New(pgtest.New(t))
	for range 2 {
		if err := example.Load(t.Context(), s, bm.System("dev")); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.CountBusinesses(t.Context(), bm.Everything(), store.BusinessQuery{})
	if err != nil || n < 280 || n > 330 {
		t.Errorf("%d businesses, %v", n, err)
	}
	never, err := s.CountBusinesses(t.Context(), bm.Everything(), store.BusinessQuery{State: store.StateNeverConnected})
	if err != nil || never != n {
		t.Errorf("%d of %d were never connected, %v", never, n, err)
	}
	partners, err := s.Partners(t.Context(), bm.Everything())
	if err != nil || len(partners) < 8 || len(partners) > 10 {
		t.Errorf("%d partners, %v", len(partners), err)
	}
	for text, want := range map[string]string{"ramen yokocho": "", "ラーメン": "東京ラーメン横丁さくら", "cafe lumbre": "Café Lumbre Lenta", "kofeynya": "Кофейня Ёлка", "taverna ilios": "Ταβέρνα Ήλιος & Αλάτι", "ελια": "", "달빛": "달빛 게스트하우스", "बान": ""} {
		rows, _, err := s.SearchBusinesses(t.Context(), bm.Everything(), store.BusinessQuery{Text: text, Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		if got := first(rows); got != want {
			t.Errorf("%q finds %q, not %q", text, got, want)
		}
	}
}

func first(rows []store.BusinessRow) string {
	if len(rows) == 0 {
		return ""
	}
	return rows[0].Business.Name
}
