package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"businessmanager/internal/seal"
	"businessmanager/internal/store"
)

// openKeyset gives the keyset that the database was told of.
//
//	file there ── every noted key in it ─────────────── used, and noted
//	    │              └─ one is not, and something is sealed ── refused, with its id
//	no file ── something is sealed ────────────────────────────── refused, with its id
//	    └── nothing is sealed ── development ── made, and noted
//	                                 └─ elsewhere ─────────────── refused, says how to make one
//
// Making one where something is sealed would look like working and open nothing.
func (p *program) openKeyset(ctx context.Context, st *store.Store) (*seal.Keyset, error) {
	noted, sealed, err := st.SealingKeys(ctx)
	if err != nil {
		return nil, err
	}
	path := p.cfg.keysetPath()
	k, err := seal.Load(path)
	if errors.Is(err, seal.ErrMissing) {
		if k, err = p.makeKeyset(path, noted, sealed); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if lacking := without(noted, k.IDs()); sealed && len(lacking) > 0 {
		return nil, foreign(path, lacking)
	}
	return k, st.NoteSealingKeys(ctx, []uint32{k.Primary()})
}

// makeKeyset makes the keyset of development, or says why not.
func (p *program) makeKeyset(path string, noted []uint32, sealed bool) (*seal.Keyset, error) {
	switch {
	case sealed:
		return nil, failf("there is no keyset at %s, and the database holds secrets that only %s opens: put the keyset's file back there, or name it in BM_KEYSET_FILE", path, keysInWords(noted))
	case p.cfg.Environment != development:
		return nil, failf("there is no keyset at %s: make one with 'businessmanager key make %s', and keep a copy of it apart from the database's backups", path, path)
	}
	k, err := seal.Create(path)
	if errors.Is(err, fs.ErrExist) { // another process was faster; its keyset is as good
		return seal.Load(path)
	}
	if err == nil {
		p.log.Info("made a keyset for development", "file", path, "key", k.Primary())
	}
	return k, err
}

// foreign says that a keyset is another database's.
func foreign(path string, lacking []uint32) error {
	return failf("the keyset %s is not this database's, which wants %s: name the file that was made for this database in BM_KEYSET_FILE", path, keysInWords(lacking))
}

// without lists what wanted has and have lacks.
func without(wanted, have []uint32) []uint32 {
	return slices.DeleteFunc(slices.Clone(wanted), func(id uint32) bool { return slices.Contains(have, id) })
}

func keysInWords(ids []uint32) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprintf("key %d", id)
	}
	return strings.Join(words, " and ")
}
