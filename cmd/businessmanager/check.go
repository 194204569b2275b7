package main

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// check looks at the shape of every value, whether or not this command uses it: a
// mistake is cheaper to hear of today than on the day it counts.
func (c *Config) check() error {
	switch c.Environment {
	case development, staging, production:
	default:
		return usagef("BM_ENVIRONMENT is %q: use development, staging or production", c.Environment)
	}
	for _, f := range []func() error{c.checkAddresses, c.checkURLs, c.checkNetworks, c.checkNumbers, c.checkUnbuilt} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	for _, a := range []struct{ name, value string }{
		{"BM_CONSOLE_ADDR", c.ConsoleAddr}, {"BM_WEBHOOK_ADDR", c.WebhookAddr},
		{"BM_OPS_ADDR", c.OpsAddr}, {"BM_SANDBOX_ADDR", c.SandboxAddr},
	} {
		_, port, err := net.SplitHostPort(a.value)
		n, bad := strconv.ParseUint(port, 10, 16)
		if err != nil || bad != nil || n > 65535 {
			return usagef("%s is %q: give an address and a port, such as 127.0.0.1:8080", a.name, a.value)
		}
	}
	host, _, _ := net.SplitHostPort(c.SandboxAddr)
	if a, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !a.IsLoopback()) {
		return usagef("BM_SANDBOX_ADDR is %q: the sandbox listens on a loopback address only, such as 127.0.0.1:8083", c.SandboxAddr)
	}
	return nil
}

// follow lets the public URLs follow their addresses in development, unless they
// are set: a link that a command prints leads to the console that runs.
func (c *Config) follow() {
	for _, u := range []struct {
		variable, addr string
		url            *string
	}{{"BM_CONSOLE_URL", c.ConsoleAddr, &c.ConsoleURL}, {"BM_WEBHOOK_URL", c.WebhookAddr, &c.WebhookURL}} {
		host, port, err := net.SplitHostPort(u.addr)
		if err != nil || port == "0" || c.Environment != development || c.given[u.variable] {
			continue
		}
		if a, err := netip.ParseAddr(host); host == "" || err == nil && a.IsUnspecified() {
			host = "127.0.0.1"
		}
		*u.url = "http://" + net.JoinHostPort(host, port)
	}
}

func (c *Config) checkURLs() error {
	for _, u := range []struct {
		name, value string
		bare        bool // our own bases: a host and nothing behind it
	}{
		{"BM_CONSOLE_URL", c.ConsoleURL, true}, {"BM_WEBHOOK_URL", c.WebhookURL, false},
		{"BM_GRAPH_URL", c.GraphURL, false}, {"BM_OIDC_ISSUER", c.OIDCIssuer, false},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", c.OTLPEndpoint, false},
	} {
		if u.value == "" {
			continue
		}
		at, err := url.Parse(u.value)
		if err != nil || (at.Scheme != "http" && at.Scheme != "https") || at.Hostname() == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
			// Not the value: what stands before an @ in it may be a password.
			return usagef("%s is not a web address: give one that begins with https:// (or http:// in development), without a user name, a question mark or a #", u.name)
		}
		if u.bare && strings.Trim(at.Path, "/") != "" {
			return usagef("%s has a path: the console has a host name of its own, such as https://console.example.com", u.name)
		}
	}
	if c.DatabaseURL.Empty() {
		return nil
	}
	if v := c.DatabaseURL.Reveal(); !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") && !strings.Contains(v, "=") {
		return usagef("DATABASE_URL is not the address of a PostgreSQL database: give one such as postgres://user:password@host:5432/name")
	}
	return nil
}

func (c *Config) checkNetworks() error {
	for _, n := range []struct{ name, value string }{
		{"BM_TRUSTED_PROXIES", c.TrustedProxies}, {"BM_EGRESS_ALLOW", c.EgressAllow},
	} {
		if _, err := networks(n.value); err != nil {
			return usagef("%s is %q: give networks with commas between, such as 10.0.0.0/8, fd00::/8", n.name, n.value)
		}
	}
	return nil
}

// networks reads a list of networks; one address is a network of its own.
func networks(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(part); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (c *Config) checkNumbers() error {
	for _, n := range []struct {
		name, value string
		least       int
	}{{"BM_RETENTION_DAYS", c.RetentionDays, 1}, {"BM_AUDIT_RETENTION_DAYS", c.AuditRetentionDays, 0}} {
		// Ten years of days: more is a slip of typing.
		if d, err := strconv.Atoi(n.value); err != nil || d < n.least || d > 3660 {
			return usagef("%s is %q: give a number of days from %d to 3660", n.name, n.value, n.least)
		}
	}
	if !graphVersion.MatchString(c.GraphVersion) {
		return usagef("BM_GRAPH_VERSION is %q: give a version such as v26.0", c.GraphVersion)
	}
	return nil
}

var graphVersion = regexp.MustCompile(`^v\d{1,3}\.\d{1,2}$`)

func (c *Config) checkUnbuilt() error {
	if c.KeysetURI != "" {
		return usagef("BM_KEYSET_URI is set, and keysets in a key service are not built yet: give a file in BM_KEYSET_FILE")
	}
	if c.MailFrom != "" {
		if _, err := mail.ParseAddress(c.MailFrom); err != nil {
			return usagef("BM_MAIL_FROM is %q: give an email address", c.MailFrom)
		}
	}
	if c.SMTPURL.Empty() {
		return nil
	}
	u, err := url.Parse(c.SMTPURL.Reveal())
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return usagef("BM_SMTP_URL is not the address of a mail server: give one such as smtps://user:password@mail.example.com")
	}
	return nil
}

// refusals say why the product may not run like this outside development.
func (c *Config) refusals() []error {
	if c.Environment == development {
		return nil
	}
	var all []error
	if c.embedded() {
		all = append(all, failf("%s needs a database of its own: give its address in DATABASE_URL", c.Environment))
	}
	if c.KeysetFile == "" {
		all = append(all, failf("%s needs a keyset: make one with 'businessmanager key make FILE', keep a copy of it apart from the database's backups, and name it in BM_KEYSET_FILE", c.Environment))
	}
	for _, u := range []struct{ name, value string }{{"BM_CONSOLE_URL", c.ConsoleURL}, {"BM_WEBHOOK_URL", c.WebhookURL}} {
		if !strings.HasPrefix(u.value, "https://") {
			all = append(all, failf("%s is %s, and %s needs an https address there: give the public one", u.name, u.value, c.Environment))
		}
	}
	return all
}

// unbuilt lists what was asked for and is not there yet, a line each. Keeping
// silent would let a setting look as if it worked.
func (c *Config) unbuilt() []string {
	var lines []string
	for _, f := range []struct{ name, says string }{
		{"BM_GRAPH_URL", "the Graph API is not called yet"},
		{"BM_GRAPH_VERSION", "the Graph API is not called yet"},
		{"BM_EGRESS_ALLOW", "bots are not called yet"},
		{"BM_SMTP_URL", "mail is not sent yet; links are shown instead"},
		{"BM_MAIL_FROM", "mail is not sent yet; links are shown instead"},
		{"BM_OIDC_ISSUER", "single sign-on is not built yet"},
		{"BM_OIDC_CLIENT_ID", "single sign-on is not built yet"},
		{"BM_OIDC_CLIENT_SECRET", "single sign-on is not built yet"},
		{"BM_RETENTION_DAYS", "events are not removed by age yet"},
		{"BM_AUDIT_RETENTION_DAYS", "the audit is not removed by age yet"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "OpenTelemetry is not built yet; /metrics speaks Prometheus"},
	} {
		if c.given[f.name] {
			lines = append(lines, f.name+" is set and has no effect: "+f.says)
		}
	}
	return lines
}
