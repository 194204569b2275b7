package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"businessmanager/internal/bm"
)

// One folder lives through its whole life here: each step stands on the one before.
func TestDevFromNothingToTheSecondStart(t *testing.T) {
	t.Parallel()
	dir := room(t)
	environ := onAnyPort("BM_DATA_DIR=" + dir)
	dev := begin(t, environ, "dev")
	dev.await(dev.out, `starting the database`)
	link := dev.await(dev.out, `Sign in +(http://127\.0\.0\.1:\d+)/link/(\S+)\n`)
	sandbox := dev.await(dev.out, `Sandbox +(http://127\.0\.0\.1:\d+)`)[1]
	webhook := dev.await(dev.out, `Callbacks +(http://127\.0\.0\.1:\d+)\n`)[1]
	dev.await(dev.out, `Data +`+filepath.Join(dir, "postgres"))
	dev.await(dev.out, `Ctrl-C`)

	wantStatus(t, 200, "GET", link[1]+"/link/"+link[2])
	if body := wantStatus(t, 200, "GET", sandbox+"/"); !strings.Contains(body, "Demo app") {
		t.Error("the sandbox has no app")
	}
	wantStatus(t, 401, "POST", webhook+"/facebook/unknown")

	t.Run("a command beside it uses its server", func(t *testing.T) {
		list := must(t, environ, "user", "list").out
		if !strings.Contains(list, "owner@example.com") || !strings.Contains(list, "Olivia Owner") {
			t.Errorf("the people are\n%s", list)
		}
		must(t, environ, "doctor")
		must(t, environ, "partner", "add", "Kept")
	})
	t.Run("a second one in the same folder is refused", func(t *testing.T) {
		for _, args := range [][]string{{"dev"}, {"serve", "--log-level", "error"}} {
			e := ask(t, environ, args...)
			checkRefusal(t, e, exitFailed, "process "+strconv.Itoa(os.Getpid()), args)
		}
	})
	if code := dev.end(); code != exitDone {
		t.Fatalf("dev ended with %d: %s", code, dev.err)
	}
	t.Run("a command alone starts a server for itself", func(t *testing.T) {
		refused(t, exitFailed, environ, "a partner of this name", "partner", "add", "Kept")
	})
	t.Run("a second start finds everything and prints another link", func(t *testing.T) {
		again := begin(t, environ, "dev")
		next := again.await(again.out, `Sign in +(http://127\.0\.0\.1:\d+)/link/(\S+)\n`)
		if next[2] == link[2] {
			t.Error("the link is the old one")
		}
		wantStatus(t, 200, "GET", next[1]+"/link/"+next[2])
		wantStatus(t, 404, "GET", next[1]+"/link/"+link[2])
		list := must(t, environ, "user", "list").out
		if strings.Count(list, "\n") != 2 {
			t.Errorf("the people are\n%s", list)
		}
		again.end()
	})
	t.Run("serve alone has no sandbox, owner or example", func(t *testing.T) {
		environ := onAnyPort("BM_DATA_DIR=" + room(t))
		r := begin(t, environ, "serve")
		r.await(r.err, "msg=ready")
		if list := must(t, environ, "user", "list").out; strings.Count(list, "\n") != 1 {
			t.Errorf("the people are\n%s", list)
		}
		if strings.Contains(r.out.String()+r.err.String(), "/link/") {
			t.Error("serve prints a link")
		}
	})
}

func TestDevHasExampleBusinesses(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	r := begin(t, onAnyPort(environ...), "dev")
	r.await(r.out, `in the database that DATABASE_URL names`)
	partners, err := storeOn(t, url).Partners(t.Context(), bm.Everything())
	if err != nil || len(partners) < 2 {
		t.Errorf("there are %d partners, %v", len(partners), err)
	}
}

func TestEndOfTheEmbeddedDatabaseIsTheEndOfServe(t *testing.T) {
	t.Parallel()
	dir := room(t)
	r := begin(t, onAnyPort("BM_DATA_DIR="+dir), "serve")
	r.await(r.err, "msg=ready")
	pid, err := os.ReadFile(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(pid), "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(n, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if code := r.wait(); code != exitFailed || !strings.Contains(lastLine(r.err.String()), "the database server ended by itself") {
		t.Errorf("it ended with %d: %s", code, r.err)
	}
}
