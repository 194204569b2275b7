package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"text/tabwriter"

	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

type keyCmd struct {
	Make keyMake `cmd:"" help:"Make a keyset in a new file, for staging and production. Never writes over one."`
	List keyList `cmd:"" help:"List the keys of the keyset and what the database was told of them."`
}

type keyMake struct {
	File string `arg:"" placeholder:"FILE" help:"The file to make; only its owner can read it."`
}

func (c *keyMake) Run(p *program) error {
	k, err := seal.Create(c.File)
	switch {
	case errors.Is(err, fs.ErrExist):
		return failf("%s exists already, and a keyset is never written over: choose another file", c.File)
	case err != nil:
		return failf("the keyset cannot be written to %s (%v): choose a file in a folder that exists and that this user may write to", c.File, reason(err))
	}
	fmt.Fprintf(p.out, "Made a keyset with key %d in %s.\nName it in BM_KEYSET_FILE and keep a copy apart from the database's backups: without it no stored secret can be opened.\n", k.Primary(), c.File)
	return nil
}

type keyList struct{}

func (keyList) Run(p *program) error {
	path := p.cfg.keysetPath()
	if path == "" {
		return failf("no keyset is configured: name its file in BM_KEYSET_FILE")
	}
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		noted, sealed, err := st.SealingKeys(ctx)
		if err != nil {
			return err
		}
		var have []uint32
		var primary uint32
		k, err := seal.Load(path)
		switch {
		case err == nil:
			have, primary = k.IDs(), k.Primary()
		case !errors.Is(err, seal.ErrMissing) || len(noted) > 0:
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "KEY\tKEYSET\tDATABASE")
		for _, id := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(noted), have...)))) {
			fmt.Fprintf(w, "%d\t%s\t%s\n", id, inKeyset(id, primary, have), inDatabase(id, noted, sealed))
		}
		return w.Flush()
	})
}

func inKeyset(id, primary uint32, have []uint32) string {
	switch {
	case id == primary:
		return "seals"
	case slices.Contains(have, id):
		return "opens"
	}
	return "missing"
}

func inDatabase(id uint32, noted []uint32, sealed bool) string {
	switch {
	case !slices.Contains(noted, id):
		return "not noted"
	case sealed:
		return "noted; secrets are sealed"
	}
	return "noted; nothing is sealed yet"
}
