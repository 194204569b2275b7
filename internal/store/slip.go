package store

import (
	"hash/fnv"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A slip is a letter too many, one too few, a wrong one, or two that changed
// places. Words that are at most two slips apart have a beginning in common once
// up to two letters are taken out of each, so a dictionary of such remains finds
// the near words with a few look-ups, and measuring then sorts out the rest.

// slipBeginning is how much of a word's beginning is kept as remains: more would
// make the dictionary larger, less would make every look-up longer.
const slipBeginning = 7

// slipsAllowed says how many slips a typed word may have: none where one would
// make any word of any other, one from four letters, two from eight.
func slipsAllowed(word []rune) int {
	switch {
	case len(word) < 4 || !slippery(word):
		return 0
	case len(word) < 8:
		return 1
	}
	return 2
}

// slippery tells whether a word is one in which a slip can be forgiven. A number
// with another digit is another number, and a sign of Chinese is a word.
func slippery(word []rune) bool {
	return !slices.ContainsFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// remains gives the hashes of what is left of a word's beginning when up to n
// letters are taken out.
func remains(word []rune, n int) []int64 {
	word = word[:min(len(word), slipBeginning)]
	seen := map[string]bool{string(word): true}
	last := []string{string(word)}
	for range n {
		var next []string
		for _, w := range last {
			for i, r := range w {
				shorter := w[:i] + w[i+utf8.RuneLen(r):]
				if shorter != "" && !seen[shorter] {
					seen[shorter] = true
					next = append(next, shorter)
				}
			}
		}
		last = next
	}
	out := make([]int64, 0, len(seen))
	for w := range seen {
		h := fnv.New64a()
		_, _ = h.Write([]byte(w))
		out = append(out, int64(h.Sum64()))
	}
	slices.Sort(out)
	return out
}

// inDictionary tells whether a slip can lead to a word: to those of three letters by
// one too many.
func inDictionary(word string) bool {
	r := []rune(word)
	return len(r) >= 3 && slippery(r)
}

// dictionaryRemains gives the remains that a word of the dictionary is kept under.
// Two letters are only taken out of words that can be two slips from a typed one of
// eight letters; the shorter ones can be one slip away, or be what is left of it.
func dictionaryRemains(word string) []int64 {
	r := []rune(word)
	if len(r) < 7 {
		return remains(r, 1)
	}
	return remains(r, 2)
}

// slipsBetween measures how many slips a typed word is from a word, or from a
// beginning of it where the typing may not have come to its end; more than limit
// is all one.
func slipsBetween(typed, word []rune, limit int) int {
	best := limit + 1
	for n := max(1, len(typed)-limit); n <= min(len(word), len(typed)+limit); n++ {
		// A beginning counts once enough of the word is typed to tell it from others.
		if n < len(word) && len(typed) < slipBeginning {
			continue
		}
		best = min(best, distance(typed, word[:n], limit))
	}
	return best
}

// distance counts slips, each pair of letters changing places at most once
// (optimal string alignment).
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
