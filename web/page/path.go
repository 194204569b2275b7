package page

import (
	"net/url"
	"strconv"
)

// The addresses of the console. Pages, and the console where it redirects,
// take them from here; the console's route table spells the same patterns.
const (
	PathBusinesses    = "/businesses"
	PathBusinessNew   = "/businesses/new"
	PathSignIn        = "/signin"
	PathSignOut       = "/signout"
	PathLink          = "/link"
	PathInvitation    = "/invitation"
	PathProfile       = "/profile"
	PathSessionEnd    = "/profile/sessions/end"
	PathSessionEndAll = "/profile/sessions/end-all"
	PathPassword      = "/profile/password"
	PathAppearance    = "/appearance"
	PathGallery       = "/gallery"
)

func number(id int64) string { return strconv.FormatInt(id, 10) }

// PathBusiness is general settings: GET shows, POST saves.
func PathBusiness(id int64) string { return PathBusinesses + "/" + number(id) }

// PathBusinessActive takes the active switch of a business.
func PathBusinessActive(id int64) string { return PathBusiness(id) + "/active" }

// PathBusinessRemove takes the removal, with the via name typed.
func PathBusinessRemove(id int64) string { return PathBusiness(id) + "/remove" }

// PathActivity is the audit of a business.
func PathActivity(id int64) string { return PathBusiness(id) + "/activity" }

// PathChannels lists the platforms of a business.
func PathChannels(id int64) string { return PathBusiness(id) + "/channels" }

// PathDeployment is a platform of a business: GET shows, POST sets it up.
func PathDeployment(id int64, platform string) string {
	return PathChannels(id) + "/" + url.PathEscape(platform)
}

// The parts of a deployment page: fragments that refresh themselves (GET) and
// acts (POST).
const (
	PartStanding    = "standing"    // GET
	PartChecks      = "checks"      // GET
	PartGuide       = "guide"       // GET, where GuideView has its Place
	PartHandshakes  = "handshakes"  // GET
	PartRefusals    = "refusals"    // GET
	PartActive      = "active"      // POST active=true|false
	PartCredentials = "credentials" // POST the credentials form
	PartGenerate    = "generate"    // POST; a partial request answers ChallengeField
	PartRemove      = "remove"      // POST field=access_token|app_secret|challenge_key
	PartBot         = "bot"         // POST bot_url, bot_events
)

// PathDeploymentPart is a fragment or an act of a deployment.
func PathDeploymentPart(id int64, platform, part string) string {
	return PathDeployment(id, platform) + "/" + part
}

// PathEvents is the event log of a business.
func PathEvents(id int64) string { return PathBusiness(id) + "/events" }

// PathEventRows is the fragment with the newest rows.
func PathEventRows(id int64) string { return PathEvents(id) + "/rows" }

// PathEvent is one event.
func PathEvent(id int64, event string) string { return PathEvents(id) + "/" + url.PathEscape(event) }

func (p Place) part(part string) string { return PathDeploymentPart(p.Business, p.Platform, part) }
