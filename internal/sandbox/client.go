package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"syscall"
	"time"
)

// userAgent is close to what Meta's calls are seen with (reference, 2.5), and
// still says what calls.
const userAgent = "facebookplatform/1.0 (+sandbox)"

// errAway is the refusal to call another machine.
var errAway = errors.New("the sandbox calls only this machine")

// loopbackClient can reach this machine and nothing else. The address is looked
// at when it is connected to, after the name was resolved, so that no name can
// lead elsewhere. It uses no proxy and follows no redirect.
func loopbackClient(wait time.Duration) *http.Client {
	dialer := &net.Dialer{
		Timeout: wait,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !at.Addr().Unmap().IsLoopback() {
				return errAway
			}
			return nil
		},
	}
	return &http.Client{
		Timeout: wait,
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: wait,
			MaxIdleConnsPerHost: 32,
			IdleConnTimeout:     30 * time.Second,
			// A compressed answer would hide what the callback truly sent.
			DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// callback reads a callback URL as the form accepts it.
func callback(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, refuse(http.StatusUnprocessableEntity,
			"The callback URL must be a whole address that begins with https:// or http://.")
	case u.User != nil || u.Fragment != "":
		return nil, refuse(http.StatusUnprocessableEntity,
			"The callback URL may hold no user name, no password and no part after #.")
	}
	return u, nil
}

// inWords says why a call got no answer. The error itself is not shown and not
// logged: its text holds the URL, and that may hold the verify token.
func (s *Sandbox) inWords(err error) string {
	var wrapped *url.Error
	switch {
	case errors.Is(err, errAway):
		return "The sandbox calls only this machine. The callback URL leads elsewhere."
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return fmt.Sprintf("There was no answer within %s.", s.wait)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nothing listens at this address: the connection was refused."
	case errors.As(err, &wrapped):
		var dns *net.DNSError
		if errors.As(err, &dns) {
			return "The host name of the callback URL is not known."
		}
		return "The connection ended without an answer."
	}
	return "The call failed."
}
