package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// doors are the listeners; nil where the process has no such role.
type doors struct{ ops, sandbox, console, webhook net.Listener }

func (h *house) openDoors(context.Context) error {
	for _, d := range []struct {
		wanted         bool
		door           *net.Listener
		variable, addr string
		url            *string // follows the address in development unless it was set
		urlVariable    string
	}{
		{true, &h.doors.ops, "BM_OPS_ADDR", h.cfg.OpsAddr, nil, ""},
		{h.dev != nil, &h.doors.sandbox, "BM_SANDBOX_ADDR", h.cfg.SandboxAddr, nil, ""},
		{h.console, &h.doors.console, "BM_CONSOLE_ADDR", h.cfg.ConsoleAddr, &h.cfg.ConsoleURL, "BM_CONSOLE_URL"},
		{h.webhook, &h.doors.webhook, "BM_WEBHOOK_ADDR", h.cfg.WebhookAddr, &h.cfg.WebhookURL, "BM_WEBHOOK_URL"},
	} {
		if !d.wanted {
			continue
		}
		ln, err := listen(d.variable, d.addr)
		if err != nil {
			return err
		}
		// A room closes its door; this is for a start that fails before.
		h.parts.last(d.variable, func() { _ = ln.Close() })
		*d.door = ln
		if d.url != nil && h.cfg.Environment == development && !h.cfg.given[d.urlVariable] {
			*d.url = local(ln)
		}
		h.log.Info("listening", "for", strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(d.variable), "bm_"), "_addr"), "address", ln.Addr().String())
	}
	return nil
}

// local is the address of a listener for a browser on this machine.
func local(ln net.Listener) string {
	at := ln.Addr().(*net.TCPAddr)
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(at.Port))
}

// listen opens an address, or says whose it is and which variable changes it.
func listen(variable, address string) (net.Listener, error) {
	ln, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, failf("%s is %s, and something else listens there: stop it, or choose another address", variable, address)
	case errors.Is(err, os.ErrPermission):
		return nil, failf("%s is %s, and this user may not listen there: choose a port above 1023", variable, address)
	}
	return nil, failf("%s is %s, and that address cannot be listened on (%v): choose one of this machine", variable, address, why(err))
}
