package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"businessmanager/internal/bm"
)

// The environments.
const (
	development = "development"
	staging     = "staging"
	production  = "production"
)

// Config is everything that can be configured. The tag var names the variable of
// the environment, secret says that the value may come from a file named by
// VARIABLE_FILE. The command line wins over the environment.
type Config struct {
	DatabaseURL hidden `name:"database-url" var:"DATABASE_URL" secret:"" placeholder:"URL" help:"PostgreSQL 15 or newer, any libpq URL. Empty: an embedded one, in development only."`
	DataDir     string `name:"data-dir" aliases:"bm-data-dir" var:"BM_DATA_DIR" default:"./.data" placeholder:"FOLDER" help:"Where the embedded database and the development keyset lie."`
	PostgresBin string `name:"postgres-bin" aliases:"bm-postgres-bin" var:"BM_POSTGRES_BIN" placeholder:"FOLDER" help:"Folder of the server programs for the embedded database. Empty: they are looked for."`
	Environment string `name:"environment" aliases:"bm-environment" var:"BM_ENVIRONMENT" default:"development" placeholder:"NAME" help:"development, staging or production: badge, defaults, refusals."`

	ConsoleAddr string `name:"console-addr" aliases:"bm-console-addr" var:"BM_CONSOLE_ADDR" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where the console and the API listen."`
	ConsoleURL  string `name:"console-url" aliases:"bm-console-url" var:"BM_CONSOLE_URL" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Public base of the console. A request for another host name is refused. In development it follows BM_CONSOLE_ADDR unless it is set."`
	WebhookAddr string `name:"webhook-addr" aliases:"bm-webhook-addr" var:"BM_WEBHOOK_ADDR" default:"127.0.0.1:8081" placeholder:"ADDRESS" help:"Where callbacks listen."`
	WebhookURL  string `name:"webhook-url" aliases:"bm-webhook-url" var:"BM_WEBHOOK_URL" default:"http://127.0.0.1:8081" placeholder:"URL" help:"Public base of every callback URL. In development it follows BM_WEBHOOK_ADDR unless it is set."`
	OpsAddr     string `name:"ops-addr" aliases:"bm-ops-addr" var:"BM_OPS_ADDR" default:"127.0.0.1:8082" placeholder:"ADDRESS" help:"/healthz, /readyz, /metrics and profiles. Never public."`
	SandboxAddr string `name:"sandbox-addr" aliases:"bm-sandbox-addr" var:"BM_SANDBOX_ADDR" default:"127.0.0.1:8083" placeholder:"ADDRESS" help:"The sandbox of dev; a loopback address."`

	KeysetFile string `name:"keyset-file" aliases:"bm-keyset-file" var:"BM_KEYSET_FILE" placeholder:"FILE" help:"The encryption keyset, kept outside the database. Empty: made in BM_DATA_DIR, in development and while nothing is sealed."`
	KeysetURI  string `name:"keyset-uri" aliases:"bm-keyset-uri" var:"BM_KEYSET_URI" placeholder:"URI" help:"A keyset in a key service. Not built yet: setting it is refused."`

	GraphURL     string `name:"graph-url" aliases:"bm-graph-url" var:"BM_GRAPH_URL" placeholder:"URL" help:"Graph API. Empty: https://graph.facebook.com, in dev the sandbox. Not called yet."`
	GraphVersion string `name:"graph-version" aliases:"bm-graph-version" var:"BM_GRAPH_VERSION" default:"v26.0" placeholder:"VERSION" help:"Graph API version. Not called yet."`

	EgressAllow    string `name:"egress-allow" aliases:"bm-egress-allow" var:"BM_EGRESS_ALLOW" placeholder:"CIDR,…" help:"Private networks in which bots may live. Bots are not called yet."`
	SMTPURL        hidden `name:"smtp-url" aliases:"bm-smtp-url" var:"BM_SMTP_URL" secret:"" placeholder:"URL" help:"Mail server. Not built yet: links are shown instead of sent."`
	MailFrom       string `name:"mail-from" aliases:"bm-mail-from" var:"BM_MAIL_FROM" placeholder:"EMAIL" help:"Sender of mail. Not built yet."`
	OIDCIssuer     string `name:"oidc-issuer" aliases:"bm-oidc-issuer" var:"BM_OIDC_ISSUER" placeholder:"URL" help:"Single sign-on. Not built yet."`
	OIDCClientID   string `name:"oidc-client-id" aliases:"bm-oidc-client-id" var:"BM_OIDC_CLIENT_ID" placeholder:"ID" help:"Single sign-on. Not built yet."`
	OIDCSecret     hidden `name:"oidc-client-secret" aliases:"bm-oidc-client-secret" var:"BM_OIDC_CLIENT_SECRET" secret:"" placeholder:"SECRET" help:"Single sign-on. Not built yet."`
	TrustedProxies string `name:"trusted-proxies" aliases:"bm-trusted-proxies" var:"BM_TRUSTED_PROXIES" placeholder:"CIDR,…" help:"Networks of proxies whose forwarding headers count."`

	RetentionDays      string `name:"retention-days" aliases:"bm-retention-days" var:"BM_RETENTION_DAYS" default:"30" placeholder:"DAYS" help:"How long events and deliveries that have come to an end are kept. Nothing is removed yet."`
	AuditRetentionDays string `name:"audit-retention-days" aliases:"bm-audit-retention-days" var:"BM_AUDIT_RETENTION_DAYS" default:"0" placeholder:"DAYS" help:"How long the audit is kept; 0 is for ever. Nothing is removed yet."`
	OTLPEndpoint       string `name:"otel-exporter-otlp-endpoint" var:"OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL" help:"OpenTelemetry collector. Not built yet."`

	environ environment
	given   map[string]bool // the variables that somebody set, on either way
}

// hidden is a secret on the command line or in the environment. Printing the
// configuration cannot show it.
type hidden struct{ bm.Secret }

func (h *hidden) UnmarshalText(b []byte) error {
	h.Secret = bm.NewSecret(string(b))
	return nil
}

// environment is what the process was given, by variable; files are read already.
type environment map[string]string

// variable is one line of Config.
type variable struct {
	name   string
	secret bool
}

// variables lists what Config knows. The struct is the only list there is.
func variables() []variable {
	var list []variable
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if name, ok := t.Field(i).Tag.Lookup("var"); ok {
			_, secret := t.Field(i).Tag.Lookup("secret")
			list = append(list, variable{name, secret})
		}
	}
	return list
}

// readEnvironment takes what is ours out of the environment. An empty variable is
// one that is not set, as files of orchestrators give them. It refuses a BM_
// variable that nobody knows: a slip of typing would otherwise look like a setting.
func readEnvironment(environ []string) (environment, error) {
	found := environment{}
	files := map[string]string{} // VARIABLE_FILE to VARIABLE
	known := map[string]bool{}
	for _, v := range variables() {
		known[v.name] = true
		if v.secret {
			files[v.name+"_FILE"] = v.name
		}
	}
	paths := map[string]string{} // VARIABLE to what VARIABLE_FILE says
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		switch {
		case value == "" && (known[name] || files[name] != ""):
		case known[name], name == "GOGC":
			found[name] = value
		case files[name] != "":
			paths[files[name]] = value
		case strings.HasPrefix(name, "BM_"):
			return nil, usagef("%s is not a variable of this program: did you mean %s? 'businessmanager serve --help' lists all", name, nearest(name, known, files))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		if err := found.read(name, paths[name]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// read takes a secret from a file. White space at its end is the editor's.
func (e environment) read(name, path string) error {
	if e[name] != "" {
		return usagef("%s and %s_FILE are both set: keep one of them", name, name)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return usagef("%s_FILE names %s, which cannot be read (%v): give the path of a file with the value", name, path, reason(err))
	}
	value := strings.TrimRight(string(b), " \t\r\n")
	if value == "" {
		return usagef("%s_FILE names %s, which is empty: write the value into it", name, path)
	}
	e[name] = value
	return nil
}

// resolver hands the environment to the parser of the command line.
func (e environment) resolver() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		if value, ok := e[f.Tag.Get("var")]; ok {
			return value, nil
		}
		return nil, nil // kong's way of saying that there is none
	})
}

// note writes down which variables were set by somebody rather than by default.
func (c *Config) note(k *kong.Context) {
	c.given = map[string]bool{}
	for _, p := range k.Path {
		if p.Flag != nil && p.Flag.Tag.Has("var") {
			c.given[p.Flag.Tag.Get("var")] = true
		}
	}
}

// keysetPath is where the keyset lies, or would lie in development. Empty where
// somebody has to say it.
func (c *Config) keysetPath() string {
	if c.KeysetFile != "" || c.Environment != development {
		return c.KeysetFile
	}
	return filepath.Join(c.DataDir, "keyset.json")
}

// embedded tells whether the database is our own.
func (c *Config) embedded() bool { return c.DatabaseURL.Empty() }

// gcChosen tells whether somebody set the garbage collector's pace.
func (c *Config) gcChosen() bool { return c.environ["GOGC"] != "" }

// nearest finds the known variable that a slip of typing most likely meant.
func nearest(name string, known map[string]bool, files map[string]string) string {
	best, least := "", 1<<30
	try := func(candidate string) {
		d := slips(name, candidate)
		if d < least || d == least && candidate < best {
			best, least = candidate, d
		}
	}
	for candidate := range known {
		try(candidate)
	}
	for candidate := range files {
		try(candidate)
	}
	return best
}

// slips counts the letters to add, drop or change between two names.
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// describe ends the help of a flag with its default and its variable.
func describe(v *kong.Value) string {
	name := v.Tag.Get("var")
	if name == "" {
		return v.Help
	}
	if v.Tag.Has("secret") {
		name += " or " + name + "_FILE"
	}
	if v.HasDefault {
		name += ", default " + v.Default
	}
	return fmt.Sprintf("%s [%s]", v.Help, name)
}
