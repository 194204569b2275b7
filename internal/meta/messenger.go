package meta

import (
	"net/http"

	"businessmanager/internal/bm"
)

// Messenger is Facebook Pages: object "page", page-scoped ids. It holds nothing.
type Messenger struct{}

var _ bm.Platform = Messenger{}

// Name is the platform as it stands in URLs.
func (Messenger) Name() bm.PlatformName { return bm.Facebook }

// Title is the name that people use.
func (Messenger) Title() string { return "Facebook" }

// Credentials are the three secrets of the form, in its order.
func (Messenger) Credentials() []bm.CredentialField {
	return []bm.CredentialField{
		{
			Name: bm.AccessToken, Label: "Access Token", Placeholder: "EAA…",
			Where: "At Meta, open your app, then Messenger, Settings, Access tokens, and press Generate next to the Page.",
			Check: checkAccessToken,
		},
		{
			Name: bm.AppSecret, Label: "App Secret Key", Placeholder: "32 letters and digits",
			Where: "At Meta, open your app, then App settings, Basic, and press Show next to App secret. Copy it and do not reset it: a reset stops every bot on this app.",
			Check: checkAppSecret,
		},
		{
			Name: bm.ChallengeKey, Label: "Secret Key", Placeholder: "Press Generate",
			Where: "Press Generate here. At Meta the same value is called Verify token.",
			Check: checkChallengeKey,
		},
	}
}

// CheckAccount says what is wrong with the shape of a Page ID.
func (Messenger) CheckAccount(id string) string {
	return checkNumber(id, "A Page ID", "104722918364501", "At Meta it stands on the Page under About, Page transparency.")
}

// CheckApp says what is wrong with the shape of an App ID.
func (Messenger) CheckApp(id string) string {
	return checkNumber(id, "An App ID", "555000111222333", "At Meta it stands at the top of the app's dashboard.")
}

// HasSignature tells whether a post carries X-Hub-Signature-256.
func (Messenger) HasSignature(h http.Header) bool { return hasSignature(h) }

// Signed tells whether a post's raw body was signed with this app secret.
func (Messenger) Signed(h http.Header, body []byte, appSecret bm.Secret) bool {
	return signed(h, body, appSecret)
}

// Cut takes a post apart into events; see the picture in doc.go.
func (Messenger) Cut(body []byte) ([]bm.Item, error) { return cut(body) }

// Looks says what a wrong verify token turned out to be, from its looks alone.
func (Messenger) Looks(token string) bm.HandshakeReason { return VerifyTokenLooks(token) }

// Read makes an event readable.
func (Messenger) Read(kind bm.EventKind, body []byte) bm.Reading { return Render(kind, body) }

// Mask hides the secrets in an event.
func (Messenger) Mask(body []byte) []byte { return Mask(body) }
