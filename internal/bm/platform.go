package bm

import (
	"net/http"
	"time"
)

// PlatformName is a platform as it stands in URLs, the API and the database.
type PlatformName string

// Facebook is Messenger: Pages, page-scoped ids, Meta's envelope.
const Facebook PlatformName = "facebook"

// CredentialName names one secret of a deployment, as in the API and the database.
type CredentialName string

// The credentials. Which of them a platform has is told by its Fields; the bot
// secret is ours and every deployment has it.
const (
	AccessToken  CredentialName = "access_token"
	AppSecret    CredentialName = "app_secret"
	ChallengeKey CredentialName = "challenge_key"
	BotSecret    CredentialName = "bot_secret"
)

// CredentialField is one secret that a platform's form asks for.
type CredentialField struct {
	Name        CredentialName
	Label       string
	Placeholder string
	Where       string // where a person finds it, as a finished sentence
	// Check says what is wrong with the shape of a pasted value, as a finished
	// sentence, or nothing. It never quotes the value.
	Check func(value string) string
}

// Platform is all that the rest of the house needs to know of one platform.
type Platform interface {
	Name() PlatformName
	// Title is the name that people use.
	Title() string
	// Credentials are the secrets of a deployment, in the order of the form.
	Credentials() []CredentialField
	// CheckAccount and CheckApp say what is wrong with the shape of an account id
	// (Page ID) or app id, as a finished sentence, or nothing.
	CheckAccount(id string) string
	CheckApp(id string) string
	// Signed tells whether a post's raw body was signed with this app secret.
	// A missing signature is a wrong one.
	Signed(h http.Header, body []byte, appSecret Secret) bool
	// HasSignature tells whether a post carries a signature of the kind that counts.
	HasSignature(h http.Header) bool
	// Cut takes a post apart into events, in the order in which they stand. It
	// fails only on what is not JSON: the unknown is kept whole, never dropped.
	Cut(body []byte) ([]Item, error)
	// Looks says what a wrong verify token turned out to be, from its looks alone.
	Looks(token string) HandshakeReason
	// Read makes an event readable. The secrets in it are hidden.
	Read(kind EventKind, body []byte) Reading
	// Mask gives an event's bytes with the secrets in them replaced, for showing;
	// what is stored and delivered stays as it came.
	Mask(body []byte) []byte
}

// Reading is an event as a person reads it: plain text, nothing escaped, the
// secrets hidden. Whoever draws it escapes it for its page.
type Reading struct {
	Summary     string // one line, at most 200 characters, never empty
	Rows        []ReadingRow
	Attachments []Attachment
}

// ReadingRow is one value of an event.
type ReadingRow struct {
	Name, Value string
	Code        bool // an id, a number or a developer's own word rather than language
}

// Attachment is one thing that came with a message. URL is empty unless it is
// http or https: no other link may reach a page.
type Attachment struct{ Type, Title, URL string }

// Item is one event as it was cut from a post, before it has an owner.
type Item struct {
	Kind EventKind
	// Account is the entry's id: a Page ID. Empty where the post names none;
	// "0" where a dashboard's Test button made it up.
	Account string
	// Person is the page-scoped id of the person, also for echoes; empty for
	// what has no person.
	Person string
	// OccurredAt is the platform's own time to the millisecond; zero where there is none.
	OccurredAt time.Time
	// Key tells a repeat from another event of the same account.
	Key string
	// MessageID is the platform's id of the message that it is or speaks of; may be empty.
	MessageID string
	// Standby says that another app held the conversation.
	Standby bool
	// Body is the platform's own object, byte for byte.
	Body []byte
	// Around is what stood in the envelope beside the items and is not said
	// above, as a JSON object; nil where there was nothing more. Only the first
	// item of a post or entry carries it.
	Around []byte
}
