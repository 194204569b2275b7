package console

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"businessmanager/internal/bm"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

func showActivity(c *call, b bm.Business) error {
	before, _ := strconv.ParseInt(c.query("before"), 10, 64)
	list, err := c.Store.BusinessAudit(c.ctx(), b.ID, before, pageRows+1)
	if err != nil {
		return err
	}
	v := page.ActivityView{Head: c.head(&b, page.TabActivity), Pager: ui.Pager{Label: "Pages of activity", Says: "Newest first"}}
	if before > 0 {
		v.Pager.Back, v.Pager.BackHref = "Newest", page.PathActivity(b.ID)
	}
	if len(list) > pageRows {
		list = list[:pageRows]
		v.Pager.On, v.Pager.OnHref = "Earlier", fmt.Sprintf("%s?before=%d", page.PathActivity(b.ID), list[pageRows-1].ID)
	}
	for i := range list {
		v.Rows = append(v.Rows, activityRow(&list[i]))
	}
	f := c.frame("Activity, "+b.Name, sectionBusinesses, v.Head.Crumbs(ui.Crumb{Label: "Activity"})...)
	return c.render(http.StatusOK, page.Activity(f, v))
}

func activityRow(a *bm.Audit) page.ActivityRow {
	row := page.ActivityRow{At: a.At, Who: a.ActorName, What: sentence(a.Act), From: a.Address}
	if a.Platform != "" {
		row.What += " on " + platformTitle(a.Platform)
	}
	if a.ActorKind == bm.ActorToken {
		row.Who += " (token)"
	}
	for _, name := range slices.Sorted(maps.Keys(a.Detail)) {
		if row.Detail != "" {
			row.Detail += "; "
		}
		row.Detail += name + ": " + a.Detail[name]
	}
	return row
}
