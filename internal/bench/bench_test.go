package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"businessmanager/internal/bm"
	"businessmanager/internal/meta"
)

// The bare server is this program itself, which under test is the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == bareWord {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestQuickRunEndsByItselfWithOneTableAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/var/tmp", "bench-test-*") // on disk; as root, another user must pass
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-connections", "8", "-businesses", "3", "-dir", dir}, strings.NewReader(""), &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{`(?m)^ +3 +8 +[1-9]`, `Half the best rate`, `Bare: .* [1-9][0-9]*/s`, `Account: [1-9][0-9]* events acknowledged`} {
		if !regexp.MustCompile(want).Match(out.Bytes()) {
			t.Errorf("%s is missing in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "acked/s"); n != 1 {
		t.Errorf("%d tables", n)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestPostsAreSignedMessagesOfTheirSize(t *testing.T) {
	t.Parallel()
	w := newWriter()
	l := line{path: "/facebook/abc", account: "102030405000007", secret: "0123456789abcdef"}
	at := time.UnixMilli(1_790_000_000_123)
	for _, m := range []mark{{1, 0, 0}, {2, 127, 123_456}, {3, 5, 9}} {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(w.post("127.0.0.1:1", &l, m, at))))
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			t.Fatal(err)
		}
		if r.Method != http.MethodPost || r.URL.Path != l.path || body.Len() != size || !json.Valid(body.Bytes()) {
			t.Errorf("%s %s with %d bytes: %s", r.Method, r.URL, body.Len(), body.Bytes())
		}
		if !(meta.Messenger{}).Signed(r.Header, body.Bytes(), bm.NewSecret(l.secret)) {
			t.Errorf("the post of %v is not signed", m)
		}
		items, err := (meta.Messenger{}).Cut(body.Bytes())
		if err != nil || len(items) != 1 || items[0].Kind != bm.KindMessage || !items[0].OccurredAt.Equal(at) {
			t.Fatalf("cut into %+v, %v", items, err)
		}
		if got, ok := parseMark(items[0].MessageID); !ok || got != m {
			t.Errorf("the id %q reads as %v, want %v", items[0].MessageID, got, m)
		}
	}
}

func TestAccountFindsWhatIsLostRepeatedOrForeign(t *testing.T) {
	t.Parallel()
	sent := [][]answer{{acknowledged, refusal}, {acknowledged, noAnswer}}
	for name, c := range map[string]struct {
		stored []string
		fault  string // "" for none
	}{
		"exact":              {[]string{"m_bench.4.0.0", "m_bench.4.1.0"}, ""},
		"stored unanswered":  {[]string{"m_bench.4.0.0", "m_bench.4.1.0", "m_bench.4.1.1"}, ""},
		"lost":               {[]string{"m_bench.4.0.0"}, `"m_bench.4.1.0" was acknowledged and is not stored`},
		"lost two":           {nil, "nor are 1 others"},
		"twice":              {[]string{"m_bench.4.0.0", "m_bench.4.0.0"}, "stored twice"},
		"unanswered twice":   {[]string{"m_bench.4.1.1", "m_bench.4.1.1"}, "stored twice"},
		"of another run":     {[]string{"m_bench.3.0.0"}, "never sent"},
		"of no such number":  {[]string{"m_bench.4.0.2"}, "never sent"},
		"of no such sender":  {[]string{"m_bench.4.2.0"}, "never sent"},
		"not of a generator": {[]string{"m_hello"}, "never sent"},
	} {
		a := newAccount(4, sent)
		acked, err := 0, error(nil)
		for _, id := range c.stored {
			if err = a.take(id); err != nil {
				break
			}
		}
		if err == nil {
			acked, err = a.close()
		}
		if c.fault == "" && (err != nil || acked != 2) {
			t.Errorf("%s: %d acknowledged, %v", name, acked, err)
		}
		if c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: %v, want %q", name, err, c.fault)
		}
	}
}

func TestNumbersMayHaveNoGapAndNoRepeat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		log, sequence int64
		good          bool
	}{{8, 6, true}, {9, 6, false}, {7, 6, false}, {8, 7, false}, {8, 0, false}} {
		n := numbers{log: 7, sequence: 5}
		if err := n.next(c.log, c.sequence); (err == nil) != c.good {
			t.Errorf("%d and %d after 7 and 5: %v", c.log, c.sequence, err)
		}
	}
}

func TestAnswersAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	in := bufio.NewReader(strings.NewReader("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\nConnection: close\r\n\r\nbusy\n" +
		"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
	for i, want := range []string{"503 true <nil>", "200 false <nil>", "0 false " + errAnswer.Error()} {
		status, closing, err := readAnswer(in)
		if got := fmt.Sprint(status, closing, err); got != want {
			t.Errorf("answer %d reads %s, want %s", i, got, want)
		}
	}
}

func TestFiguresAreReadFromWhatProgramsSay(t *testing.T) {
	t.Parallel()
	rate, connecting, ok := parseRate("number of failed transactions: 0 (0.000%)\ninitial connection time = 18.5 ms\ntps = 7312.25 (without initial connection time)\n")
	if !ok || rate != 7312.25 || connecting != 18500*time.Microsecond {
		t.Errorf("pgbench: %v %v %v", rate, connecting, ok)
	}
	if _, _, ok := parseRate("number of transactions actually processed: 0\n"); ok {
		t.Error("a rate was read where none was named")
	}
	s, ok := parseStat("42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 3 4 20 0 1 0 100 1 1")
	if want := (stat{pid: 42, parent: 7, own: 2 * time.Second, children: 70 * time.Millisecond}); !ok || s != want {
		t.Errorf("stat: %+v", s)
	}
}

func TestTableShowsTheMedianAndTheSpread(t *testing.T) {
	t.Parallel()
	r := median([]result{{rate: 300, plain: 100}, {rate: 100, plain: 100}, {rate: 120, plain: 100}})
	if r.rate != 120 || r.lowest != 1 || r.highest != 3 {
		t.Errorf("%+v", r)
	}
	d := delays{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if d.percentile(50) != 6 || d.percentile(99) != 10 || (delays{}).percentile(99) != 0 {
		t.Errorf("percentiles %v %v", d.percentile(50), d.percentile(99))
	}
}
