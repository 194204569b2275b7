package main

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// printHelp shows the configuration only where it is the matter: serve, dev and
// doctor. Behind every other command it would bury the three flags that count.
func printHelp(o kong.HelpOptions, c *kong.Context) error {
	o.Compact, o.WrapUpperBound = true, 110
	name := ""
	if c.Selected() != nil {
		name = c.Selected().Name
	}
	whole := name == "serve" || name == "dev" || name == "doctor"
	for _, f := range c.Model.Flags {
		if f.Tag.Has("var") {
			f.Hidden = !whole
		}
	}
	if err := kong.DefaultHelpPrinter(o, c); err != nil {
		return err
	}
	if !whole && name != "version" {
		fmt.Fprintln(c.Stdout, "\nConfiguration comes from flags and the environment; 'businessmanager serve --help' lists it.")
	}
	return nil
}
