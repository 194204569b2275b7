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

// share accounts for the bytes that are held at a time, up to a most.
type share struct {
	held atomic.Int64
	most int64
}

func (s *share) take(n int64) bool {
	if s.held.Add(n) > s.most {
		s.held.Add(-n)
		return false
	}
	return true
}

// room is the share of all callbacks together.
type room struct{ share }

func newRoom() *room { return &room{share{most: maxHeld}} }

// read reads a body and takes room for it as it grows, so that a slow sender holds
// what it has sent and no more, of all and of its deployment's share. give returns the room; it is never nil.
func (r *room) read(req *http.Request, own *share) (body []byte, give func(), err error) {
	var taken int64
	take := func(n int64) bool {
		if !own.take(n) {
			return false
		}
		if !r.take(n) {
			own.held.Add(-n)
			return false
		}
		taken += n
		return true
	}
	give = func() { own.held.Add(-taken); r.held.Add(-taken) }
	size := int64(firstBuffer)
	if n := req.ContentLength; n >= 0 && n < size {
		size = n + 1 // one more, to meet the end without growing
	}
	if !take(size) {
		return nil, give, errNoRoom
	}
	buf := make([]byte, 0, size)
	for {
		if len(buf) == cap(buf) {
			if len(buf) > maxBody {
				return nil, give, errTooLarge
			}
			more := min(int64(cap(buf)), maxBody+1-int64(cap(buf)))
			if !take(more) {
				return nil, give, errNoRoom
			}
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
