package bm

import "slices"

// Role is what a person or a token is, in the installation.
type Role string

// The roles.
const (
	RoleOwner   Role = "owner"   // the installation: everything, every partner
	RoleAdmin   Role = "admin"   // the businesses of their partners
	RoleSupport Role = "support" // looks up and diagnoses; never a secret, never a change
	RoleBot     Role = "bot"     // a token: reads the events of named businesses
)

// Ability is one thing that somebody may do. Routes ask for abilities, never for roles.
type Ability string

// The abilities. Public and SignedIn are asked of routes that need no more than that.
const (
	Public            Ability = "public"
	SignedIn          Ability = "signed in"
	SeeBusinesses     Ability = "see businesses"
	ReadConversations Ability = "read conversations" // what people wrote
	SeeEvents         Ability = "see events"         // kinds, times, sizes, states
	EditBusinesses    Ability = "edit businesses"
	ReplaceSecrets    Ability = "replace secrets"
	SwitchDeployments Ability = "switch deployments" // pause and resume
	SeeAudit          Ability = "see audit"
	ManagePartners    Ability = "manage partners"
	SeePartners       Ability = "see partners"
)

// abilitiesOf is the whole law of who may do what.
func abilitiesOf(r Role) []Ability {
	switch r {
	case RoleOwner:
		return []Ability{
			Public, SignedIn, SeeBusinesses, ReadConversations, SeeEvents, EditBusinesses,
			ReplaceSecrets, SwitchDeployments, SeeAudit, SeePartners, ManagePartners,
		}
	case RoleAdmin:
		return []Ability{
			Public, SignedIn, SeeBusinesses, ReadConversations, SeeEvents, EditBusinesses,
			ReplaceSecrets, SwitchDeployments, SeeAudit, SeePartners,
		}
	case RoleSupport:
		return []Ability{Public, SignedIn, SeeBusinesses, SeeEvents, SeeAudit, SeePartners}
	case RoleBot:
		return []Ability{Public, SignedIn, SeeEvents, ReadConversations}
	}
	return []Ability{Public}
}

// Roles lists the roles that a person can have.
func Roles() []Role { return []Role{RoleOwner, RoleAdmin, RoleSupport} }

// ParseRole reads a role of a person.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", InvalidField("role", "A role is owner, admin or support, not %q.", s)
}

// Scope is how far somebody can see: every partner, or the named ones; and for a
// bot's token, only the named businesses.
type Scope struct {
	AllPartners bool
	Partners    []int64
	// Businesses limits further when it is not nil, as a bot's token is.
	Businesses []int64
}

// Everything is the scope of the installation's own work.
func Everything() Scope { return Scope{AllPartners: true} }

// Allows tells whether a business of a partner is in sight.
func (s Scope) Allows(partner, business int64) bool {
	if s.Businesses != nil && !slices.Contains(s.Businesses, business) {
		return false
	}
	return s.AllPartners || slices.Contains(s.Partners, partner)
}

// ActorKind says what sort of author an act has.
type ActorKind string

// The kinds of author.
const (
	ActorPerson ActorKind = "person"
	ActorToken  ActorKind = "token"
	ActorSystem ActorKind = "system" // a command on the server, or the product itself
)

// Actor is who does something: the author of every write and the reader of every
// page. The zero Actor may do nothing but what is public.
type Actor struct {
	Kind    ActorKind
	ID      int64
	Name    string // as the audit names them
	Email   string
	Role    Role
	Scope   Scope
	Address string // network address, for the audit
}

// System is the author of what a command or the product itself does.
func System(name string) Actor {
	return Actor{Kind: ActorSystem, Name: name, Role: RoleOwner, Scope: Everything()}
}

// Can tells whether the actor has an ability.
func (a Actor) Can(ability Ability) bool {
	return slices.Contains(abilitiesOf(a.Role), ability)
}

// Must is nil when the actor has an ability, and the refusal otherwise.
func (a Actor) Must(ability Ability) error {
	if a.Can(ability) {
		return nil
	}
	if a.Role == "" {
		return Errorf(SignedOut, "Sign in to go on.")
	}
	return Errorf(Forbidden, "Your role does not allow this (%s). An owner can change what you may do.", ability)
}
