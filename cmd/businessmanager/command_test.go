package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/pgtest"
	"businessmanager/migrations"
)

func TestPartnerAddPrintsTheId(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	if got := must(t, environ, "partner", "add", "Acme").out; got != "1\n" {
		t.Errorf("it printed %q, want the id alone", got)
	}
	refused(t, exitFailed, environ, "a partner of this name", "partner", "add", "acme")
	refused(t, exitUsage, environ, "", "partner", "add", " ")
}

func TestUserAddPrintsALinkThatInvites(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	environ = append(environ, "BM_CONSOLE_URL=http://console.localhost:9000/")
	must(t, environ, "partner", "add", "Acme")
	must(t, environ, "partner", "add", "Blue")
	e := must(t, environ, "user", "add", "Mara@Example.com", "--name", "Mara", "--role", "admin", "--partner", "ACME", "--partner", "2")
	token, ok := strings.CutPrefix(e.last(), "http://console.localhost:9000/link/")
	if !ok {
		t.Fatalf("the last line is %q, want a link", e.last())
	}
	u, purpose, err := storeOn(t, url).LookAtLink(t.Context(), bm.NewSecret(token))
	if err != nil || purpose != bm.LinkInvite || u.Email != "mara@example.com" || u.Role != bm.RoleAdmin || len(u.Partners) != 2 || u.AllPartners {
		t.Errorf("the link is of %+v for %q, %v", u, purpose, err)
	}
	refused(t, exitUsage, environ, `no partner "Nobody"`, "user", "add", "b@example.com", "--name", "B", "--role", "support", "--partner", "Nobody")
	refused(t, exitUsage, environ, "owner sees every partner", "user", "add", "b@example.com", "--name", "B", "--role", "owner", "--partner", "Acme")
	refused(t, exitFailed, environ, "this email address", "user", "add", "mara@example.com", "--name", "M", "--role", "admin")
	list := must(t, environ, "user", "list").out
	if !regexp.MustCompile(`mara@example.com +Mara +admin +Acme, Blue +invited\n`).MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}
}

func TestPartnerLeftOutMeansEveryPartner(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	must(t, environ, "user", "add", "s@example.com", "--name", "S", "--role", "support")
	u, err := storeOn(t, url).UserByEmail(t.Context(), "s@example.com")
	if err != nil || !u.AllPartners {
		t.Errorf("the person sees %v, %v", u.Partners, err)
	}
}

func TestPasswordStdinSetsAPasswordAndNeverShowsIt(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	const good = "violet harbour trumpet ladder"
	add := []string{"user", "add", "o@example.com", "--name", "O", "--role", "owner", "--password-stdin"}
	e := askWith(t, environ, "short\n", add...)
	checkRefusal(t, e, exitUsage, "15 characters", add)
	st := storeOn(t, url)
	if _, err := st.UserByEmail(t.Context(), "o@example.com"); bm.KindOf(err) != bm.NotFound {
		t.Errorf("a refused password left a person behind: %v", err)
	}
	e = askWith(t, environ, good+"\r\n", add...)
	if e.code != exitDone || strings.Contains(e.out+e.err, good) || strings.Contains(e.out, "/link/") {
		t.Errorf("it ended with %d and said %s%s", e.code, e.out, e.err)
	}
	u, hash, err := st.UserToSignIn(t.Context(), "o@example.com")
	if err != nil || u.ID == 0 || !strings.HasPrefix(hash.Reveal(), "$argon2id$") {
		t.Errorf("there is no password to sign in with: %v", err)
	}
}

func TestUserLinkLetsBackInAndDisableShutsOut(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	must(t, environ, "user", "add", "o@example.com", "--name", "O", "--role", "owner")
	must(t, environ, "user", "add", "a@example.com", "--name", "A", "--role", "admin")
	link := must(t, environ, "user", "link", "A@example.com").last()
	token := bm.NewSecret(link[strings.LastIndex(link, "/")+1:])
	st := storeOn(t, url)
	if _, purpose, err := st.LookAtLink(t.Context(), token); err != nil || purpose != bm.LinkRecover {
		t.Errorf("the link is for %q, %v", purpose, err)
	}
	must(t, environ, "user", "disable", "a@example.com")
	if _, _, err := st.LookAtLink(t.Context(), token); bm.KindOf(err) != bm.NotFound {
		t.Errorf("the link of somebody disabled: %v", err)
	}
	refused(t, exitFailed, environ, "last owner", "user", "disable", "o@example.com")
	refused(t, exitFailed, environ, "disabled", "user", "link", "a@example.com")
	refused(t, exitFailed, environ, "no person", "user", "link", "nobody@example.com")
	if list := must(t, environ, "user", "list").out; !regexp.MustCompile(`a@example.com .* disabled\n`).MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}
}

func TestTokenIsShownOnceAloneOnTheLastLine(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	st := storeOn(t, url)
	must(t, environ, "partner", "add", "Acme")
	b, err := st.CreateBusiness(t.Context(), bm.System("test"), 1, "Shop", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string][]string{
		"ops": {"--role", "owner"}, "one": {"--role", "admin", "--partner", "Acme"}, "helper": {"--role", "support"},
		"bot": {"--role", "bot", "--business", strconv.FormatInt(b.ID, 10)},
	} {
		value := must(t, environ, append([]string{"token", "add", name}, more...)...).last()
		if !regexp.MustCompile(`^bm_[A-Za-z0-9]{43}$`).MatchString(value) {
			t.Errorf("%s: the last line is %q", name, value)
		}
		token, err := st.TokenByValue(t.Context(), bm.NewSecret(value))
		if err != nil || token.Name != name || string(token.Role) != more[1] {
			t.Errorf("%s: the token is %+v, %v", name, token, err)
		}
		if name == "bot" && (len(token.Scope.Businesses) != 1 || token.Scope.Businesses[0] != b.ID) {
			t.Errorf("the bot's businesses are %v", token.Scope.Businesses)
		}
		if list := must(t, environ, "token", "list").out; strings.Contains(list, value) || !strings.Contains(list, name) {
			t.Errorf("%s: the list is\n%s", name, list)
		}
		must(t, environ, "token", "revoke", name)
		if _, err := st.TokenByValue(t.Context(), bm.NewSecret(value)); bm.KindOf(err) != bm.SignedOut {
			t.Errorf("%s: a revoked token gives %v", name, err)
		}
	}
	refused(t, exitFailed, environ, "no token", "token", "revoke", "ops")
	refused(t, exitUsage, environ, "does not exist", "token", "add", "bad", "--role", "bot", "--business", "99")
}

func TestMigrateBringsADatabaseUpAndSaysHowItStands(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=" + pgtest.Empty(t), "BM_DATA_DIR=" + room(t)}
	e := ask(t, environ, "migrate", "status")
	if e.code != exitFailed || !strings.Contains(e.out, "at version 0") || !strings.Contains(e.err, "run 'businessmanager migrate'") {
		t.Errorf("status of an empty database ended with %d: %s%s", e.code, e.out, e.err)
	}
	refused(t, exitFailed, environ, "run 'businessmanager migrate'", "partner", "add", "Acme")
	if got := must(t, environ, "migrate").out; !strings.Contains(got, "from version 0 to version") {
		t.Errorf("migrate said %q", got)
	}
	if got := must(t, environ, "migrate", "up").out; !strings.Contains(got, "Nothing was changed") {
		t.Errorf("a second migrate said %q", got)
	}
	must(t, environ, "migrate", "status")
	must(t, environ, "partner", "add", "Acme")
}

func TestKeyMakeNeverWritesOverAKeyset(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	file := filepath.Join(room(t), "keyset.json")
	must(t, environ, "key", "make", file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("others may look: %v", info.Mode())
	}
	refused(t, exitFailed, environ, "never written over", "key", "make", file)
	refused(t, exitFailed, environ, "cannot be written", "key", "make", filepath.Join(file, "inside"))
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("the keyset changed")
	}
	if list := must(t, append(environ, "BM_KEYSET_FILE="+file), "key", "list").out; !regexp.MustCompile(`\d+ +seals +not noted\n`).MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}
	refused(t, exitFailed, append(environ, "BM_ENVIRONMENT=production"), "BM_KEYSET_FILE", "key", "list")
}

func TestDoctorFindsWhatIsWrongAndSaysHowToMendIt(t *testing.T) {
	t.Parallel()
	environ, url := onDatabase(t)
	// The servers of tests are quick and forgetful, which is the one thing wrong here.
	if e := ask(t, environ, "doctor"); e.code != exitFailed || !strings.Contains(e.out, "ok       database: reachable, PostgreSQL") ||
		!strings.Contains(e.out, "without fsync") || strings.Count(e.out, "problem ") != 1 {
		t.Errorf("a healthy installation on a forgetful server: %d %s", e.code, e.out)
	}
	if left, _ := filepath.Glob(strings.TrimPrefix(environ[1], "BM_DATA_DIR=") + "/*"); len(left) > 0 {
		t.Errorf("looking left %v behind", left)
	}
	// All that is wrong, not the first of it.
	e := ask(t, []string{"BM_ENVIRONMENT=production", "BM_DATA_DIR=" + room(t)}, "doctor")
	if e.code != exitFailed || strings.Count(e.out, "problem  ") != 4 || !strings.Contains(e.err, "4 problems were found") {
		t.Errorf("production with nothing set: %s%s", e.out, e.err)
	}
	for want, bad := range map[string][]string{
		"cannot be reached":             {"DATABASE_URL=postgres://nobody@127.0.0.1:1/none"},
		"run 'businessmanager migrate'": {"DATABASE_URL=" + pgtest.Empty(t)},
		"production needs a keyset":     {"DATABASE_URL=" + url, "BM_ENVIRONMENT=production"},
		"needs an https address":        {"DATABASE_URL=" + url, "BM_ENVIRONMENT=staging", "BM_KEYSET_FILE=/none"},
		"there is no keyset at /none":   {"DATABASE_URL=" + url, "BM_ENVIRONMENT=staging", "BM_KEYSET_FILE=/none"},
	} {
		e := ask(t, bad, "doctor")
		if e.code != exitFailed || !strings.Contains(e.out, "problem  ") || !strings.Contains(e.out, want) {
			t.Errorf("doctor ended with %d and does not say %q: %s%s", e.code, want, e.out, e.err)
		}
	}
}

func TestVersionTellsVersionCommitAndGo(t *testing.T) {
	t.Parallel()
	if got := must(t, nil, "version").out; !regexp.MustCompile(`^businessmanager \S+\ncommit \S.*\ngo1\.\d+.*\n$`).MatchString(got) {
		t.Errorf("it says %q", got)
	}
}

func TestErrorsForPeopleKeepTheirCauseForTheLog(t *testing.T) {
	t.Parallel()
	err := &bm.Error{Kind: bm.Busy, Message: "The database is not ready. Try again.", Err: errors.New("secret cause")}
	if got := inOneLine(err); got != "the database is not ready. Try again." {
		t.Errorf("a person reads %q", got)
	}
	for given, want := range map[string]string{"DATABASE_URL is bad": "DATABASE_URL is bad", "BM_X": "BM_X", "A name": "a name", "Ünder": "ünder", "": ""} {
		if got := lowerFirst(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}

// A schema that is newer than the program, by a step that older ones must not run
// beside, stops it.
func TestServeRefusesASchemaThatDoesNotFit(t *testing.T) {
	t.Parallel()
	empty := []string{"DATABASE_URL=" + pgtest.Empty(t), "BM_DATA_DIR=" + room(t)}
	refused(t, exitFailed, onAnyPort(empty...), "run 'businessmanager migrate' first", "serve")
	pool := pgtest.New(t)
	st, err := migrations.Current(context.Background(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)`, st.Want+1); err != nil {
		t.Fatal(err)
	}
	newer := []string{"DATABASE_URL=" + pool.Config().ConnString(), "BM_DATA_DIR=" + room(t)}
	r := begin(t, onAnyPort(newer...), "serve")
	r.await(r.err, "msg=ready") // newer, and not marked: older programs may stay
	r.end()
	if _, err := pool.Exec(t.Context(), `INSERT INTO schema_breaks (version) VALUES ($1)`, st.Want+1); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailed, onAnyPort(newer...), "install a newer release", "serve")
}
