package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/bm"
)

// Guessing is slow, and the owner still gets in. Failed sign-ins are poured into
// leaking buckets; a try that would overflow one is refused before any password is
// hashed, and a refused try is not poured.
//
//	bucket   of                        holds   leaks        failures a day, at most
//	browser  account and known browser     10  1 in 30 min      10 + 48     =      58
//	pair     account and address           10  1 in 30 min      10 + 48     =      58
//	address  address, every account       100  1 a minute      100 + 1,440  =   1,540
//	account  account, every address    20,000  1 a second   20,000 + 86,400 = 106,400
//
// An address is an IPv4 address or an IPv6 /64, which is what one line gets.
//
// A browser that signed in to the account before shows it by a sealed cookie, and
// then only its own bucket counts: no stranger can fill that one, and whoever
// stole the cookie gains 58 guesses a day. Everybody else passes pair, address and
// account. So nobody locks out an owner who
//
//   - uses a browser that was in before, whatever happens around it, or
//   - comes from a new place while the attack has spent fewer than 20,000 failures
//     more than one a second (twice the ten thousand that we promise), or
//   - in the worst attack (more than 1,800 addresses that never rest: 106,400 / 58)
//     is given a link: links pass no bucket.
//
// The account's bucket is that wide because a narrow one is a lock that strangers
// turn. It needs to be no narrower: a password that we accept withstands some 10^10
// guesses (score 3), and 86,400 a day make that 300 years. NIST SP 800-63B-4 asks
// for at most 100 failures in a row: that holds for every browser and every
// address, not for the account as a whole, for the reason above.
//
// Buckets have digests for names: an address field gets passwords typed into it,
// and they must not be kept. They are the same for accounts that do not exist, so
// that being refused tells nothing.
type bucket struct {
	name  string
	holds int
	leaks time.Duration // one failure in this time
}

// Try is one attempt at a password.
type Try struct {
	Email   string
	Address string
	Browser string // names a browser that was signed in to this account before; else empty
	At      time.Time
}

// buckets are the ones that a try passes, always in this order, so that two tries
// never wait for each other's rows crosswise.
func (t Try) buckets() []bucket {
	account, address := foldEmail(t.Email), network(t.Address)
	if t.Browser != "" {
		return []bucket{{bucketName("browser", account, t.Browser), 10, 30 * time.Minute}}
	}
	return []bucket{
		{bucketName("pair", account, address), 10, 30 * time.Minute},
		{bucketName("address", address), 100, time.Minute},
		{bucketName("account", account), 20_000, time.Second},
	}
}

func foldEmail(typed string) string {
	if folded, err := bm.CheckEmail(typed); err == nil {
		return folded
	}
	return typed
}

// network is what one line of a provider gets: an IPv4 address, an IPv6 /64.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	p, _ := a.Prefix(64) // 64 fits every IPv6 address
	return p.String()
}

func bucketName(kind string, of ...string) string {
	h := sha256.New()
	for _, part := range of {
		sum := sha256.Sum256([]byte(part)) // parts of one length cannot run into each other
		h.Write(sum[:])
	}
	return kind + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}

// AdmitTry pours a try into its buckets as if it had failed, before the password
// is looked at, so that a thousand tries at the same moment do not all find room.
// ForgiveTry takes it out again. Where a bucket is full nothing is poured, and wait
// tells in how much time there is room.
func (s *Store) AdmitTry(ctx context.Context, t Try) (wait time.Duration, err error) {
	list := t.buckets()
	// A flood is answered without a write.
	if wait, err = s.fullest(ctx, list, t.At); err != nil || wait > 0 {
		return wait, err
	}
	err = s.tx(ctx, func(tx pgx.Tx) error {
		for _, b := range list {
			var clears time.Time
			if err := tx.QueryRow(ctx, `
				INSERT INTO sign_in_failures AS f (bucket, failures, clears_at) VALUES ($1, 1, $2::timestamptz + $3::interval)
				ON CONFLICT (bucket) DO UPDATE SET
					failures  = CASE WHEN f.clears_at <= $2 THEN 1 ELSE f.failures + 1 END,
					clears_at = greatest(f.clears_at, $2) + $3::interval
				RETURNING clears_at`, b.name, t.At, b.leaks).Scan(&clears); err != nil {
				return err
			}
			if wait = b.wait(clears.Add(-b.leaks), t.At); wait > 0 {
				return errFull
			}
		}
		return nil
	})
	if wait > 0 {
		err = nil
	}
	return wait, err
}

// errFull takes back what was poured into the buckets before the full one.
var errFull = bm.Errorf(bm.Busy, "Too many wrong passwords.")

// wait tells in how much time a bucket that is empty at clears has room for one more.
func (b bucket) wait(clears, at time.Time) time.Duration {
	return max(0, clears.Sub(at)-time.Duration(b.holds-1)*b.leaks)
}

func (s *Store) fullest(ctx context.Context, list []bucket, at time.Time) (time.Duration, error) {
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = b.name
	}
	rows, err := s.pool.Query(ctx, `SELECT bucket, clears_at FROM sign_in_failures WHERE bucket = ANY ($1)`, names)
	if err != nil {
		return 0, mapped(err)
	}
	var name string
	var clears time.Time
	var wait time.Duration
	_, err = pgx.ForEachRow(rows, []any{&name, &clears}, func() error {
		for _, b := range list {
			if b.name == name {
				wait = max(wait, b.wait(clears, at))
			}
		}
		return nil
	})
	return wait, mapped(err)
}

// ForgiveTry takes an admitted try out of its buckets, because the password was
// right. The buckets of this browser or address with this account are emptied: the
// person is known. The others lose just this one, or whoever has an account of
// their own could wash away what they did to somebody else's.
func (s *Store) ForgiveTry(ctx context.Context, t Try) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		for i, b := range t.buckets() {
			q, args := `DELETE FROM sign_in_failures WHERE bucket = $1`, []any{b.name}
			if i > 0 {
				q = `UPDATE sign_in_failures SET failures = failures - 1, clears_at = clears_at - $2::interval WHERE bucket = $1`
				args = append(args, b.leaks)
			}
			if _, err := tx.Exec(ctx, q, args...); err != nil {
				return err
			}
		}
		return nil
	})
}
