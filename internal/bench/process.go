package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is what /proc counts processor time in; Linux shows user space 100 a second
// on every machine.
const tick = 10 * time.Millisecond

// usage is the processor time that the three parties have used so far.
type usage struct{ product, database, client time.Duration }

// parties are the processes whose use is told apart.
type parties struct{ product, database int }

// used reads the use. Where there is no /proc it is zero.
func (p parties) used() usage {
	u := usage{product: spent(p.product, false), client: spent(os.Getpid(), false)}
	// The server's processes: the first one counts those that have ended, too.
	u.database = spent(p.database, true)
	for _, child := range childrenOf(p.database) {
		u.database += spent(child, false)
	}
	return u
}

func (u usage) since(before usage) usage {
	return usage{u.product - before.product, u.database - before.database, u.client - before.client}
}

// each gives microseconds for one event.
func each(d time.Duration, events int) float64 {
	return float64(d.Microseconds()) / float64(max(events, 1))
}

func childrenOf(pid int) []int {
	var list []int
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		if s, ok := readStat(path); ok && s.parent == pid {
			list = append(list, s.pid)
		}
	}
	return list
}

func spent(pid int, ended bool) time.Duration {
	s, _ := readStat(fmt.Sprintf("/proc/%d/stat", pid))
	if ended {
		return s.own + s.children
	}
	return s.own
}

// stat is the part of a process's /proc/PID/stat that we need; children are those
// that have ended and were waited for.
type stat struct {
	pid, parent   int
	own, children time.Duration
}

func readStat(path string) (stat, bool) {
	b, err := os.ReadFile(path)
	if err != nil {
		return stat{}, false
	}
	return parseStat(string(b))
}

// parseStat follows proc(5). The command's name stands in brackets and may itself
// hold spaces and brackets.
func parseStat(text string) (s stat, ok bool) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return s, false
	}
	f := strings.Fields(text[end+1:])
	if len(f) < 15 {
		return s, false
	}
	s.pid, _ = strconv.Atoi(strings.TrimSpace(text[:open]))
	s.parent, _ = strconv.Atoi(f[1])
	ticks := func(i int) time.Duration {
		n, _ := strconv.ParseInt(f[i], 10, 64)
		return time.Duration(n) * tick
	}
	s.own, s.children = ticks(11)+ticks(12), ticks(13)+ticks(14)
	return s, true
}

// mostMemory is the most that a process has held in memory so far, in bytes.
func mostMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10
		}
	}
	return 0
}
