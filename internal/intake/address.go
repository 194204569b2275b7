package intake

import (
	"net/http"

	"businessmanager/internal/bm"
)

// address tells where a request came from, as far as proxies of our own say so.
func (in *Intake) address(r *http.Request) string {
	return bm.ClientAddress(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), in.proxies)
}
