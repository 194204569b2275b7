package main

import (
	"context"
	"errors"
	"fmt"

	"businessmanager/internal/seal"
	"businessmanager/internal/store"
	"businessmanager/migrations"
)

type doctorCmd struct{}

// doctor collects findings, a line each.
type doctor struct {
	*program
	problems int
}

func (doctorCmd) Run(p *program) error {
	d := &doctor{program: p}
	d.configuration()
	d.database()
	if d.problems == 0 {
		return nil
	}
	if d.problems == 1 {
		return failf("1 problem was found; the line above says what to do")
	}
	return failf("%d problems were found; the lines above say what to do", d.problems)
}

func (d *doctor) ok(format string, args ...any) {
	fmt.Fprintf(d.out, "ok       "+format+"\n", args...)
}

func (d *doctor) note(format string, args ...any) {
	fmt.Fprintf(d.out, "note     "+format+"\n", args...)
}

func (d *doctor) problem(err error) {
	d.problems++
	fmt.Fprintln(d.out, "problem  "+inOneLine(err))
}

func (d *doctor) configuration() {
	no := d.cfg.refusals()
	for _, err := range no {
		d.problem(err)
	}
	if len(no) == 0 {
		d.ok("configuration: %s, console at %s, callbacks at %s", d.cfg.Environment, d.cfg.ConsoleURL, d.cfg.WebhookURL)
	}
	for _, line := range d.cfg.unbuilt() {
		d.note("%s", line)
	}
}

func (d *doctor) database() {
	if d.needsURL() != nil {
		return // told of already
	}
	url, release, err := d.useDatabase(d.ctx)
	if err != nil {
		d.problem(err)
		return
	}
	defer release()
	pool, err := openPool(d.ctx, url, poolSettings{name: "doctor", conns: commandConns})
	if err != nil {
		d.problem(err)
		return
	}
	defer pool.Close()
	var version string
	var durable bool
	if err := pool.QueryRow(d.ctx, `SELECT current_setting('server_version'), current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean`).Scan(&version, &durable); err != nil {
		d.problem(err)
		return
	}
	d.ok("database: reachable, PostgreSQL %s", version)
	if !durable {
		d.problem(failf("the database runs without fsync or full_page_writes, so acknowledged events can be lost when its machine fails: turn both on in postgresql.conf"))
	}
	if d.schemaStands(url) {
		d.keyset(d.ctx, store.New(pool))
	}
}

func (d *doctor) schemaStands(url string) bool {
	st, err := migrations.Current(d.ctx, url)
	switch {
	case err != nil:
		d.problem(unreachable(err))
	case d.cfg.embedded() && st.Behind():
		d.note("schema: at version %d of %d; the next start of serve or dev brings the embedded database up to date", st.Have, st.Want)
		return st.Have > 0
	case st.Fits() != nil:
		d.problem(st.Fits())
	default:
		d.ok("schema: version %d", st.Have)
		return true
	}
	return false
}

// keyset looks without making or noting anything.
func (d *doctor) keyset(ctx context.Context, st *store.Store) {
	path := d.cfg.keysetPath()
	if path == "" {
		return // told of already
	}
	noted, sealed, err := st.SealingKeys(ctx)
	if err != nil {
		d.problem(err)
		return
	}
	k, err := seal.Load(path)
	switch {
	case errors.Is(err, seal.ErrMissing) && !sealed && d.cfg.Environment == development:
		d.note("keyset: none yet; the next start of serve or dev makes it at %s", path)
	case errors.Is(err, seal.ErrMissing):
		_, err := d.makeKeyset(path, noted, sealed)
		d.problem(err)
	case err != nil:
		d.problem(err)
	case sealed && len(without(noted, k.IDs())) > 0:
		d.problem(foreign(path, without(noted, k.IDs())))
	default:
		d.ok("keyset: %s, seals with key %d", path, k.Primary())
	}
}
