package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"businessmanager/internal/bm"
)

// Marks of lexemes; no folded word holds them. See the migration that adds search.
const (
	beginMark   = "^"
	partnerMark = "@"
	// beginRunes: from four letters on, a range of words is short enough to read.
	beginRunes = 3
)

// entryWords gives the lexemes of a business, and those of them that are words a
// slip can lead to.
func entryWords(name, viaName, partner string) (vector pgtype.TSVector, dictionary []string) {
	own := append(forms(name), forms(viaName)...)
	theirs := forms(partner)
	var lexemes []string
	for _, group := range []struct {
		mark  string
		words []string
	}{{"", own}, {partnerMark, theirs}} {
		for _, w := range group.words {
			lexemes = append(lexemes, group.mark+w)
			r := []rune(w)
			for n := 1; n <= min(beginRunes, len(r)); n++ {
				lexemes = append(lexemes, group.mark+beginMark+string(r[:n]))
			}
			if inDictionary(w) {
				dictionary = append(dictionary, w)
			}
		}
	}
	slices.Sort(lexemes)
	vector.Valid = true
	for _, l := range slices.Compact(lexemes) {
		vector.Lexemes = append(vector.Lexemes, pgtype.TSVectorLexeme{Word: l})
	}
	slices.Sort(dictionary)
	return vector, slices.Compact(dictionary)
}

// indexBusiness is the step that brings a business's search entry up to date. Every
// act that changes a name, via name or partner, or removes a business, ends with it.
func indexBusiness(ctx context.Context, tx pgx.Tx, id int64) error {
	var b bm.Business
	err := tx.QueryRow(ctx, `
		SELECT b.name, b.via_name, b.partner_id, p.name
		FROM businesses b JOIN partners p ON p.id = b.partner_id
		WHERE b.id = $1 AND b.removed_at IS NULL`, id).Scan(&b.Name, &b.ViaName, &b.PartnerID, &b.PartnerName)
	if bm.KindOf(missing(err, noBusiness)) == bm.NotFound {
		_, err = tx.Exec(ctx, `DELETE FROM search_entries WHERE id = $1`, id)
		return err
	}
	if err != nil {
		return err
	}
	vector, dictionary := entryWords(b.Name, b.ViaName, b.PartnerName)
	if _, err := tx.Exec(ctx, `
		INSERT INTO search_entries (id, partner_id, name, words) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE
		SET partner_id = excluded.partner_id, name = excluded.name, words = excluded.words`,
		id, b.PartnerID, Fold(b.Name), vector); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO search_hints (id) VALUES ($1) ON CONFLICT DO NOTHING`, id); err != nil {
		return err
	}
	return addWords(ctx, tx, dictionary)
}

// addWords puts new words into the dictionary, in the order of words, so that two
// transactions never wait for each other in a ring.
func addWords(ctx context.Context, tx pgx.Tx, sorted []string) error {
	rows, err := tx.Query(ctx, `
		SELECT w FROM unnest($1::text[]) w
		WHERE NOT EXISTS (SELECT 1 FROM search_words k WHERE k.word = w)
		ORDER BY w COLLATE "C"`, sorted)
	if err != nil {
		return err
	}
	fresh, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(fresh) == 0 {
		return err
	}
	b := &pgx.Batch{}
	for _, w := range fresh {
		b.Queue(`INSERT INTO search_words (word, slips) VALUES ($1, $2) ON CONFLICT DO NOTHING`, w, dictionaryRemains(w))
	}
	return tx.SendBatch(ctx, b).Close()
}

// IndexAll makes the search entries of every business anew: for a release that
// folds names in another way.
func (s *Store) IndexAll(ctx context.Context) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		// Writers of names wait; readers see the old entries until the end.
		if _, err := tx.Exec(ctx, `LOCK TABLE businesses IN SHARE MODE`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM search_entries`); err != nil {
			return err
		}
		return indexAll(ctx, tx)
	})
}

// indexAll is the step that indexes every business that has no entry yet.
func indexAll(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `
		SELECT `+businessColumns+`
		FROM businesses b JOIN partners p ON p.id = b.partner_id
		WHERE b.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM search_entries s WHERE s.id = b.id)
		ORDER BY b.id`)
	if err != nil {
		return err
	}
	list, err := pgx.CollectRows(rows, scanBusiness)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"search_entries"}, []string{"id", "partner_id", "name", "words"},
		pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			b := &list[i]
			vector, dictionary := entryWords(b.Name, b.ViaName, b.PartnerName)
			for _, w := range dictionary {
				seen[w] = true
			}
			return []any{b.ID, b.PartnerID, Fold(b.Name), vector}, nil
		}))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO search_hints (id)
		SELECT id FROM search_entries s WHERE NOT EXISTS (SELECT 1 FROM search_hints h WHERE h.id = s.id)`); err != nil {
		return err
	}
	return addManyWords(ctx, tx, seen)
}

// addManyWords is addWords for thousands of them.
func addManyWords(ctx context.Context, tx pgx.Tx, seen map[string]bool) error {
	words := make([]string, 0, len(seen))
	for w := range seen {
		words = append(words, w)
	}
	slices.Sort(words)
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE new_words (LIKE search_words) ON COMMIT DROP`); err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"new_words"}, []string{"word", "slips"},
		pgx.CopyFromSlice(len(words), func(i int) ([]any, error) {
			return []any{words[i], dictionaryRemains(words[i])}, nil
		})); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO search_words (word, slips)
		SELECT word, slips FROM new_words ORDER BY word
		ON CONFLICT DO NOTHING`)
	return err
}
