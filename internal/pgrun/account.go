package pgrun

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// An account is the user that runs the server. PostgreSQL refuses to run as
// root, so root's server runs as somebody who may do little else.
type account struct {
	name     string
	uid, gid uint32
	self     bool // it is ourselves: nothing to drop, nothing to give away
}

// runner names the user for these data: whoever owns them, else ourselves, else
// the first harmless user of the machine.
func runner(data string) (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{name: nameOf(uint32(uid)), uid: uint32(uid), gid: uint32(os.Getegid()), self: true}, nil
	}
	if info, err := os.Stat(data); err == nil {
		st, ok := info.Sys().(*syscall.Stat_t)
		if ok && st.Uid != 0 {
			return account{name: nameOf(st.Uid), uid: st.Uid, gid: st.Gid}, nil
		}
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return account{}, fmt.Errorf("PostgreSQL does not run as root and this machine has no user postgres or nobody: add one (useradd --system postgres), or start as a plain user")
}

func nameOf(uid uint32) string {
	if u, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
		return u.Username
	}
	return fmt.Sprintf("number %d", uid)
}

// passable is the mode of a folder of ours that the account must pass through.
func (a account) passable() fs.FileMode {
	if a.self {
		return 0o700
	}
	return 0o711
}

// give hands a file or folder of ours to the account.
func (a account) give(path string) error {
	if a.self {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// command prepares a server program. Its environment is its own: ours may hold
// secrets, which the server's user could read under /proc, and PG* variables,
// which would change what the program does.
func (a account) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us, and we stop it
	if !a.self {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}
