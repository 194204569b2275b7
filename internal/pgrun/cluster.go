package pgrun

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ensureCluster makes the data when there are none. They are made in a folder
// beside and renamed when whole, so that an interrupted first start leaves
// nothing that a later one could take for data.
func ensureCluster(ctx context.Context, p place, progs programs, say func(string)) error {
	leftovers, _ := filepath.Glob(filepath.Join(p.home, "data.new-*"))
	for _, dir := range leftovers {
		_ = os.RemoveAll(dir) // what cannot go now goes next time
	}
	if exists(p.data()) {
		if !exists(p.password()) {
			return fmt.Errorf("the password of the database is missing: put the file %s back", p.password())
		}
		return nil
	}
	say(fmt.Sprintf("Making a PostgreSQL %d database in %s.", progs.major, p.home))
	fresh, err := os.MkdirTemp(p.home, "data.new-*")
	if err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if err := p.acc.give(fresh); err != nil {
		return fmt.Errorf("the data folder cannot be given to user %s: %w", p.acc.name, err)
	}
	if err := writePassword(p); err != nil {
		return fmt.Errorf("the password of the database cannot be written: %w", err)
	}
	if err := initdb(ctx, p, progs, fresh); err != nil {
		_ = os.RemoveAll(fresh)
		return err
	}
	if err := os.Rename(fresh, p.data()); err != nil {
		return err
	}
	return syncDir(p.home)
}

// initdb gives the data checksums, and a locale that needs no locale package
// yet knows the case of every letter. Passwords are the only way in.
func initdb(ctx context.Context, p place, progs programs, dir string) error {
	cmd := p.acc.command(dir, progs.path("initdb"),
		"--pgdata="+dir, "--username="+superuser, "--pwfile="+p.password(),
		"--auth=scram-sha-256", "--data-checksums",
		"--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	c, err := spawn(cmd, syscall.SIGKILL) // half-made data are worth no goodbye
	if err != nil {
		return fmt.Errorf("initdb cannot be started: %w", err)
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // its own children too
		<-c.ended
		return ctx.Err()
	}
	if c.err != nil {
		return fmt.Errorf("initdb could not make the database: %s (%w)", complaint(out.String()), c.err)
	}
	return nil
}

// writePassword stores 256 random bits where only the server's user and we can
// read them. The folder is ours, so that user cannot put another file there.
func writePassword(p place) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	f, err := os.OpenFile(p.password(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.acc.give(p.password()); err != nil {
		return err
	}
	if _, err := f.WriteString(base64.RawURLEncoding.EncodeToString(secret) + "\n"); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// complaint finds the last line that says what went wrong in what a program
// said; else the last line.
func complaint(said string) string {
	last, bad := "", ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "FATAL:") || strings.Contains(line, "PANIC:") || strings.Contains(line, "error:") {
			bad = line
		}
		if line != "" {
			last = line
		}
	}
	if bad != "" {
		return bad
	}
	return last
}
