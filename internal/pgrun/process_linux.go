package pgrun

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithUs has the kernel send sig to the child when the thread that started it
// ends; see child for what that asks of the thread.
func dieWithUs(cmd *exec.Cmd, sig syscall.Signal) {
	cmd.SysProcAttr.Pdeathsig = sig
}

// occupants are the server processes that work in a data folder. postmaster.pid
// cannot tell: after a crash its number may be anybody's, or it may be gone
// while the server's children still write.
func occupants(data string) []int {
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real // the kernel names working folders without links
	}
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	var pids []int
	for _, link := range links {
		dir, err := os.Readlink(link)
		if err != nil || dir != data {
			continue
		}
		proc := filepath.Dir(link)
		name, err := os.ReadFile(filepath.Join(proc, "comm"))
		if err != nil || strings.TrimSpace(string(name)) != "postgres" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(proc)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
