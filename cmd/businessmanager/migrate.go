package main

import (
	"fmt"

	"businessmanager/migrations"
)

type migrateCmd struct {
	Up     migrateUp     `cmd:"" default:"1" help:"Apply what is missing, under a lock. This is what happens when nothing is said."`
	Status migrateStatus `cmd:"" help:"Show how the schema stands; changes nothing."`
}

type migrateUp struct{}

func (migrateUp) Run(p *program) error {
	url, release, err := p.useDatabase(p.ctx)
	if err != nil {
		return err
	}
	defer release()
	before, err := migrations.Current(p.ctx, url)
	if err != nil {
		return unreachable(err)
	}
	if before.Behind() {
		if err := migrations.Up(p.ctx, url); err != nil {
			return err
		}
	}
	after, err := migrations.Current(p.ctx, url)
	if err != nil {
		return unreachable(err)
	}
	if err := after.Fits(); err != nil {
		return err
	}
	if after.Have == before.Have {
		fmt.Fprintf(p.out, "The schema is at version %d already. Nothing was changed.\n", after.Have)
		return nil
	}
	fmt.Fprintf(p.out, "The schema went from version %d to version %d.\n", before.Have, after.Have)
	return nil
}

type migrateStatus struct{}

func (migrateStatus) Run(p *program) error {
	url, release, err := p.useDatabase(p.ctx)
	if err != nil {
		return err
	}
	defer release()
	st, err := migrations.Current(p.ctx, url)
	if err != nil {
		return unreachable(err)
	}
	fmt.Fprintf(p.out, "The schema is at version %d; this program knows version %d.\n", st.Have, st.Want)
	if err := st.Fits(); err != nil {
		return err
	}
	return nil
}
