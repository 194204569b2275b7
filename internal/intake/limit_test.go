package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/store"
)

func TestNothingIsAcknowledgedForADeploymentThatWasRemoved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := "http://127.0.0.1:9/bot"
	for i := range 20 {
		l := b.deployment(fmt.Sprint(1000 + i))
		l.save(connect.Change{BotURL: &bot})
		l.mustPost(message(l.deployment.AccountID, "2002", "m_before", "hi")) // the callback is remembered now
		if err := b.store.RemoveDeployment(t.Context(), b.by, l.business, bm.Facebook, true); err != nil {
			t.Fatal(err)
		}
		if r := l.post(message(l.deployment.AccountID, "2002", "m_after", "hi")); r.status != 401 {
			t.Errorf("round %d: a post right after the removal: %d", i, r.status)
		}
		if r := l.handshake(l.key); r.status != 403 {
			t.Errorf("round %d: a handshake right after the removal: %d", i, r.status)
		}
		for _, e := range l.events() {
			if e.State != bm.StateDiscarded {
				t.Errorf("round %d: an event of the removed deployment is %s", i, e.State)
			}
		}
		if err := b.store.RemoveBusiness(t.Context(), b.by, l.business.ID, false); err != nil {
			t.Errorf("round %d: %v", i, err)
		}
	}
}

// Posts that the secret of before verified may be stored after it was replaced. They
// prove nothing of the new one.
func TestPostsOfTheSecretOfBeforeProveNothingOfTheNewOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	l.mustPost(message("1001", "2002", "m_1", "hi"))
	old := l.deployment
	l.save(connect.Change{Secrets: secrets(map[bm.CredentialName]string{bm.AppSecret: "a-wrong-app-secret"})})
	h, _ := old.Hint(bm.AppSecret)
	late := []store.Arrival{{
		BusinessID: l.business.ID, DeploymentID: l.deployment.ID, ReceivedAt: time.Now().Add(time.Second), Secret: h.Fingerprint,
		Item: &bm.Item{Kind: bm.KindMessage, Account: "1001", Person: "2002", Key: "m:late", Body: []byte("{}")},
	}}
	if err := b.intake.groups.commit(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	checks, err := b.connect.Checks(t.Context(), &l.deployment)
	if err != nil {
		t.Fatal(err)
	}
	if checks[1].Name != "app_secret" || checks[1].Verdict == bm.Proved {
		t.Errorf("a secret that nothing was signed with looks %s", checks[1].Verdict)
	}
}

func TestIdsThatCannotBeOursAreNeitherLookedUpNorRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, id := range []string{"x", bm.NewCallbackID()[:21], bm.NewCallbackID() + "%20", fmt.Sprintf("%0200d", 1), "a%2Fb-aaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		if r := b.request("POST", b.url+"/facebook/"+id, []byte("{}"), "X-Hub-Signature-256", sign256("x", []byte("{}"))); r.status != 401 {
			t.Errorf("%s: %d", id, r.status)
		}
	}
	b.intake.memory.mu.RLock()
	defer b.intake.memory.mu.RUnlock()
	if n := len(b.intake.memory.byID); n != 0 {
		t.Errorf("%d are remembered", n)
	}
}

func TestAFullMemoryDropsTheUnknownAndKeepsTheKnown(t *testing.T) {
	t.Parallel()
	m := newMemory(nil, nil, time.Now)
	for i := range remembered {
		m.byID[fmt.Sprint("unknown ", i)] = &known{}
	}
	m.byID["real"] = &known{exists: true}
	m.makeRoom()
	if len(m.byID) != 1 || m.byID["real"] == nil {
		t.Errorf("%d are left", len(m.byID))
	}
}

func TestOneDeploymentsBodiesLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	r, one, other := newRoom(), &share{most: maxShare}, &share{most: maxShare}
	body := bytes.Repeat([]byte("x"), maxBody)
	read := func(s *share) (func(), error) {
		_, give, err := r.read(httptest.NewRequest("POST", "/", bytes.NewReader(body)), s)
		return give, err
	}
	var gives []func()
	for i := 0; ; i++ {
		give, err := read(one)
		gives = append(gives, give)
		if errors.Is(err, errNoRoom) {
			break
		}
		if err != nil || i > 10 {
			t.Fatalf("body %d: %v", i, err)
		}
	}
	give, err := read(other)
	if err != nil {
		t.Errorf("another deployment's body: %v", err)
	}
	for _, g := range append(gives, give) {
		g()
	}
	if r.held.Load() != 0 || one.held.Load() != 0 || other.held.Load() != 0 {
		t.Error("room was not given back")
	}
}

func TestPostsThatWereGivenUpAreNotCommitted(t *testing.T) {
	t.Parallel()
	g := newGroups(nil, newTopics(), newMetrics(nil, nil), time.Now)
	late := &waiting{deadline: time.Now().Add(-time.Second), done: make(chan error, 1)}
	soon := &waiting{deadline: time.Now().Add(time.Minute), done: make(chan error, 1)}
	g.queue <- soon
	if posts := g.gather(late); len(posts) != 1 || posts[0] != soon {
		t.Errorf("%d posts are in the group", len(posts))
	}
	if err := <-late.done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it was told %v", err)
	}
}
