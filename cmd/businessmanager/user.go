package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/console"
	"businessmanager/internal/store"
)

type userCmd struct {
	Add     userAdd     `cmd:"" help:"Add a person; prints a one-time invitation link."`
	List    userList    `cmd:"" help:"List everybody."`
	Link    userLink    `cmd:"" help:"Print a new one-time link for somebody who is locked out. It ends their sessions."`
	Disable userDisable `cmd:"" help:"Let somebody in no more. It ends their sessions."`
}

type userAdd struct {
	Email         string   `arg:"" help:"The address that they sign in with."`
	Name          string   `name:"name" required:"" placeholder:"NAME" help:"Their name."`
	Role          string   `name:"role" required:"" placeholder:"ROLE" help:"owner, admin or support."`
	Partner       []string `name:"partner" sep:"none" placeholder:"PARTNER" help:"A partner whose businesses they may see, by id or name; may be repeated. Left out: every partner."`
	PasswordStdin bool     `name:"password-stdin" help:"Set the password that stands on the first line of the standard input, instead of printing a link."`
}

func (c *userAdd) Run(p *program) error {
	role, err := bm.ParseRole(c.Role)
	if err != nil {
		return err
	}
	if role == bm.RoleOwner && len(c.Partner) > 0 {
		return usagef("an owner sees every partner: leave --partner out, or choose another role")
	}
	// Read and judged first: whoever is added with a password that cannot be taken
	// would be there and could not come in.
	var hash bm.Secret
	if c.PasswordStdin {
		if hash, err = readPassword(p, c.Email, c.Name); err != nil {
			return err
		}
	}
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		partners, all, err := findPartners(ctx, st, c.Partner)
		if err != nil {
			return err
		}
		by := bm.System("user add")
		u, err := st.CreateUser(ctx, by, c.Email, c.Name, role, partners, all)
		if err != nil {
			return err
		}
		if c.PasswordStdin {
			if err := st.SetPassword(ctx, by, u.ID, hash); err != nil {
				return err
			}
			fmt.Fprintf(p.out, "%s may sign in at %s\n", u.Email, p.cfg.ConsoleURL)
			return nil
		}
		return printLink(ctx, p, st, by, &u, bm.LinkInvite, store.InviteLasts)
	})
}

// readPassword takes the first line of the standard input and gives its hash.
func readPassword(p *program, email, name string) (bm.Secret, error) {
	line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return bm.Secret{}, failf("the password cannot be read from the standard input (%v): pipe it in", err)
	}
	password := bm.NewSecret(strings.TrimRight(line, "\r\n"))
	if wrong := console.CheckPassword(password, email, name); wrong != "" {
		return bm.Secret{}, bm.InvalidField("password", "%s", wrong)
	}
	return console.NewPasswords().Hash(p.ctx, password)
}

// printLink prints a link for a person: what it is, and alone on the last line the
// link itself.
func printLink(ctx context.Context, p *program, st *store.Store, by bm.Actor, u *bm.User, purpose bm.LinkPurpose, lasts time.Duration) error {
	token, err := st.MakeLink(ctx, by, u.ID, purpose, lasts)
	if err != nil {
		return err
	}
	until := time.Now().Add(lasts).UTC().Format("2006-01-02 15:04 UTC")
	fmt.Fprintf(p.out, "A link for %s (%s). It works once, until %s. Whoever has it comes in, so hand it over in private.\n", u.Name, u.Email, until)
	fmt.Fprintln(p.out, console.LinkURL(p.cfg.ConsoleURL, token))
	return nil
}

type userList struct{}

func (userList) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		people, err := st.Users(ctx)
		if err != nil {
			return err
		}
		names, err := partnerNames(ctx, st)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tPARTNERS\tSTATE")
		for _, u := range people {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, u.Role, partnersInWords(u.AllPartners, u.Partners, names), stateOf(&u))
		}
		return w.Flush()
	})
}

func partnersInWords(all bool, ids []int64, names map[int64]string) string {
	if all {
		return "all"
	}
	var words []string
	for _, id := range ids {
		words = append(words, names[id])
	}
	return strings.Join(words, ", ")
}

func stateOf(u *bm.User) string {
	switch {
	case !u.DisabledAt.IsZero():
		return "disabled"
	case !u.HasPassword:
		return "invited"
	}
	return "active"
}

type userLink struct {
	Email string `arg:"" help:"Whose link."`
}

func (c *userLink) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		u, err := st.UserByEmail(ctx, c.Email)
		if err != nil {
			return err
		}
		return printLink(ctx, p, st, bm.System("user link"), &u, bm.LinkRecover, store.RecoverLasts)
	})
}

type userDisable struct {
	Email string `arg:"" help:"Who."`
}

func (c *userDisable) Run(p *program) error {
	return p.withStore(func(ctx context.Context, st *store.Store) error {
		u, err := st.UserByEmail(ctx, c.Email)
		if err != nil {
			return err
		}
		if err := st.DisableUser(ctx, bm.System("user disable"), u.ID); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s is disabled, and every session of theirs has ended.\n", u.Email)
		return nil
	})
}
