package seal

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"businessmanager/internal/bm"
)

func made(t *testing.T) (*Keyset, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyset.json")
	k, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return k, path
}

func TestWhatIsSealedOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()
	k, path := made(t)
	token := bm.NewSecret("a token of some length")
	place := CredentialContext(7, bm.AccessToken)
	sealed, err := k.Seal(token, place)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("token")) {
		t.Fatal("the sealed value shows its content")
	}
	loaded, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := loaded.Open(sealed, place)
	if err != nil || got.Reveal() != token.Reveal() {
		t.Fatalf("did not come back from the file's keyset: %v", err)
	}
	for _, other := range []string{CredentialContext(8, bm.AccessToken), CredentialContext(7, bm.AppSecret), ""} {
		if _, err := k.Open(sealed, other); err == nil {
			t.Errorf("opened in %q", other)
		}
	}
	for i := range sealed {
		bad := append(bm.Sealed{}, sealed...)
		bad[i] ^= 1
		if _, err := k.Open(bad, place); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
}

func TestForeignKeysetNamesTheKeyThatIsWanted(t *testing.T) {
	t.Parallel()
	k, _ := made(t)
	other, _ := made(t)
	sealed, err := k.Seal(bm.NewSecret("x"), "place")
	if err != nil {
		t.Fatal(err)
	}
	id, ok := KeyID(sealed)
	if !ok || id != k.Primary() {
		t.Fatalf("key id %d, want %d", id, k.Primary())
	}
	_, err = other.Open(sealed, "place")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(id)) {
		t.Fatalf("the error %v does not name key %d", err, id)
	}
}

func TestKeysetFileIsForItsOwnerOnlyAndNeverOverwritten(t *testing.T) {
	t.Parallel()
	_, path := made(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Create(path); err == nil {
		t.Fatal("a keyset was made over another")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a keyset that everybody can read was taken: %v", err)
	}
}

func TestBrokenKeysetFileIsRefusedWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	if err := os.WriteFile(path, []byte(`{"version":1,"aead":"planted-secret"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	if err == nil || strings.Contains(err.Error(), "planted-secret") {
		t.Fatalf("got %v", err)
	}
}

func TestFingerprintTellsEqualValuesOnlyWithTheKey(t *testing.T) {
	t.Parallel()
	a, path := made(t)
	b, _ := made(t)
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	v := bm.NewSecret("the same value")
	if !bytes.Equal(a.Fingerprint(v), again.Fingerprint(v)) {
		t.Error("the same keyset gives different fingerprints")
	}
	if bytes.Equal(a.Fingerprint(v), b.Fingerprint(v)) {
		t.Error("another keyset gives the same fingerprint")
	}
	if bytes.Equal(a.Fingerprint(v), a.Fingerprint(bm.NewSecret("the same value "))) {
		t.Error("white space did not count")
	}
}
