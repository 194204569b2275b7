package laws

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"businessmanager/internal/pgtest"
)

var update = flag.Bool("update", false, "write the files that are made from others anew")

// schemaFile is the whole schema in one piece, for reading.
const schemaFile = "../../migrations/schema.sql"

const schemaHead = `-- The schema as the migrations make it, in one piece, for reading. Nothing runs
-- this file. Made by 'make generate'; a test compares it.

`

// noise is what pg_dump says to the program that would run the file.
var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*)\n`)

func TestSchemaForReadingIsWhatTheMigrationsMake(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	program := dumper(t, url)
	cmd := exec.CommandContext(t.Context(), program, "--schema-only", "--no-owner", "--no-privileges", "--exclude-table=goose_db_version*", "--dbname="+url)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	body := noise.ReplaceAllString(string(out), "")
	body = regexp.MustCompile(`\n{3,}`).ReplaceAllString(strings.TrimSpace(body), "\n\n")
	want := schemaHead + strings.ReplaceAll(body, "public.", "") + "\n"
	if *update {
		if err := os.WriteFile(schemaFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("migrations/schema.sql is not what the migrations make: run 'make generate' and commit it%s", firstDifference(string(have), want))
	}
}

// dumper finds pg_dump beside the server's programs. Only that of version 15, which
// the file was written with, writes every byte alike.
func dumper(t *testing.T, url string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var major string
	if err := conn.QueryRow(t.Context(), `SELECT split_part(current_setting('server_version'), '.', 1)`).Scan(&major); err != nil {
		t.Fatal(err)
	}
	if major != "15" {
		t.Skipf("schema.sql is written by PostgreSQL 15, and this is %s", major)
	}
	for _, pattern := range []string{"/usr/lib/postgresql/15/bin/pg_dump", "/usr/pgsql-15/bin/pg_dump", "/opt/homebrew/opt/postgresql@15/bin/pg_dump"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	path, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Fatal("there is no pg_dump: install PostgreSQL's client programs")
	}
	return path
}

func firstDifference(have, want string) string {
	h, w := strings.Split(have, "\n"), strings.Split(want, "\n")
	for i := range min(len(h), len(w)) {
		if h[i] != w[i] {
			return "\nit has:  " + h[i] + "\nwanted:  " + w[i]
		}
	}
	return ""
}
