package pgrun

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDataOfAClosedFolderLieUnderVarLib(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // a plain user's server is the user: no folder of theirs is closed to it
	}
	closed := room(t, nil)
	must(t, os.Chmod(closed, 0o700))
	dir := filepath.Join(closed, "clone", ".data")
	first := up(t, begin(t, nil, order{DataDir: dir}))
	t.Cleanup(func() { _ = os.RemoveAll(first.Dir) })
	if filepath.Dir(first.Dir) != aside {
		t.Fatalf("the data lie in %s, want a folder in %s", first.Dir, aside)
	}
	if !strings.Contains(strings.Join(first.Said, "\n"), first.Dir) {
		t.Errorf("nobody was told of %s: %q", first.Dir, first.Said)
	}
	do(t, first.URL, `CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)`)
	first.stop()

	again := up(t, begin(t, nil, order{DataDir: dir}))
	if got := ask(t, again.URL, `SELECT n FROM kept`); got != "42" || again.Dir != first.Dir {
		t.Errorf("the second start found %s in %s, want 42 in %s", got, again.Dir, first.Dir)
	}
	command := up(t, begin(t, nil, order{DataDir: dir, Use: true}))
	if command.PID != 0 {
		t.Error("a command did not find the running server")
	}
	command.stop()
	again.stop()

	// A copy is another installation; the same installation elsewhere is not.
	p, err := locate(dir)
	must(t, err)
	copied := filepath.Join(closed, "copy")
	must(t, os.CopyFS(copied, os.DirFS(p.clone)))
	if home, ok := notedAside(copied); ok {
		t.Errorf("a copied DataDir uses the original's data in %s", home)
	}
	must(t, os.Rename(p.clone, copied+"-moved"))
	if home, ok := notedAside(copied + "-moved"); !ok || home != first.Dir {
		t.Errorf("a moved DataDir lost its data in %s", first.Dir)
	}
}

func TestDataAreNotLeftBehindWhenTheirFolderIsClosedLater(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // as above
	}
	dir := room(t, nil)
	s, err := Start(t.Context(), Options{DataDir: filepath.Join(dir, ".data")})
	must(t, err)
	must(t, s.Stop(t.Context()))
	must(t, os.Chmod(dir, 0o700))
	_, err = Start(t.Context(), Options{DataDir: filepath.Join(dir, ".data")})
	if err == nil || !strings.Contains(err.Error(), "chmod o+x") {
		t.Errorf("got %v, want a line that says how to open the folder", err)
	}
}

func TestLongPathGetsLoopback(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: filepath.Join(room(t, who), strings.Repeat("long", 20), ".data")}
		first := up(t, begin(t, who, o))
		if !strings.Contains(first.URL, "@127.0.0.1:") {
			t.Error("the server does not listen on loopback")
		}
		if sockets, _ := filepath.Glob(filepath.Join(first.Dir, "socket", ".s*")); len(sockets) != 0 {
			t.Errorf("the server also listens at %q", sockets)
		}
		o.Use = true
		if guest := up(t, begin(t, who, o)); guest.URL != first.URL {
			t.Error("a command does not find the server")
		}
	})
}

func TestDataOfAnotherVersionAreUntouched(t *testing.T) {
	t.Parallel()
	asEach(t, func(t *testing.T, who person) {
		o := order{DataDir: settled(t, who)}
		first := up(t, begin(t, who, o))
		first.stop()
		must(t, os.WriteFile(filepath.Join(first.Dir, "data", "PG_VERSION"), []byte("9.6\n"), 0o600))
		before := snapshot(t, o.DataDir)
		second := begin(t, who, o)
		for _, want := range []string{"PostgreSQL 9 ", "are PostgreSQL 1", "nothing was touched"} {
			if !strings.Contains(second.Err, want) {
				t.Errorf("the refusal %q does not say %q", second.Err, want)
			}
		}
		if snapshot(t, o.DataDir) != before {
			t.Error("the refusal changed the folder")
		}
	})
}

// snapshot is every path below a folder with its mode, time and bytes.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&all, path, info.Mode(), info.ModTime())
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	}))
	return all.String()
}

func TestFolderThatHoldsSomethingElseIsUntouched(t *testing.T) {
	t.Parallel()
	dir := room(t, nil)
	must(t, os.MkdirAll(filepath.Join(dir, "postgres", "data", "photos"), 0o755))
	before := snapshot(t, dir)
	if _, err := Start(t.Context(), Options{DataDir: dir}); err == nil {
		t.Error("a folder that holds no data was taken for data")
	}
	if snapshot(t, dir) != before {
		t.Error("the refusal changed the folder")
	}
}

func TestAnotherUsersDataAreRefusedInOneLine(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // it takes two users
	}
	dir := settled(t, nil)
	s, err := Start(t.Context(), Options{DataDir: dir})
	must(t, err)
	defer func() { must(t, s.Stop(context.Background())) }()
	for _, use := range []bool{false, true} {
		w := begin(t, nobody(), order{DataDir: dir, Use: use})
		if !strings.Contains(w.Err, "another user") || strings.Contains(w.Err, "\n") {
			t.Errorf("got %q, want one line about another user", w.Err)
		}
	}
}
