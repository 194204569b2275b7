package meta

import (
	"fmt"
	"strings"
	"unicode"

	"businessmanager/internal/bm"
)

// The checks notice what is surely another value, or surely harmed on the way.
// Meta promises no length and no alphabet for tokens and secrets, so everything
// else passes here and is proved elsewhere. No sentence quotes a value.

const (
	// maxCredential holds any token seen so far (about 250 characters) many times over.
	maxCredential = 4096
	// longToken is where a value that begins as Meta's tokens do, and has only
	// letters and digits, is taken for one. Real ones have 150 and more.
	longToken = 60
)

func checkAccessToken(v string) string {
	if s := checkPasted(v, "the access token"); s != "" {
		return s
	}
	switch {
	case isAppToken(v):
		return "This is an app's own token: an App ID, a bar and an app secret. The Page's access token is wanted here."
	case isAppSecret(v):
		return "This looks like an app secret. It belongs in the field App Secret Key."
	case isNumber(v):
		return "This looks like an App ID or a Page ID. The access token is a long row of letters and digits."
	}
	return checkOurs(v)
}

func checkAppSecret(v string) string {
	if s := checkPasted(v, "the app secret"); s != "" {
		return s
	}
	switch {
	case isAppToken(v):
		return "This is an App ID, a bar and a secret. Paste only what comes after the bar."
	case isToken(v):
		return "This looks like an access token. It belongs in the field Access Token."
	case isAppSecret(strings.ToLower(v)) && !isAppSecret(v):
		return "Meta writes app secrets in small letters. This one was changed on the way: copy it again."
	case isCutSecret(v):
		return "This is one character off an app secret, which has 32. Copy it again."
	case isNumber(v):
		return "This looks like an App ID. The app secret stands next to it at Meta, behind Show."
	}
	return checkOurs(v)
}

func checkChallengeKey(v string) string {
	if s := checkPasted(v, "the key"); s != "" {
		return s
	}
	switch {
	case isAppToken(v):
		return "This holds an app secret. The Secret Key is a value of its own: press Generate."
	case isToken(v):
		return "This looks like an access token. The Secret Key is a value of its own: press Generate."
	case strings.HasPrefix(v, "whsec_"):
		return "This looks like the bot's signing secret. The Secret Key is a value of its own: press Generate."
	}
	return bm.CheckChallengeKey(v)
}

// checkPasted notices what happens to any value on its way through the clipboard.
func checkPasted(v, what string) string {
	switch {
	case strings.TrimSpace(v) == "":
		return fmt.Sprintf("There is nothing to save. Paste %s.", what)
	case len(v) > maxCredential:
		return fmt.Sprintf("This is longer than %s can be. Copy only the value itself.", what)
	case strings.TrimSpace(v) != v:
		return fmt.Sprintf("There is white space around %s. Copy it again without.", what)
	case looksLikeURL(v):
		return fmt.Sprintf("This is a web address. Paste %s here.", what)
	case isQuoted(v):
		return fmt.Sprintf("There are quotes around %s. Copy only what stands between them.", what)
	case strings.HasPrefix(v, "Bearer ") || strings.HasPrefix(v, "access_token="):
		return "The words before the value were copied too. Copy only the value itself."
	case strings.ContainsFunc(v, unicode.IsSpace):
		return fmt.Sprintf("There is white space inside %s. It may have been copied across a line's end: copy it again.", what)
	case strings.ContainsFunc(v, func(r rune) bool { return r < 0x21 || r > 0x7e }):
		return fmt.Sprintf("There are characters in this that %s never has. Some programs change signs on copying: copy it again from its source.", what)
	}
	return ""
}

// checkOurs notices our own keys in Meta's fields; both beginnings are made in bm.
func checkOurs(v string) string {
	switch {
	case strings.HasPrefix(v, "bmk_"):
		return "This looks like the Secret Key that was generated here. It belongs in the field Secret Key."
	case strings.HasPrefix(v, "whsec_"):
		return "This looks like the bot's signing secret. It belongs to the bot, not to Meta."
	}
	return ""
}

// checkNumber serves both ids. 32 digits are more than any id of Meta's has; 19
// are the most that their own types hold.
func checkNumber(id, what, example, where string) string {
	wanted := fmt.Sprintf("%s is a number, such as %s. %s", what, example, where)
	bare := strings.TrimSpace(id)
	switch {
	case bare == "0":
		return "0 is the ID that Meta's Test button makes up. " + wanted
	case bare == "":
		return wanted
	case looksLikeURL(bare) || strings.Contains(bare, "/"):
		return "This is a web address. " + wanted
	case strings.HasPrefix(bare, "@"):
		return "This is a user name. " + wanted
	case bare != id:
		return "There is white space around the number. Copy it again without."
	case len(id) > 32:
		return "This is too long. " + wanted
	case !isDigits(id):
		return wanted
	}
	return ""
}

// VerifyTokenLooks says what a wrong verify token turned out to be, from its
// looks alone. Comparing it with stored values is intake's part.
func VerifyTokenLooks(v string) bm.HandshakeReason {
	v = strings.Trim(v, " \t\r\n\"'")
	switch {
	case isToken(v):
		return bm.AccessTokenSent
	case isAppSecret(v) || isAppToken(v):
		return bm.AppSecretSent
	case looksLikeURL(v):
		return bm.CallbackSent
	}
	return bm.WrongKey
}

// isToken: "EAA" and a long row of letters and digits. Page, user and system user
// tokens all begin so.
func isToken(v string) bool {
	return strings.HasPrefix(v, "EAA") && len(v) >= longToken && !strings.ContainsFunc(v, notAlphanumeric)
}

// isAppSecret: 32 hex digits in small letters, as Meta has always made them.
func isAppSecret(v string) bool { return len(v) == 32 && isLowerHex(v) && !isDigits(v) }

// isCutSecret: 31 or 33 hex digits. No machine makes secrets of odd lengths, and a
// missed or doubled character is what a mouse does.
func isCutSecret(v string) bool {
	return (len(v) == 31 || len(v) == 33) && isLowerHex(v) && !isDigits(v)
}

// isAppToken: "<app id>|<app secret>", an app access token.
func isAppToken(v string) bool {
	id, rest, ok := strings.Cut(v, "|")
	return ok && isNumber(id) && rest != ""
}

// isNumber: what Meta's ids look like. Ten digits are fewer than any app of today
// has; shorter numbers may be anything.
func isNumber(v string) bool { return len(v) >= 10 && len(v) <= 20 && isDigits(v) }

func looksLikeURL(v string) bool {
	v = strings.ToLower(v)
	return strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "www.")
}

// isQuoted: straight or typographic quotes at either end. No value of Meta's or
// ours begins or ends with one.
func isQuoted(v string) bool {
	const quotes = "\"'`“”„‟‘’‚‛«»‹›"
	first, last := []rune(v)[0], []rune(v)[len([]rune(v))-1]
	return strings.ContainsRune(quotes, first) || strings.ContainsRune(quotes, last)
}

func isLowerHex(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f')
	})
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
