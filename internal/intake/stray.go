package intake

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// strays limits how much is looked up and written down of handshakes at callbacks
// that do not exist.
type strays struct{ allowed *allowance }

func newStrays() *strays { return &strays{newAllowance(5, 20)} }

// near is how many letters a URL may differ from a callback to be shown on it.
const near = 2

// noticeStray keeps a handshake at an unknown callback: on the deployment whose
// URL it nearly is, or else among those that are near none. platform is nil for a
// path that is no callback at all.
func (in *Intake) noticeStray(r *http.Request, platform bm.Platform, id string) {
	if !hasParameters(r.URL.Query()) || !in.strays.allowed.take() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordTimeout)
	defer cancel()
	path := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	last := path[len(path)-1]
	status := http.StatusForbidden
	if platform == nil {
		status = http.StatusNotFound
	}
	h := bm.Handshake{
		At: in.now().UTC().Truncate(time.Microsecond), Address: in.address(r), Agent: agent(r), Status: status,
		Reason: bm.NearlyThisURL, TokenLength: len(r.URL.Query().Get("hub.verify_token")),
	}
	list, err := in.store.CallbacksLike(ctx, last)
	if err != nil {
		return
	}
	if c, detail, ok := nearest(list, path); ok {
		h.BusinessID, h.DeploymentID, h.Platform = c.BusinessID, c.DeploymentID, c.Platform
		h.KeyFingerprint, h.Detail = c.ChallengeKeyPrint, detail
	}
	if err := in.store.RecordHandshake(ctx, &h); err != nil {
		in.logger.Warn("a handshake at an unknown callback could not be written down", "error", err)
		return
	}
	if h.DeploymentID != 0 {
		in.topics.add("deployment", h.DeploymentID)
	}
}

// nearest picks the callback that a path nearly is, and says in words how it differs.
func nearest(list []store.Callback, path []string) (c *store.Callback, detail string, ok bool) {
	last, best := path[len(path)-1], near+1
	for i := range list {
		d := distance(last, list[i].CallbackID, near)
		if d > near && strings.EqualFold(last, list[i].CallbackID) {
			d = near // as a mail program or a person may write it
		}
		if d < best {
			c, best = &list[i], d
		}
	}
	switch {
	case c == nil:
		return nil, "", false
	case best == 0:
		return c, differentPath(c, path), true
	case strings.EqualFold(last, c.CallbackID):
		return c, "The last part differs in upper and lower case.", true
	case len(last) < len(c.CallbackID):
		return c, fmt.Sprintf("The last part is %s too short.", letters(len(c.CallbackID)-len(last))), true
	case len(last) > len(c.CallbackID):
		return c, fmt.Sprintf("The last part is %s too long.", letters(len(last)-len(c.CallbackID))), true
	}
	return c, fmt.Sprintf("The last part is %s off.", letters(best)), true
}

// differentPath says what is wrong with a path whose last part is right. What was
// sent is not quoted, unless it is short and nearly the platform's name.
func differentPath(c *store.Callback, path []string) string {
	switch {
	case len(path) == 1:
		return fmt.Sprintf("“/%s” is missing before the last part.", c.Platform)
	case len(path) == 2 && path[0] == string(c.Platform):
		return "There is a slash too many."
	case len(path) == 2 && distance(path[0], string(c.Platform), near) <= near:
		return fmt.Sprintf("“%s” stands where “%s” belongs.", printable(path[0]), c.Platform)
	}
	return "The last part is right, but what stands before it is not."
}

func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x21 || c > 0x7e {
			return '?'
		}
		return c
	}, s)
}

func letters(n int) string {
	if n == 1 {
		return "one letter"
	}
	return fmt.Sprintf("%d letters", n)
}

// distance is the Levenshtein distance of two short ASCII strings, or limit+1 when
// it is more than the limit.
func distance(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if len(a) > 64 || len(b) > 64 || max(len(a), len(b))-min(len(a), len(b)) > limit {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return min(row[len(b)], limit+1)
}
