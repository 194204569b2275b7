package laws

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "businessmanager"

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath, Name, Dir, Doc string
	Standard                   bool
	GoFiles, IgnoredGoFiles    []string
	Imports, Deps              []string
}

// path is the package's path as the laws write it.
func (p *pkg) path() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func (p *pkg) ours() bool { return strings.HasPrefix(p.ImportPath, module+"/") }

// house lists every package with all that it depends on, once for all tests.
var house = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Name,Dir,Doc,Standard,GoFiles,IgnoredGoFiles,Imports,Deps", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var list []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	list, err := house()
	if err != nil {
		t.Fatal(err)
	}
	var ours []pkg
	for _, p := range list {
		if p.ours() {
			ours = append(ours, p)
		}
	}
	if len(ours) < 10 {
		t.Fatalf("go list tells of %d packages, so nothing would be checked", len(ours))
	}
	return ours
}

func (w pattern) matches(path string) bool {
	path = strings.TrimPrefix(path, module+"/")
	if tree, ok := strings.CutSuffix(string(w), "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return path == string(w)
}

func among(list []pattern, path string) bool {
	return slices.ContainsFunc(list, func(w pattern) bool { return w.matches(path) })
}

func TestWordsNeedNothingButTheStandardLibrary(t *testing.T) {
	t.Parallel()
	list, err := house()
	if err != nil {
		t.Fatal(err)
	}
	standard := map[string]bool{}
	for _, p := range list {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range packages(t) {
		if p.path() != "internal/bm" {
			continue
		}
		for _, dep := range p.Deps {
			if !standard[dep] {
				t.Errorf("internal/bm comes with %s, and everybody imports bm: it needs the standard library alone", dep)
			}
		}
		return
	}
	t.Fatal("there is no internal/bm")
}

func TestEachThingIsSeenOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, l := range onlyLaws() {
			if among(l.may, p.path()) || among(l.what, p.path()) {
				continue
			}
			for _, i := range p.Imports {
				if among(l.what, i) {
					t.Errorf("%s imports %s, and only %v may: %s", p.path(), i, l.may, l.why)
				}
			}
		}
	}
}

func TestNobodyLooksInTheWrongDirection(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, l := range neverLaws() {
			if !among(l.who, p.path()) {
				continue
			}
			seen := p.Imports
			if l.deep {
				seen = p.Deps
			}
			for _, i := range seen {
				// What lies in its own tree is itself.
				if among(l.what, i) && !among(l.who, i) {
					t.Errorf("%s sees %s: %s", p.path(), i, l.why)
				}
			}
		}
	}
}

func TestPackagesAreNamedForWhatIsInThem(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if slices.Contains(forbiddenNames(), p.Name) {
			t.Errorf("%s: the name %s says nothing of what is inside", p.path(), p.Name)
		}
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s opens with no comment: say what it knows, who calls it, what it refuses to know", p.path())
		}
	}
}

// A law that matches nothing is a slip of typing, and would hold for ever.
func TestEveryLawIsAboutSomethingThatExists(t *testing.T) {
	t.Parallel()
	list, err := house()
	if err != nil {
		t.Fatal(err)
	}
	planned := []pattern{ // rooms of the house that are still to be built
		"internal/deliver", "internal/send", "internal/watch", "github.com/riverqueue/...",
		"github.com/chromedp/...", // in tests alone, which the list leaves out
	}
	exists := func(w pattern) bool {
		return slices.Contains(planned, w) || slices.ContainsFunc(list, func(p pkg) bool { return w.matches(p.ImportPath) })
	}
	var all []pattern
	for _, l := range onlyLaws() {
		all = append(append(all, l.what...), l.may...)
	}
	for _, l := range neverLaws() {
		all = append(append(all, l.who...), l.what...)
	}
	for _, w := range all {
		if !exists(w) {
			t.Errorf("a law speaks of %s, which nothing matches", w)
		}
	}
}
