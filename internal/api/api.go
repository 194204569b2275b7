package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"businessmanager/internal/connect"
	"businessmanager/internal/store"
)

// Where everything lies. The console hands over whatever begins with /api/.
const (
	base     = "/api/v1"
	specPath = base + "/openapi.json"
	docsPath = "/api/docs"
	lookPath = "/api/docs.css"
)

// Deps is what cmd gives.
type Deps struct {
	Store   *store.Store
	Connect *connect.Connect

	Version     string
	Environment string // development, staging or production
	ConsoleURL  string // public base; the API lies below it
	// Proxies are the networks whose forwarding headers count.
	Proxies []netip.Prefix
	Log     *slog.Logger
}

// API answers every request below /api/.
type API struct {
	Deps
	base *url.URL
	web  *echo.Echo
	huma huma.API
	// The two open documents, made once from the routes.
	spec, docs []byte
}

// New makes the API ready to serve.
func New(d Deps) (*API, error) {
	u, err := url.Parse(d.ConsoleURL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("api: the console's URL is not an http or https address")
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Deps: d, base: u, web: echo.New()}
	a.web.HTTPErrorHandler = a.answer
	a.web.Use(a.guarded, a.headers, a.ownHost, a.known)
	a.huma = humaecho.NewWithGroup(a.web, a.web.Group(base), a.config())
	a.routes()
	a.tidy()
	if a.spec, err = json.Marshal(a.huma.OpenAPI()); err != nil {
		return nil, err
	}
	if a.docs, err = docsOf(a.huma.OpenAPI()); err != nil {
		return nil, err
	}
	a.web.GET(specPath, a.serveSpec)
	a.web.GET(docsPath, a.serveDocs)
	a.web.GET(lookPath, a.serveLook)
	return a, nil
}

// ServeHTTP answers one request. Whatever can be read can be asked with HEAD: the
// server drops the body, because it still sees the request as it came.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	a.web.ServeHTTP(w, r)
}

// Spec is the OpenAPI document, as it is served.
func (a *API) Spec() []byte { return a.spec }

// config sets huma up without anything that it would serve by itself (its own docs
// load a script from elsewhere), and with our own way of reading, writing and
// refusing.
func (a *API) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	// What huma refuses by itself is described, and answered, as our Problem.
	registry.RegisterTypeAlias(errorModel, problemModel)
	format := huma.Format{Marshal: encode, Unmarshal: decodeInto}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Business Manager", Version: a.Version, Description: about,
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			},
			Servers: []*huma.Server{{URL: a.base.JoinPath(base).String()}},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {
					Type: "http", Scheme: "bearer", BearerFormat: "bm_…",
					Description: "An API token, made with “businessmanager token add”.",
				}},
			},
			Security: []map[string][]string{{"token": {}}},
			Tags:     tags(),
		},
		// The second name is what huma looks for behind application/problem+json.
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.refused},
	}
}

// tidy says of what we send what huma cannot know: members may be added to it
// later, and a list is never null.
func (a *API) tidy() {
	for name, s := range a.huma.OpenAPI().Components.Schemas.Map() {
		if isRequest(name) {
			continue
		}
		s.AdditionalProperties = nil
		for _, p := range s.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false
			}
		}
	}
}

func (a *API) serveSpec(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/json", a.spec)
}
