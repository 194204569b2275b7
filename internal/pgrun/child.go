package pgrun

import (
	"os/exec"
	"runtime"
	"syscall"
)

// A child is a running server program.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // why it ended; read after ended is closed
}

// spawn starts cmd such that it gets sig when we die. The kernel sends it when
// the *thread* that started the child ends, so that thread is held until the
// child has ended.
func spawn(cmd *exec.Cmd, sig syscall.Signal) (*child, error) {
	dieWithUs(cmd, sig)
	c := &child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.ended)
	}()
	return c, <-started
}

func (c *child) signal(sig syscall.Signal) { _ = c.cmd.Process.Signal(sig) }
