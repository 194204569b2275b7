package bm

import (
	"fmt"
	"strings"
	"time"
)

// Business is what end users talk to.
type Business struct {
	ID          int64
	PartnerID   int64
	PartnerName string
	Name        string
	ViaName     string // short unique handle
	Languages   string // as typed: "en, de"
	Notes       string // for support
	Active      bool   // off pauses every deployment
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// CheckViaName says what is wrong with a via name: 3 to 64 of a-z 0-9 _ -.
func CheckViaName(v string) error {
	if len(v) < 3 || len(v) > 64 {
		return InvalidField("via_name", "A via name has 3 to 64 characters.")
	}
	for _, r := range v {
		if r != '_' && r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return InvalidField("via_name", "A via name has only a to z, 0 to 9, _ and -.")
		}
	}
	return nil
}

// ViaNameFrom makes a via name from a folded name (lower case, accents removed):
// "bella napoli" becomes "bella_napoli". It always makes a valid one.
func ViaNameFrom(folded string) string {
	var b strings.Builder
	gap := false
	for _, r := range folded {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			gap = false
		} else {
			gap = true
		}
		if b.Len() >= 56 {
			break
		}
	}
	v := b.String()
	if v == "" {
		v = "business"
	}
	for len(v) < 3 {
		v += "_"
	}
	return v
}

// ViaNameAgain gives the nth variant of a via name that is taken: "acme_2".
func ViaNameAgain(v string, n int) string { return fmt.Sprintf("%s_%d", v, n) }
