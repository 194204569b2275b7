package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/meta"
	"businessmanager/internal/pgrun"
	"businessmanager/internal/seal"
	"businessmanager/internal/store"
	"businessmanager/migrations"
)

// ground is what a measurement stands on: a database server of its own, with the
// schema and the businesses.
type ground struct {
	dir    string
	server *pgrun.Server
	keyset string // file
	lines  []line
}

// layGround starts a server with the product's own durable settings. On an error
// nothing is left of it.
func layGround(ctx context.Context, parent string, businesses int) (*ground, error) {
	dir, err := os.MkdirTemp(parent, "businessmanager-bench-*")
	if err != nil {
		return nil, err
	}
	g := &ground{dir: dir, keyset: filepath.Join(dir, "keyset.json")}
	if err := g.lay(ctx, businesses); err != nil {
		g.clear()
		return nil, err
	}
	return g, nil
}

func (g *ground) lay(ctx context.Context, businesses int) (err error) {
	// The server's user, who may be another, must pass.
	if err := os.Chmod(g.dir, 0o711); err != nil {
		return err
	}
	g.server, err = pgrun.Start(ctx, pgrun.Options{
		DataDir: filepath.Join(g.dir, "database"),
		// Only room for pgbench's clients; nothing that makes a commit cheaper.
		Settings: []string{fmt.Sprintf("max_connections=%d", most+50)},
	})
	if err != nil {
		return err
	}
	if err := migrations.Up(ctx, g.server.URL()); err != nil {
		return err
	}
	return g.settle(ctx, businesses)
}

// settle sets up businesses, by the acts by which people do.
func (g *ground) settle(ctx context.Context, businesses int) error {
	keys, err := seal.Create(g.keyset)
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, g.server.URL())
	if err != nil {
		return err
	}
	defer pool.Close()
	st := store.New(pool)
	acts := connect.New(connect.Options{Store: st, Keys: keys, Platforms: []bm.Platform{meta.Messenger{}}})
	by := bm.System("bench")
	partner, err := st.CreatePartner(ctx, by, "Bench")
	if err != nil {
		return err
	}
	for i := range businesses {
		b, err := st.CreateBusiness(ctx, by, partner.ID, fmt.Sprintf("Bench %d", i+1), "")
		if err != nil {
			return err
		}
		account, secret := fmt.Sprintf("1020304050%05d", i), fmt.Sprintf("%032x", 0xbe4c4+i)
		value := bm.NewSecret(secret)
		saved, err := acts.Save(ctx, by, b, bm.Facebook, connect.Change{
			Create: true, AccountID: &account,
			Secrets: map[bm.CredentialName]*bm.Secret{bm.AppSecret: &value},
		})
		if err != nil {
			return err
		}
		g.lines = append(g.lines, line{path: "/facebook/" + saved.Deployment.CallbackID, account: account, secret: secret, business: b.ID})
	}
	return nil
}

// open gives a connection to the database, for the account.
func (g *ground) open(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, g.server.URL())
}

// clear stops the server and removes everything.
func (g *ground) clear() {
	if g.server != nil {
		// Its data are worth nothing any more, but its processes must be gone
		// before their folder is.
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		_ = g.server.Stop(ctx)
		cancel()
	}
	_ = os.RemoveAll(g.dir)
}
