package pgtest

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"businessmanager/migrations"
)

func count(t *testing.T, pool *pgxpool.Pool, query string) int {
	t.Helper()
	var n int
	must(t, pool.QueryRow(t.Context(), query).Scan(&n))
	return n
}

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			pool := New(t)
			_, err := pool.Exec(t.Context(), `CREATE TABLE mine (); INSERT INTO mine DEFAULT VALUES`)
			must(t, err)
			if n := count(t, pool, `SELECT count(*) FROM mine`); n != 1 {
				t.Errorf("the table holds %d rows, want the test's own", n)
			}
		})
	}
}

func TestDatabaseHasTheWholeSchema(t *testing.T) {
	t.Parallel()
	st, err := migrations.Current(t.Context(), URL(t))
	must(t, err)
	if st.Have == 0 || st.Have != st.Want {
		t.Errorf("the schema is at %d, want %d", st.Have, st.Want)
	}
}

func TestEmptyHasNoSchema(t *testing.T) {
	t.Parallel()
	st, err := migrations.Current(t.Context(), Empty(t))
	must(t, err)
	if st.Have != 0 {
		t.Errorf("the schema is at %d, want none", st.Have)
	}
}

func TestDatabaseIsGoneAfterItsTest(t *testing.T) {
	t.Parallel()
	var url string
	var left *pgx.Conn
	t.Run("inner", func(t *testing.T) {
		var err error
		url = URL(t)
		left, err = pgx.Connect(context.Background(), url) // left open on purpose
		must(t, err)
	})
	t.Cleanup(func() { _ = left.Close(context.Background()) })
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database outlived its test")
	}
}

func TestCommittedRowsOutliveAKilledServer(t *testing.T) {
	t.Parallel()
	s := Durable(t)
	pool := s.Pool()
	_, err := pool.Exec(t.Context(), `CREATE TABLE kept AS SELECT generate_series(1, 100) n`)
	must(t, err)
	if got := setting(t, pool, "fsync"); got != "on" {
		t.Errorf("fsync of a durable server is %s", got)
	}
	url := s.URL()
	s.Restart()
	if s.URL() != url {
		t.Error("the server moved")
	}
	if n := count(t, s.Pool(), `SELECT count(*) FROM kept`); n != 100 {
		t.Errorf("%d rows outlived the crash, want 100", n)
	}
}

func setting(t *testing.T, pool *pgxpool.Pool, name string) string {
	t.Helper()
	var v string
	must(t, pool.QueryRow(t.Context(), `SHOW `+name).Scan(&v))
	return v
}

// askedKey turns the test binary into one that starts the shared server, says
// where, and then waits to be killed.
const askedKey = "PGTEST_SHARED"

func TestMain(m *testing.M) {
	if os.Getenv(askedKey) == "" {
		os.Exit(m.Run())
	}
	s, err := shared()
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(s.Dir() + "\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestNothingIsLeftOfAKilledTestBinary(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), askedKey+"=1")
	var said bytes.Buffer
	out, err := cmd.StdoutPipe()
	must(t, err)
	in, err := cmd.StdinPipe()
	must(t, err)
	defer in.Close()
	must(t, cmd.Start())
	_, err = io.CopyN(&said, out, 1)
	for err == nil && !strings.HasSuffix(said.String(), "\n") {
		_, err = io.CopyN(&said, out, 1)
	}
	must(t, err)
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	run := filepath.Dir(strings.TrimSpace(said.String()))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(run); err != nil {
			return // its server works in there and would have kept it
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", run)
		}
	}
}

// BenchmarkNew is what every test of the product pays.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		create(b, "businessmanager")
	}
}
