package intake

import (
	"context"
	"errors"
	"net/http"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

// commitTimeout is the longest that a post waits for its commit. Meta waits five
// seconds (Messenger Platform, webhooks); the rest is for the way.
const commitTimeout = 4 * time.Second

// post answers a POST: 200 after every event in it is committed.
func (in *Intake) post(w http.ResponseWriter, r *http.Request, platform bm.Platform, id string) {
	start := in.now()
	status, reason, k := in.take(r, platform, id, start)
	if status != http.StatusOK {
		in.countRefusal(k, reason, start)
	}
	in.metrics.post(platform.Name(), status, in.now().Sub(start))
	switch status {
	case http.StatusOK:
		w.WriteHeader(http.StatusOK)
	case http.StatusServiceUnavailable:
		busy(w)
	case http.StatusRequestEntityTooLarge, http.StatusUnauthorized:
		// Read no further. Without it net/http would say so itself, but only where a
		// long body was left unread, which would tell one refusal from another.
		w.Header().Set("Connection", "close")
		answer(w, status)
	default:
		answer(w, status)
	}
}

// take does the work of a post and gives the answer's status, and for a refusal
// its reason and whose it was (nil: unknown).
func (in *Intake) take(r *http.Request, platform bm.Platform, id string, start time.Time) (int, bm.RefusalReason, *known) {
	if in.closing.Load() {
		return http.StatusServiceUnavailable, bm.Unavailable, nil
	}
	if r.ContentLength > maxBody {
		return http.StatusRequestEntityTooLarge, bm.TooLarge, in.memory.glance(platform.Name(), id)
	}
	ctx, cancel := context.WithTimeout(r.Context(), commitTimeout)
	defer cancel()
	k, err := in.memory.callback(ctx, platform.Name(), id)
	switch {
	case err != nil:
		return http.StatusServiceUnavailable, bm.Unavailable, nil
	case !k.exists:
		return http.StatusUnauthorized, bm.UnknownRoute, nil
	case !platform.HasSignature(r.Header):
		return http.StatusUnauthorized, bm.Unsigned, k
	}
	body, give, err := in.room.read(r, k.share)
	defer give()
	switch {
	case errors.Is(err, errTooLarge):
		return http.StatusRequestEntityTooLarge, bm.TooLarge, k
	case errors.Is(err, errNoRoom):
		return http.StatusServiceUnavailable, bm.Unavailable, k
	case err != nil: // the sender stopped half way: it hears no answer anyway
		return http.StatusBadRequest, bm.NotJSON, k
	}
	k, reason, err := in.verified(ctx, r, platform, k, body)
	switch {
	case err != nil:
		return http.StatusServiceUnavailable, bm.Unavailable, k
	case reason == bm.UnknownRoute:
		return http.StatusUnauthorized, reason, nil
	case reason != "":
		return http.StatusUnauthorized, reason, k
	}
	items, err := platform.Cut(body)
	if err != nil {
		return http.StatusBadRequest, bm.NotJSON, k
	}
	arrivals, err := in.routed(ctx, platform, k, items, start)
	if err == nil {
		err = in.groups.commit(ctx, arrivals)
	}
	switch {
	case bm.KindOf(err) == bm.NotFound: // removed since it was read
		in.memory.forget(k.CallbackID)
		return http.StatusUnauthorized, bm.UnknownRoute, nil
	case err != nil:
		return http.StatusServiceUnavailable, bm.Unavailable, k
	}
	return http.StatusOK, "", k
}

// verified tells whether the body was signed with the deployment's app secret. Before
// it says no, it reads the deployment afresh.
func (in *Intake) verified(ctx context.Context, r *http.Request, platform bm.Platform, k *known, body []byte) (*known, bm.RefusalReason, error) {
	if !k.appSecret.Empty() && platform.Signed(r.Header, body, k.appSecret) {
		return k, "", nil
	}
	k, err := in.memory.afresh(ctx, k)
	switch {
	case err != nil:
		return nil, "", err
	case !k.exists:
		return k, bm.UnknownRoute, nil
	case k.appSecret.Empty():
		return k, bm.NoSecretSet, nil
	case platform.Signed(r.Header, body, k.appSecret):
		return k, "", nil
	}
	return k, bm.WrongSigned, nil
}

// routed says whose each event is. It is the called deployment's when the entry
// is of its account, while it has none, and for a dashboard's test; otherwise that
// of the one deployment which holds the account and whose own app secret verifies
// this very body; else it stays with the called one as unrouted.
func (in *Intake) routed(ctx context.Context, platform bm.Platform, k *known, items []bm.Item, at time.Time) ([]store.Arrival, error) {
	arrivals := make([]store.Arrival, len(items))
	owners := map[string]*store.Callback{}
	for i := range items {
		it := &items[i]
		a := store.Arrival{BusinessID: k.BusinessID, DeploymentID: k.DeploymentID, ReceivedAt: at, Secret: k.AppSecretPrint, Item: it}
		if it.Account != "" && it.Account != "0" && k.AccountID != "" && it.Account != k.AccountID {
			owner, asked := owners[it.Account]
			if !asked {
				c, err := in.store.CallbackOfAccount(ctx, platform.Name(), it.Account, k.AppSecretPrint)
				switch {
				case err == nil:
					owner = &c
				case bm.KindOf(err) != bm.NotFound:
					return nil, err
				}
				owners[it.Account] = owner
			}
			if owner != nil {
				a.BusinessID, a.DeploymentID = owner.BusinessID, owner.DeploymentID
			} else {
				a.Unrouted = true
			}
		}
		arrivals[i] = a
	}
	return arrivals, nil
}
