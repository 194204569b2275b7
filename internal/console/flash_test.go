package console

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/web/ui"
)

// onceHouse has a page that keeps a value and one that shows it.
func onceHouse(t *testing.T) (*house, *browser) {
	t.Helper()
	h := newHouse(t)
	h.web.Add(http.MethodGet, "/keep", h.serve(route{Method: get, Path: "/keep", Needs: bm.SignedIn, Handle: func(c *call) error {
		if err := c.keepOnce("key", bm.NewSecret("bmk_shown-this-once")); err != nil {
			return err
		}
		if err := c.flash(ui.Notice{Verdict: ui.Info, Text: "A notice."}); err != nil {
			return err
		}
		return c.redirect("/show")
	}}))
	h.web.Add(http.MethodGet, "/show", h.serve(route{Method: get, Path: "/show", Needs: bm.SignedIn, Handle: func(c *call) error {
		v, ok, err := c.takeOnce("key")
		if err != nil || !ok {
			return c.web.String(http.StatusOK, "nothing")
		}
		return c.web.String(http.StatusOK, v.Reveal())
	}}))
	return h, h.in(h.person("mara@example.com", bm.RoleOwner))
}

func TestValueIsShownOnceAndNeverKeptInClear(t *testing.T) {
	t.Parallel()
	h, b := onceHouse(t)
	b.get("/keep")
	var rows string
	fine(t, h.pool.QueryRow(context.Background(), `SELECT string_agg(convert_from(data, 'UTF8'), '') FROM sessions`).Scan(&rows))
	if rows == "" || strings.Contains(rows, "bmk_") {
		t.Error("the value lies in clear in the table, or not at all")
	}
	if a := b.do(http.MethodHead, "/show", nil); a.status != http.StatusOK {
		t.Fatalf("HEAD gave %d\n%s", a.status, h.log)
	}
	first, second := b.get("/show"), b.get("/show")
	if first.body != "bmk_shown-this-once" || second.body != "nothing" {
		t.Errorf("shown %q, then %q", first.body, second.body)
	}
	if first.header.Get("Cache-Control") != "no-store" {
		t.Error("a cache may keep the page")
	}
}

func TestOfManyPagesAtOnceOneShowsTheValue(t *testing.T) {
	t.Parallel()
	h, b := onceHouse(t)
	b.get("/keep")
	var shown atomic.Int32
	var all sync.WaitGroup
	for range 5 {
		one := h.browser()
		one.cookies["bm"] = b.cookies["bm"]
		all.Go(func() {
			if one.get("/show").body != "nothing" {
				shown.Add(1)
			}
		})
	}
	all.Wait()
	if shown.Load() != 1 {
		t.Errorf("%d pages showed it", shown.Load())
	}
}

func TestNoticeIsShownOnce(t *testing.T) {
	t.Parallel()
	_, b := onceHouse(t)
	b.get("/keep")
	first, second := b.get("/profile").body, b.get("/profile").body
	if !strings.Contains(first, "A notice.") || strings.Contains(second, "A notice.") {
		t.Error("the notice was not shown exactly once")
	}
}
