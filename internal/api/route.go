package api

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"businessmanager/internal/bm"
)

// route is one line of the table of calls. Access is a column of it: a call
// without an ability does not fit in.
type route struct {
	Method, Path string
	Ability      bm.Ability
	ID, Tag      string
	Summary      string
	Description  string
	Status       int   // of success
	Errors       []int // besides those that every call of its shape has
	NoBody       bool  // a body may be left out
	Past         bool  // also of a business that was removed
}

// routes is the table.
func (a *API) routes() {
	const (
		business   = "/businesses/{id}"
		deployment = business + "/deployments/{platform}"
	)
	register(a, route{
		Method: "POST", Path: "/partners", Ability: bm.ManagePartners, ID: "create-partner", Tag: "Partners", Status: 201, Errors: []int{409},
		Summary: "Add a partner", Description: "A name that is taken, in any case, is a 409.",
	}, a.createPartner)
	register(a, route{
		Method: "GET", Path: "/partners", Ability: bm.SeePartners, ID: "list-partners", Tag: "Partners", Status: 200,
		Summary: "List partners", Description: "Newest first.",
	}, a.listPartners)

	register(a, route{
		Method: "POST", Path: "/businesses", Ability: bm.EditBusinesses, ID: "create-business", Tag: "Businesses", Status: 201, Errors: []int{409},
		Summary: "Add a business", Description: "Without a via name it gets one made from its name. A via name that is taken is a 409, an unknown partner a 422.",
	}, a.createBusiness)
	register(a, route{
		Method: "GET", Path: "/businesses", Ability: bm.SeeBusinesses, ID: "list-businesses", Tag: "Businesses", Status: 200,
		Summary: "Find businesses", Description: "Newest first; with q the best match first. A cursor belongs to the query that it came from.",
	}, a.listBusinesses)
	register(a, route{
		Method: "GET", Path: business, Ability: bm.SeeBusinesses, ID: "get-business", Tag: "Businesses", Status: 200,
		Summary: "Read a business",
	}, a.getBusiness)
	register(a, route{
		Method: "PATCH", Path: business, Ability: bm.EditBusinesses, ID: "change-business", Tag: "Businesses", Status: 200, Errors: []int{409},
		Summary: "Change a business", Description: "What is left out stays as it is. A business switched off pauses all its deployments.",
	}, a.changeBusiness)
	register(a, route{
		Method: "DELETE", Path: business, Ability: bm.EditBusinesses, ID: "delete-business", Tag: "Businesses", Status: 204, Errors: []int{409},
		Summary: "Delete a business", Description: "Its secrets are destroyed at once and its callbacks become unknown ones. While events wait or are parked it is a 409, unless discard is true.",
	}, a.deleteBusiness)

	register(a, route{
		Method: "PUT", Path: deployment, Ability: bm.EditBusinesses, ID: "put-deployment", Tag: "Deployments", Status: 200, Errors: []int{409},
		Summary: "Set up or change a deployment", Description: aboutPut,
	}, a.putDeployment)
	register(a, route{
		Method: "GET", Path: deployment, Ability: bm.SeeBusinesses, ID: "get-deployment", Tag: "Deployments", Status: 200,
		Summary: "Read a deployment", Description: "With what is proved of it, and never a secret.",
	}, a.getDeployment)
	register(a, route{
		Method: "DELETE", Path: deployment, Ability: bm.EditBusinesses, ID: "delete-deployment", Tag: "Deployments", Status: 204, Errors: []int{409},
		Summary: "Delete a deployment", Description: "Its secrets are destroyed at once and its callback becomes an unknown one; made anew, it has another. While events wait or are parked it is a 409, unless discard is true.",
	}, a.deleteDeployment)
	register(a, route{
		Method: "POST", Path: deployment + "/check", Ability: bm.SeeBusinesses, ID: "check-deployment", Tag: "Deployments", Status: 200, NoBody: true,
		Summary: "Check a deployment", Description: "Says what is proved, from what was truly seen of it. Nothing is changed.",
	}, a.checkDeployment)
	register(a, route{
		Method: "POST", Path: deployment + "/pause", Ability: bm.SwitchDeployments, ID: "pause-deployment", Tag: "Deployments", Status: 200, NoBody: true,
		Summary: "Pause a deployment", Description: "It goes on answering handshakes and storing events, and delivers nothing. Pausing what is paused changes nothing.",
	}, a.pauseDeployment)
	register(a, route{
		Method: "POST", Path: deployment + "/resume", Ability: bm.SwitchDeployments, ID: "resume-deployment", Tag: "Deployments", Status: 200, NoBody: true,
		Summary: "Resume a deployment", Description: "Without an app secret it is a 422.",
	}, a.resumeDeployment)
	register(a, route{
		Method: "GET", Path: deployment + "/handshakes", Ability: bm.SeeBusinesses, ID: "list-handshakes", Tag: "Deployments", Status: 200,
		Summary: "List handshakes", Description: "The platform's attempts to verify the callback, newest first. What was sent as the verify token is never kept; its length, its fingerprint and what it turned out to be are.",
	}, a.listHandshakes)

	register(a, route{
		Method: "GET", Path: business + "/events", Ability: bm.SeeEvents, ID: "list-events", Tag: "Events", Status: 200, Past: true,
		Summary: "List events", Description: aboutEvents,
	}, a.listEvents)
	register(a, route{
		Method: "GET", Path: business + "/events/{event_id}", Ability: bm.SeeEvents, ID: "get-event", Tag: "Events", Status: 200, Past: true,
		Summary: "Read an event",
	}, a.getEvent)

	register(a, route{
		Method: "GET", Path: "/audit", Ability: bm.SeeAudit, ID: "list-audit", Tag: "Audit", Status: 200, Errors: []int{404},
		Summary: "List who did what", Description: "Of one business, newest first. It never holds a secret: secrets appear as fingerprints.",
	}, a.listAudit)
}

// asked is who asks, and for what: loaded and allowed before a handler runs.
type asked struct {
	actor    bm.Actor
	business bm.Business     // where the path names one
	platform bm.PlatformName // where the path names one
}

type askedKey struct{}

// register adds a call. The handler gets its prerequisites as arguments and
// returns its error; nothing in it knows HTTP.
func register[I, O any](a *API, r route, handle func(context.Context, *asked, *I) (*O, error)) {
	_, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	op := huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: r.ID, Tags: []string{r.Tag}, Summary: r.Summary, Description: r.Description,
		DefaultStatus: r.Status, Middlewares: huma.Middlewares{a.guard(r, hasBody)},
		SkipValidateBody: true,         // decodeInto is stricter, and never quotes a value
		MaxBodyBytes:     bodySize + 1, // huma refuses at its limit, we refuse beyond ours
		Responses:        a.refusals(r, hasBody),
		Security:         []map[string][]string{{"token": {}}},
		Extensions:       map[string]any{"x-ability": string(r.Ability), "x-roles": rolesWith(r.Ability)},
	}
	if hasBody {
		op.RequestBody = &huma.RequestBody{}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		q := ctx.Value(askedKey{}).(*asked) // guard put it there
		out, err := handle(ctx, q, in)
		if err != nil {
			id, _ := ctx.Value(idKey{}).(string)
			return nil, a.problemOf(err, r.Path, id)
		}
		return out, nil
	})
	if hasBody {
		op.RequestBody.Required = !r.NoBody
	}
}

type idKey struct{}

// guard looks at a call before its body and parameters are: what the asker may not
// see is not there, and only of what is there it says that it is forbidden.
func (a *API) guard(r route, hasBody bool) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		web := humaecho.Unwrap(ctx)
		q, err := a.allowed(ctx, r)
		if err == nil {
			err = checkQuery(web.Request())
		}
		if err == nil && hasBody {
			err = checkBody(web.Request())
		}
		if err != nil {
			a.answer(err, web)
			return
		}
		ctx = huma.WithValue(ctx, idKey{}, requestID(web.Response().Header()))
		next(huma.WithValue(ctx, askedKey{}, q))
	}
}

func (a *API) allowed(ctx huma.Context, r route) (*asked, error) {
	caller := ctx.Context().Value(askedKey{}).(*asked) // known put it there
	q := &asked{actor: caller.actor}
	if strings.Contains(r.Path, "{id}") {
		id, err := ownID(ctx.Param("id"))
		if err != nil {
			return nil, bm.Errorf(bm.NotFound, "There is no such business. An id is a number.")
		}
		load := a.Store.Business
		if r.Past {
			load = a.Store.PastBusiness
		}
		if q.business, err = load(ctx.Context(), q.actor.Scope, id); err != nil {
			return nil, err
		}
	}
	if strings.Contains(r.Path, "{platform}") {
		p, err := a.Connect.Platform(bm.PlatformName(ctx.Param("platform")))
		if err != nil {
			return nil, err
		}
		q.platform = p.Name()
	}
	if !q.actor.Can(r.Ability) {
		return nil, bm.Errorf(bm.Forbidden, "This token may not do this (%s). Its role is %s; use a token of another role.", r.Ability, q.actor.Role)
	}
	return q, nil
}

// ownID reads an id of ours as it is written, and in no other way.
func ownID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != s {
		return 0, strconv.ErrSyntax
	}
	return id, nil
}

// checkQuery refuses what would otherwise be dropped, or counted in part, without a
// word.
func checkQuery(r *http.Request) error {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "The parameters behind the ? cannot be read. Encode them and send them again.")
	}
	var wrong []bm.FieldError
	for _, name := range sortedKeys(values) {
		if len(values[name]) > 1 {
			wrong = append(wrong, bm.FieldError{Field: shown(name), Message: "This stands twice. Send it once."})
		}
	}
	return bm.InvalidFields(wrong)
}

// checkBody refuses by the headers what need not be read.
func checkBody(r *http.Request) error {
	if r.ContentLength > bodySize {
		return refuse(http.StatusRequestEntityTooLarge, tooLarge)
	}
	if r.ContentLength == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if r.Header.Get("Content-Type") != "" && (err != nil || kind != "application/json" || charset != "" && charset != "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, "Send the body as application/json in UTF-8.")
	}
	return nil
}

// refusals describes what a call may answer but for its success.
func (a *API) refusals(r route, hasBody bool) map[string]*huma.Response {
	list := append([]int{401, 403, 422, 500, 503}, r.Errors...)
	if strings.Contains(r.Path, "{id}") {
		list = append(list, 404)
	}
	if hasBody {
		list = append(list, 400, 413, 415)
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(problemModel, true, "")
	out := map[string]*huma.Response{}
	for _, status := range list {
		out[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
	}
	return out
}

// rolesWith names the roles that have an ability, for the docs.
func rolesWith(ability bm.Ability) []string {
	var list []string
	for _, role := range append(bm.Roles(), bm.RoleBot) {
		if a := (bm.Actor{Role: role}); a.Can(ability) {
			list = append(list, string(role))
		}
	}
	return list
}
