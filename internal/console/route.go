package console

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
	"businessmanager/web/page"
)

// handle answers a call, or says what went wrong.
type handle func(c *call) error

// route is one line of the table of everything that can be asked for. A line
// without an ability does not come up.
type route struct {
	Method string
	Path   string
	Needs  bm.Ability
	Handle handle
	// Quiet is for what a page asks by itself: it does not keep a session alive.
	Quiet bool
	// Stream is for what stays open: it has no limit of time.
	Stream bool
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// The patterns of what has a variable piece; page.Path… gives the addresses.
const (
	pathBusiness   = page.PathBusinesses + "/:business"
	pathDeployment = pathBusiness + "/channels/:platform"
	pathPart       = pathDeployment + "/"
)

// routes is the table. Its lines, and what each role gets from each of them, are
// golden files in testdata.
func (k *Console) routes() []route {
	all := []route{
		{Method: get, Path: "/", Needs: bm.SignedIn, Handle: home},
		{Method: get, Path: page.PathSignIn, Needs: bm.Public, Handle: showSignIn},
		{Method: post, Path: page.PathSignIn, Needs: bm.Public, Handle: signIn},
		{Method: post, Path: page.PathSignOut, Needs: bm.Public, Handle: signOut},
		{Method: get, Path: page.PathLink + "/:token", Needs: bm.Public, Handle: showLink},
		{Method: post, Path: page.PathLink, Needs: bm.Public, Handle: useLink},
		{Method: post, Path: page.PathInvitation, Needs: bm.Public, Handle: useInvitation},
		{Method: get, Path: page.PathProfile, Needs: bm.SignedIn, Handle: showProfile},
		{Method: post, Path: page.PathSessionEnd, Needs: bm.SignedIn, Handle: endSession},
		{Method: post, Path: page.PathSessionEndAll, Needs: bm.SignedIn, Handle: endSessions},
		{Method: post, Path: page.PathPassword, Needs: bm.SignedIn, Handle: changePassword},
		{Method: post, Path: page.PathAppearance, Needs: bm.SignedIn, Handle: chooseAppearance},

		{Method: get, Path: page.PathBusinesses, Needs: bm.SeeBusinesses, Handle: listBusinesses},
		{Method: get, Path: page.PathBusinessNew, Needs: bm.EditBusinesses, Handle: newBusiness},
		{Method: post, Path: page.PathBusinesses, Needs: bm.EditBusinesses, Handle: createBusiness},
		{Method: get, Path: pathBusiness, Needs: bm.SeeBusinesses, Handle: business(showBusiness)},
		{Method: post, Path: pathBusiness, Needs: bm.EditBusinesses, Handle: business(saveBusiness)},
		{Method: post, Path: pathBusiness + "/active", Needs: bm.SwitchDeployments, Handle: business(switchBusiness)},
		{Method: post, Path: pathBusiness + "/remove", Needs: bm.EditBusinesses, Handle: business(removeBusiness)},
		{Method: get, Path: pathBusiness + "/activity", Needs: bm.SeeAudit, Handle: past(showActivity)},

		{Method: get, Path: pathBusiness + "/channels", Needs: bm.SeeBusinesses, Handle: business(showChannels)},
		{Method: get, Path: pathDeployment, Needs: bm.SeeBusinesses, Handle: business(showDeployment)},
		{Method: post, Path: pathDeployment, Needs: bm.EditBusinesses, Handle: business(setUpDeployment)},
		{Method: get, Path: pathPart + page.PartStanding, Needs: bm.SeeBusinesses, Handle: deployment(showStanding), Quiet: true},
		{Method: get, Path: pathPart + page.PartChecks, Needs: bm.SeeBusinesses, Handle: deployment(showChecks), Quiet: true},
		{Method: get, Path: pathPart + page.PartGuide, Needs: bm.SeeBusinesses, Handle: deployment(showGuide), Quiet: true},
		{Method: get, Path: pathPart + page.PartHandshakes, Needs: bm.SeeBusinesses, Handle: deployment(showHandshakes), Quiet: true},
		{Method: get, Path: pathPart + page.PartRefusals, Needs: bm.SeeBusinesses, Handle: deployment(showRefusals), Quiet: true},
		{Method: post, Path: pathPart + page.PartActive, Needs: bm.SwitchDeployments, Handle: deployment(switchDeployment)},
		{Method: post, Path: pathPart + page.PartCredentials, Needs: bm.ReplaceSecrets, Handle: deployment(saveCredentials)},
		{Method: post, Path: pathPart + page.PartGenerate, Needs: bm.ReplaceSecrets, Handle: deployment(generateKey)},
		{Method: post, Path: pathPart + page.PartRemove, Needs: bm.ReplaceSecrets, Handle: deployment(removeCredential)},

		{Method: get, Path: pathBusiness + "/events", Needs: bm.SeeEvents, Handle: past(listEvents)},
		{Method: get, Path: pathBusiness + "/events/rows", Needs: bm.SeeEvents, Handle: past(showEventRows), Quiet: true},
		{Method: get, Path: pathBusiness + "/events/:event", Needs: bm.SeeEvents, Handle: past(showEvent)},
		{Method: get, Path: pathLive, Needs: bm.SeeBusinesses, Handle: live, Quiet: true, Stream: true},
	}
	if k.Environment == "development" {
		all = append(all,
			route{Method: get, Path: page.PathGallery, Needs: bm.Public, Handle: showGallery},
			route{Method: get, Path: page.PathGallery + "/:sample", Needs: bm.Public, Handle: showSample})
	}
	// What is nowhere in the table is a page as well, with the frame of whoever asks.
	return append(all, route{Method: echo.RouteNotFound, Path: "/*", Needs: bm.Public, Handle: nothing})
}

// business has the business of the path loaded, as far as the actor can see. What
// they cannot see is not there.
func business(f func(c *call, b bm.Business) error) handle {
	return businessBy((*store.Store).Business, f)
}

// past is business, also for one that was removed: what it did stays readable.
func past(f func(c *call, b bm.Business) error) handle {
	return businessBy((*store.Store).PastBusiness, f)
}

func businessBy(load func(*store.Store, context.Context, bm.Scope, int64) (bm.Business, error), f func(c *call, b bm.Business) error) handle {
	return func(c *call) error {
		id, err := strconv.ParseInt(c.param("business"), 10, 64)
		if err != nil {
			return bm.Errorf(bm.NotFound, "A Business ID is a number, and this is none.")
		}
		b, err := load(c.Store, c.ctx(), c.actor.Scope, id)
		if err != nil {
			return err
		}
		return f(c, b)
	}
}

// deployment has the business and its deployment of the path loaded.
func deployment(f func(c *call, b bm.Business, d bm.Deployment) error) handle {
	return business(func(c *call, b bm.Business) error {
		d, err := c.Store.Deployment(c.ctx(), c.actor.Scope, b.ID, bm.PlatformName(c.param("platform")))
		if err != nil {
			return err
		}
		return f(c, b, d)
	})
}

// serve puts the guard before a route: session, ability, form. It refuses to
// start on a line that names no ability.
func (k *Console) serve(r route) echo.HandlerFunc {
	if r.Needs == "" || r.Handle == nil {
		panic(fmt.Sprintf("console: route %s %s names no ability or no handler", r.Method, r.Path))
	}
	return func(ec echo.Context) error {
		if !r.Stream {
			ctx, cancel := context.WithTimeout(ec.Request().Context(), pageTime)
			defer cancel()
			whole := ec.Request()
			ec.SetRequest(whole.WithContext(ctx))
			defer ec.SetRequest(whole) // what ran out of time still gets a page that says so
		}
		c := &call{Console: k, web: ec, route: r}
		ec.Set(keyCall, c)
		if err := c.openSession(); err != nil {
			return err
		}
		if err := c.actor.Must(r.Needs); err != nil {
			return err
		}
		if m := r.Method; m != get && m != echo.RouteNotFound {
			if err := c.readForm(); err != nil {
				return err
			}
		}
		return r.Handle(c)
	}
}

func home(c *call) error { return c.redirect(page.PathBusinesses) }

func nothing(*call) error { return &refusal{status: http.StatusNotFound} }
