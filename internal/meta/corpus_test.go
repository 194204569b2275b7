package meta

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

// corpus finds the bodies that nobody here wrote: CORPUS, or the folder beside
// the repository. Without it these tests are skipped, and say so.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	} else if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // as seen from the root of the repository
	}
	if _, err := os.Stat(filepath.Join(dir, "INDEX.tsv")); err != nil {
		t.Skipf("NOT TESTED: the corpus of foreign webhook bodies is missing at %s; set CORPUS", dir)
	}
	return dir
}

func table(t testing.TB, path string) (rows []map[string]string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	names := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, v := range strings.Split(line, "\t") {
			row[names[i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// corpusKinds says which type the words of the corpus' kind column name. The
// longest entry that a word begins with decides. A word in front ("unknown_object:…")
// tells of the post, the last one of the items.
var corpusKinds = map[string]bm.EventKind{
	"message.":               bm.KindMessage,
	"message_echo.":          bm.KindEcho,
	"message_edit":           bm.KindEdit,
	"postback":               bm.KindPostback,
	"reaction.":              bm.KindReaction,
	"referral":               bm.KindReferral,
	"optin":                  bm.KindOptin,
	"account_linking.":       bm.KindAccountLinking,
	"read":                   bm.KindRead,
	"delivery":               bm.KindDelivery,
	"pass_thread_control":    bm.KindHandover,
	"take_thread_control":    bm.KindHandover,
	"request_thread_control": bm.KindHandover,
	"app_roles":              bm.KindHandover,
	"policy-enforcement":     bm.KindPolicy,
	"changes.":               bm.KindChange,

	// Withdrawn by Meta, and named by no type.
	"checkout_update": bm.KindUnknown,
	"payment":         bm.KindUnknown,
	"pre_checkout":    bm.KindUnknown,
	"game_play":       bm.KindUnknown,
	"message_request": bm.KindUnknown,

	// Made up by the sources, or nothing at all.
	"A": bm.KindUnknown, "C": bm.KindUnknown, "E": bm.KindUnknown, "G": bm.KindUnknown,
	"EVENT_TYPE_THAT_IS_UNSUPPORTED": bm.KindUnknown,
	"foo":                            bm.KindUnknown,
	"speech":                         bm.KindUnknown,
	"unknown":                        bm.KindUnknown,
	"empty_event":                    bm.KindUnknown,
	"empty_entry":                    bm.KindUnknown,
	"entry_not_array":                bm.KindUnknown,
	"entry_without_events":           bm.KindUnknown,
	"no_entry_key":                   bm.KindUnknown,
}

// named gives what a row's kind column names: the types, whether each is standby.
func named(t *testing.T, column string) map[bm.EventKind]bool {
	t.Helper()
	want := map[bm.EventKind]bool{}
	for _, alternative := range strings.Split(column, " | ") {
		words := strings.Fields(alternative)
		word, standby := strings.CutPrefix(words[len(words)-1], "standby.")
		best := ""
		for prefix := range corpusKinds {
			exact := !strings.HasSuffix(prefix, ".")
			if (word == prefix || strings.HasPrefix(word, prefix) && (!exact || word[len(prefix)] == '.')) && len(prefix) > len(best) {
				best = prefix
			}
		}
		if best == "" {
			t.Errorf("kind %q is in no table", column)
		}
		want[corpusKinds[best]] = standby
	}
	return want
}

// naiveItems reads a body the slow way, to know which items it has: every element
// of the four lists; an entry without any is one item, and so is a post.
func naiveItems(body []byte) (raws [][]byte, accounts []string) {
	var post struct{ Entry json.RawMessage }
	var entries []json.RawMessage
	if json.Unmarshal(body, &post) != nil || json.Unmarshal(post.Entry, &entries) != nil || len(entries) == 0 {
		return [][]byte{body}, []string{""}
	}
	for _, raw := range entries {
		var e struct {
			ID                          json.RawMessage
			Messaging, Standby, Changes []json.RawMessage
			ChangedFields               []json.RawMessage `json:"changed_fields"`
		}
		_ = json.Unmarshal(raw, &e)
		account := strings.Trim(string(e.ID), `"`)
		lists := [][]json.RawMessage{e.Messaging, e.Standby, e.Changes, e.ChangedFields}
		if bytes.Index(raw, []byte(`"standby"`)) < bytes.Index(raw, []byte(`"messaging"`)) {
			lists[0], lists[1] = lists[1], lists[0]
		}
		n := len(raws)
		for _, l := range lists {
			for _, it := range l {
				raws, accounts = append(raws, it), append(accounts, account)
			}
		}
		if len(raws) == n {
			raws, accounts = append(raws, raw), append(accounts, account)
		}
	}
	return raws, accounts
}

func TestEveryBodyOfTheCorpusIsCutAsItsKindSays(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	posts, tests := 0, 0
	for _, row := range table(t, filepath.Join(dir, "INDEX.tsv")) {
		if row["platform"] != "facebook" {
			continue
		}
		posts++
		body, err := os.ReadFile(filepath.Join(dir, row["path"]))
		if err != nil {
			t.Fatal(err)
		}
		items, err := Messenger{}.Cut(body)
		if (row["valid_json"] == "yes") != (err == nil) {
			t.Errorf("%s: valid_json %s, cut %v", row["path"], row["valid_json"], err)
		}
		if err != nil {
			continue
		}
		want, got := named(t, row["kind"]), map[bm.EventKind]bool{}
		for _, it := range items {
			got[it.Kind] = it.Standby
		}
		if items[0].Account == testAccount { // the Test button: the contract names its type
			tests++
			want = map[bm.EventKind]bool{bm.KindTest: false}
		}
		for kind, standby := range want {
			if s, ok := got[kind]; !ok || s != standby {
				t.Errorf("%s: %s wants %s, standby %v; got %v", row["path"], row["kind"], kind, standby, got)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %s gave %v", row["path"], row["kind"], got)
		}
		sameItems(t, row["path"], body, items)
	}
	if posts < 300 || tests == 0 {
		t.Errorf("%d bodies, %d of the Test button", posts, tests)
	}
}

// sameItems asserts that the items are those of the body, byte for byte.
func sameItems(t *testing.T, path string, body []byte, items []bm.Item) {
	t.Helper()
	raws, accounts := naiveItems(body)
	if len(raws) != len(items) {
		t.Errorf("%s: %d items, want %d", path, len(items), len(raws))
		return
	}
	for i, it := range items {
		if !bytes.Equal(it.Body, raws[i]) || it.Account != accounts[i] || !within(body, it.Body) {
			t.Errorf("%s: item %d of %q is %s, want %s", path, i, it.Account, it.Body, raws[i])
		}
		if r := Render(it.Kind, it.Body); r.Summary == "" {
			t.Errorf("%s: item %d has no summary", path, i)
		}
	}
}

func TestTheSiblingsBodiesAreKeptWholeToo(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	posts := 0
	for _, row := range table(t, filepath.Join(dir, "INDEX.tsv")) {
		if row["platform"] != "instagram" && row["platform"] != "whatsapp" {
			continue
		}
		posts++
		body, err := os.ReadFile(filepath.Join(dir, row["path"]))
		if err != nil {
			t.Fatal(err)
		}
		items, err := Messenger{}.Cut(body)
		if (err == nil) != json.Valid(body) {
			t.Errorf("%s: %v", row["path"], err)
		}
		if err == nil {
			sameItems(t, row["path"], body, items)
		}
	}
	if posts < 100 {
		t.Errorf("%d bodies", posts)
	}
}

func TestPublishedSignaturesAgree(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	newer := 0
	for _, row := range table(t, filepath.Join(dir, "SIGNATURES.tsv")) {
		body, err := os.ReadFile(filepath.Join(dir, row["body_file"]))
		if err != nil {
			t.Fatal(err)
		}
		secret := bm.NewSecret(row["secret"])
		if row["alg"] == "sha256" {
			newer++
			want := row["recomputed_here"] == "match"
			if got := (Messenger{}).Signed(header(row["signature"]), body, secret); got != want {
				t.Errorf("%s: signed = %v, want %v", row["body_file"], got, want)
			}
			continue
		}
		h := http.Header{"X-Hub-Signature": {row["signature"]}}
		if (Messenger{}).HasSignature(h) || (Messenger{}).Signed(h, body, secret) ||
			(Messenger{}).Signed(header(row["signature"]), body, secret) {
			t.Errorf("%s: a SHA-1 signature counted", row["body_file"])
		}
	}
	if newer < 2 {
		t.Errorf("%d SHA-256 rows", newer)
	}
}
