package store

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// What is longer was not typed to find a name; the beginning of it is looked for.
const (
	probeRunes = 200
	probeWords = 8
	// probeNear is how many near words stand in for one with a slip.
	probeNear = 20
)

// probe is a text made ready to be looked for.
type probe struct {
	text   string // trimmed and cut
	folded string
	words  []token
	// What the text may be, as it was pasted; empty where it cannot be that.
	number   int64
	digits   string
	callback string
	event    *bm.EventKey
	// near gives the dictionary's words that are a slip or two from each word.
	near   [][]string
	looked bool
}

func newProbe(text string) *probe {
	text = strings.TrimSpace(strings.ToValidUTF8(text, " "))
	if utf8.RuneCountInString(text) > probeRunes {
		text = string([]rune(text)[:probeRunes])
	}
	text = strings.ReplaceAll(text, "\x00", " ")
	p := &probe{text: text}
	p.identify(strings.Trim(text, "\"'<>(),;. #"))
	for _, t := range tokens(text) {
		if !slices.ContainsFunc(p.words, func(w token) bool { return w.word == t.word }) && len(p.words) < probeWords {
			p.words = append(p.words, t)
		}
	}
	p.folded = Fold(text)
	return p
}

// identify sees what a pasted text is, by its shape.
func (p *probe) identify(text string) {
	if digits := strings.ReplaceAll(text, " ", ""); digits != "" && strings.Trim(digits, "0123456789") == "" {
		p.digits = digits
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
			p.number = n
		}
		return
	}
	if k, err := bm.ParseEventID(strings.ToLower(text)); err == nil {
		p.event = &k
	}
	// As pasted: with or without scheme, query and slash at its end.
	bare, _, _ := strings.Cut(text, "?")
	last := path.Base(bare)
	// A callback id is 16 bytes in base64: 22 characters.
	if len(last) >= 22 && !strings.ContainsAny(last, " \t/") {
		p.callback = last
	}
}

// The tiers, in the order in which their matches come; see SearchBusinesses.
const (
	tierAll       = 0 // without a text the only one
	tierIdentity  = 0
	tierBeginning = 1
	tierWords     = 2
	tierPartner   = 3
	tierSlips     = 4
	tierCount     = 5
)

// condition adds its arguments to a statement and gives its SQL.
type condition func(st *statement) string

type tier struct {
	byName    bool
	needsNear bool
	condition func(p *probe) (condition, bool)
}

// tiers lists what is to be gone through.
func (p *probe) tiers() []tier {
	if p.text == "" {
		return []tier{{condition: func(*probe) (condition, bool) { return nil, true }}}
	}
	return []tier{
		tierIdentity:  {condition: func(p *probe) (condition, bool) { return p.identity, true }},
		tierBeginning: {byName: true, condition: (*probe).beginning},
		tierWords: {condition: func(p *probe) (condition, bool) {
			return p.matching(p.own, p.beginningAlone), len(p.words) > 0
		}},
		tierPartner: {condition: func(p *probe) (condition, bool) {
			return p.matching(p.any, p.own), len(p.words) > 0
		}},
		tierSlips: {needsNear: true, condition: func(p *probe) (condition, bool) {
			return p.matching(p.slipped, p.any), slices.ContainsFunc(p.near, func(n []string) bool { return len(n) > 0 })
		}},
	}
}

// whole gives conditions that together find each match of all tiers once.
func (p *probe) whole() []condition {
	switch {
	case p.text == "":
		return []condition{nil}
	case len(p.words) == 0:
		return []condition{p.identity}
	}
	return []condition{p.identity, p.matching(p.slipped, nil)}
}

// identity finds by what names one business, or the few of one app. Each part is
// one look-up in a unique or partial index.
func (p *probe) identity(st *statement) string { return "s.id IN (" + p.identities(st) + ")" }

func (p *probe) identities(st *statement) string {
	const live = `SELECT business_id FROM deployments WHERE removed_at IS NULL AND `
	parts := []string{`SELECT id FROM businesses WHERE via_name = ` + st.arg(strings.ToLower(p.text))}
	if p.number > 0 {
		parts = append(parts, `SELECT `+st.arg(p.number)+`::bigint`)
	}
	if p.digits != "" {
		d := st.arg(p.digits)
		parts = append(parts, live+`account_id <> '' AND account_id = `+d, live+`app_id <> '' AND app_id = `+d)
	}
	if p.callback != "" {
		parts = append(parts, live+`callback_id = `+st.arg(p.callback))
	}
	if p.event != nil {
		parts = append(parts, `SELECT business_id FROM events WHERE occurred_at = `+st.arg(p.event.OccurredAt)+` AND digest = `+st.arg(p.event.Digest))
	}
	return strings.Join(parts, " UNION ALL ")
}

// beginning finds names that begin with the text.
func (p *probe) beginning() (condition, bool) {
	return func(st *statement) string {
		return p.beginningAlone(st) + " AND s.id NOT IN (" + p.identities(st) + ")"
	}, p.folded != ""
}

// beginningAlone is a range of search_entries_name_idx: U+10FFFF comes after
// whatever a name goes on with.
func (p *probe) beginningAlone(st *statement) string {
	return "(s.name >= " + st.arg(p.folded) + " AND s.name < " + st.arg(p.folded+"\U0010ffff") + ")"
}

// matching finds entries by their words, without those of identity and of an
// earlier condition.
func (p *probe) matching(cond, without condition) condition {
	return func(st *statement) string {
		sql := cond(st) + " AND s.id NOT IN (" + p.identities(st) + ")"
		if without != nil {
			sql += " AND NOT " + without(st)
		}
		return sql
	}
}

// own wants every word in name or via name; any also in the partner's name;
// slipped takes near words for words.
func (p *probe) own(st *statement) string {
	return p.lexemes(st, func(i int) []string { return []string{beginning("", p.words[i].word)} })
}

func (p *probe) any(st *statement) string {
	return p.lexemes(st, func(i int) []string {
		return []string{beginning("", p.words[i].word), beginning(partnerMark, p.words[i].word)}
	})
}

func (p *probe) slipped(st *statement) string {
	return p.lexemes(st, func(i int) []string {
		list := []string{beginning("", p.words[i].word), beginning(partnerMark, p.words[i].word)}
		for _, w := range p.near[i] {
			list = append(list, lexeme(w), lexeme(partnerMark+w))
		}
		return list
	})
}

func (p *probe) lexemes(st *statement, of func(i int) []string) string {
	all := make([]string, len(p.words))
	for i := range p.words {
		all[i] = "(" + strings.Join(of(i), " | ") + ")"
	}
	return "s.words @@ " + st.arg(strings.Join(all, " & ")) + "::text::tsquery"
}

// beginning gives the lexeme for words that begin with one: a key of its own up to
// three letters, a range of words from there on.
func beginning(mark, word string) string {
	if utf8.RuneCountInString(word) <= beginRunes {
		return lexeme(mark + beginMark + word)
	}
	return lexeme(mark+word) + ":*"
}

// lexeme quotes for tsquery. Folded words hold letters, digits and marks only.
func lexeme(word string) string { return "'" + word + "'" }

// By search_words_slips_idx.
const nearWords = `SELECT word FROM search_words WHERE slips && $1::bigint[]`

// addNear looks up the words that are a slip or two from those of the text.
func (p *probe) addNear(ctx context.Context, tx pgx.Tx) error {
	if p.looked {
		return nil
	}
	p.looked, p.near = true, make([][]string, len(p.words))
	for i := range p.words {
		typed := []rune(p.words[i].word)
		limit := slipsAllowed(typed)
		if limit == 0 {
			continue
		}
		rows, err := tx.Query(ctx, nearWords, remains(typed, limit))
		if err != nil {
			return err
		}
		words, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		p.near[i] = nearest(typed, words, limit)
	}
	return nil
}

// nearest keeps the nearest words, and of equally near ones those that keep the
// first letter, which is seldom the wrong one.
func nearest(typed []rune, words []string, limit int) []string {
	type near struct {
		word  string
		slips int
		first int
	}
	var list []near
	for _, w := range words {
		r := []rune(w)
		if n := slipsBetween(typed, r, limit); n > 0 && n <= limit {
			first := 1
			if r[0] == typed[0] {
				first = 0
			}
			list = append(list, near{w, n, first})
		}
	}
	slices.SortFunc(list, func(a, b near) int {
		if a.slips != b.slips {
			return a.slips - b.slips
		}
		if a.first != b.first {
			return a.first - b.first
		}
		return strings.Compare(a.word, b.word)
	})
	out := make([]string, 0, probeNear)
	for _, n := range list[:min(len(list), probeNear)] {
		out = append(out, n.word)
	}
	return out
}
