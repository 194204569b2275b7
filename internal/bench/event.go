package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"
)

// size is how long a post is: about that of a chat message as Meta sends it, and
// what pgbench inserts beside it.
const size = 600

// persons is over how many conversations the events are spread.
const persons = 1000

// line is one deployment to post to.
type line struct {
	path     string
	account  string
	secret   string
	business int64
}

// mark is an event's name: which run, which connection, and its number there.
type mark struct{ run, worker, n int }

// The id of an event is markPrefix and its three numbers, with dots between.
const markPrefix = "m_bench."

func (m mark) append(b []byte) []byte {
	b = append(b, markPrefix...)
	b = strconv.AppendInt(b, int64(m.run), 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(m.worker), 10)
	b = append(b, '.')
	return strconv.AppendInt(b, int64(m.n), 10)
}

// parseMark reads an id back.
func parseMark(id string) (m mark, ok bool) {
	rest, ok := strings.CutPrefix(id, markPrefix)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 3 {
		return m, false
	}
	for i, to := range []*int{&m.run, &m.worker, &m.n} {
		v, err := strconv.Atoi(parts[i])
		if err != nil || v < 0 {
			return m, false
		}
		*to = v
	}
	return m, true
}

// writer makes signed posts for one connection. It reuses what it can: the
// generator shares its cores with what it measures.
type writer struct {
	body, request []byte
	macs          map[string]hash.Hash // by secret
	filling       []byte
}

func newWriter() *writer {
	return &writer{macs: map[string]hash.Hash{}, filling: bytes.Repeat([]byte("hello webhook "), size/14+1)}
}

// post gives the bytes of one request; they hold until the next.
func (w *writer) post(host string, l *line, m mark, at time.Time) []byte {
	ms := at.UnixMilli()
	b := append(w.body[:0], `{"object":"page","entry":[{"id":"`...)
	b = append(b, l.account...)
	b = append(b, `","time":`...)
	b = strconv.AppendInt(b, ms, 10)
	b = append(b, `,"messaging":[{"sender":{"id":"70000000000`...)
	b = strconv.AppendInt(b, int64(100_000+(m.worker+m.n*31)%persons), 10)
	b = append(b, `"},"recipient":{"id":"`...)
	b = append(b, l.account...)
	b = append(b, `"},"timestamp":`...)
	b = strconv.AppendInt(b, ms, 10)
	b = append(b, `,"message":{"mid":"`...)
	b = m.append(b)
	b = append(b, `","text":"`...)
	const end = `"}}]}]}`
	b = append(b, w.filling[:max(0, size-len(b)-len(end))]...)
	w.body = append(b, end...)

	r := append(w.request[:0], "POST "...)
	r = append(r, l.path...)
	r = append(r, " HTTP/1.1\r\nHost: "...)
	r = append(r, host...)
	r = append(r, "\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256="...)
	r = hex.AppendEncode(r, w.sign(l.secret))
	r = append(r, "\r\nContent-Length: "...)
	r = strconv.AppendInt(r, int64(len(w.body)), 10)
	r = append(r, "\r\n\r\n"...)
	w.request = append(r, w.body...)
	return w.request
}

func (w *writer) sign(secret string) []byte {
	mac := w.macs[secret]
	if mac == nil {
		mac = hmac.New(sha256.New, []byte(secret))
		w.macs[secret] = mac
	}
	mac.Reset()
	mac.Write(w.body)
	var sum [sha256.Size]byte
	return mac.Sum(sum[:0])
}
