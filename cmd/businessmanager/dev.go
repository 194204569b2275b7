package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"businessmanager/internal/bm"
	"businessmanager/internal/console"
	"businessmanager/internal/example"
	"businessmanager/internal/sandbox"
	"businessmanager/internal/store"
)

type devCmd struct{}

func (d *devCmd) Run(p *program) error {
	if p.cfg.Environment != development {
		return failf("dev runs in development only, and BM_ENVIRONMENT is %s: use 'businessmanager serve'", p.cfg.Environment)
	}
	return p.serve(&house{program: p, roles: roles{true, true, true}, dev: d, tell: p.say})
}

func (h *house) openSandbox() error {
	box, err := sandbox.New(sandbox.Options{
		StateFile: filepath.Join(h.cfg.DataDir, "sandbox.json"), Log: h.log,
	})
	if err != nil {
		return err
	}
	h.parts.start("the sandbox", func(ctx context.Context) error { return box.Run(ctx, h.doors.sandbox) })
	return nil
}

// furnish is what dev has and serve has not: an owner and example data. It also
// makes the link that the person at the terminal signs in with.
func (h *house) furnish(ctx context.Context) error {
	by := bm.System("dev")
	owner, err := h.consoleStore.FirstOwner(ctx)
	if bm.KindOf(err) == bm.NotFound {
		owner, err = h.consoleStore.CreateUser(ctx, by, "owner@example.com", "Olivia Owner", bm.RoleOwner, nil, true)
	}
	if err != nil {
		return err
	}
	if err := example.Load(ctx, h.consoleStore, by); err != nil {
		return err
	}
	token, err := h.consoleStore.MakeLink(ctx, by, owner.ID, bm.LinkSignIn, store.SignInLasts)
	if err != nil {
		return err
	}
	h.greeting = h.greet(&owner, console.LinkURL(h.cfg.ConsoleURL, token))
	return nil
}

// greet is what the person at the terminal reads when everything is up.
func (h *house) greet(owner *bm.User, link string) string {
	where := h.where
	if where == "" {
		where = "in the database that DATABASE_URL names"
	}
	return strings.Join([]string{
		"",
		"Business Manager is ready.",
		"",
		"  Console    " + h.cfg.ConsoleURL,
		"  Sign in    " + link,
		fmt.Sprintf("             as %s (%s); works once, for %d hours", owner.Name, owner.Email, int(store.SignInLasts.Hours())),
		"  Sandbox    " + local(h.doors.sandbox) + "   stands in for Meta",
		"  Callbacks  " + h.cfg.WebhookURL,
		"  Data       " + where,
		"",
		"Stop it with Ctrl-C; the data stay.",
		"",
	}, "\n")
}
