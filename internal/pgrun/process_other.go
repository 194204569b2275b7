//go:build unix && !linux

package pgrun

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithUs does nothing: only Linux tells a child that its parent died. Here a
// server outlives a killed owner, and the next start says so and names it.
func dieWithUs(*exec.Cmd, syscall.Signal) {}

// occupants is the server that postmaster.pid names, when a process of that
// number lives and is a server.
func occupants(data string) []int {
	line, _, _ := strings.Cut(readLine(filepath.Join(data, "postmaster.pid")), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil || !alive(pid) {
		return nil
	}
	name, err := exec.Command("ps", "-o", "comm=", "-p", line).Output()
	if err != nil || !strings.Contains(string(name), "postgres") {
		return nil
	}
	return []int{pid}
}
