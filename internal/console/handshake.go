package console

import (
	"fmt"
	"net/http"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/web/page"
	"businessmanager/web/ui"
)

// handshakesShown is how many attempts the page lists; more are kept.
const handshakesShown = 20

func (c *call) handshakesView(b *bm.Business, d *bm.Deployment) (page.HandshakesView, error) {
	v := page.HandshakesView{Place: c.place(b, d)}
	list, err := c.Store.Handshakes(c.ctx(), d, handshakesShown)
	if err != nil {
		return v, err
	}
	today := 0
	for i := range list {
		h := &list[i]
		if c.Now().Sub(h.At) < 24*time.Hour {
			today++
		}
		row, err := c.handshakeRow(h)
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, row)
	}
	switch {
	case len(list) == 0:
		v.Says = "None yet"
	case today == handshakesShown:
		v.Says = fmt.Sprintf("%d and more within a day", today)
	default:
		v.Says = fmt.Sprintf("%d within a day", today)
	}
	return v, nil
}

func (c *call) handshakeRow(h *bm.Handshake) (page.HandshakeRow, error) {
	row := page.HandshakeRow{
		At: h.At, From: h.Address, Agent: h.Agent, Verdict: ui.Failing, Answer: fmt.Sprintf("Refused, %d", h.Status),
		Why: connect.HandshakeWords(h),
	}
	switch {
	case h.Accepted():
		row.Verdict, row.Answer = ui.Proved, "Accepted, 200"
	case h.Reason == bm.NearlyThisURL:
		row.Verdict = ui.NeedsCare
	case h.Reason == bm.KeyOfAnother:
		// Whose it is, only for those who may see that business.
		other, err := c.Store.Business(c.ctx(), c.actor.Scope, h.OtherBusinessID)
		switch {
		case err == nil:
			row.Why = fmt.Sprintf("The key of %s, business %d.", other.Name, other.ID)
		case bm.KindOf(err) != bm.NotFound:
			return row, err
		}
	}
	if h.TokenLength > 0 && len(h.TokenFingerprint) > 0 && !h.Accepted() {
		row.Detail = fmt.Sprintf("%s, fingerprint %s. Expected fingerprint %s.", counted(int64(h.TokenLength), "character"), h.TokenFingerprint, h.KeyFingerprint)
		if len(h.KeyFingerprint) == 0 {
			row.Detail = fmt.Sprintf("%s, fingerprint %s.", counted(int64(h.TokenLength), "character"), h.TokenFingerprint)
		}
	}
	return row, nil
}

func (c *call) refusalsView(b *bm.Business, d *bm.Deployment) (page.RefusalsView, error) {
	v := page.RefusalsView{Place: c.place(b, d)}
	list, err := c.Store.Refusals(c.ctx(), d, c.Now().Add(-7*24*time.Hour))
	if err != nil {
		return v, err
	}
	sums := map[bm.RefusalReason]*bm.Refusal{}
	var order []bm.RefusalReason
	for _, r := range list {
		sum := sums[r.Reason]
		if sum == nil {
			sums[r.Reason] = &r
			order = append(order, r.Reason)
			continue
		}
		sum.Count += r.Count
		if r.FirstAt.Before(sum.FirstAt) {
			sum.FirstAt = r.FirstAt
		}
		if r.LastAt.After(sum.LastAt) {
			sum.LastAt = r.LastAt
		}
	}
	for _, reason := range order {
		r := sums[reason]
		v.Rows = append(v.Rows, page.RefusalRow{
			Reason: connect.RefusalWords(reason), Cure: refusalCure(reason), Count: grouped(r.Count), First: r.FirstAt, Last: r.LastAt,
		})
	}
	return v, nil
}

func refusalCure(r bm.RefusalReason) string {
	switch r {
	case bm.WrongSigned:
		return "Copy the app secret of the app that posts here, and replace the stored one."
	case bm.NoSecretSet:
		return "Paste the app secret above."
	case bm.Unsigned:
		return "The platform signs every post: this was somebody else, or a proxy that drops the header."
	case bm.TooLarge:
		return "The platform never sends this much: this was somebody else."
	case bm.NotJSON:
		return "Something on the way changed the posts. Look at proxies in front of this address."
	case bm.Unavailable:
		return "Nothing is lost: the platform sends these again."
	}
	return ""
}

func showHandshakes(c *call, b bm.Business, d bm.Deployment) error {
	v, err := c.handshakesView(&b, &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Handshakes(v))
}

func showRefusals(c *call, b bm.Business, d bm.Deployment) error {
	v, err := c.refusalsView(&b, &d)
	if err != nil {
		return err
	}
	return c.render(http.StatusOK, page.Refusals(v))
}
