package intake

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

const (
	// maxBody is what a post may hold: Meta batches up to 1,000 updates, and a
	// tighter cap would turn into a loop of repeats (WhatsApp: up to 3 MB).
	maxBody = 4 << 20
	// maxHeld bounds the bodies held at a time, read or being committed.
	maxHeld = 64 << 20
	// firstBuffer fits nearly every post.
	firstBuffer = 4 << 10
)

var (
	errTooLarge = errors.New("the post is over 4 MiB")
	errNoRoom   = errors.New("too much is waiting")
)

// room accounts for the bytes of bodies that are held at a time.
type room struct{ held atomic.Int64 }

func newRoom() *room { return &room{} }

func (r *room) take(n int64) bool {
	if r.held.Add(n) > maxHeld {
		r.held.Add(-n)
		return false
	}
	return true
}

// read reads a body and takes room for it as it grows, so that a slow sender holds
// what it has sent and no more. give returns the room; it is never nil.
func (r *room) read(req *http.Request) (body []byte, give func(), err error) {
	var taken int64
	give = func() { r.held.Add(-taken) }
	size := int64(firstBuffer)
	if n := req.ContentLength; n >= 0 && n < size {
		size = n + 1 // one more, to meet the end without growing
	}
	if !r.take(size) {
		return nil, give, errNoRoom
	}
	taken = size
	buf := make([]byte, 0, size)
	for {
		if len(buf) == cap(buf) {
			if len(buf) > maxBody {
				return nil, give, errTooLarge
			}
			more := min(int64(cap(buf)), maxBody+1-int64(cap(buf)))
			if !r.take(more) {
				return nil, give, errNoRoom
			}
			taken += more
			grown := make([]byte, len(buf), int64(cap(buf))+more)
			copy(grown, buf)
			buf = grown
		}
		n, err := req.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			if len(buf) > maxBody {
				return nil, give, errTooLarge
			}
			return buf, give, nil
		}
		if err != nil {
			return nil, give, err
		}
	}
}
