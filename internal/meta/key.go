package meta

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"businessmanager/internal/bm"
)

// What makes two events one (reference, 2.4). The letter in front keeps the
// families apart: a reaction to a message never looks like the message.
//
//	m:  message, echo    its mid; one space for messaging and standby, where the
//	                     same message can arrive on both
//	d:  deleted message  the mid of the message that was taken back
//	p:  postback         its mid
//	e:  edit             how often it was edited, and the mid
//	r:  reaction         mid, sender, time, action, reaction and emoji
//	h:  all else, and the above without a mid: the element's own bytes, and the
//	    entry's time where the element tells none
//
// The account and the time of the event are not in here: bm.KeyFor adds the one,
// the event's key the other.

// elementKey gives the key of a messaging element; raw is what h: is made from.
func elementKey(e *element, mid string, raw, entryTime []byte) string {
	d := &e.detail
	if mid != "" {
		switch e.kind {
		case bm.KindMessage, bm.KindEcho:
			if d.deleted {
				return "d:" + mid
			}
			return "m:" + mid
		case bm.KindPostback:
			return "p:" + mid
		case bm.KindEdit:
			if n := identifier(d.numEdit); isDigits(n) {
				return "e:" + n + ":" + mid
			}
		case bm.KindReaction:
			return "r:" + digest([]byte(mid), d.sender, d.timestamp, d.action, d.reaction, d.emoji)
		}
	}
	return bytesKey(raw, entryTime)
}

// bytesKey is the key of what has no id of its own.
func bytesKey(raw, entryTime []byte) string { return "h:" + digest(raw, entryTime) }

// digest is 128 bits over parts, each with its length before it, so that no two
// lists of parts run into the same bytes.
func digest(parts ...[]byte) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write(p)
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return hex.EncodeToString(sum[:16])
}

func isDigits(v string) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return v != ""
}
