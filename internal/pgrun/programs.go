package pgrun

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first version the product supports (contract: DATABASE_URL).
const oldest = 15

// programs are one installation of the server programs.
type programs struct {
	bin   string
	major int
}

func (g programs) path(name string) string { return filepath.Join(g.bin, name) }

// runIn tries whether the account can run the programs in a folder. Trying is
// the only honest test: modes, access lists and mounts all have a say.
func (g programs) runIn(dir string, acc account) error {
	return acc.command(dir, g.path("postgres"), "-V").Run()
}

var errNone = errors.New("no PostgreSQL server programs found")

// findPrograms picks the programs for a place: of the version that made its
// data, or the newest for data still to be made.
func findPrograms(ctx context.Context, o Options, p place) (programs, error) {
	made, err := dataVersion(p)
	if err != nil {
		return programs{}, err
	}
	found, err := candidates(ctx, o.BinDir)
	if err != nil {
		return programs{}, err
	}
	if len(found) == 0 && o.Install {
		if err := install(ctx, made, o.Say); err != nil {
			return programs{}, err
		}
		if found, err = candidates(ctx, o.BinDir); err != nil {
			return programs{}, err
		}
	}
	if len(found) == 0 {
		return programs{}, fmt.Errorf("%w: install them (Debian: apt-get install postgresql), name their folder in BM_POSTGRES_BIN, or give a database in DATABASE_URL", errNone)
	}
	return choose(found, made, p)
}

// choose never answers with programs of another version than the data: those
// would refuse the data, and upgrading them is a person's decision.
func choose(found []programs, made int, p place) (programs, error) {
	if made != 0 {
		for _, g := range found {
			if g.major == made {
				return g, nil
			}
		}
		return programs{}, fmt.Errorf("the data in %s were made by PostgreSQL %d and the programs in %s are PostgreSQL %d, so nothing was touched: install PostgreSQL %d and name its programs in BM_POSTGRES_BIN, or move %s away to begin anew", p.data(), made, found[0].bin, found[0].major, made, p.home)
	}
	if found[0].major < oldest {
		return programs{}, fmt.Errorf("the programs in %s are PostgreSQL %d and %d or newer is needed: install a newer one, or name its programs in BM_POSTGRES_BIN", found[0].bin, found[0].major, oldest)
	}
	return found[0], nil
}

// dataVersion reads which major version made the data; 0 when there are none.
func dataVersion(p place) (int, error) {
	if !exists(p.data()) {
		return 0, nil
	}
	b, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrPermission) {
		return 0, fmt.Errorf("the data in %s belong to another user: start as that user, or choose another BM_DATA_DIR", p.data())
	}
	// Versions before 10 were written 9.6; their first part is enough to refuse.
	first, _, _ := strings.Cut(strings.TrimSpace(string(b)), ".")
	major, bad := strconv.Atoi(first)
	if err != nil || bad != nil || major == 0 {
		return 0, fmt.Errorf("the folder %s does not hold PostgreSQL data that can be recognised, so nothing was touched: move it away to begin anew", p.data())
	}
	return major, nil
}

// candidates lists installations, the best first. A folder that was named is
// the only one looked at, and must be right.
func candidates(ctx context.Context, binDir string) ([]programs, error) {
	if binDir != "" {
		bin, err := filepath.Abs(binDir)
		if err != nil {
			return nil, err
		}
		major, err := versionOf(ctx, bin)
		if err != nil {
			return nil, fmt.Errorf("BM_POSTGRES_BIN is %s, and no PostgreSQL server programs can be run there: name the folder that holds postgres and initdb (%w)", binDir, err)
		}
		return []programs{{bin, major}}, nil
	}
	var found []programs
	for _, bin := range folders(ctx) {
		if major, err := versionOf(ctx, bin); err == nil {
			found = append(found, programs{bin, major})
		}
	}
	slices.SortStableFunc(found, func(a, b programs) int {
		// What pg_config names comes first as it stands, unless it is too old.
		return boolOrder(a.major >= oldest, b.major >= oldest)
	})
	return found, nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// folders are where the programs usually lie, in the order we prefer them.
func folders(ctx context.Context) []string {
	var list []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		list = append(list, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                                           // Debian
		"/usr/pgsql-*/bin",                                                    // PostgreSQL's own packages for Red Hat
		"/usr/local/pgsql/bin",                                                // built from source
		"/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin", // Homebrew
	} {
		dirs, _ := filepath.Glob(pattern)
		slices.SortFunc(dirs, func(a, b string) int { return numberIn(b) - numberIn(a) })
		list = append(list, dirs...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		list = append(list, filepath.Dir(path))
	}
	return list
}

var firstNumber = regexp.MustCompile(`\d+`)

func numberIn(path string) int {
	n, _ := strconv.Atoi(firstNumber.FindString(path))
	return n
}

// versionOf also shows that the programs are there and run here. Debian's
// pg_config comes with client packages too, so its answer is no proof.
func versionOf(ctx context.Context, bin string) (int, error) {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "-V").Output()
	if err != nil {
		return 0, err
	}
	if n := numberIn(string(out)); n > 0 {
		return n, nil
	}
	return 0, fmt.Errorf("postgres -V answered %q", out)
}

// Version is the major version of the programs that would make new data.
func Version(ctx context.Context, o Options) (int, error) {
	progs, err := findPrograms(ctx, o.withDefaults(), place{home: os.DevNull})
	return progs.major, err
}
