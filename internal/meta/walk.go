package meta

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// The walker looks at JSON without decoding it: it gives names and the raw bytes
// of values. It expects bytes that passed json.Valid; on others it stops early,
// and never panics. Nothing here calls itself, so depth costs no stack.

// member is one member of an object.
type member struct {
	key   []byte // the name as it stands, with its quotes
	name  []byte // the name as it is meant
	value []byte // the value as it stands, without the space around it
}

// members walks an object, elements an array.
type (
	members  struct{ rest []byte }
	elements struct{ rest []byte }
)

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' }
func isArray(raw []byte) bool  { return len(raw) > 0 && raw[0] == '[' }
func isString(raw []byte) bool { return len(raw) > 1 && raw[0] == '"' }
func isNull(raw []byte) bool   { return string(raw) == "null" }

// membersOf starts a walk over an object; over anything else the walk is empty.
func membersOf(raw []byte) members {
	if !isObject(raw) {
		return members{}
	}
	return members{raw[1:]}
}

// elementsOf starts a walk over an array; over anything else the walk is empty.
func elementsOf(raw []byte) elements {
	if !isArray(raw) {
		return elements{}
	}
	return elements{raw[1:]}
}

func (m *members) next() (member, bool) {
	b := trimLeft(m.rest)
	if len(b) == 0 || b[0] != '"' {
		return member{}, false
	}
	end := skipString(b, 0)
	key := b[:end:end]
	b = trimLeft(b[end:])
	if len(b) == 0 || b[0] != ':' {
		return member{}, false
	}
	value, rest, ok := take(b[1:])
	m.rest = rest
	return member{key: key, name: unescaped(key), value: value}, ok
}

func (e *elements) next() ([]byte, bool) {
	value, rest, ok := take(e.rest)
	e.rest = rest
	return value, ok
}

// take cuts the first value off, and the comma behind it. The value's capacity
// ends with it, so that nobody can append into the post.
func take(b []byte) (value, rest []byte, ok bool) {
	b = trimLeft(b)
	end := skip(b)
	if end == 0 {
		return nil, nil, false
	}
	value, b = b[:end:end], trimLeft(b[end:])
	if len(b) > 0 && b[0] == ',' {
		b = b[1:]
	}
	return value, b, true
}

// skip gives the length of the value at the beginning of b; 0 where there is none.
func skip(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case '"':
		return skipString(b, 0)
	case '{', '[':
		return skipNested(b)
	}
	i := 0
	for i < len(b) && !isSpace(b[i]) && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		i++
	}
	return i
}

// skipNested counts brackets outside strings. In valid JSON they match, so that
// one counter serves both kinds.
func skipNested(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// skipString gives the index behind the string that begins at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimSpace(b []byte) []byte {
	b = trimLeft(b)
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// unescaped gives the content of a string as it is meant. Only a string with a
// backslash costs a copy.
func unescaped(raw []byte) []byte {
	if len(raw) < 2 {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return []byte(s)
}

// maxID is the longest identifier that we take for one. Meta's own are under 200
// characters; a longer one stays in the body, where nothing indexes it.
const maxID = 512

// identifier reads an id that may be a string, a number (kept digit by digit, also
// past 2^53) or null. What cannot be an id of anything (too long, not UTF-8, with
// control characters, which no text column takes) is none.
func identifier(raw []byte) string {
	if len(raw) == 0 || len(raw) > 6*maxID { // \u0000 is the longest way to write a character
		return ""
	}
	v := raw
	switch c := raw[0]; {
	case c == '"':
		v = unescaped(raw)
	case c != '-' && (c < '0' || c > '9'):
		return ""
	}
	if len(v) > maxID || !utf8.Valid(v) {
		return ""
	}
	for i, c := range v {
		if c < 0x20 || c == 0x7f {
			return ""
		}
		// What the decoder could not read becomes U+FFFD, and two ids would look alike.
		if c == 0xef && bytes.HasPrefix(v[i:], []byte("\uFFFD")) {
			return ""
		}
	}
	return string(v)
}
