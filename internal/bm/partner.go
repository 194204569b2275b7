package bm

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Partner is a customer organisation that owns businesses: the tenant.
type Partner struct {
	ID        int64
	Name      string
	CreatedAt time.Time
}

// CheckName trims a name of a partner, business or person and says what is wrong with it.
func CheckName(field, what, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", InvalidField(field, "Give the %s a name.", what)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		return "", InvalidField(field, "The name holds characters that cannot be shown. Type it again.")
	case utf8.RuneCountInString(name) > 120:
		return "", InvalidField(field, "The name has %d characters. Up to 120 fit.", utf8.RuneCountInString(name))
	}
	return name, nil
}

// isControl finds what has no business in a name: control characters, and the
// marks that turn the direction of writing and so make one name look like another.
func isControl(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == utf8.RuneError
}
