package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads the Compose file as an engine would, in an environment.
func load(t *testing.T, environ ...string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"../../docker-compose.yml"}, cli.WithEnv(environ), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func environOf(s types.ServiceConfig) []string {
	var lines []string
	for name, value := range s.Environment {
		if value != nil {
			lines = append(lines, name+"="+*value)
		}
	}
	return lines
}

func TestComposeNamesEveryVariableAndNoOther(t *testing.T) {
	t.Parallel()
	p := load(t)
	for _, name := range []string{"businessmanager", "migrate"} {
		s, err := p.GetService(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range contract() {
			if _, ok := s.Environment[v]; !ok {
				t.Errorf("service %s does not name %s", name, v)
			}
		}
		// The product's own reading of it: unknown names and files that clash. The
		// files themselves are in volumes.
		lines := slices.DeleteFunc(environOf(s), func(l string) bool { return strings.Contains(l, "_FILE=/run/") })
		if _, err := readEnvironment(lines); err != nil {
			t.Errorf("service %s: %v", name, err)
		}
	}
}

func TestComposeComesUpWithOneCommandAndWithoutASecretInIt(t *testing.T) {
	t.Parallel()
	p := load(t)
	postgres, _ := p.GetService("postgres")
	if len(postgres.Ports) != 0 || postgres.HealthCheck == nil || postgres.DependsOn["secrets"].Condition != types.ServiceConditionCompletedSuccessfully {
		t.Error("the database is published, unwatched, or does not wait for its password")
	}
	product, _ := p.GetService("businessmanager")
	if product.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully || product.DependsOn["postgres"].Condition != types.ServiceConditionHealthy {
		t.Error("the product does not wait for database and schema")
	}
	for _, port := range product.Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("port %s is open to other machines", port.Published)
		}
	}
	for name, s := range p.Services {
		if strings.Contains(name, "sandbox") {
			t.Error("the sandbox is part of it")
		}
		for _, line := range environOf(s) {
			variable, value, _ := strings.Cut(line, "=")
			if value != "" && !strings.HasSuffix(variable, "_FILE") && (strings.Contains(variable, "PASSWORD") || strings.Contains(variable, "SECRET") || variable == "DATABASE_URL") {
				t.Errorf("%s holds a secret: %s", name, variable)
			}
		}
	}
	raw, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), "\nUSER 65532:65532\n") {
		t.Error("the image runs as root")
	}
}

func TestComposeTakesWhatTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	given := []string{
		"DATABASE_URL=postgres://db.example.com/bm", "DATABASE_URL_FILE=", "BM_ENVIRONMENT=production",
		"BM_KEYSET_FILE=/keys/keyset.json", "BM_CONSOLE_URL=https://console.example.com", "BM_WEBHOOK_URL=https://hooks.example.com",
	}
	s, err := load(t, given...).GetService("businessmanager")
	if err != nil {
		t.Fatal(err)
	}
	have := environOf(s)
	for _, line := range given {
		if !slices.Contains(have, line) {
			t.Errorf("the service does not get %s", line)
		}
	}
	e := ask(t, have, "doctor")
	if strings.Contains(e.out, "needs a") || !strings.Contains(e.out, "configuration: production") {
		t.Errorf("the product refuses the configuration: %s%s", e.out, e.err)
	}
}
