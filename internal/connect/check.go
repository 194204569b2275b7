package connect

import (
	"context"
	"fmt"
	"time"

	"businessmanager/internal/bm"
)

// Checks says what is proved of a deployment, from what has truly been seen of it.
func (c *Connect) Checks(ctx context.Context, d *bm.Deployment) ([]bm.Check, error) {
	t, err := c.store.Traffic(ctx, d)
	if err != nil {
		return nil, err
	}
	return Checks(d, &t, c.now()), nil
}

// Checks makes the checks of a deployment from its traffic. The order is that of
// the page.
func Checks(d *bm.Deployment, seen *bm.Traffic, now time.Time) []bm.Check {
	t := &traffic{seen}
	list := []bm.Check{checkToken(d), checkSecretUsed(d, t), checkCallback(d, seen), checkEvents(d, seen)}
	if r, ok := checkRefused(d, t, now); ok {
		list = append(list, r)
	}
	return list
}

// traffic is what was seen, with the questions that two checks ask of it.
type traffic struct{ *bm.Traffic }

// proves tells whether the newest event was verified with the stored app secret.
func (t *traffic) proves(secret bm.Hint) bool {
	return !t.LastEventAt.IsZero() && string(t.LastSecret) == string(secret.Fingerprint)
}

// lately tells whether the last thing that came was signed with another secret.
func (t *traffic) lately(secret bm.Hint) bool {
	return t.LastRefusal == bm.WrongSigned && t.LastRefusalAt.After(secret.SetAt) && t.LastRefusalAt.After(t.LastEventAt)
}

// checkToken can say no more than that a token is there: nothing has asked the
// platform about it.
func checkToken(d *bm.Deployment) bm.Check {
	ch := bm.Check{Name: "access_token", Title: "Access token", Verdict: bm.NotYet}
	if _, ok := d.Hint(bm.AccessToken); ok {
		ch.Evidence = "Saved, and not tested with the platform."
	} else {
		ch.Evidence = "None is set."
		ch.Next = "Paste the Page access token from the platform."
	}
	return ch
}

// checkSecretUsed is proved by a post that only the secret can have signed.
func checkSecretUsed(d *bm.Deployment, t *traffic) bm.Check {
	ch := bm.Check{Name: "app_secret", Title: "App secret", Verdict: bm.NotYet}
	h, ok := d.Hint(bm.AppSecret)
	switch {
	case !ok:
		ch.Evidence = "None is set, so every post is refused."
		ch.Next = "Paste the app secret from the platform."
	case t.lately(h) && t.proves(h):
		// Anybody can send a post that is signed with something else.
		ch.Verdict, ch.At = bm.NeedsCare, t.LastRefusalAt
		ch.Evidence = "It signed the events that were stored, but a later post had another signature."
		ch.Next = "That was somebody else, or the secret was reset at the platform. Compare it there."
	case t.lately(h):
		ch.Verdict, ch.At = bm.Failing, t.LastRefusalAt
		ch.Evidence = "The last post was signed with another secret."
		ch.Next = "Copy the app secret from the app that posts here, and replace it."
	case t.proves(h):
		ch.Verdict, ch.At = bm.Proved, t.LastEventAt
		ch.Evidence = "A post that was signed with it arrived."
	default:
		ch.Evidence = "Saved. The first signed post will prove it."
	}
	return ch
}

// checkCallback is proved by a handshake that was answered with the key of today.
func checkCallback(d *bm.Deployment, t *bm.Traffic) bm.Check {
	ch := bm.Check{Name: "callback", Title: "Callback verified", Verdict: bm.NotYet}
	key, ok := d.Hint(bm.ChallengeKey)
	yes, no := &t.LastAccepted, &t.LastRefused
	switch {
	case !ok:
		ch.Evidence = "No secret key is set, so every handshake is refused."
		ch.Next = "Press Generate and save."
	case yes.ID == 0 && no.ID == 0:
		ch.Evidence = "Nobody has tried to verify it yet."
		ch.Next = "Enter the callback URL and the key at the platform, and press Verify and save there."
	case yes.ID == 0:
		ch.Verdict, ch.At = bm.Failing, no.At
		ch.Evidence = "The last attempt was refused. " + HandshakeWords(no)
		ch.Next = "See the attempt below, correct it at the platform, and try again."
	case string(yes.KeyFingerprint) != string(key.Fingerprint):
		ch.Verdict, ch.At = bm.Unknown, yes.At
		ch.Evidence = "It was verified with the key of before. What is connected stays so; the key of today has not been tried."
	case no.ID > yes.ID && no.Reason != bm.BadParameters && no.Reason != bm.NearlyThisURL:
		ch.Verdict, ch.At = bm.NeedsCare, no.At
		ch.Evidence = "Verified, but a later attempt was refused. " + HandshakeWords(no)
		ch.Next = "If that was you, enter the callback URL and the key at the platform again."
	default:
		ch.Verdict, ch.At = bm.Proved, yes.At
		ch.Evidence = "The challenge was returned byte for byte to " + caller(yes) + "."
	}
	return ch
}

func caller(h *bm.Handshake) string {
	if h.Agent == "" {
		return h.Address
	}
	return fmt.Sprintf("%s, which calls itself %s", h.Address, h.Agent)
}

func checkEvents(d *bm.Deployment, t *bm.Traffic) bm.Check {
	ch := bm.Check{Name: "events", Title: "Events arriving", Verdict: bm.NotYet}
	switch {
	case !t.LastEventAt.IsZero():
		ch.Verdict, ch.At = bm.Proved, t.LastEventAt
		ch.Evidence = fmt.Sprintf("Signed posts were stored: %d events so far.", t.Events)
		if t.Events == 1 {
			ch.Evidence = "A signed post was stored: one event so far."
		}
	case !d.Has(bm.AppSecret):
		ch.Evidence = "None can be accepted before there is an app secret."
	default:
		ch.Evidence = "None has arrived yet."
		ch.Next = "Write a message to the Page."
	}
	return ch
}

// checkRefused stands on the page only where something was refused.
func checkRefused(d *bm.Deployment, t *traffic, now time.Time) (bm.Check, bool) {
	if t.LastRefusalAt.IsZero() || now.Sub(t.LastRefusalAt) > 24*time.Hour {
		return bm.Check{}, false
	}
	ch := bm.Check{Name: "refused_posts", Title: "Refused posts", Verdict: bm.NeedsCare, At: t.LastRefusalAt}
	if h, ok := d.Hint(bm.AppSecret); t.LastRefusalAt.After(t.LastEventAt) && !(ok && t.proves(h)) {
		ch.Verdict = bm.Failing
	}
	ch.Evidence = fmt.Sprintf("%d within a day. The last one: %s", t.RefusedLastDay, RefusalWords(t.LastRefusal))
	switch t.LastRefusal {
	case bm.WrongSigned:
		ch.Next = "Compare the app secret with the one of the app that posts here."
	case bm.NoSecretSet:
		ch.Next = "Paste the app secret from the platform."
	}
	return ch, true
}

// HandshakeWords says in a sentence how an attempt ended and why. Whose key it was
// is left to the page, which knows what its reader may see.
func HandshakeWords(h *bm.Handshake) string {
	switch h.Reason {
	case bm.RightKey:
		return "The right key. The challenge was returned."
	case bm.NoKeySet:
		return "No secret key was set."
	case bm.KeyWithSpace:
		return "The right key with white space around it."
	case bm.KeyWithQuotes:
		return "The right key with quotes around it."
	case bm.KeyWrongCase:
		return "The right key but for upper and lower case."
	case bm.KeyCutShort:
		return "Only a part of the right key."
	case bm.KeyOfAnother:
		return "The key of another business."
	case bm.AccessTokenSent:
		return "An access token was sent as the verify token."
	case bm.AppSecretSent:
		return "An app secret was sent as the verify token."
	case bm.CallbackSent:
		return "The callback URL was sent as the verify token."
	case bm.BadParameters:
		return "The request was not a handshake: " + h.Detail + "."
	case bm.NearlyThisURL:
		return "Another address was called. " + h.Detail
	}
	return "A different key."
}

// RefusalWords says in a sentence why a post was refused.
func RefusalWords(r bm.RefusalReason) string {
	switch r {
	case bm.Unsigned:
		return "It was not signed."
	case bm.WrongSigned:
		return "It was signed with another secret, or changed on the way."
	case bm.NoSecretSet:
		return "No app secret was set."
	case bm.NotJSON:
		return "It was signed, but was not JSON."
	case bm.TooLarge:
		return "It was over 4 MiB."
	case bm.Unavailable:
		return "It could not be stored just then; the platform sends it again."
	}
	return "It was refused."
}
