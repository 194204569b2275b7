package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// contract is what the outer contract names.
func contract() []string {
	return []string{
		"DATABASE_URL", "BM_DATA_DIR", "BM_POSTGRES_BIN", "BM_ENVIRONMENT",
		"BM_CONSOLE_ADDR", "BM_CONSOLE_URL", "BM_WEBHOOK_ADDR", "BM_WEBHOOK_URL",
		"BM_OPS_ADDR", "BM_SANDBOX_ADDR", "BM_KEYSET_FILE", "BM_KEYSET_URI",
		"BM_GRAPH_URL", "BM_GRAPH_VERSION", "BM_EGRESS_ALLOW", "BM_SMTP_URL", "BM_MAIL_FROM",
		"BM_OIDC_ISSUER", "BM_OIDC_CLIENT_ID", "BM_OIDC_CLIENT_SECRET", "BM_TRUSTED_PROXIES",
		"BM_RETENTION_DAYS", "BM_AUDIT_RETENTION_DAYS", "OTEL_EXPORTER_OTLP_ENDPOINT",
	}
}

func TestEveryVariableOfTheContractIsAFlagOfTheSameNameAndInTheHelp(t *testing.T) {
	t.Parallel()
	help := must(t, nil, "serve", "--help").out
	for _, name := range contract() {
		if !strings.Contains(help, name) {
			t.Errorf("the help of serve does not list %s", name)
		}
		whole := "--" + strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		for _, flag := range []string{whole, strings.Replace(whole, "--bm-", "--", 1)} {
			// Known flags without a value complain about the value.
			e := ask(t, nil, "version", flag)
			if e.code != exitUsage || strings.Contains(e.err, "unknown flag") {
				t.Errorf("%s is no flag: %s", flag, e.err)
			}
		}
	}
	for _, want := range []string{"default ./.data", "default 127.0.0.1:8080", "default http://127.0.0.1:8081", "default 30"} {
		if !strings.Contains(strings.Join(strings.Fields(help), " "), want) {
			t.Errorf("the help of serve does not say %q", want)
		}
	}
}

func TestUnknownVariableNamesTheNearestKnownOne(t *testing.T) {
	t.Parallel()
	for given, meant := range map[string]string{
		"BM_CONSOL_ADDR": "BM_CONSOLE_ADDR", "BM_WEBHOOK_URLS": "BM_WEBHOOK_URL", "BM_ENVIROMENT": "BM_ENVIRONMENT",
		"BM_KEYSET_FILES": "BM_KEYSET_FILE", "BM_SMTP_URI": "BM_SMTP_URL", "BM_SMTP_URL_FILES": "BM_SMTP_URL_FILE",
		// Not a secret, so no file: the variable itself is the nearest.
		"BM_CONSOLE_URL_FILE": "BM_CONSOLE_URL",
	} {
		refused(t, exitUsage, []string{given + "=x"}, "did you mean "+meant+"?", "migrate", "status")
	}
	if e := ask(t, []string{"BM_CONSOL_ADDR=x"}, "version"); e.code != exitDone {
		t.Errorf("version is refused for a variable that it does not read: %s", e.err)
	}
	if e := must(t, []string{"BM_CONSOL_ADDR=x"}, "partner", "--help"); !strings.Contains(e.out, "Usage") {
		t.Error("help is refused for a variable that it does not read")
	}
	refused(t, exitUsage, []string{"BM_CONSOL_ADDR=x"}, "BM_CONSOL_ADDR", "partner", "add", "version")
	if e := ask(t, []string{"HOME=/", "GOGC=50", "BMX=1"}, "version"); e.code != exitDone {
		t.Errorf("variables of others are none of our business: %s", e.err)
	}
}

func TestMistakesInValuesNameTheVariableAndTheCure(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"BM_ENVIRONMENT=prod":               "use development, staging or production",
		"BM_CONSOLE_ADDR=8080":              "BM_CONSOLE_ADDR",
		"BM_OPS_ADDR=127.0.0.1:99999":       "BM_OPS_ADDR",
		"BM_SANDBOX_ADDR=0.0.0.0:8083":      "loopback",
		"BM_SANDBOX_ADDR=:8083":             "loopback",
		"BM_CONSOLE_URL=console.example":    "BM_CONSOLE_URL is not a web address",
		"BM_CONSOLE_URL=https://a.b/c":      "BM_CONSOLE_URL has a path",
		"BM_WEBHOOK_URL=ftp://a.b":          "BM_WEBHOOK_URL",
		"BM_TRUSTED_PROXIES=10.0.0.0/40":    "BM_TRUSTED_PROXIES",
		"BM_EGRESS_ALLOW=everywhere":        "BM_EGRESS_ALLOW",
		"BM_RETENTION_DAYS=0":               "from 1 to 3660",
		"BM_AUDIT_RETENTION_DAYS=-1":        "from 0 to 3660",
		"BM_GRAPH_VERSION=26":               "such as v26.0",
		"BM_KEYSET_URI=aws-kms://key":       "not built yet: give a file in BM_KEYSET_FILE",
		"BM_MAIL_FROM=nobody":               "BM_MAIL_FROM",
		"BM_SMTP_URL=mail.example.com":      "BM_SMTP_URL",
		"DATABASE_URL=mysql:x":              "DATABASE_URL",
		"DATABASE_URL_FILE=/does/not/exist": "DATABASE_URL_FILE names /does/not/exist",
		"BM_OIDC_ISSUER=issuer":             "BM_OIDC_ISSUER",
	} {
		refused(t, exitUsage, []string{line}, want, "partner", "add", "Acme")
	}
}

func TestWrongUsageEndsWithTwo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"frobnicate"}, {"serve", "--nope"}, {"serve", "--roles", "console,cook"}, {"partner", "add"},
		{"user", "add", "a@example.com", "--role", "owner"}, {"migrate", "down"},
		{"user", "add", "a@example.com", "--name", "A", "--role", "king"},
		{"token", "add", "T", "--role", "bot"},
		{"token", "add", "T", "--role", "owner", "--partner", "Acme"},
		{"key", "rotate"}, {"serve", "--log-level", "loud"},
	} {
		refused(t, exitUsage, nil, "", args...)
	}
}

func TestOutsideDevelopmentNothingStartsHalfConfigured(t *testing.T) {
	t.Parallel()
	dir := room(t)
	keyset := filepath.Join(dir, "keyset.json")
	must(t, nil, "key", "make", keyset)
	whole := map[string]string{
		"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "BM_KEYSET_FILE": keyset,
		"BM_CONSOLE_URL": "https://console.example.com", "BM_WEBHOOK_URL": "https://hooks.example.com",
	}
	for _, environment := range []string{"staging", "production"} {
		for left, want := range map[string]string{
			"DATABASE_URL": "DATABASE_URL", "BM_KEYSET_FILE": "key make", "BM_CONSOLE_URL": "https", "BM_WEBHOOK_URL": "https",
			"": "cannot be reached", // whole: it comes as far as the database
		} {
			environ := []string{"BM_ENVIRONMENT=" + environment, "BM_DATA_DIR=" + dir}
			for name, value := range whole {
				if name != left {
					environ = append(environ, name+"="+value)
				}
			}
			refused(t, exitFailed, environ, want, "serve")
		}
		refused(t, exitFailed, []string{"BM_ENVIRONMENT=" + environment}, "businessmanager serve", "dev")
		refused(t, exitFailed, []string{"BM_ENVIRONMENT=" + environment}, "DATABASE_URL", "migrate")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("refusals left things behind: %v", left)
	}
}

func TestSecretsMayComeFromFiles(t *testing.T) {
	t.Parallel()
	dir := room(t)
	file := filepath.Join(dir, "url")
	// A new line at the end is the editor's, not the password's.
	if err := os.WriteFile(file, []byte("postgres://nobody:hunter2@127.0.0.1:1/none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, exitFailed, []string{"DATABASE_URL_FILE=" + file}, "127.0.0.1, port 1 cannot be reached", "migrate")
	refused(t, exitUsage, []string{"DATABASE_URL_FILE=" + file, "DATABASE_URL=postgres://x"}, "both set", "migrate")
	refused(t, exitUsage, []string{"DATABASE_URL=postgres://x", "DATABASE_URL_FILE=" + file}, "both set", "migrate")
	// Set to nothing is not set, as orchestrators write it.
	refused(t, exitFailed, []string{"DATABASE_URL=", "DATABASE_URL_FILE=" + file, "BM_SMTP_URL="}, "cannot be reached", "migrate")
}

func TestNoErrorAndNoPrintShowsTheDatabasePassword(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	for _, url := range []string{
		"postgres://nobody:" + password + "@127.0.0.1:1/none", "postgres://nobody:" + password + "@%%/none",
		"postgres://nobody:" + password + "@127.0.0.1:99999/none", "host=127.0.0.1 port=1 password=" + password,
		"host=127.0.0.1 port=x password=" + password, "mysql:" + password,
	} {
		for _, command := range [][]string{{"migrate"}, {"doctor"}, {"partner", "add", "A"}, {"serve", "--log-level", "debug"}} {
			e := ask(t, []string{"DATABASE_URL=" + url}, command...)
			if e.code == exitDone || strings.Contains(e.out+e.err, password) {
				t.Errorf("%v with a bad address ended with %d and said %s%s", command, e.code, e.out, e.err)
			}
			e = ask(t, nil, append(command, "--database-url", url)...)
			if e.code == exitDone || strings.Contains(e.out+e.err, password) {
				t.Errorf("%v with a bad flag ended with %d and said %s%s", command, e.code, e.out, e.err)
			}
		}
	}
	var c Config
	_ = c.DatabaseURL.UnmarshalText([]byte(password))
	if text := fmt.Sprintf("%v %+v %#v %+v", c, c, c, &c); strings.Contains(text, password) {
		t.Errorf("printing the configuration shows the password: %s", text)
	}
}

func TestWhatIsNotBuiltIsSaidAtTheStart(t *testing.T) {
	t.Parallel()
	environ, _ := onDatabase(t)
	set := []string{"BM_RETENTION_DAYS=30", "BM_MAIL_FROM=a@example.com", "BM_EGRESS_ALLOW=10.0.0.0/8", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"}
	r := begin(t, onAnyPort(append(environ, set...)...), "serve")
	r.await(r.err, "msg=ready")
	for _, line := range set {
		name, _, _ := strings.Cut(line, "=")
		r.await(r.err, `level=WARN msg="`+name+` is set and has no effect: .+"`)
	}
	if strings.Contains(r.err.String(), "BM_SMTP_URL") {
		t.Error("it warns of a variable that nobody set")
	}
}

func TestCommandLineWinsOverTheEnvironment(t *testing.T) {
	t.Parallel()
	refused(t, exitFailed, []string{"DATABASE_URL=postgres://nobody@127.0.0.1:1/a"}, "port 2 cannot be reached",
		"migrate", "--database-url", "postgres://nobody@127.0.0.1:2/a")
}

func TestStartThatIsInterruptedEndsQuickly(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	environ, _ := onDatabase(t)
	out, errs := newLines(), newLines()
	if code := run(ctx, []string{"serve"}, onAnyPort(environ...), strings.NewReader(""), out, errs); code != exitFailed {
		t.Errorf("it ended with %d: %s", code, errs)
	}
}
