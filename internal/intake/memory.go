package intake

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"businessmanager/internal/bm"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

const (
	// unsure is how long what was read counts where no notification can be relied
	// on: for callbacks that do not exist, and while nobody listens.
	unsure = time.Second
	// onItsWay is the time that a notification of a commit just made takes at most,
	// on a server that is not overwhelmed.
	onItsWay = 50 * time.Millisecond
	// trusted is how long what was read counts while notifications come in. A
	// connection can be dead without either side knowing.
	trusted = time.Minute
	// remembered bounds the memory: at about 1 KiB each, 64 MiB.
	remembered = 1 << 16
	// maxShare is how much of the room for bodies the posts of one deployment may
	// hold, so that somebody who knows one callback cannot fill it for all.
	maxShare = 16 << 20
	// lookups at a time. A flood of unknown callbacks takes no more of the
	// database than this, and nothing of the connections that commit.
	lookups = 4
	// lookupTimeout is the most that a look-up may take, waiting included.
	lookupTimeout = 2 * time.Second
)

// known is a callback with its secrets opened.
type known struct {
	store.Callback
	appSecret    bm.Secret
	challengeKey bm.Secret
	readAt       time.Time
	exists       bool
	// rereads and handshakes outlive a reread: see memory.read.
	rereads    *allowance
	handshakes *allowance
	share      *share
}

// memory remembers callbacks while notifications of changes come in.
type memory struct {
	store *store.Store
	keys  *seal.Keyset
	now   func() time.Time
	slots *semaphore.Weighted
	once  singleflight.Group

	mu        sync.RWMutex
	byID      map[string]*known
	listening bool
	// drops counts what was dropped, so that a read which began before a change
	// is not remembered after it.
	drops uint64
}

func newMemory(st *store.Store, keys *seal.Keyset, now func() time.Time) *memory {
	return &memory{store: st, keys: keys, now: now, slots: semaphore.NewWeighted(lookups), byID: map[string]*known{}}
}

// callback gives what is known of a callback; one that does not exist is known as such.
func (m *memory) callback(ctx context.Context, platform bm.PlatformName, id string) (*known, error) {
	m.mu.RLock()
	k := m.byID[place(platform, id)]
	live := m.listening
	m.mu.RUnlock()
	if k != nil {
		age := m.now().Sub(k.readAt)
		if age < unsure || live && k.exists && age < trusted {
			return k, nil
		}
	}
	if !possible(id) {
		return &known{readAt: m.now()}, nil
	}
	return m.readOnce(ctx, platform, id)
}

// afresh reads a callback again before it is refused, in a way that what was saved
// before the call is seen. It does so about once a second for each deployment, and
// a few times at once. Beyond that it only gives a notification that is on its way
// the time to arrive.
func (m *memory) afresh(ctx context.Context, k *known) (*known, error) {
	if !k.rereads.take() {
		select {
		case <-time.After(onItsWay):
			return m.callback(ctx, k.Platform, k.CallbackID)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	asked := m.now()
	again, err := m.readOnce(ctx, k.Platform, k.CallbackID)
	if err == nil && again.readAt.Before(asked) { // somebody else's, begun too early
		again, err = m.readOnce(ctx, k.Platform, k.CallbackID)
	}
	return again, err
}

func place(platform bm.PlatformName, id string) string { return string(platform) + "/" + id }

// readOnce looks a callback up; those who ask at the same time share the answer.
func (m *memory) readOnce(ctx context.Context, platform bm.PlatformName, id string) (*known, error) {
	ch := m.once.DoChan(place(platform, id), func() (any, error) { return m.read(platform, id) })
	select {
	case r := <-ch:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*known), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read looks a callback up. It has a deadline of its own, since others may wait
// for the same answer after the first asker has gone.
func (m *memory) read(platform bm.PlatformName, id string) (*known, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	if err := m.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer m.slots.Release(1)
	m.mu.RLock()
	drops, before := m.drops, m.byID[place(platform, id)]
	m.mu.RUnlock()
	k, err := m.open(ctx, platform, id)
	if err != nil {
		return nil, err
	}
	if before != nil && before.exists && k.exists {
		k.rereads, k.handshakes, k.share = before.rereads, before.handshakes, before.share
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drops == drops {
		m.makeRoom()
		m.byID[place(platform, id)] = k
	}
	return k, nil
}

// makeRoom drops what does not exist when the memory is full, and only if that is
// not enough, everything: a flood of unknown callbacks must not push out real ones.
func (m *memory) makeRoom() {
	if len(m.byID) < remembered {
		return
	}
	for at, k := range m.byID {
		if !k.exists {
			delete(m.byID, at)
		}
	}
	if len(m.byID) >= remembered {
		clear(m.byID)
	}
}

// possible tells whether an id can be one of ours: what cannot is not looked up,
// and not remembered.
func possible(id string) bool {
	return len(id) >= 22 && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func (m *memory) open(ctx context.Context, platform bm.PlatformName, id string) (*known, error) {
	at := m.now()
	c, err := m.store.Callback(ctx, platform, id)
	if bm.KindOf(err) == bm.NotFound {
		return &known{readAt: at}, nil
	}
	if err != nil {
		return nil, err
	}
	k := &known{Callback: c, exists: true, readAt: at, rereads: newAllowance(1, 5), handshakes: newAllowance(2, 20), share: &share{most: maxShare}}
	for _, part := range []struct {
		to     *bm.Secret
		sealed bm.Sealed
		name   bm.CredentialName
	}{{&k.appSecret, c.AppSecret, bm.AppSecret}, {&k.challengeKey, c.ChallengeKey, bm.ChallengeKey}} {
		if part.sealed == nil {
			continue
		}
		if *part.to, err = m.keys.Open(part.sealed, seal.CredentialContext(c.DeploymentID, part.name)); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// follow listens for changes until the context ends. While it does not listen,
// nothing older than a second counts.
func (m *memory) follow(ctx context.Context, logger *slog.Logger) {
	wait := 100 * time.Millisecond
	for ctx.Err() == nil {
		err := m.store.Listen(ctx, []string{store.ChannelDeployments},
			func() { m.listen(true); wait = 100 * time.Millisecond },
			func(_, callbackID string) { m.forget(callbackID) })
		m.listen(false)
		if ctx.Err() != nil {
			return
		}
		logger.Warn("notifications of changed deployments are interrupted; reading afresh until they are back", "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// listen notes whether notifications come in, and drops everything: what changed
// in between was not heard of.
func (m *memory) listen(yes bool) {
	m.forget("")
	m.mu.Lock()
	m.listening = yes
	m.mu.Unlock()
}

// forget drops one callback on every platform, or all of them.
func (m *memory) forget(callbackID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drops++
	if callbackID == "" {
		clear(m.byID)
		return
	}
	for at, k := range m.byID {
		if k.CallbackID == callbackID {
			delete(m.byID, at)
		}
	}
}

// glance gives what is remembered of a callback, without looking it up; nil when nothing is.
func (m *memory) glance(platform bm.PlatformName, id string) *known {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if k := m.byID[place(platform, id)]; k != nil && k.exists {
		return k
	}
	return nil
}
