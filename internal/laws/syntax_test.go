package laws

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// file is one parsed file of a package, tests left out.
type file struct {
	pkg  *pkg
	name string
	set  *token.FileSet
	ast  *ast.File
}

func files(t *testing.T) []file {
	t.Helper()
	var all []file
	for _, p := range packages(t) {
		for _, name := range append(p.GoFiles, p.IgnoredGoFiles...) {
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, file{&p, p.path() + "/" + name, set, f})
		}
	}
	return all
}

// calls finds the uses of some functions of an imported package.
func (f *file) calls(path string, names ...string) []string {
	local := ""
	for _, i := range f.ast.Imports {
		if i.Path.Value == `"`+path+`"` {
			local = filepath.Base(path)
			if i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	var found []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || local == "" {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
			for _, name := range names {
				if s.Sel.Name == name {
					found = append(found, name)
				}
			}
		}
		return true
	})
	return found
}

func TestEnvironmentIsReadInOnePlace(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.pkg.path() == cmd {
			continue
		}
		for _, name := range f.calls("os", "Getenv", "LookupEnv", "ExpandEnv") {
			t.Errorf("%s calls os.%s: settings come as arguments from cmd, which is the only reader of the environment", f.name, name)
		}
	}
}

func TestNothingHappensByBeingImported(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has a func init: who needs something makes it and passes it on", f.name)
			}
		}
	}
}

func TestPackagesHaveNoStateOfTheirOwn(t *testing.T) {
	t.Parallel()
	byPackage := map[string][]file{}
	for _, f := range files(t) {
		byPackage[f.pkg.path()] = append(byPackage[f.pkg.path()], f)
	}
	for path, list := range byPackage {
		vars := map[string]bool{}
		for _, f := range list {
			for name, holds := range f.variables() {
				vars[name] = true
				if why := stateful()[path+"."+name]; holds && why == "" {
					t.Errorf("%s: %s holds state of the package: two in one process would share it", f.name, name)
				}
			}
		}
		for _, f := range list {
			for _, name := range f.assigned(vars) {
				t.Errorf("%s changes %s, which belongs to the whole package: two in one process would share it", f.name, name)
			}
		}
	}
}

// variables lists the package-level variables of a file, and whether their type or
// value is made to be changed.
func (f *file) variables() map[string]bool {
	out := map[string]bool{}
	for _, d := range f.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			holds := changeable(v.Type)
			for _, value := range v.Values {
				holds = holds || changeable(value)
			}
			for _, name := range v.Names {
				if name.Name != "_" {
					out[name.Name] = holds
				}
			}
		}
	}
	return out
}

// changeable tells locks, atomics, channels and maps that are made to be filled.
func changeable(e ast.Expr) bool {
	found := false
	if e == nil {
		return false
	}
	ast.Inspect(e, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false // what it makes is its caller's
		case *ast.SelectorExpr:
			if p, ok := x.X.(*ast.Ident); ok && (p.Name == "sync" || p.Name == "atomic") {
				found = true
			}
		case *ast.CallExpr:
			if fn, ok := x.Fun.(*ast.Ident); ok && (fn.Name == "make" || fn.Name == "new") {
				found = true
			}
		}
		return true
	})
	return found
}

// assigned lists the package-level variables that functions of a file assign to.
func (f *file) assigned(vars map[string]bool) []string {
	var found []string
	changed := func(e ast.Expr) {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = x.X
				continue
			case *ast.SelectorExpr:
				e = x.X
				continue
			case *ast.StarExpr:
				e = x.X
				continue
			case *ast.Ident:
				if vars[x.Name] && f.packageLevel(x) {
					found = append(found, x.Name)
				}
			}
			return
		}
	}
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.AssignStmt:
				for _, e := range x.Lhs {
					if x.Tok != token.DEFINE {
						changed(e)
					}
				}
			case *ast.IncDecStmt:
				changed(x.X)
			}
			return true
		})
	}
	return found
}

// packageLevel tells whether a name that is used means the package's variable: it
// was declared at the top of this file, or in another file, where the parser does
// not look.
func (f *file) packageLevel(x *ast.Ident) bool {
	if x.Obj == nil {
		return true
	}
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, s := range g.Specs {
				if s == x.Obj.Decl {
					return true
				}
			}
		}
	}
	return false
}
