// Package laws holds the rules of the house as tables, and the test that reads
// them against the code.
//
// Each row carries its reason. A row that stands in the way of something good is
// changed together with its reason, in a commit that says why; the test is there
// so that this is a decision and not a slip. Nobody imports this package. It knows
// package paths and syntax, and refuses to know what the code does.
package laws

// A pattern is an import path, or a whole tree of them when it ends in "/...".
// Paths of this module are written without its name.
type pattern string

// only says that some packages alone may import a thing.
type only struct {
	what []pattern
	may  []pattern // empty: tests only
	why  string
}

// never says that a package imports none of some things, itself or, when deep,
// by anything that comes with it.
type never struct {
	who  []pattern
	what []pattern
	deep bool
	why  string
}

// The trees of this module.
const (
	rooms = "internal/..."
	web   = "web/..."
	cmd   = "cmd/businessmanager"
)

func onlyLaws() []only {
	return []only{
		{[]pattern{"github.com/jackc/pgx/..."}, []pattern{"internal/store", "migrations", "internal/pgrun", "internal/pgtest", "internal/watch", "internal/bench", cmd},
			"SQL has one home; the others start servers, make test databases, run River, compare with plain inserts, or open the pools"},
		{[]pattern{"github.com/riverqueue/..."}, []pattern{"internal/watch"}, "the queue of timed work can be changed in one place"},
		{[]pattern{"github.com/pressly/goose/..."}, []pattern{"migrations"}, "schema steps are applied in one place, under one lock"},
		{[]pattern{"github.com/tink-crypto/..."}, []pattern{"internal/seal"}, "whoever reviews the cryptography reads one package"},
		{[]pattern{"github.com/gorilla/..."}, []pattern{"internal/console"}, "sessions belong to people in a browser; a token or a callback has none"},
		{[]pattern{"github.com/alexedwards/argon2id", "github.com/nbutton23/..."}, []pattern{"internal/console"}, "passwords are judged and hashed in one place"},
		{[]pattern{"github.com/labstack/..."}, []pattern{"internal/console", "internal/api"}, "the router is the edges' own matter"},
		{[]pattern{"github.com/danielgtaylor/huma/..."}, []pattern{"internal/api"}, "the OpenAPI document comes from the API alone"},
		{[]pattern{"github.com/a-h/templ/..."}, []pattern{web, "internal/console"}, "pages are printed by web and sent by the console"},
		{[]pattern{"github.com/alecthomas/kong"}, []pattern{cmd}, "the command line and the environment are read in one place"},
		{[]pattern{"github.com/chromedp/..."}, []pattern{"internal/browser"}, "a browser is for tests"},
		{[]pattern{"internal/console", "internal/api", "internal/intake", "internal/deliver", "internal/send", "internal/watch"}, []pattern{cmd, "internal/bench"},
			"roles are wired in one place and never reach into each other: each must run alone; the benchmark drives one from outside"},
		{[]pattern{"internal/sandbox", "internal/example"}, []pattern{cmd, "internal/example"}, "what stands in for the world must not be reachable from the product; dev alone starts it"},
		{[]pattern{"internal/pgrun"}, []pattern{cmd, "internal/pgtest", "internal/bench"}, "only a process that owns its database starts one"},
		{[]pattern{"internal/pgtest", "internal/browser"}, []pattern{"internal/bench"}, "they are for tests; the benchmark needs a database of its own, too"},
		{[]pattern{"migrations"}, []pattern{cmd, "internal/pgtest", "internal/bench"}, "who starts the product decides when the schema changes"},
		{[]pattern{"internal/laws"}, nil, "rules are read, not called"},
	}
}

func neverLaws() []never {
	return []never{
		{[]pattern{"internal/seal"}, []pattern{"internal/store", "internal/meta", "net/http", "database/sql"}, false, "it keeps secrets, and knows neither where they are kept nor whose they are"},
		{[]pattern{"internal/meta"}, []pattern{"internal/store", "internal/seal"}, false, "what Meta says is a pure function of bytes"},
		{[]pattern{"internal/store"}, []pattern{"internal/seal", "internal/meta", "net/http"}, false, "it takes and gives sealed secrets, and knows no edge"},
		{[]pattern{"internal/connect"}, []pattern{web, "static", "internal/sandbox"}, false, "acts have no look, and do not know that the world can be a pretend one"},
		{[]pattern{web}, []pattern{"internal/store", "internal/seal", "internal/connect", "internal/meta", "net/http"}, false, "pages are given what they show and cannot ask for more"},
		{[]pattern{"internal/intake"}, []pattern{"github.com/labstack/...", "github.com/a-h/templ/...", "github.com/gorilla/...", web, "static", "internal/connect"}, true, "what faces the internet stays small, with all that comes with it"},
		{[]pattern{"internal/deliver"}, []pattern{"internal/meta", "internal/connect", web}, false, "a delivery hands on bytes and need not understand them"},
		{[]pattern{"internal/api"}, []pattern{web, "static", "internal/seal"}, false, "an answer in JSON has no look, and no key"},
		{[]pattern{"internal/sandbox"}, []pattern{rooms, web, "static", "migrations"}, false, "a mistake in our reader must not be mirrored by the writer that tests it"},
		{[]pattern{"internal/pgrun", "migrations", "static"}, []pattern{rooms, web}, false, "they serve the house and know nothing of it"},
	}
}

// forbiddenNames are packages that we do not have: such a name says nothing of
// what is inside, and so everything ends up there.
func forbiddenNames() []string {
	return []string{
		"models", "types", "util", "utils", "common", "helpers", "services",
		"repositories", "handlers", "middleware", "dto", "mocks", "logger",
	}
}

// stateful lists package-level values that may hold state, with the reason.
func stateful() map[string]string {
	return map[string]string{
		"internal/pgtest.shared": "one server for a test binary, which has no other place that all its tests reach",
	}
}
