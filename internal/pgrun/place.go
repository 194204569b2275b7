package pgrun

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// aside is where root's data lie when the server's user cannot enter DataDir.
// The file system standard gives /var/lib to the lasting state of programs.
const aside = "/var/lib/businessmanager"

// noteName is the file in DataDir that says which folder under aside is its own.
const noteName = "postgres.where"

// A place is the folder of one installation's database.
type place struct {
	clone string // DataDir: absolute, links resolved
	home  string // the folder drawn in doc.go
	acc   account
}

func (p place) data() string     { return filepath.Join(p.home, "data") }
func (p place) socket() string   { return filepath.Join(p.home, "socket") }
func (p place) password() string { return filepath.Join(p.home, "password") }
func (p place) log() string      { return filepath.Join(p.home, "server.log") }

// locate finds where the data lie, or would lie if nothing stood in the way. It
// writes nothing.
func locate(dataDir string) (place, error) {
	clone, err := absolute(dataDir)
	if err != nil {
		return place{}, fmt.Errorf("the data folder %s cannot be found: %w", dataDir, err)
	}
	home, err := absolute(filepath.Join(clone, "postgres"))
	if err != nil {
		return place{}, fmt.Errorf("the folder of the database cannot be found: %w", err)
	}
	p := place{clone: clone, home: home}
	// Data that exist are never passed over for an empty folder, whatever has
	// happened to the permissions since.
	if os.Geteuid() == 0 && !exists(p.data()) {
		if noted, ok := notedAside(clone); ok {
			p.home = noted
		}
	}
	p.acc, err = runner(p.data())
	return p, err
}

// absolute resolves links as far as the path exists, so that one folder has one
// name, and so that the kernel's idea of it compares equal to ours.
func absolute(path string) (string, error) {
	if path == "" {
		return "", errors.New("BM_DATA_DIR is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(path) != path {
		parent, err := absolute(filepath.Dir(path))
		return filepath.Join(parent, filepath.Base(path)), err
	}
	return real, err
}

// settle makes the folder, below DataDir or aside, such that the server's user
// can work in it. Two first starts at once must settle on the same folder, so
// one waits for the other.
func settle(p place, progs programs, say func(string)) (place, error) {
	if err := makeClone(p); err != nil {
		return p, err
	}
	turn, err := os.Open(p.clone)
	if err != nil {
		return p, fmt.Errorf("the data folder cannot be opened: %w", err)
	}
	defer turn.Close()
	if err := syscall.Flock(int(turn.Fd()), syscall.LOCK_EX); err != nil {
		return p, fmt.Errorf("the data folder cannot be locked: %w", err)
	}
	if p, err = locate(p.clone); err != nil {
		return p, err
	}
	if err := makeHome(p.home, p.acc); err != nil {
		return p, fmt.Errorf("the folder of the database cannot be made: %w", err)
	}
	if progs.runIn(p.home, p.acc) == nil {
		return p, keepNote(p)
	}
	if err := progs.runIn("/", p.acc); err != nil {
		return p, fmt.Errorf("user %s cannot run the server programs in %s: open that folder to it, or name others in BM_POSTGRES_BIN (%w)", p.acc.name, progs.bin, err)
	}
	if exists(p.data()) || p.acc.self {
		return p, fmt.Errorf("user %s, who owns the data in %s, cannot enter that folder: open the folders above it to that user (chmod o+x)", p.acc.name, p.data())
	}
	_ = os.Remove(p.home) // empty: it was just made
	if p.home, err = makeAside(p.clone, p.acc); err != nil {
		return p, fmt.Errorf("the database can lie neither in %s, which user %s cannot enter, nor in %s: open the first to that user (chmod o+x) (%w)", p.clone, p.acc.name, aside, err)
	}
	say(fmt.Sprintf("User %s cannot enter %s, so the database lies in %s.", p.acc.name, p.clone, p.home))
	return p, nil
}

// makeClone makes DataDir. To root's server its user must be able to pass, and
// pass only: what else lies there keeps its own permissions.
func makeClone(p place) error {
	if exists(p.clone) {
		return nil
	}
	if err := os.MkdirAll(p.clone, 0o755); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return os.Chmod(p.clone, p.acc.passable())
}

func makeHome(home string, acc account) error {
	if err := os.Mkdir(home, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return os.Chmod(home, acc.passable()) // past any umask
}

// makeAside makes a folder under /var/lib and notes on both sides who belongs to
// whom. Its name comes from DataDir's path. A folder that already has that name
// is an earlier clone's: whoever deletes DataDir begins anew, as they would with
// the data inside, and the old data stay where they are.
func makeAside(clone string, acc account) (string, error) {
	if err := os.MkdirAll(aside, 0o755); err != nil {
		return "", err
	}
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", clone, n))
		home := filepath.Join(aside, hex.EncodeToString(sum[:8])) // 64 bits: a few clones on one machine
		if exists(home) {
			continue
		}
		if err := makeHome(home, acc); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(home, "clone"), []byte(clone+"\n"), 0o600); err != nil {
			return "", err
		}
		return home, os.WriteFile(filepath.Join(clone, noteName), []byte(home+"\n"), 0o600)
	}
}

// notedAside is the folder under /var/lib that DataDir's note names. A DataDir
// that was moved brings its note along and keeps its data; one that was copied
// brings a note too, but the original still has its own, and two installations
// must never share data.
func notedAside(clone string) (string, bool) {
	home := readLine(filepath.Join(clone, noteName))
	if home == "" || filepath.Dir(home) != aside || !exists(home) {
		return "", false
	}
	origin := readLine(filepath.Join(home, "clone"))
	copied := origin != clone && readLine(filepath.Join(origin, noteName)) == home
	return home, !copied
}

// keepNote follows a DataDir that was moved, so that a copy made of it later is
// told from it.
func keepNote(p place) error {
	note := filepath.Join(p.home, "clone")
	if filepath.Dir(p.home) != aside || readLine(note) == p.clone {
		return nil
	}
	return os.WriteFile(note, []byte(p.clone+"\n"), 0o600)
}

func readLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
