package pgrun

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// noCluster is read by Debian's package scripts when a server is installed. Left
// alone they make a cluster of the system's own and start it on port 5432.
const noCluster = "/etc/postgresql-common/createcluster.d/businessmanager.conf"

// install fetches Debian's server programs. made is the version that existing
// data want, 0 for any.
func install(ctx context.Context, made int, say func(string)) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil || os.Geteuid() != 0 {
		return nil // the caller says what is missing
	}
	pkg := "postgresql"
	if made != 0 {
		pkg = fmt.Sprintf("postgresql-%d", made)
	}
	say("No PostgreSQL server programs found. Installing them with apt-get; this can take a minute.")
	undo, err := forbidCluster()
	if err != nil {
		return err
	}
	defer undo()
	// A failed update is no reason to stop: the lists at hand may do.
	_ = aptGet(ctx, apt, "update", "-q")
	if err := aptGet(ctx, apt, "install", "-q", "-y", "--no-install-recommends", pkg); err != nil {
		return fmt.Errorf("apt-get could not install %s: install it by hand, or give a database in DATABASE_URL (%w)", pkg, err)
	}
	say("PostgreSQL is installed. The system's own database service was left out.")
	return nil
}

// forbidCluster lasts as long as our installation: what an administrator
// installs later behaves as the administrator expects.
func forbidCluster() (undo func(), err error) {
	dir := filepath.Dir(noCluster)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(noCluster, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return nil, err
	}
	return func() {
		_ = os.Remove(noCluster)
		_ = os.Remove(dir) // stays when somebody else uses it
	}, nil
}

// aptGet asks nothing, and keeps what was said for the day it fails.
func aptGet(ctx context.Context, apt string, args ...string) error {
	cmd := exec.CommandContext(ctx, apt, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range bytes.Lines(out) {
		if text := strings.TrimSpace(string(line)); strings.HasPrefix(text, "E:") {
			return fmt.Errorf("%s", text)
		}
	}
	return err
}
