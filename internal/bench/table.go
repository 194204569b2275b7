package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// table is all that a measurement came to.
type table struct {
	began    time.Time
	server   string // its version
	rows     []result
	half     result
	halfRate float64
	bare     result
	acked    int
}

func (t *table) print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %d cores, %s, PostgreSQL %s, %s\n\n", processor(), runtime.NumCPU(), runtime.Version(), t.server, t.began.UTC().Format(time.DateOnly))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "businesses\tconnections\tacked/s\tp50 ms\tp99 ms\tpgbench 32/s\tratio\tlow–high\tpgbench same/s\tratio\tCPU µs product\tPostgres\tclient\tMiB\t")
	for i := range t.rows {
		r := &t.rows[i]
		fmt.Fprintf(w, "%d\t%d\t%.0f\t%s\t%s\t%.0f\t%.2f\t%.2f–%.2f\t%.0f\t%.2f\t%.0f\t%.0f\t%.0f\t%.0f\t\n",
			r.businesses, r.connections, r.rate, ms(r.p50), ms(r.p99), r.plain, r.ratio(), r.lowest, r.highest, r.same, r.rate/r.same,
			each(r.used.product, r.events), each(r.used.database, r.events), each(r.used.client, r.events), mib(r.memory))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nHalf the best rate on a fixed schedule: %.0f/s over %d connections, p50 %s ms, p99 %s ms, counted from the plan.\n",
		t.halfRate, t.half.connections, ms(t.half.p50), ms(t.half.p99))
	fmt.Fprintf(out, "Bare: net/http that reads and verifies and stores nothing: %.0f/s at %d connections, p50 %s ms, p99 %s ms.\n",
		t.bare.rate, t.bare.connections, ms(t.bare.p50), ms(t.bare.p99))
	fmt.Fprintf(out, "Account: %d events acknowledged, each stored exactly once, every number given once and none left out.\n", t.acked)
	if refused, silent := t.unanswered(); refused+silent > 0 {
		fmt.Fprintf(out, "Not acknowledged: %d refused, %d without an answer.\n", refused, silent)
	}
	return nil
}

func (t *table) unanswered() (refused, silent int) {
	for _, r := range append([]result{t.half}, t.rows...) {
		refused, silent = refused+r.refused, silent+r.silent
	}
	return refused, silent
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// processor names the machine's processor as Linux does; elsewhere its kind.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for l := range strings.Lines(string(b)) {
			if name, ok := strings.CutPrefix(l, "model name"); ok {
				return strings.TrimSpace(strings.TrimLeft(name, " \t:"))
			}
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}
