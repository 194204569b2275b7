// Command businessmanager is the product: the one binary with all its roles and
// the commands around them.
//
// It knows which pieces there are, how they are configured, in which order they
// start and how they end; it wires them and decides nothing of what they do.
// config.go is the only reader of the environment in the whole house. What it
// refuses to know: SQL, pages, platforms.
//
//	main.go      the commands, and how an error becomes one line and an exit code
//	config.go    every variable; check.go says what is wrong with them
//	serve.go     the product: database → keys → listeners, and back again
//	parts.go     what runs side by side, and ends in reverse; door.go listens
//	dev.go       serve with example data and the sandbox
//	a file per command
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	// Zones by name also where the machine has no list of them, as in our image.
	_ "time/tzdata"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals
		fmt.Fprintln(os.Stderr, "businessmanager: asked twice, so it ended at once; what was under way was cut off")
		os.Exit(exitFailed)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes of the contract.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// program is what all commands share.
type program struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	cfg      *Config
	log      *slog.Logger
}

// commands are the words of the command line.
type commands struct {
	Config   `group:"configuration"`
	LogLevel string `name:"log-level" enum:"debug,info,warn,error," default:"" placeholder:"LEVEL" help:"What is logged: debug, info, warn or error (default: info, warn in dev)."`

	Serve   serveCmd   `cmd:"" help:"Run the product."`
	Dev     devCmd     `cmd:"" help:"Run the product for trying out: embedded database, example data, sandbox."`
	Migrate migrateCmd `cmd:"" help:"Bring the database schema up to date, or show how it stands."`
	Partner partnerCmd `cmd:"" help:"Add partners."`
	User    userCmd    `cmd:"" help:"Add and list people, let somebody in again, or shut somebody out."`
	Token   tokenCmd   `cmd:"" help:"Make, list and revoke API tokens."`
	Key     keyCmd     `cmd:"" help:"Make a keyset, or list the encryption keys."`
	Doctor  doctorCmd  `cmd:"" help:"Check configuration, database, keys and addresses; say how to mend what is wrong."`
	Version versionCmd `cmd:"" help:"Print version, commit and Go version."`
}

// run is the whole program for one command line. It gives the exit code.
func run(ctx context.Context, args, environ []string, in io.Reader, out, errs io.Writer) int {
	p := &program{ctx: ctx, in: in, out: out, err: errs}
	return p.fail(p.run(args, environ))
}

func (p *program) run(args, environ []string) error {
	var words commands
	given, mistake := readEnvironment(environ)
	done := false // kong has printed help and is through
	parser, err := kong.New(&words,
		kong.Name("businessmanager"),
		kong.Description("Business Manager connects a business's bot to the messaging platforms of its customers."),
		kong.Writers(p.out, p.err),
		kong.Exit(func(int) { done = true }),
		kong.Resolvers(given.resolver()),
		kong.ExplicitGroups([]kong.Group{{Key: "configuration", Title: "Configuration, each also a variable of the environment:"}}),
		kong.ValueFormatter(describe),
		kong.Help(printHelp),
	)
	if err != nil {
		return err
	}
	nothing := len(args) == 0
	if nothing {
		args = []string{"--help"}
	}
	words.environ = given
	c, err := parser.Parse(args)
	if nothing {
		return usagef("no command was given: name one, such as 'businessmanager serve'")
	}
	if done {
		return nil
	}
	if err != nil {
		return usagef("%s: see 'businessmanager --help'", err)
	}
	words.Config.note(c)
	p.cfg = &words.Config
	if c.Command() != "version" { // help and version are given whatever the environment holds
		if mistake != nil {
			return mistake
		}
		if err := p.cfg.check(); err != nil {
			return err
		}
		p.cfg.follow()
	}
	p.log = newLogger(p.err, p.cfg.Environment == development, words.LogLevel, c.Command() == "dev")
	return c.Run(p)
}
