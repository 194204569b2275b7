package intake

import (
	"context"
	"sync"
	"time"

	"businessmanager/internal/bm"
)

// refusals gathers counts of refused posts, written once a second. They are bounded
// by the deployments there are: posts at unknown callbacks are only a metric.
type refusals struct {
	mu    sync.Mutex
	count map[refusalKey]*bm.Refusal
}

type refusalKey struct {
	deployment int64
	hour       time.Time
	reason     bm.RefusalReason
}

func newRefusals() *refusals { return &refusals{count: map[refusalKey]*bm.Refusal{}} }

func (in *Intake) countRefusal(k *known, reason bm.RefusalReason, at time.Time) {
	in.metrics.refused(reason)
	if k == nil || !k.exists {
		return
	}
	hour := at.UTC().Truncate(time.Hour)
	in.refusals.mu.Lock()
	defer in.refusals.mu.Unlock()
	key := refusalKey{k.DeploymentID, hour, reason}
	r := in.refusals.count[key]
	if r == nil {
		r = &bm.Refusal{BusinessID: k.BusinessID, DeploymentID: k.DeploymentID, Hour: hour, Reason: reason, FirstAt: at}
		in.refusals.count[key] = r
	}
	r.Count++
	r.LastAt = at
}

func (in *Intake) writeRefusals(ctx context.Context) {
	in.refusals.mu.Lock()
	taken := in.refusals.count
	in.refusals.count = map[refusalKey]*bm.Refusal{}
	in.refusals.mu.Unlock()
	if len(taken) == 0 {
		return
	}
	list := make([]bm.Refusal, 0, len(taken))
	for _, r := range taken {
		list = append(list, *r)
	}
	if err := in.store.CountRefusals(ctx, list); err != nil {
		in.logger.Warn("refused posts could not be counted yet", "error", err)
		in.refusals.putBack(taken)
		return
	}
	for _, r := range list {
		in.topics.add("deployment", r.DeploymentID)
	}
}

// putBack keeps counts for the next try.
func (r *refusals) putBack(taken map[refusalKey]*bm.Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, old := range taken {
		if now := r.count[key]; now != nil {
			now.Count += old.Count
			now.FirstAt = old.FirstAt
		} else {
			r.count[key] = old
		}
	}
}
