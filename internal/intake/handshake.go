package intake

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"businessmanager/internal/bm"
)

const (
	// maxParameter bounds what a handshake may carry in one parameter.
	maxParameter = 1024
	// recordTimeout is how long an answer waits for its attempt to be written
	// down; the answer counts, the record can be missed.
	recordTimeout = time.Second
)

// handshake answers a platform that verifies a callback.
func (in *Intake) handshake(w http.ResponseWriter, r *http.Request, platform bm.Platform, id string) {
	status, challenge := in.verify(r, platform, id)
	in.metrics.handshake(platform.Name(), status)
	switch status {
	case http.StatusOK:
		// The challenge is the caller's own text: it must never be taken for a page.
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(challenge))
	case http.StatusServiceUnavailable:
		busy(w)
	default:
		answer(w, status)
	}
}

// verify gives the answer's status, and the challenge when it is 200.
func (in *Intake) verify(r *http.Request, platform bm.Platform, id string) (status int, challenge string) {
	ctx, cancel := context.WithTimeout(r.Context(), commitTimeout)
	defer cancel()
	token, challenge, wrong := parameters(r.URL.Query())
	k, err := in.memory.callback(ctx, platform.Name(), id)
	switch {
	case wrong != "":
		if err == nil && k.exists && hasParameters(r.URL.Query()) {
			in.recordHandshake(r, k, http.StatusBadRequest, bm.BadParameters, "", wrong)
		}
		return http.StatusBadRequest, ""
	case err != nil:
		return http.StatusServiceUnavailable, ""
	case !k.exists:
		in.noticeStray(r, platform, id)
		return http.StatusForbidden, ""
	}
	// Afresh for either answer: handshakes are rare, and a key that was replaced or
	// removed a moment ago must not count.
	if k, err = in.memory.afresh(ctx, k); err != nil {
		return http.StatusServiceUnavailable, ""
	}
	switch {
	case !k.exists: // removed a moment ago
		return http.StatusForbidden, ""
	case equal(token, k.challengeKey):
		in.recordHandshake(r, k, http.StatusOK, bm.RightKey, token, "")
		return http.StatusOK, challenge
	}
	in.recordHandshake(r, k, http.StatusForbidden, "", token, "")
	return http.StatusForbidden, ""
}

// parameters reads the three parameters, and says in a few words which of them
// cannot be taken.
func parameters(q url.Values) (token, challenge, wrong string) {
	for _, name := range []string{"hub.mode", "hub.verify_token", "hub.challenge"} {
		v := q.Get(name)
		switch {
		case v == "":
			return "", "", name + " is missing"
		case len(v) > maxParameter:
			return "", "", name + " is longer than 1,024 bytes"
		case strings.ContainsFunc(v, func(c rune) bool { return c < 0x20 || c > 0x7e }):
			return "", "", name + " holds characters outside printable ASCII"
		}
	}
	if q.Get("hub.mode") != "subscribe" {
		return "", "", "hub.mode is not subscribe"
	}
	return q.Get("hub.verify_token"), q.Get("hub.challenge"), ""
}

// hasParameters tells an attempt to verify from somebody who opened the URL.
func hasParameters(q url.Values) bool {
	return q.Has("hub.mode") || q.Has("hub.verify_token") || q.Has("hub.challenge")
}

// equal compares in constant time, whatever the lengths; an unset key equals nothing.
func equal(token string, key bm.Secret) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(key.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && !key.Empty()
}

// recordHandshake writes an attempt down without what was sent. With no reason
// given it finds out what the wrong token turned out to be.
func (in *Intake) recordHandshake(r *http.Request, k *known, status int, reason bm.HandshakeReason, token, detail string) {
	if !k.handshakes.take() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), recordTimeout)
	defer cancel()
	h := bm.Handshake{
		BusinessID: k.BusinessID, DeploymentID: k.DeploymentID, Platform: k.Platform,
		At: in.now(), Address: in.address(r), Agent: agent(r), Status: status, Reason: reason, Detail: detail,
		TokenLength: len(token), KeyFingerprint: k.ChallengeKeyPrint,
	}
	if token != "" {
		h.TokenFingerprint = in.keys.Fingerprint(bm.NewSecret(token))
	}
	if h.Reason == "" {
		h.Reason, h.OtherBusinessID = in.whatWasSent(ctx, k, token, h.TokenFingerprint)
	}
	if err := in.store.RecordHandshake(ctx, &h); err != nil {
		in.logger.Warn("a handshake could not be written down", "deployment", k.DeploymentID, "status", status, "error", err)
		return
	}
	in.topics.add("deployment", k.DeploymentID)
}

// whatWasSent finds out what a wrong verify token is, so that the page can say it
// in words.
func (in *Intake) whatWasSent(ctx context.Context, k *known, token string, print bm.Fingerprint) (bm.HandshakeReason, int64) {
	if k.challengeKey.Empty() {
		return bm.NoKeySet, 0
	}
	key := k.challengeKey.Reveal()
	bare := strings.TrimSpace(token)
	switch {
	case bare == key:
		return bm.KeyWithSpace, 0
	case strings.Trim(bare, `"'`) == key:
		return bm.KeyWithQuotes, 0
	case strings.EqualFold(bare, key):
		return bm.KeyWrongCase, 0
	// Half of it at least: shorter, and the answer would help to guess it bit by bit.
	case len(bare)*2 >= len(key) && (strings.HasPrefix(key, bare) || strings.HasSuffix(key, bare)):
		return bm.KeyCutShort, 0
	case string(print) == string(k.AccessTokenPrint):
		return bm.AccessTokenSent, 0
	case string(print) == string(k.AppSecretPrint):
		return bm.AppSecretSent, 0
	case strings.Contains(bare, k.CallbackID):
		return bm.CallbackSent, 0
	}
	if other, err := in.store.WhoseKey(ctx, print, k.DeploymentID); err == nil && other != 0 {
		return bm.KeyOfAnother, other
	}
	return in.platforms[k.Platform].Looks(token), 0
}

// agent is what the caller calls itself, short and printable.
func agent(r *http.Request) string {
	a := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return -1
		}
		return c
	}, r.UserAgent())
	return a[:min(len(a), 80)]
}
