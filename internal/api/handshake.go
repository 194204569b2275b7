package api

import (
	"context"
	"slices"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
)

// Handshake is one attempt of a platform to verify a callback. Whose key it was,
// where it was another business's, is not in it: the reader may not see that one.
type Handshake struct {
	ID               int64     `json:"id"`
	At               time.Time `json:"at"`
	Status           int       `json:"status" doc:"What was answered: 200 or 403."`
	Reason           string    `json:"reason" doc:"In one word."`
	Evidence         string    `json:"evidence" doc:"The same in a sentence."`
	Address          string    `json:"address"`
	Agent            string    `json:"agent" doc:"What the caller calls itself."`
	TokenLength      int       `json:"token_length" doc:"Characters of what was sent as the verify token."`
	TokenFingerprint *string   `json:"token_fingerprint"`
	KeyFingerprint   *string   `json:"key_fingerprint" doc:"Of the key that was wanted then; compare it with the one of today under secrets."`
}

// HandshakeList is a page of handshakes.
type HandshakeList struct {
	Handshakes []Handshake `json:"handshakes"`
	Next
}

type handshakesIn struct {
	DeploymentPath
	Page
}

type handshakesOut struct{ Body HandshakeList }

// handshakesAll is more than the store ever keeps of one deployment.
const handshakesAll = 1000

func (a *API) listHandshakes(ctx context.Context, by *asked, in *handshakesIn) (*handshakesOut, error) {
	before, err := in.place("handshakes")
	if err != nil {
		return nil, err
	}
	d, err := a.deployment(ctx, by)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Handshakes(ctx, &d, handshakesAll)
	if err != nil {
		return nil, err
	}
	if before > 0 {
		rows = slices.DeleteFunc(rows, func(h bm.Handshake) bool { return h.ID >= before })
	}
	out := HandshakeList{Handshakes: []Handshake{}}
	rows, out.Next = cut(&in.Page, rows, "handshakes", func(h *bm.Handshake) int64 { return h.ID })
	for i := range rows {
		h := &rows[i]
		out.Handshakes = append(out.Handshakes, Handshake{
			ID: h.ID, At: h.At.UTC(), Status: h.Status, Reason: string(h.Reason), Evidence: connect.HandshakeWords(h),
			Address: h.Address, Agent: h.Agent, TokenLength: h.TokenLength,
			TokenFingerprint: textOrNull(h.TokenFingerprint.String()), KeyFingerprint: textOrNull(h.KeyFingerprint.String()),
		})
	}
	return &handshakesOut{out}, nil
}
