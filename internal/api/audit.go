package api

import (
	"context"
	"fmt"
	"time"

	"businessmanager/internal/bm"
)

// AuditEntry is one line of the record of who did what.
type AuditEntry struct {
	ID         int64             `json:"id"`
	At         time.Time         `json:"at"`
	Act        string            `json:"act" doc:"What was done, in words."`
	Subject    string            `json:"subject" doc:"What it was done to."`
	ActorKind  string            `json:"actor_kind" enum:"person,token,system"`
	Actor      string            `json:"actor" doc:"Who did it."`
	Address    string            `json:"address" doc:"From which network address."`
	BusinessID int64             `json:"business_id"`
	Platform   *string           `json:"platform"`
	Detail     map[string]string `json:"detail"`
}

// AuditList is a page of the audit.
type AuditList struct {
	Entries []AuditEntry `json:"entries"`
	Next
}

type auditIn struct {
	Page
	Business int64 `query:"business" required:"true" minimum:"1" doc:"The id of the business."`
}

type auditOut struct{ Body AuditList }

func (a *API) listAudit(ctx context.Context, by *asked, in *auditIn) (*auditOut, error) {
	b, err := a.Store.PastBusiness(ctx, by.actor.Scope, in.Business)
	if err != nil {
		return nil, err
	}
	list := fmt.Sprintf("audit of %d", b.ID)
	before, err := in.place(list)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.BusinessAudit(ctx, b.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := AuditList{Entries: []AuditEntry{}}
	rows, out.Next = cut(&in.Page, rows, list, func(e *bm.Audit) int64 { return e.ID })
	for i := range rows {
		e := &rows[i]
		out.Entries = append(out.Entries, AuditEntry{
			ID: e.ID, At: e.At.UTC(), Act: e.Act, Subject: e.Subject, ActorKind: string(e.ActorKind), Actor: e.ActorName,
			Address: e.Address, BusinessID: e.BusinessID, Platform: textOrNull(string(e.Platform)), Detail: e.Detail,
		})
	}
	return &auditOut{out}, nil
}
