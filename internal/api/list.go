package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"businessmanager/internal/bm"
)

// Page is what every list takes. The numbers are the contract's.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"4096" doc:"next_cursor of the answer before, with everything else as it was."`
}

// Next is what every list ends with.
type Next struct {
	NextCursor *string `json:"next_cursor" doc:"Where the next page begins; null when there is none."`
}

// A cursor is a place in one list: what it is a list of, and the number of the
// last line. Both are in it, because in another list it would skip without a word.
func cursorFor(list string, number int64) Next {
	c := base64.RawURLEncoding.EncodeToString([]byte(list + ":" + strconv.FormatInt(number, 10)))
	return Next{&c}
}

// place reads a cursor of a list: 0 for its beginning.
func (p *Page) place(list string) (int64, error) {
	if p.Cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	text, ok := strings.CutPrefix(string(b), list+":")
	n, nerr := ownID(text)
	if err != nil || !ok || nerr != nil {
		return 0, bm.InvalidField("cursor", "The cursor is not one of this list. Begin again without it.")
	}
	return n, nil
}

// cut takes what is beyond the page off, and makes the cursor where there is more.
func cut[T any](p *Page, rows []T, list string, number func(*T) int64) ([]T, Next) {
	if len(rows) <= p.Limit {
		return rows, Next{}
	}
	rows = rows[:p.Limit]
	return rows, cursorFor(list, number(&rows[len(rows)-1]))
}

// oneOf makes the schema of a text that is one of some words.
func oneOf[T ~string](words []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// orNull makes the schema of an object that may be missing. huma knows that of
// plain values only.
func orNull(s *huma.Schema) *huma.Schema {
	return &huma.Schema{Description: s.Description, OneOf: []*huma.Schema{{Ref: s.Ref}, {Type: "null"}}}
}

// textOrNull and timeOrNull say null for what there is not.
func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// encode is how answers are written: compact, and with nothing escaped that JSON
// does not want escaped. What holds a platform's own bytes writes itself, because
// encoding/json would compact them.
func encode(w io.Writer, v any) error {
	e, ok := v.(interface {
		appendJSON(to []byte) ([]byte, error)
	})
	var b []byte
	var err error
	if ok {
		b, err = e.appendJSON(nil)
	} else {
		b, err = plainJSON(v)
	}
	if err != nil {
		return fmt.Errorf("encode %T: %w", v, err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func plainJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
