package console

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
)

// ownHost refuses a request that names another host: a name of somebody else's
// that points at our address would make the browser take that site's pages and
// ours for one site. Names are compared, not ports: a proxy may listen elsewhere,
// and a page of another port on our own name gains nothing by it.
func (k *Console) ownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		name := bm.HostName(ec.Request().Host)
		if k.API != nil && strings.HasPrefix(ec.Request().URL.Path, "/api/") {
			return next(ec) // the API refuses in its own words
		}
		if strings.EqualFold(name, k.base.Hostname()) || (k.Environment == "development" && bm.IsLoopbackName(name)) {
			return next(ec)
		}
		return &refusal{status: http.StatusMisdirectedRequest}
	}
}

// ownForms refuses whatever would change something and comes from another site, by
// what the browser itself says of where it comes from. Every form also carries a
// token (form.go), for browsers that say nothing. The API is asked with a token
// that no browser sends by itself, and reports are sent without a page.
func (k *Console) ownForms(next echo.HandlerFunc) echo.HandlerFunc {
	var own http.CrossOriginProtection
	return func(ec echo.Context) error {
		path := ec.Request().URL.Path
		if path != reportPath && !strings.HasPrefix(path, "/api/") && own.Check(ec.Request()) != nil {
			return &refusal{status: http.StatusForbidden, message: "This form was sent by another site, so it was not taken. Nothing was changed. Open the page here and send it again."}
		}
		return next(ec)
	}
}
