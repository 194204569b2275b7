package sandbox

import (
	"crypto/subtle"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// newest is the Graph version that answers where a call names none.
const newest = "v26.0"

var versioned = regexp.MustCompile(`^/(v\d{1,2}\.\d)(/.*)?$`)

// graphError is the body of a failed Graph call (reference, 5.6).
type graphError struct {
	Message string `json:"message"`
	Type    string `json:"type"`
	Code    int    `json:"code"`
	Subcode int    `json:"error_subcode,omitempty"`
	Trace   string `json:"fbtrace_id"`
}

// graph answers the calls whose bearer proves, by its token alone, who asks.
func (s *Sandbox) graph() http.Handler {
	nodes := http.NewServeMux()
	nodes.HandleFunc("GET /me", s.graphMe)
	nodes.HandleFunc("GET /app", s.graphApp)
	nodes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		graphFail(w, graphError{Type: "OAuthException", Code: 2500, Message: "Unknown path components: " + r.URL.Path})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, rest := newest, r.URL.Path
		if m := versioned.FindStringSubmatch(rest); m != nil {
			version, rest = m[1], or(m[2], "/")
		}
		w.Header().Set("Facebook-Api-Version", version)
		inner := r.Clone(r.Context())
		inner.URL.Path, inner.URL.RawPath = rest, ""
		nodes.ServeHTTP(w, inner)
	})
}

// caller is whom a token stands for: an app, and its Page unless it is the
// app's own token.
type caller struct {
	app    app
	isPage bool
}

// who checks the token of a call and, when there is one, its proof.
func (s *Sandbox) who(r *http.Request) (caller, *graphError) {
	access := r.URL.Query().Get("access_token")
	if scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		access = strings.TrimSpace(value)
	}
	if access == "" {
		return caller{}, &graphError{Type: "OAuthException", Code: 104,
			Message: "An access token is required to request this resource."}
	}
	c, no := s.owner(access)
	if no != nil {
		return caller{}, no
	}
	if given := r.URL.Query().Get("appsecret_proof"); given != "" &&
		subtle.ConstantTimeCompare([]byte(given), []byte(proof(c.app.Secret, access))) != 1 {
		// Code 100 and not 190: the reference, 5.3.
		return caller{}, &graphError{Type: "GraphMethodException", Code: 100,
			Message: "Invalid appsecret_proof provided in the API argument"}
	}
	return c, nil
}

// owner finds whose token this is: a Page's, or an app's own "id|secret".
func (s *Sandbox) owner(access string) (caller, *graphError) {
	st := s.state.Load()
	if id, given, ok := strings.Cut(access, "|"); ok {
		a := st.app(id)
		if a != nil && subtle.ConstantTimeCompare([]byte(given), []byte(a.Secret)) == 1 {
			return caller{app: *a}, nil
		}
		return caller{}, &graphError{Type: "OAuthException", Code: 190,
			Message: "Invalid OAuth access token signature."}
	}
	hash := fingerprint(access)
	for _, a := range st.Apps {
		i := slices.IndexFunc(a.Tokens, func(t token) bool { return t.Hash == hash })
		switch {
		case i < 0:
		case a.Tokens[i].Revoked:
			return caller{}, &graphError{Type: "OAuthException", Code: 190, Subcode: 467,
				Message: "Error validating access token: the token has been revoked."}
		default:
			return caller{app: a, isPage: true}, nil
		}
	}
	return caller{}, &graphError{Type: "OAuthException", Code: 190,
		Message: "Invalid OAuth access token - Cannot parse access token"}
}

// graphMe answers with the node that the token stands for: the Page.
func (s *Sandbox) graphMe(w http.ResponseWriter, r *http.Request) {
	c, no := s.who(r)
	if no == nil && !c.isPage {
		no = &graphError{Type: "OAuthException", Code: 2500,
			Message: "An active access token must be used to query information about the current user."}
	}
	if no != nil {
		graphFail(w, *no)
		return
	}
	graphFields(w, r, "Page", []string{"name", "id"}, map[string]any{
		"id": c.app.PageID, "name": c.app.PageName, "is_published": true,
		"is_webhooks_subscribed": c.app.pageSubscribed(), "has_added_app": c.app.pageSubscribed(),
	})
}

// graphApp answers with the app that issued the token.
func (s *Sandbox) graphApp(w http.ResponseWriter, r *http.Request) {
	c, no := s.who(r)
	if no != nil {
		graphFail(w, *no)
		return
	}
	graphFields(w, r, "Application", []string{"category", "link", "name", "id"}, map[string]any{
		"id": c.app.ID, "name": c.app.Name, "category": "Business", "link": origin(r) + "/apps/" + c.app.ID,
	})
}

// graphFields answers with the fields that were asked for. One that does not
// exist fails the whole call.
func graphFields(w http.ResponseWriter, r *http.Request, node string, usual []string, has map[string]any) {
	wanted := usual
	if asked := r.URL.Query().Get("fields"); asked != "" {
		wanted = append(strings.Split(asked, ","), "id")
	}
	answer := map[string]any{}
	for _, f := range wanted {
		f = strings.TrimSpace(f)
		value, ok := has[f]
		if !ok {
			graphFail(w, graphError{Type: "OAuthException", Code: 100,
				Message: "(#100) Tried accessing nonexisting field (" + f + ") on node type (" + node + ")"})
			return
		}
		answer[f] = value
	}
	graphAnswer(w, http.StatusOK, answer)
}

func graphFail(w http.ResponseWriter, e graphError) {
	e.Trace = base62(11)
	if e.Code == 190 {
		w.Header().Set("WWW-Authenticate", `OAuth "Facebook Platform" "invalid_token"`)
	}
	graphAnswer(w, http.StatusBadRequest, map[string]graphError{"error": e})
}

func graphAnswer(w http.ResponseWriter, status int, v any) {
	body, err := encode(v)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	w.Write(body)
}
