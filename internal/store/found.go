package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// Span is a range of bytes in a text, for marking what was found.
type Span struct{ From, To int }

// fill reads what a page shows of the businesses that were found, in their order.
func fill(ctx context.Context, tx pgx.Tx, p *probe, found []match) ([]BusinessRow, error) {
	if len(found) == 0 {
		return nil, nil
	}
	// These statements are the same whatever was asked, and their plans too.
	if _, err := tx.Exec(ctx, `SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`); err != nil {
		return nil, err
	}
	ids := make([]int64, len(found))
	for i := range found {
		ids[i] = found[i].id
	}
	rows, err := tx.Query(ctx, `
		SELECT `+businessColumns+`,
		       `+isIn(StateFailing)+`, `+isIn(StateSilent)+`, `+isIn(StateNeverConnected)+`, `+isIn(StatePaused)+`
		FROM unnest($1::bigint[]) WITH ORDINALITY AS s (id, place)
		JOIN businesses b ON b.id = s.id
		JOIN partners p ON p.id = b.partner_id
		ORDER BY s.place`, ids)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanRow)
	if err != nil {
		return list, err
	}
	sums, err := summaries(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range list {
		for _, d := range sums {
			if d.businessID == list[i].Business.ID {
				list[i].Deployments = append(list[i].Deployments, d)
			}
		}
		if p.text != "" {
			p.explain(&list[i], found[i].tier)
		}
	}
	return list, nil
}

// scanRow reads a business and which of the states it is in.
func scanRow(row pgx.CollectableRow) (r BusinessRow, err error) {
	var in [4]bool
	b := &r.Business
	err = row.Scan(&b.ID, &b.PartnerID, &b.PartnerName, &b.Name, &b.ViaName, &b.Languages, &b.Notes, &b.Active, &b.CreatedAt, &b.UpdatedAt,
		&in[0], &in[1], &in[2], &in[3])
	b.CreatedAt, b.UpdatedAt = b.CreatedAt.UTC(), b.UpdatedAt.UTC()
	for i, state := range BusinessStates() {
		if in[i] {
			r.States = append(r.States, state)
		}
	}
	return r, err
}

const (
	viaWord  = "Via name"
	bothWord = "Name and via name"
)

// explain says why a business was found.
func (p *probe) explain(r *BusinessRow, tier int) {
	name, via, partner := p.in(r.Business.Name), p.in(r.Business.ViaName), p.in(r.Business.PartnerName)
	r.NameHits, r.ViaHits = name.spans(), via.spans()
	if tier == tierIdentity {
		r.FoundBy, r.FoundHow = p.identified(r), exact.String()
		switch {
		case r.FoundBy != viaWord:
			r.NameHits, r.ViaHits = nil, nil
		case name.worst() <= accents:
			r.FoundBy, r.FoundHow = bothWord, name.worst().String()
		}
		return
	}
	how := closeness(0)
	switch n, v := name.worst(), via.worst(); {
	case n < missed && n.likeness() == v.likeness():
		r.FoundBy, how = bothWord, n
	case n < missed && n <= v:
		r.FoundBy, how = "Name", n
	case v < missed:
		r.FoundBy, how = viaWord, v
	default:
		r.FoundBy, how = together(name, via, partner)
		r.PartnerHits = partner.spans()
	}
	r.FoundHow = how.String()
}

// together explains words that no field has all of: each counts where it is nearest.
func together(name, via, partner fieldHits) (by string, how closeness) {
	var in [3]bool
	for i := range name {
		best, at := missed, -1
		for f, field := range []fieldHits{name, via, partner} {
			if field[i].how < best {
				best, at = field[i].how, f
			}
		}
		if at >= 0 {
			in[at] = true
			how = max(how, best)
		}
	}
	var list []string
	for f, word := range []string{"name", "via name", "partner"} {
		if in[f] {
			list = append(list, word)
		}
	}
	by = strings.Join(list, " and ")
	if len(list) == 3 {
		by = "name, via name and partner"
	}
	if by != "" {
		by = strings.ToUpper(by[:1]) + by[1:]
	}
	return by, how
}

// identified says which identity the text is.
func (p *probe) identified(r *BusinessRow) string {
	if p.number > 0 && p.number == r.Business.ID {
		return "Business ID"
	}
	for _, d := range r.Deployments {
		switch {
		case p.digits != "" && d.AccountID == p.digits:
			return accountWord(d.Platform)
		case p.digits != "" && d.AppID == p.digits:
			return "App ID"
		case p.callback != "" && d.callbackID == p.callback:
			return "Callback URL"
		}
	}
	if strings.EqualFold(p.text, r.Business.ViaName) {
		return viaWord
	}
	return "Event ID"
}

// accountWord names the account of a platform as people know it.
func accountWord(platform bm.PlatformName) string {
	if platform == bm.Facebook {
		return "Page ID"
	}
	return "Account ID"
}

// closeness is how near a word of the text is to one that was found.
type closeness int

const (
	exact closeness = iota
	accents
	begun
	oneSlip
	twoSlips
	missed
)

func (c closeness) String() string {
	return [...]string{"exact", "accents left aside", "starts alike", "one typo away", "two typos away", ""}[c]
}

// likeness takes exact and accents for one, since a via name has no accents.
func (c closeness) likeness() closeness { return max(c, accents) }

// hit is what one word of the text found in a field.
type hit struct {
	how closeness
	at  []Span
}

// fieldHits has a hit for each word of the text.
type fieldHits []hit

// worst is how far the farthest word is; missed where one is not there at all.
func (f fieldHits) worst() closeness {
	worst := exact
	for _, h := range f {
		worst = max(worst, h.how)
	}
	return worst
}

// spans gives all that is to be marked, in order and without overlap.
func (f fieldHits) spans() []Span {
	var all []Span
	for _, h := range f {
		all = append(all, h.at...)
	}
	slices.SortFunc(all, func(a, b Span) int { return a.From - b.From })
	var out []Span
	for _, s := range all {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// in looks for each word of the text in a field, as the index does.
func (p *probe) in(field string) fieldHits {
	list := tokens(field)
	hits := make(fieldHits, len(p.words))
	for i := range p.words {
		hits[i].how = missed
		for from := range list {
			how, at := p.meets(&p.words[i], list[from:], field)
			switch {
			case how == missed || how > hits[i].how:
			case how < hits[i].how:
				hits[i] = hit{how, []Span{at}}
			default:
				hits[i].at = append(hits[i].at, at)
			}
		}
	}
	return hits
}

// meets compares a word of the text with the first of some tokens, and with it and
// those joined to it as one word.
func (p *probe) meets(typed *token, list []token, field string) (closeness, Span) {
	t := &list[0]
	raw := p.text[typed.from[0]:typed.to[len(typed.to)-1]]
	how, at := near(typed, t, raw, field)
	run, n := t.word, 1
	for n < len(list) && list[n].joined {
		run, n = run+list[n].word, n+1
	}
	if how > begun && n > 1 {
		last := &list[n-1]
		joined := token{word: run, from: t.from, to: t.to}
		for _, more := range list[1:n] {
			joined.from, joined.to = append(joined.from[:len(joined.from):len(joined.from)], more.from...), append(joined.to[:len(joined.to):len(joined.to)], more.to...)
		}
		if h, s := near(typed, &joined, field[t.from[0]:last.to[len(last.to)-1]], field); h < how {
			return h, s
		}
	}
	return how, at
}

// near measures a typed word against one of a field and says what to mark.
func near(typed, t *token, raw, field string) (closeness, Span) {
	a, b := []rune(typed.word), []rune(t.word)
	for offset := range b {
		if offset > 0 && !t.unspaced || len(a) > len(b)-offset {
			break
		}
		if !slices.Equal(a, b[offset:offset+len(a)]) {
			continue
		}
		at := t.span(offset, len(a))
		switch found := field[at.From:at.To]; {
		case len(a) < len(b) && !t.unspaced:
			return begun, at
		case strings.EqualFold(found, raw):
			return exact, at
		default:
			return accents, at
		}
	}
	limit := slipsAllowed(a)
	if limit > 0 && slippery(b) {
		if n := slipsBetween(a, b, limit); n > 0 && n <= limit {
			return oneSlip + closeness(n-1), t.span(0, len(b))
		}
	}
	return missed, Span{}
}
