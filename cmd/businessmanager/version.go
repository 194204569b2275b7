package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Set by the linker in a release (see the Makefile); a build from a clone says
// what Go noted about it.
var (
	version = "development"
	commit  = ""
)

type buildInfo struct{ version, commit, goVersion string }

func build() buildInfo {
	b := buildInfo{version: version, commit: commit, goVersion: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok && b.commit == "" {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				b.commit = s.Value + b.commit
			case s.Key == "vcs.modified" && s.Value == "true":
				b.commit += " with changes"
			}
		}
	}
	if b.commit == "" {
		b.commit = "unknown"
	}
	return b
}

type versionCmd struct{}

func (versionCmd) Run(p *program) error {
	b := build()
	fmt.Fprintf(p.out, "businessmanager %s\ncommit %s\n%s\n", b.version, b.commit, b.goVersion)
	return nil
}
