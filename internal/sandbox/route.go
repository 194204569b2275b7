package sandbox

import (
	"embed"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

//go:embed assets
var assets embed.FS

// maxBody bounds every request. It leaves room for a chat text far longer than
// Messenger's 2,000 characters, so that large posts can be tried.
const maxBody = 1 << 20

// refusal is an answer that is not the wanted one: a status and a sentence.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, message string) error { return &refusal{status, message} }

// act is a handler that returns its error; one function per edge answers it.
type act func(w http.ResponseWriter, r *http.Request) error

// Handler is the whole sandbox: pages, control API and Graph.
func (s *Sandbox) Handler() http.Handler {
	pages, graph := s.routes(), s.graph()
	either := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if graphPath.MatchString(r.URL.Path) {
			graph.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
	// A page of another site may neither press a button here nor read an answer.
	guarded := http.NewCrossOriginProtection().Handler(either)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers(w.Header())
		if !loopbackName(r.Host) {
			http.Error(w, "The sandbox answers only to names of this machine.", http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// graphPath tells Graph's addresses from the pages': a version, one of the
// nodes without an id, or an id.
var graphPath = regexp.MustCompile(`^/(v\d{1,2}\.\d|me|app|debug_token|\d{5,})(/|$)`)

// headers are the same for every answer: nothing kept, nothing run, nothing framed.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// loopbackName keeps out a foreign name that was made to point at this machine.
func loopbackName(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.IsLoopback()
}

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, a act) { mux.Handle(pattern, s.edge(a, s.pageError)) }
	page("GET /{$}", s.homePage)
	page("POST /apps", s.postApp)
	page("GET /apps/{id}", s.appPage)
	page("POST /apps/{id}/secret", s.postSecret)
	page("POST /apps/{id}/tokens", s.postToken)
	page("POST /apps/{id}/tokens/{token}/revoke", s.postRevoke)
	page("POST /apps/{id}/webhook", s.postWebhook)
	page("POST /apps/{id}/subscriptions", s.postSubscriptions)
	page("POST /apps/{id}/page", s.postPageSwitch)
	page("POST /apps/{id}/test", s.postTest)
	page("GET /apps/{id}/chat", s.chatPage)
	page("POST /apps/{id}/chat", s.postChat)
	page("POST /apps/{id}/people", s.postPerson)
	page("POST /apps/{id}/events/{event}/resend", s.postResend)
	page("GET /", func(http.ResponseWriter, *http.Request) error {
		return refuse(http.StatusNotFound, "There is no such page in the sandbox.")
	})

	api := func(pattern string, a act) { mux.Handle(pattern, s.edge(a, s.apiError)) }
	api("GET /sandbox/api/apps", s.apiApps)
	api("POST /sandbox/api/apps", s.apiCreate)
	api("GET /sandbox/api/apps/{id}", s.apiApp)
	api("POST /sandbox/api/apps/{id}/secret", s.apiSecret)
	api("POST /sandbox/api/apps/{id}/tokens", s.apiToken)
	api("POST /sandbox/api/apps/{id}/webhook", s.apiWebhook)
	api("POST /sandbox/api/apps/{id}/subscriptions", s.apiSubscriptions)
	api("POST /sandbox/api/apps/{id}/test", s.apiTest)
	api("POST /sandbox/api/apps/{id}/send", s.apiSend)
	api("POST /sandbox/api/apps/{id}/resend", s.apiResend)
	api("GET /sandbox/api/apps/{id}/events", s.apiEvents)

	mux.Handle("GET /assets/", http.FileServerFS(assets))
	mux.HandleFunc("GET /assets/picture.png", picture)
	return mux
}

// edge turns what an act returns into an answer.
func (s *Sandbox) edge(a act, answer func(http.ResponseWriter, *http.Request, *refusal)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a(w, r)
		if err == nil {
			return
		}
		var no *refusal
		if !errors.As(err, &no) {
			s.log.Error("sandbox request failed", "method", r.Method, "err", err)
			no = &refusal{http.StatusInternalServerError, "The sandbox could not do this. Its log says why."}
		}
		answer(w, r, no)
	})
}
