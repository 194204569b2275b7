package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"businessmanager/internal/bm"
	"businessmanager/internal/connect"
	"businessmanager/internal/meta"
	"businessmanager/internal/pgtest"
)

func TestARepeatIsAcknowledgedAndStoredOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	body := message("1001", "2002", "m_1", "hi")
	// The same message in one post twice, in posts one after the other, and at once
	// through two intakes on one database.
	twice := strings.Replace(body, `]}]}`, `,`+body[strings.Index(body, `{"sender"`):strings.LastIndex(body, `]}]}`)]+`]}]}`, 1)
	l.mustPost(twice)
	l.mustPost(body)
	other := &line{b: b, deployment: l.deployment, secret: l.secret}
	otherURL := b.serve(b.another(b.intake.keys))
	var wg sync.WaitGroup
	for i := range 40 {
		url := l.url()
		if i%2 == 0 {
			url = otherURL + "/facebook/" + other.deployment.CallbackID
		}
		body := message("1001", "2002", fmt.Sprintf("m_%d", i%5+10), "hi")
		wg.Go(func() {
			if r := b.request("POST", url, []byte(body), "X-Hub-Signature-256", sign256(l.secret, []byte(body))); r.status != 200 {
				t.Errorf("answered %d", r.status)
			}
		})
	}
	wg.Wait()
	if got := l.events(); len(got) != 6 {
		t.Errorf("%d events, want 6", len(got))
	}
}

func TestSequencesHaveNoGapAndNoNumberTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l, m := b.deployment("1001"), b.deployment("1002")
	urls := []string{b.url, b.serve(b.another(b.intake.keys))}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 40 {
				for _, ln := range []*line{l, m} {
					kind := fmt.Sprintf(`"message":{"mid":"m_%d_%d"}`, w, i)
					if i%4 == 3 {
						kind = fmt.Sprintf(`"delivery":{"watermark":%d}`, w*1000+i) // not for the bot
					}
					body := fmt.Sprintf(`{"object":"page","entry":[{"id":"%s","messaging":[{"sender":{"id":"p%d"},"timestamp":%d,%s}]}]}`,
						ln.deployment.AccountID, w, 1760000000000+i, kind)
					r := b.request("POST", urls[(w+i)%2]+"/facebook/"+ln.deployment.CallbackID, []byte(body), "X-Hub-Signature-256", sign256(ln.secret, []byte(body)))
					if r.status != 200 {
						t.Errorf("answered %d", r.status)
					}
				}
			}
		})
	}
	// A reader that goes on from the last number it saw, while others write.
	stop, read := make(chan struct{}), make(chan []int64)
	go func() {
		var seen []int64
		last := int64(0)
		for done := false; ; {
			list, err := b.store.EventsForBot(context.Background(), &l.deployment, last, 7)
			if err != nil {
				t.Error(err)
			}
			for _, e := range list {
				last = e.Sequence
				seen = append(seen, last)
			}
			if done && len(list) == 0 {
				read <- seen
				return
			}
			select {
			case <-stop:
				done = true
			default:
			}
		}
	}()
	wg.Wait()
	close(stop)
	seen := <-read
	if len(seen) != 8*30 {
		t.Errorf("the reader saw %d events, want 240", len(seen))
	}
	for i, n := range seen {
		if n != int64(i+1) {
			t.Fatalf("number %d stands at place %d", n, i+1)
		}
	}
	logs := map[int64]bool{}
	for _, e := range l.events() {
		logs[e.Log] = true
	}
	for i := range int64(320) {
		if !logs[i+1] {
			t.Fatalf("the log has no number %d", i+1)
		}
	}
}

func TestWhoseAnEventIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	called, rightful, hostile, fresh := b.deployment("1001"), b.deployment("1002"), b.deployment("1003"), b.deployment("")
	// hostile types the others' Page ID, without holding the app's secret.
	id := "1002"
	hostile.save(connect.Change{AccountID: &id, Secrets: secrets(map[bm.CredentialName]string{bm.AppSecret: "another-app-secret"})})
	fresh.save(connect.Change{Secrets: secrets(map[bm.CredentialName]string{bm.AppSecret: "a-third-app-secret"})})
	fresh.secret = "a-third-app-secret"

	called.mustPost(message("1001", "2002", "m_own", "hi"))
	called.mustPost(message("1002", "2002", "m_of_rightful", "hi"))
	called.mustPost(message("1999", "2002", "m_of_nobody", "hi"))
	called.mustPost(`{"object":"page","entry":[{"id":"0","time":1760000000,"changes":[{"field":"messages","value":{"sender":{"id":"12334"}}}]}]}`)
	fresh.mustPost(message("1777", "2002", "m_no_account_yet", "hi"))

	want := map[*line]string{
		called:   "test stored, message unrouted, message stored",
		rightful: "message stored",
		hostile:  "",
		fresh:    "message stored",
	}
	for l, w := range want {
		var got []string
		for _, e := range l.events() {
			got = append(got, string(e.Kind)+" "+string(e.State))
		}
		if g := strings.Join(got, ", "); g != w {
			t.Errorf("business %s: %q, want %q", l.business.Name, g, w)
		}
	}
}

func TestEventsWaitOnlyWhileABotIsSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	l.mustPost(message("1001", "2002", "m_before", "hi"))
	url := "http://127.0.0.1:9/bot"
	l.save(connect.Change{BotURL: &url})
	l.mustPost(message("1001", "2002", "m_after", "hi"))
	l.mustPost(`{"object":"page","entry":[{"id":"1001","messaging":[{"sender":{"id":"1001"},"recipient":{"id":"2002"},"timestamp":1,"message":{"mid":"m_e","is_echo":true}}]}]}`)
	got := l.events()
	if len(got) != 3 || got[0].State != bm.StateStored || got[0].Sequence != 0 || got[0].Conversation != "2002" ||
		got[1].State != bm.StateWaiting || got[1].Sequence != 2 || got[2].State != bm.StateStored || got[2].Sequence != 1 {
		t.Errorf("got %+v", got)
	}
	err := b.store.RemoveDeployment(t.Context(), b.by, l.business, bm.Facebook, false)
	if bm.KindOf(err) != bm.Conflict {
		t.Errorf("removal while an event waits: %v", err)
	}
	if err := b.store.RemoveDeployment(t.Context(), b.by, l.business, bm.Facebook, true); err != nil {
		t.Error(err)
	}
	if e := l.events(); e[1].State != bm.StateDiscarded {
		t.Errorf("the waiting event is %s", e[1].State)
	}
}

func TestIdsThatNoColumnHoldsSpoilNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("")
	long := strings.Repeat("9", 5000)
	bodies := []string{
		`{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"a\u0000b"},"timestamp":1,"message":{"mid":"m\u0000","text":"x\u0000"}}]}]}`,
		`{"object":"page","entry":[{"id":"` + long + `","messaging":[{"sender":{"id":"` + long + `"},"timestamp":2,"message":{"mid":"` + long + `"}}]}]}`,
		`{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"\ud800"},"timestamp":99999999999999999999,"message":{"mid":"x"}}]}]}`,
	}
	for _, body := range bodies {
		l.mustPost(body)
		l.mustPost(body)
	}
	if got := l.events(); len(got) != len(bodies) {
		t.Errorf("%d events, want %d", len(got), len(bodies))
	}
}

// corpus gives the folder of bodies that other projects test with.
func corpus(t *testing.T) string {
	dir := os.Getenv("CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "INDEX.tsv")); err != nil {
		t.Skipf("SKIPPED LOUDLY: the corpus of webhook bodies is not at %s; set CORPUS to its folder to run this test", dir)
	}
	return dir
}

func TestEveryBodyOfTheCorpusIsAnsweredAndKeptByteForByte(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(index)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	b := setup(t)
	l := b.deployment("") // no account yet: everything is its own
	kept := 0
	for _, row := range rows[1:] {
		if row[column["platform"]] != "facebook" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, row[column["path"]]))
		if err != nil {
			t.Fatal(err)
		}
		want := http.StatusOK
		if row[column["valid_json"]] != "yes" {
			want = http.StatusBadRequest
		}
		if got := l.post(string(body)); got.status != want {
			t.Errorf("%s: %d, want %d", row[column["path"]], got.status, want)
			continue
		}
		if want == http.StatusOK {
			kept++
			l.holdsAll(row[column["path"]], body)
			// Many of these bodies use one message id for different messages.
			if _, err := b.pool.Exec(t.Context(), `DELETE FROM events`); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d bodies kept", kept)
	if kept < 300 {
		t.Errorf("only %d bodies were kept", kept)
	}
}

// holdsAll tells whether every item that a body is cut into is stored with its very bytes.
func (l *line) holdsAll(name string, body []byte) {
	l.b.t.Helper()
	items, err := meta.Messenger{}.Cut(body)
	if err != nil {
		l.b.t.Errorf("%s: %v", name, err)
		return
	}
	for i := range items {
		id := bm.KeyFor(l.deployment.ID, items[i].Account, &items[i]).ID()
		e, err := l.b.store.Event(l.b.t.Context(), bm.Everything(), l.business.ID, id)
		if err != nil {
			l.b.t.Errorf("%s: item %d: %v", name, i, err)
			continue
		}
		if e.Kind != items[i].Kind || !bytes.Equal(e.Body, items[i].Body) || !bytes.Contains(body, e.Body) || !json.Valid(e.Body) {
			l.b.t.Errorf("%s: item %d came back as %s %q", name, i, e.Kind, e.Body)
		}
	}
}

func TestWithoutADatabaseNothingIsAcknowledged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	l.mustPost(message("1001", "2002", "m_1", "hi"))
	b.intake.closing.Store(true)
	r := l.post(message("1001", "2002", "m_2", "hi"))
	if r.status != 503 || r.header.Get("Retry-After") == "" {
		t.Errorf("shutting down: %d %v", r.status, r.header)
	}
	b.intake.closing.Store(false)
	lock, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), `LOCK TABLE events IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	r = l.post(message("1001", "2002", "m_3", "hi"))
	if r.status != 503 || r.header.Get("Retry-After") == "" {
		t.Errorf("no commit within 4 s: %d %v", r.status, r.header)
	}
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.mustPost(message("1001", "2002", "m_4", "hi"))
}

func TestADatabaseThatIsKilledCostsNoAcknowledgedEvent(t *testing.T) {
	t.Parallel()
	server := pgtest.Durable(t)
	b := setupOn(t, server.Pool())
	l := b.deployment("1001")
	var mu sync.Mutex
	var acked []string
	post := func(mid string) int {
		r := l.post(message("1001", "2002", mid, "hi"))
		if r.status == 200 {
			mu.Lock()
			acked = append(acked, mid)
			mu.Unlock()
		} else if r.status != 503 || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", mid, r.status, r.header)
		}
		return r.status
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					post(fmt.Sprintf("m_%d_%d", w, i))
				}
			}
		})
	}
	enough := func(n int) func() bool {
		return func() bool { mu.Lock(); defer mu.Unlock(); return len(acked) > n }
	}
	eventually(t, "posts are acknowledged", enough(200))
	server.Kill()
	for name, r := range map[string]reply{
		"post":              l.post(message("1001", "2002", "m_away", "hi")),
		"unknown callback":  b.request("POST", b.url+"/facebook/"+bm.NewCallbackID(), []byte("{}"), "X-Hub-Signature-256", sign256("x", []byte("{}"))),
		"unknown handshake": (&line{b: b, deployment: bm.Deployment{CallbackID: bm.NewCallbackID()}}).handshake("x"),
	} {
		if r.status != 503 || r.header.Get("Retry-After") == "" {
			t.Errorf("%s without a database: %d", name, r.status)
		}
	}
	server.Start()
	mu.Lock()
	before := len(acked)
	mu.Unlock()
	eventually(t, "posts are acknowledged again", enough(before+200))
	close(stop)
	wg.Wait()
	rows, err := b.pool.Query(t.Context(), `SELECT message_id FROM events`)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for rows.Next() {
		var mid string
		if err := rows.Scan(&mid); err != nil {
			t.Fatal(err)
		}
		stored[mid] = true
	}
	for _, mid := range acked {
		if !stored[mid] {
			t.Errorf("%s was acknowledged and is lost", mid)
		}
	}
	t.Logf("%d acknowledged, %d stored", len(acked), len(stored))
}

func TestAGroupThatOnePostSpoilsKeepsTheOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := b.deployment("1001")
	// A row that the schema refuses stands in for any data that spoils a transaction.
	if _, err := b.pool.Exec(t.Context(), `ALTER TABLE events ADD CONSTRAINT test_poison CHECK (conversation <> 'poison')`); err != nil {
		t.Fatal(err)
	}
	var good, bad atomic.Int32
	var wg sync.WaitGroup
	for i := range 64 {
		person := "2002"
		if i%8 == 0 {
			person = "poison"
		}
		body := message("1001", person, fmt.Sprintf("m_%d", i), "hi")
		wg.Go(func() {
			switch r := l.post(body); {
			case r.status == 200 && person != "poison":
				good.Add(1)
			case r.status == 503 && person == "poison":
				bad.Add(1)
			default:
				t.Errorf("%s: %d", person, r.status)
			}
		})
	}
	wg.Wait()
	if good.Load() != 56 || bad.Load() != 8 || len(l.events()) != 56 {
		t.Errorf("%d kept, %d refused, %d stored", good.Load(), bad.Load(), len(l.events()))
	}
}
