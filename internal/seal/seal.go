// Package seal keeps secrets at rest: it seals and opens them with a keyset that
// lies outside the database, and makes their keyed fingerprints.
//
// Sealing is AES-256-GCM by Tink. Each value is bound to a context (which
// deployment, which field), so that ciphertext moved from one row to another does
// not open. A dump of the database without the keyset gives away nothing but
// lengths. The package knows no database and no HTTP, and never logs.
package seal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"

	"businessmanager/internal/bm"
)

// Keyset seals, opens and fingerprints. It is safe for use by many at once.
type Keyset struct {
	aead    tink.AEAD
	prf     *prf.Set
	ids     []uint32
	primary uint32
}

// file is how a keyset lies on disk: two Tink keysets in Tink's own JSON.
type file struct {
	Version int             `json:"version"`
	AEAD    json.RawMessage `json:"aead"` // seals
	PRF     json.RawMessage `json:"prf"`  // fingerprints
}

// CredentialContext names the place that a credential is bound to.
func CredentialContext(deployment int64, name bm.CredentialName) string {
	return fmt.Sprintf("credential/%d/%s", deployment, name)
}

// Create makes a new keyset in a file that must not exist yet, readable by its
// owner only, and syncs it to disk before it returns: from then on secrets may
// depend on it.
func Create(path string) (*Keyset, error) {
	raw, err := generate()
	if err != nil {
		return nil, err
	}
	k, err := parse(raw)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make keyset: %w", err)
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write keyset %s: %w", path, err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return k, errors.Join(dir.Sync(), dir.Close())
}

// ErrMissing says that there is no keyset file at the path.
var ErrMissing = errors.New("no keyset file")

// Load reads a keyset from a file. It refuses one that others than its owner may read.
func Load(path string) (*Keyset, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w at %s", ErrMissing, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read keyset: %w", err)
	}
	// Group access is how orchestrators hand secrets to a service; the world has no business there.
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("keyset %s can be read by every user of this machine: run 'chmod 600 %s'", path, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read keyset: %w", err)
	}
	k, err := parse(raw)
	if err != nil {
		// Not the cause: parse errors may quote what they could not read.
		return nil, fmt.Errorf("%s is not a keyset of this program: give the file that was made for this database", path)
	}
	return k, nil
}

// IDs are the ids of all keys that seal or sealed.
func (k *Keyset) IDs() []uint32 { return slices.Clone(k.ids) }

// Primary is the id of the key that seals.
func (k *Keyset) Primary() uint32 { return k.primary }

// Seal encrypts a secret for one place.
func (k *Keyset) Seal(plain bm.Secret, context string) (bm.Sealed, error) {
	return k.aead.Encrypt([]byte(plain.Reveal()), []byte(context))
}

// Open decrypts a secret that was sealed for this very place.
func (k *Keyset) Open(sealed bm.Sealed, context string) (bm.Secret, error) {
	plain, err := k.aead.Decrypt(sealed, []byte(context))
	if err != nil {
		if id, ok := KeyID(sealed); ok && !slices.Contains(k.ids, id) {
			return bm.Secret{}, fmt.Errorf("open %s: it was sealed with key %d, which is not in the keyset", context, id)
		}
		return bm.Secret{}, fmt.Errorf("open %s: it was changed, or was sealed for another place", context)
	}
	return bm.NewSecret(string(plain)), nil
}

// KeyID tells which key a value was sealed with: Tink's output begins with a byte
// 1 and the key's id in four.
func KeyID(sealed bm.Sealed) (uint32, bool) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:5]), true
}

// Fingerprint gives 16 bytes that are equal for equal values. White space counts.
func (k *Keyset) Fingerprint(value bm.Secret) bm.Fingerprint {
	out, err := k.prf.ComputePrimaryPRF([]byte("fingerprint\x00"+value.Reveal()), 16)
	if err != nil {
		// The length is fixed and within what HMAC-SHA256 gives: there is no other cause.
		panic("seal: fingerprint: " + err.Error())
	}
	return out
}

func generate() ([]byte, error) {
	var f file
	f.Version = 1
	for _, part := range []struct {
		to     *json.RawMessage
		handle func() (*keyset.Handle, error)
	}{
		{&f.AEAD, func() (*keyset.Handle, error) { return keyset.NewHandle(aead.AES256GCMKeyTemplate()) }},
		{&f.PRF, func() (*keyset.Handle, error) { return keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate()) }},
	} {
		h, err := part.handle()
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b)); err != nil {
			return nil, err
		}
		*part.to = json.RawMessage(strings.TrimSpace(b.String()))
	}
	return json.MarshalIndent(f, "", "  ")
}

func parse(raw []byte) (*Keyset, error) {
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("keyset version %d", f.Version)
	}
	sealing, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.AEAD)))
	if err != nil {
		return nil, err
	}
	printing, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.PRF)))
	if err != nil {
		return nil, err
	}
	k := &Keyset{}
	if k.aead, err = aead.New(sealing); err != nil {
		return nil, err
	}
	if k.prf, err = prf.NewPRFSet(printing); err != nil {
		return nil, err
	}
	info := sealing.KeysetInfo()
	k.primary = info.GetPrimaryKeyId()
	for _, key := range info.GetKeyInfo() {
		k.ids = append(k.ids, key.GetKeyId())
	}
	return k, nil
}
