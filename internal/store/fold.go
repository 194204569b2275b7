package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longer than these nothing is a word or a name any more, and an index key has at
// most 2,704 bytes.
const (
	wordRunes   = 64
	foldedRunes = 200
)

// Fold brings a text to the form in which it is compared: lower case, without
// accents, letters for ligatures, and only words with one space between.
func Fold(s string) string {
	var b strings.Builder
	n := 0
	for i, t := range tokens(s) {
		if n += utf8.RuneCountInString(t.word) + 1; n > foldedRunes {
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.word)
	}
	return b.String()
}

// token is one word of a text, folded, with the bytes that it came from.
type token struct {
	word string
	// from and to are where in the text each folded rune came from.
	from, to []int
	// unspaced is a word of a script that puts no space between words: what is
	// looked for may begin anywhere in it.
	unspaced bool
	// joined says that only an apostrophe, hyphen or the like stands before it.
	joined bool
}

// span gives the bytes of the text that n runes of the word came from, at an offset.
func (t *token) span(offset, n int) Span { return Span{t.from[offset], t.to[offset+n-1]} }

// tokens cuts a text into folded words.
func tokens(s string) []token {
	c := cutter{}
	var it norm.Iter
	for it.InitString(norm.NFKD, s); !it.Done(); {
		from := it.Pos()
		segment := it.Next()
		to := it.Pos()
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			segment = segment[size:]
			c.take(r, from, to)
		}
	}
	c.end(false)
	return c.list
}

// cutter gathers runes into words.
type cutter struct {
	list  []token
	now   token
	runes []rune
	// joiner says that the last thing seen after a word was a joiner.
	joiner bool
}

func (c *cutter) take(r rune, from, to int) {
	switch {
	case ignored(r):
		return
	case isJoiner(r):
		c.end(true)
		return
	case !unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark):
		c.end(false)
		return
	}
	for _, r := range plain(unicode.ToLower(r)) {
		unspaced := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
			len(c.runes) > 0 && c.now.unspaced && (unicode.Is(unicode.Mark, r) || unicode.Is(unicode.Lm, r))
		if len(c.runes) > 0 && unspaced != c.now.unspaced {
			c.end(false)
		}
		if len(c.runes) == 0 {
			c.now.unspaced, c.now.joined = unspaced, c.joiner && len(c.list) > 0
		}
		if len(c.runes) == wordRunes {
			return
		}
		c.runes = append(c.runes, r)
		c.now.from, c.now.to = append(c.now.from, from), append(c.now.to, to)
	}
}

func (c *cutter) end(joiner bool) {
	if len(c.runes) > 0 {
		c.now.word = string(c.runes)
		c.list = append(c.list, c.now)
		c.now, c.runes, c.joiner = token{}, c.runes[:0], joiner
		return
	}
	c.joiner = c.joiner && joiner
}

// ignored are marks that people leave out, and what has no look of its own. Marks
// that make another letter, such as the vowels of Hindi and the voicing of kana,
// are not among them.
func ignored(r rune) bool {
	switch {
	case r >= 0x300 && r <= 0x36f, r >= 0x483 && r <= 0x487, // Latin, Greek, Cyrillic
		r >= 0x591 && r <= 0x5c7,                                                   // Hebrew points
		r >= 0x610 && r <= 0x61a, r >= 0x64b && r <= 0x65f, r == 0x670, r == 0x640, // Arabic vowels, tatweel
		r >= 0x6d6 && r <= 0x6ed, r >= 0x1ab0 && r <= 0x1aff, r >= 0x1dc0 && r <= 0x1dff,
		r >= 0x20d0 && r <= 0x20ff, r >= 0xfe00 && r <= 0xfe0f, r >= 0xfe20 && r <= 0xfe2f:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// isJoiner finds what people write inside a word, or leave out.
func isJoiner(r rune) bool { return strings.ContainsRune("'’‘ʼ`´ʹ-‐‑.&+_·", r) }

// plain gives the letters that people type for a letter that has no accent to remove.
func plain(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ħ':
		return "h"
	case 'ı':
		return "i"
	case 'ŧ':
		return "t"
	case 'ŋ':
		return "n"
	case 'ə':
		return "e"
	case 'ς':
		return "σ"
	}
	return string(r)
}

// forms gives the words under which a text is found: its words, those with a
// joiner between also as one ("joe's" as joes, "H&M" as hm), and for a script
// without spaces every tail, so that a beginning of a tail is a part of the text.
func forms(s string) []string {
	var list []string
	run := ""
	parts := 0
	for _, t := range tokens(s) {
		if t.joined && utf8.RuneCountInString(run+t.word) <= wordRunes {
			run, parts = run+t.word, parts+1
		} else {
			if parts > 1 {
				list = append(list, run)
			}
			run, parts = t.word, 1
		}
		list = append(list, t.word)
		if t.unspaced {
			for i := range t.word {
				list = append(list, t.word[i:])
			}
		}
	}
	if parts > 1 {
		list = append(list, run)
	}
	if strings.ContainsAny(s, "&+") {
		// Said as it is in the languages that sign at the door.
		list = append(list, "and", "und", "et", "en", "og", "och", "y", "e", "i")
	}
	return list
}
