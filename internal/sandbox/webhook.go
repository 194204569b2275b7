package sandbox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// verdict is the outcome of one handshake.
type verdict struct {
	OK      bool   `json:"ok"`
	Status  int    `json:"status,omitempty"` // 0: no answer
	Message string `json:"message"`
	Body    string `json:"body,omitempty"` // what came instead of the challenge, capped
}

// maxShown is how much of a callback's answer is read and shown.
const maxShown = 2048

// verify makes the handshake, and keeps the callback only when it passes. The
// answer must be 200 and the challenge byte for byte.
func (s *Sandbox) verify(ctx context.Context, id, callbackURL, verifyToken string) (verdict, error) {
	if _, err := s.find(id); err != nil {
		return verdict{}, err
	}
	u, err := callback(strings.TrimSpace(callbackURL))
	if err != nil {
		return verdict{}, err
	}
	if verifyToken == "" {
		return verdict{}, refuse(http.StatusUnprocessableEntity, "Give the verify token.")
	}
	kept := u.String()
	v := s.handshake(ctx, u, verifyToken)
	s.log.Info("handshake made", "app_id", id, "ok", v.OK, "status", v.Status)
	if !v.OK {
		return v, nil
	}
	_, err = s.alter(id, func(a *app) error {
		if a.VerifiedAt.IsZero() {
			a.Fields, a.PageFields = inOrder(firstFields()), inOrder(firstFields())
		}
		a.CallbackURL, a.VerifiedAt = kept, s.now().UTC()
		return nil
	})
	return v, err
}

// handshake asks the callback as Meta does. The token is sent as it was typed:
// a trailing space fails here as it would there.
func (s *Sandbox) handshake(ctx context.Context, u *url.URL, verifyToken string) verdict {
	challenge := number(10)
	asked := *u
	question := "hub.mode=subscribe&hub.challenge=" + challenge +
		"&hub.verify_token=" + url.QueryEscape(verifyToken)
	if asked.RawQuery != "" { // the callback's own parameters stay as they are
		question = asked.RawQuery + "&" + question
	}
	asked.RawQuery = question
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.String(), nil)
	if err != nil {
		return verdict{Message: "This URL cannot be called."}
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", "*/*")
	res, err := s.client.Do(req)
	if err != nil {
		return verdict{Message: s.inWords(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxShown))
	if err != nil {
		return verdict{Status: res.StatusCode, Message: s.inWords(err)}
	}
	return judge(res.StatusCode, string(body), challenge, verifyToken)
}

// judge compares the answer with the challenge.
func judge(status int, body, challenge, verifyToken string) verdict {
	v := verdict{Status: status, Body: clean(strings.ReplaceAll(body, verifyToken, "[the verify token]"))}
	switch {
	case status >= 300 && status < 400:
		v.Message = fmt.Sprintf("The callback answered %d, a redirect. Redirects are not followed.", status)
	case status != http.StatusOK:
		v.Message = fmt.Sprintf("The callback answered %d. It must answer 200.", status)
	case body != challenge:
		v.Message = fmt.Sprintf("The callback answered 200, but not with the challenge: "+
			"%d bytes were wanted (%s), and it must be these bytes and nothing else.", len(challenge), challenge)
	default:
		return verdict{OK: true, Status: status, Message: "The callback answered with the challenge. It is saved."}
	}
	return v
}

// clean makes foreign bytes fit for a page or a JSON text, and short.
func clean(body string) string {
	body = strings.ToValidUTF8(body, "\uFFFD")
	if r := []rune(body); len(r) > 500 {
		return string(r[:500]) + "…"
	}
	return body
}
