package meta

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// label makes "notification_messages_token" readable: "Notification messages token".
func label(name []byte) string { return capital(strings.ReplaceAll(string(name), "_", " ")) }

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// join puts a part's name behind that of its whole: "Quick reply, payload".
func join(whole, part string) string {
	if whole == "" {
		return part
	}
	return whole + ", " + strings.ToLower(part)
}

// line brings a text to one line of a summary.
func line(s string) string {
	return clean(strings.Join(strings.Fields(clean(s, maxValue)), " "), maxSummary)
}

// clean keeps what can be shown: valid UTF-8, no control characters but line
// breaks and tabs, none that turn the direction of the page around it, at most
// limit characters.
func clean(s string, limit int) string {
	if len(s) > 4*limit+utf8.UTFMax {
		s = s[:4*limit+utf8.UTFMax] // no more bytes can fit; ToValidUTF8 mends the cut
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	if n := utf8.RuneCountInString(s); n > limit {
		return string([]rune(s)[:limit-1]) + "…"
	}
	return s
}
