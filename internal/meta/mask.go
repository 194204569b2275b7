package meta

// hidden stands wherever an event holds a secret and a person looks at it.
const hidden = "[hidden]"

// isSecretName tells the members whose values are capabilities: who has them can
// send to the person, sign in as them, or pay (reference, 3.5).
func isSecretName(name []byte) bool {
	switch string(name) {
	case "notification_messages_token", "one_time_notif_token", "authorization_code",
		"access_token", "app_secret", "client_secret", "verify_token",
		"tokenized_card", "tokenized_cvv":
		return true
	}
	return false
}

// Mask gives an event's bytes with the secrets in them replaced, for showing. What
// is stored and delivered is the original. Wherever a secret's name stands, at any
// depth, its whole value goes. null stays: it tells that there was none.
func Mask(body []byte) []byte {
	out := make([]byte, 0, len(body))
	done := 0 // how much of body has been dealt with
	for i := 0; i < len(body); {
		if body[i] != '"' {
			i++
			continue
		}
		end := skipString(body, i)
		rest := trimLeft(body[end:])
		if len(rest) == 0 || rest[0] != ':' || !isSecretName(unescaped(body[i:end])) {
			i = end
			continue
		}
		value := trimLeft(rest[1:])
		start := len(body) - len(value)
		i = start + skip(value)
		if isNull(body[start:i]) {
			continue
		}
		out = append(append(out, body[done:start]...), `"`+hidden+`"`...)
		done = i
	}
	return append(out, body[done:]...)
}
