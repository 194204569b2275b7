package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

func TestTwoCreationsOfOneNameGetDifferentViaNames(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	p, err := d.CreatePartner(t.Context(), boss(), "Acme")
	d.must(err)
	const many = 12
	via := make([]string, many)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			b, err := d.CreateBusiness(context.Background(), boss(), p.ID, "Bella Nápoli", "")
			if err != nil {
				t.Error(err)
			}
			via[i] = b.ViaName
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, v := range via {
		seen[v] = true
	}
	for i := range many {
		want := "bella_napoli"
		if i > 0 {
			want = fmt.Sprintf("bella_napoli_%d", i+1)
		}
		if !seen[want] {
			t.Errorf("nobody got %s: %q", want, via)
		}
	}
	var counters int
	d.must(d.pool.QueryRow(t.Context(), `SELECT count(*) FROM business_counters`).Scan(&counters))
	if counters != many {
		t.Errorf("%d counters for %d businesses", counters, many)
	}
}

func TestTakenViaNameIsAConflictAtItsField(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	p, err := d.FindPartner(t.Context(), bm.Everything(), "Rivage Hotels")
	d.must(err)
	via := "lumen"
	_, create := d.CreateBusiness(t.Context(), boss(), p.ID, "Lumen", via)
	_, change := d.ChangeBusiness(t.Context(), boss(), d.ids["Joe's Diner"], store.BusinessChange{ViaName: &via})
	for _, err := range []error{create, change} {
		var e *bm.Error
		if e, _ = err.(*bm.Error); e == nil || e.Kind != bm.Conflict || len(e.Fields) != 1 || e.Fields[0].Field != "via_name" {
			t.Errorf("%v", err)
		}
	}
}

func TestEveryWrongFieldIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	name, via, notes := " ", "No", strings.Repeat("x", 4001)
	_, err := d.ChangeBusiness(t.Context(), boss(), d.ids["Joe's Diner"], store.BusinessChange{Name: &name, ViaName: &via, Notes: &notes})
	if e, _ := err.(*bm.Error); e == nil || e.Kind != bm.Invalid || len(e.Fields) != 3 {
		t.Errorf("%v", err)
	}
	for _, via := range []string{"removed-12", "ab", "Größe", "a b"} {
		if _, err := d.CreateBusiness(t.Context(), boss(), 1, "X", via); bm.KindOf(err) != bm.Invalid {
			t.Errorf("via name %q: %v", via, err)
		}
	}
}

func TestNobodyTouchesABusinessBehindTheWall(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	rivage, err := d.FindPartner(t.Context(), bm.Everything(), "Rivage Hotels")
	d.must(err)
	casa, err := d.FindPartner(t.Context(), bm.Everything(), "Casa Grande Foods")
	d.must(err)
	by := bm.Actor{Kind: bm.ActorPerson, ID: 7, Name: "Mara", Role: bm.RoleAdmin, Scope: bm.Scope{Partners: []int64{rivage.ID}}}
	theirs, mine := d.ids["Bella Napoli"], d.ids["Joe's Diner"]
	name := "Mine now"
	_, read := d.Business(t.Context(), by.Scope, theirs)
	_, change := d.ChangeBusiness(t.Context(), by, theirs, store.BusinessChange{Name: &name})
	_, create := d.CreateBusiness(t.Context(), by, casa.ID, name, "")
	_, find := d.FindPartner(t.Context(), by.Scope, "casa grande foods")
	for what, err := range map[string]error{"read": read, "change": change, "remove": d.RemoveBusiness(t.Context(), by, theirs, true), "create": create, "find": find} {
		if bm.KindOf(err) != bm.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := d.ChangeBusiness(t.Context(), by, mine, store.BusinessChange{PartnerID: &casa.ID}); bm.KindOf(err) != bm.Invalid {
		t.Errorf("a move out of sight: %v", err)
	}
	if b, err := d.Business(t.Context(), by.Scope, mine); err != nil || b.PartnerID != rivage.ID {
		t.Errorf("%+v, %v", b, err)
	}
	if list, err := d.Partners(t.Context(), by.Scope); err != nil || len(list) != 1 || list[0].ID != rivage.ID {
		t.Errorf("partners in sight: %+v, %v", list, err)
	}
}

func TestEveryChangeOfABusinessIsRecordedWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	id := d.ids["Joe's Diner"]
	casa, err := d.FindPartner(t.Context(), bm.Everything(), "Casa Grande Foods")
	d.must(err)
	name, off := "Jo's Diner", false
	_, err = d.ChangeBusiness(t.Context(), boss(), id, store.BusinessChange{Name: &name, PartnerID: &casa.ID})
	d.must(err)
	_, err = d.ChangeBusiness(t.Context(), boss(), id, store.BusinessChange{Name: &name}) // changes nothing
	d.must(err)
	b, err := d.ChangeBusiness(t.Context(), boss(), id, store.BusinessChange{Active: &off})
	d.must(err)
	if b.Active || b.PartnerName != casa.Name || b.Name != name {
		t.Errorf("%+v", b)
	}
	log, err := d.BusinessAudit(t.Context(), id, 0, 10)
	d.must(err)
	if len(log) != 2 || log[0].Act != "switch business off" || log[1].Act != "change business" ||
		log[1].Detail["name_before"] != "Joe's Diner" || log[1].Detail["name"] != name || log[1].Detail["partner_before"] != "Rivage Hotels" {
		t.Errorf("%+v", log)
	}
}

func TestRemovalSaysWhatStillWaits(t *testing.T) {
	t.Parallel()
	d := newDirectory(t, few()...)
	id := d.ids["Joe's Diner"]
	dep, callback := d.facebook("Joe's Diner", "1", "2")
	d.exec(`INSERT INTO credentials VALUES ($1, $2, 'app_secret', 'x', 'y', 'abcd', 32, 'x')`, id, dep)
	for i, state := range []string{"waiting", "waiting", "parked", "delivered"} {
		d.exec(`INSERT INTO events (business_id, deployment_id, log, sequence, kind, state, standby, account, conversation, message_id, occurred_at, received_at, digest, body)
			VALUES ($1, $2, $3, $3, 'message', $4, false, '', '', '', now(), now(), gen_random_uuid(), '{}')`, id, dep, i+1, state)
	}
	err := d.RemoveBusiness(t.Context(), boss(), id, false)
	if e, _ := err.(*bm.Error); e == nil || e.Kind != bm.Conflict || !strings.Contains(e.Message, "3 events") {
		t.Fatalf("%v", err)
	}
	if _, err := d.Business(t.Context(), bm.Everything(), id); err != nil {
		t.Fatalf("a refused removal removed: %v", err)
	}
	d.must(d.RemoveBusiness(t.Context(), boss(), id, true))
	if _, err := d.Business(t.Context(), bm.Everything(), id); bm.KindOf(err) != bm.NotFound {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := d.Callback(t.Context(), bm.Facebook, callback); bm.KindOf(err) != bm.NotFound {
		t.Errorf("its callback still answers: %v", err)
	}
	var discarded, secrets int
	var via string
	d.must(d.pool.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE state = 'discarded'`).Scan(&discarded))
	d.must(d.pool.QueryRow(t.Context(), `SELECT count(*) FROM credentials`).Scan(&secrets))
	d.must(d.pool.QueryRow(t.Context(), `SELECT via_name FROM businesses WHERE id = $1`, id).Scan(&via))
	if discarded != 3 || secrets != 0 || via != fmt.Sprintf("removed-%d", id) {
		t.Errorf("%d discarded, %d secrets, via name %q", discarded, secrets, via)
	}
	p, err := d.FindPartner(t.Context(), bm.Everything(), "Rivage Hotels")
	d.must(err)
	if _, err := d.CreateBusiness(t.Context(), boss(), p.ID, "Joe again", "joes_diner"); err != nil {
		t.Errorf("its via name is not free again: %v", err)
	}
	log, err := d.BusinessAudit(t.Context(), id, 0, 10)
	d.must(err)
	if len(log) != 2 || log[0].Act != "remove business" || log[1].Act != "remove deployment" {
		t.Errorf("%+v", log)
	}
}
