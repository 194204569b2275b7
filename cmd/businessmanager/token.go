package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/store"
)

type tokenCmd struct {
	Add    tokenAdd    `cmd:"" help:"Make an API token; prints it once, alone on the last line."`
	List   tokenList   `cmd:"" help:"List every token; never a value."`
	Revoke tokenRevoke `cmd:"" help:"Make a token worthless at once."`
}

type tokenAdd struct {
	Name     string   `arg:"" help:"What it is for."`
	Role     string   `name:"role" required:"" placeholder:"ROLE" help:"owner, admin, support or bot."`
	Partner  []string `name:"partner" sep:"none" placeholder:"PARTNER" help:"A partner whose businesses it may see, by id or name; may be repeated. Left out: every partner."`
	Business []int64  `name:"business" placeholder:"ID" help:"A business whose events a bot's token reads, by id; may be repeated."`
}

func (c *tokenAdd) Run(p *program) error {
	role := bm.Role(c.Role)
	if role == bm.RoleBot && len(c.Business) == 0 {
		return usagef("a bot's token names the businesses whose events it reads: add --business ID")
	}
	if role == bm.RoleOwner && len(c.Partner) > 0 {
		return usagef("an owner's token sees every partner: leave --partner out, or choose another role")
	}
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		partners, all, err := findPartners(ctx, st, c.Partner)
		if err != nil {
			return err
		}
		scope := bm.Scope{AllPartners: all, Partners: partners, Businesses: c.Business}
		value, token, err := st.AddToken(ctx, bm.System("token add"), c.Name, role, scope, time.Time{})
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "The %s token %q. It is shown this once; keep it where secrets are kept.\n", token.Role, token.Name)
		fmt.Fprintln(p.out, value.Reveal())
		return nil
	})
}

type tokenList struct{}

func (tokenList) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		tokens, err := st.Tokens(ctx)
		if err != nil {
			return err
		}
		names, err := partnerNames(ctx, st)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tROLE\tPARTNERS\tBUSINESSES\tENDS IN\tMADE\tLAST USED\tSTATE")
		for _, t := range tokens {
			state := "in use"
			if !t.RevokedAt.IsZero() {
				state = "revoked"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Name, t.Role,
				partnersInWords(t.Scope.AllPartners, t.Scope.Partners, names), businessesInWords(t.Scope.Businesses),
				t.LastFour, day(t.CreatedAt), day(t.LastUsedAt), state)
		}
		return w.Flush()
	})
}

func businessesInWords(ids []int64) string {
	if ids == nil {
		return "all"
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(words, ", ")
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.DateOnly)
}

type tokenRevoke struct {
	Name string `arg:"" help:"Its name."`
}

func (c *tokenRevoke) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		if err := st.RevokeToken(ctx, bm.System("token revoke"), c.Name); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "The token %q is revoked.\n", c.Name)
		return nil
	})
}
