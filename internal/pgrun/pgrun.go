package pgrun

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Options say where the data lie and how the server is found.
type Options struct {
	// DataDir is the folder of this installation (BM_DATA_DIR). It is made when
	// it is missing.
	DataDir string
	// BinDir is the folder of the server programs (BM_POSTGRES_BIN). Empty:
	// they are looked for.
	BinDir string
	// Install allows root to install the programs with the package manager when
	// none are found. Only make run sets it: nothing else may change a machine.
	Install bool
	// Say is told what takes time and what people should know. May be nil.
	Say func(string)
	// Wait is how long a start waits for the server of a dead owner to stop,
	// and Use for a server that is just starting. Zero: 30 s, which is what a
	// fast shutdown with a full checkpoint may take on a slow disk.
	Wait time.Duration
	// Settings are added to the server's own ("fsync=off") and win over them.
	// Only tests set any: the defaults are the durable ones.
	Settings []string
}

const defaultWait = 30 * time.Second

func (o Options) withDefaults() Options {
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	return o
}

// Start runs the server as its owner. It refuses at once while another process
// is the owner. ctx bounds the start, not the life of the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	p, err := locate(o.DataDir)
	if err != nil {
		return nil, err
	}
	// Everything that can be refused without writing comes first, so that a
	// refusal leaves the folder as it was.
	progs, err := findPrograms(ctx, o, p)
	if err != nil {
		return nil, err
	}
	p, err = settle(p, progs, o.Say)
	if err != nil {
		return nil, err
	}
	lock, err := lockOwner(ctx, p, o.Wait)
	if err != nil {
		return nil, err
	}
	s, err := run(ctx, o, p, progs)
	if err != nil {
		lock.release()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

// run brings the server up in a folder that is ours.
func run(ctx context.Context, o Options, p place, progs programs) (*Server, error) {
	if err := waitUntilEmpty(ctx, p.data(), o.Wait); err != nil {
		return nil, err
	}
	if err := ensureCluster(ctx, p, progs, o.Say); err != nil {
		return nil, err
	}
	s, err := launch(ctx, o, p, progs)
	if err != nil {
		return nil, err
	}
	if err := s.ensureDatabase(ctx); err != nil {
		s.abandon(ctx)
		return nil, err
	}
	return s, nil
}

// Use gives a command a server: the running owner's, else one of its own until
// Stop.
func Use(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	deadline := time.Now().Add(o.Wait)
	for {
		s, err := borrow(ctx, o)
		if !errors.Is(err, errAlone) {
			return s, err
		}
		s, err = Start(ctx, o)
		if err == nil {
			s.hosting = true
			return s, nil
		}
		// Somebody became the owner between the two tries: borrow from them.
		if !errors.As(err, new(*OwnedError)) || time.Now().After(deadline) {
			return nil, err
		}
	}
}

// OwnedError says that a living process runs the server of this folder.
type OwnedError struct {
	Dir string
	PID int
}

func (e *OwnedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("the database in %s is already run by another process, whose number is not known: stop it, or give this one another BM_DATA_DIR", e.Dir)
	}
	return fmt.Sprintf("the database in %s is already run by process %d: stop that process, or give this one another BM_DATA_DIR", e.Dir, e.PID)
}
