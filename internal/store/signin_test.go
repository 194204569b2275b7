package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"businessmanager/internal/store"
)

const ownerEmail = "owner@example.com"

// guess makes one wrong guess and tells whether it was let through to the hash.
func (p *people) guess(address, browser string, at time.Time) bool {
	p.t.Helper()
	wait, err := p.AdmitTry(context.Background(), store.Try{Email: ownerEmail, Address: address, Browser: browser, At: at})
	if err != nil {
		p.t.Error(err)
	}
	return wait == 0
}

func TestTenThousandWrongGuessesDoNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	at := time.Now()
	// All at one moment and each from an address of its own, which lets most through.
	var all sync.WaitGroup
	var through atomic.Int32
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < 10_000; i += 8 {
				if p.guess(fmt.Sprintf("10.0.%d.%d", i/250, i%250), "", at) {
					through.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := through.Load(); n != 10_000 {
		t.Errorf("%d of 10,000 guesses went through; the attack is not the worst one", n)
	}
	if !p.guess("203.0.113.9", "", at) {
		t.Error("the owner at a new place is locked out")
	}
	if !p.guess("10.0.0.1", "her own browser", at) {
		t.Error("the owner's own browser is locked out at an address that the attack used")
	}
}

func TestOneAddressGetsTenGuessesAndThenTwoAnHour(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	start := time.Now()
	through := 0
	for minute := range 24 * 60 {
		if p.guess("192.0.2.1", "", start.Add(time.Duration(minute)*time.Minute)) {
			through++
		}
	}
	if through < 50 || through > 58 {
		t.Errorf("%d guesses in a day, and the table says 58", through)
	}
}

func TestThousandGuessesAtOnceDoNotSlipThroughTogether(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	at := time.Now()
	var through atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 62 {
				if p.guess("192.0.2.1", "", at) {
					through.Add(1)
				}
			}
		})
	}
	all.Wait()
	if through.Load() != 10 {
		t.Errorf("%d guesses went through, want 10", through.Load())
	}
}

func TestAddressOfIPv6IsTheWholeLine(t *testing.T) {
	t.Parallel()
	p := newPeople(t)
	at := time.Now()
	for i := range 10 {
		if !p.guess(fmt.Sprintf("2001:db8:1:1::%x", i), "", at) {
			t.Fatalf("guess %d was refused", i)
		}
	}
	if p.guess("2001:db8:1:1:ffff::1", "", at) {
		t.Error("another address of the same /64 started anew")
	}
	if !p.guess("2001:db8:1:2::1", "", at) {
		t.Error("the neighbour's line was refused")
	}
}

func TestAccountHasRoomForTwentyThousandAndThenOneASecond(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	at := time.Now()
	p.guess("192.0.2.1", "", at)
	// The worst attack, written down instead of made.
	_, err := p.pool.Exec(ctx, `UPDATE sign_in_failures SET clears_at = $1 WHERE bucket LIKE 'account:%'`, at.Add(20_000*time.Second))
	fine(t, err)
	if p.guess("192.0.2.2", "", at) {
		t.Error("a newcomer went through a full bucket")
	}
	if !p.guess("192.0.2.2", "", at.Add(time.Second)) {
		t.Error("a second later there is no room")
	}
	if p.guess("192.0.2.3", "", at.Add(time.Second)) {
		t.Error("two went through in one second")
	}
	if !p.guess("192.0.2.2", "her own browser", at) {
		t.Error("a known browser is held up by strangers")
	}
}

func TestRightPasswordDoesNotWashAwayWhatWasDoneToOthers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	at := time.Now().Truncate(time.Second) // the database keeps microseconds
	mine := store.Try{Email: "attacker@example.com", Address: "192.0.2.1", At: at}
	for i := range 100 {
		try := store.Try{Email: fmt.Sprintf("victim%d@example.com", i), Address: "192.0.2.1", At: at}
		if i%10 == 0 {
			if wait, err := p.AdmitTry(ctx, mine); err != nil || wait > 0 {
				t.Fatal(wait, err)
			}
			fine(t, p.ForgiveTry(ctx, mine))
		}
		if wait, err := p.AdmitTry(ctx, try); err != nil || wait > 0 {
			t.Fatal(i, wait, err)
		}
	}
	wait, err := p.AdmitTry(ctx, store.Try{Email: "victim100@example.com", Address: "192.0.2.1", At: at})
	fine(t, err)
	if wait != time.Minute {
		t.Errorf("the address is told to wait %s, want a minute", wait)
	}
}

func TestRightPasswordEmptiesItsOwnBucket(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := newPeople(t)
	at := time.Now()
	for range 5 {
		for range 9 {
			p.guess("192.0.2.1", "", at)
		}
		try := store.Try{Email: ownerEmail, Address: "192.0.2.1", At: at}
		if wait, err := p.AdmitTry(ctx, try); err != nil || wait > 0 {
			t.Fatal(wait, err)
		}
		fine(t, p.ForgiveTry(ctx, try))
	}
	fine(t, p.SweepPeople(ctx, at.Add(24*time.Hour)))
	if n := p.number(`SELECT count(*) FROM sign_in_failures`); n != 0 {
		t.Errorf("%d empty buckets were left by the sweep", n)
	}
}
