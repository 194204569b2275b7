package pgrun

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestCommitsAreDurableByDefault(t *testing.T) {
	t.Parallel()
	s := started(t)
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "data_checksums": "on",
		"server_encoding": "UTF8", "listen_addresses": "", "password_encryption": "scram-sha-256",
	} {
		if got := ask(t, s.URL(), `SHOW `+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	// Search folds case outside ASCII too, with no locale package at hand.
	if got := ask(t, s.URL(), `SELECT lower('ÉÇŁЖ')`); got != "éçłж" {
		t.Errorf("lower case is %q, want éçłж", got)
	}
}

func TestProductIsNoSuperuser(t *testing.T) {
	t.Parallel()
	s := started(t)
	if got := ask(t, s.URL(), `SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user`); got != "false" {
		t.Error("the product's role may do more than own its database")
	}
}

func TestPasswordIsTheOnlyWayInAndIsNeverShown(t *testing.T) {
	t.Parallel()
	s := started(t)
	u, err := url.Parse(s.URL())
	must(t, err)
	password, _ := u.User.Password()
	if len(password) < 22 { // 128 bits in base64
		t.Fatalf("the password has %d characters", len(password))
	}
	u.User = url.UserPassword(u.User.Username(), "wrong")
	if conn, err := pgx.Connect(t.Context(), u.String()); err == nil {
		_ = conn.Close(context.Background())
		t.Error("a wrong password got in")
	} else if strings.Contains(err.Error(), password) {
		t.Error("an error shows the password")
	}
	for _, line := range strings.Split(string(read(t, filepath.Join(s.place.data(), "pg_hba.conf"))), "\n") {
		f := strings.Fields(line)
		if len(f) > 0 && f[0][0] != '#' && f[len(f)-1] != "scram-sha-256" {
			t.Errorf("pg_hba.conf lets in by %q", line)
		}
	}
	info, err := os.Stat(s.place.password())
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the password file has mode %o", info.Mode().Perm())
	}
	proc := fmt.Sprintf("/proc/%d/", s.PID())
	for what, text := range map[string]string{
		"printing":     fmt.Sprintf("%v %+v %#v %s", s, s, s, s),
		"command line": string(read(t, proc+"cmdline")),
		"environment":  string(read(t, proc+"environ")),
		"log":          string(read(t, s.place.log())),
	} {
		if strings.Contains(text, password) {
			t.Errorf("the %s of the server shows the password", what)
		}
	}
	if env := string(read(t, proc+"environ")); strings.Contains(env, "GOPATH") || strings.Contains(env, selfKey) {
		t.Error("the server inherited our environment")
	}
}

func TestLogQuotesNoRows(t *testing.T) {
	t.Parallel()
	s := started(t)
	conn, err := pgx.Connect(t.Context(), s.URL())
	must(t, err)
	defer conn.Close(context.Background())
	_, _ = conn.Exec(t.Context(), `CREATE TABLE words (w text PRIMARY KEY)`)
	for range 2 {
		_, err = conn.Exec(t.Context(), `INSERT INTO words VALUES ('planted-in-the-statement')`)
		_, _ = conn.Exec(t.Context(), `INSERT INTO words VALUES ($1)`, "planted-in-a-value")
	}
	if err == nil {
		t.Fatal("the same row went in twice")
	}
	log := string(read(t, s.place.log()))
	if !strings.Contains(log, "words_pkey") {
		t.Error("the log does not tell of the failure at all")
	}
	if strings.Contains(log, "planted") {
		t.Error("the log quotes what was written")
	}
}

func TestLogIsCutShort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "server.log")
	must(t, os.WriteFile(path, []byte(strings.Repeat("x", enough)+"the end"), 0o600))
	f, err := openLog(path)
	must(t, err)
	defer f.Close()
	_, err = f.WriteString("next")
	must(t, err)
	if got := string(read(t, path)); got != "next" {
		t.Errorf("the log holds %d bytes, want only what came next", len(got))
	}
	if old := read(t, path+".1"); len(old) != enough || !strings.HasSuffix(string(old), "the end") {
		t.Errorf("the older log holds %d bytes, want the last %d", len(old), enough)
	}
}

func TestWrongFolderOfProgramsIsNamed(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{DataDir: room(t, nil), BinDir: "/usr/share"})
	if err == nil || !strings.Contains(err.Error(), "BM_POSTGRES_BIN is /usr/share") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that names the folder", err)
	}
}

func TestChoiceOfPrograms(t *testing.T) {
	t.Parallel()
	p := place{home: "/somewhere"}
	old, mid, new := programs{"/old", 14}, programs{"/mid", 15}, programs{"/new", 17}
	for name, c := range map[string]struct {
		found []programs
		made  int
		want  int // 0: refused
	}{
		"first for new data":           {[]programs{mid, new}, 0, 15},
		"the makers of the data":       {[]programs{mid, new}, 17, 17},
		"their old makers too":         {[]programs{mid, old}, 14, 14},
		"never others than the makers": {[]programs{mid, new}, 16, 0},
		"nothing too old":              {[]programs{old}, 0, 0},
	} {
		got, err := choose(c.found, c.made, p)
		if got.major != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("%s: got %d, %v, want %d", name, got.major, err, c.want)
		}
	}
}

func started(t *testing.T) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{DataDir: settled(t, nil)})
	must(t, err)
	t.Cleanup(func() { must(t, s.Stop(context.Background())) })
	return s
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}
