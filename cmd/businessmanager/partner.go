package main

import (
	"context"
	"fmt"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

type partnerCmd struct {
	Add partnerAdd `cmd:"" help:"Add a partner; prints its id."`
}

type partnerAdd struct {
	Name string `arg:"" help:"The partner's name."`
}

func (c *partnerAdd) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		partner, err := st.CreatePartner(ctx, bm.System("partner add"), c.Name)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.out, partner.ID)
		return nil
	})
}

// findPartners turns what a person calls partners, an id or a name each, into ids.
// None named means all of them.
func findPartners(ctx context.Context, st *store.Store, named []string) (ids []int64, all bool, err error) {
	for _, n := range named {
		partner, err := st.FindPartner(ctx, bm.Everything(), n)
		if bm.KindOf(err) == bm.NotFound {
			return nil, false, usagef("there is no partner %q: give its id or its name, or add it with 'businessmanager partner add'", n)
		}
		if err != nil {
			return nil, false, err
		}
		ids = append(ids, partner.ID)
	}
	return ids, len(named) == 0, nil
}

// partnerNames gives every partner's name by its id.
func partnerNames(ctx context.Context, st *store.Store) (map[int64]string, error) {
	partners, err := st.Partners(ctx, bm.Everything())
	names := map[int64]string{}
	for _, partner := range partners {
		names[partner.ID] = partner.Name
	}
	return names, err
}
