package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"udap-idp/internal/vault"
)

var errNone = errors.New("no such setting")

// settings is a store of one name in memory; the vault only asks for these two verbs.
type settings struct {
	mu     sync.Mutex
	values map[string][]byte
	fail   error
}

func newSettings() *settings { return &settings{values: map[string][]byte{}} }

func (s *settings) Setting(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	value, ok := s.values[name]
	if !ok {
		return nil, errNone
	}
	return value, nil
}

func (s *settings) PutSettingOnce(_ context.Context, name string, value []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there, ok := s.values[name]; ok {
		return there, nil
	}
	s.values[name] = value
	return value, nil
}

func (s *settings) canary() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values["vault.canary"]
}

// start opens and unlocks, as a server does.
func start(t *testing.T, o vault.Options, store vault.Store) (*vault.Vault, error) {
	t.Helper()
	o.NotFound = errNone
	v, err := vault.Open(o)
	if err != nil {
		return nil, err
	}
	return v, v.Unlock(t.Context(), store)
}

func keyText(seed byte) string {
	key := make([]byte, 32)
	for i := range key {
		key[i] = seed + byte(i)*7
	}
	return base64.StdEncoding.EncodeToString(key)
}

func TestFirstStartMakesTheKeyAndLaterStartsProveIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "master.key")
	store := newSettings()
	first, err := start(t, vault.Options{File: file, MayCreate: true}, store)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("key file has mode %04o, want 0600", info.Mode().Perm())
	}
	if names, _ := os.ReadDir(filepath.Dir(file)); len(names) != 1 {
		t.Errorf("%d files beside the key, want none", len(names)-1)
	}

	sealed, err := first.Seal([]byte("a private key"), "community key")
	if err != nil {
		t.Fatal(err)
	}
	second, err := start(t, vault.Options{File: file}, store)
	if err != nil {
		t.Fatal(err)
	}
	got, err := second.Unseal(sealed, "community key")
	if err != nil || string(got) != "a private key" {
		t.Errorf("unsealed %q, %v", got, err)
	}
}

func TestMissingKeyOfAnOldDatabaseIsNotReplaced(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	store := newSettings()
	if _, err := start(t, vault.Options{File: file, MayCreate: true}, store); err != nil {
		t.Fatal(err)
	}
	before := store.canary()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}

	_, err := start(t, vault.Options{File: file, MayCreate: true}, store)
	if !errors.Is(err, vault.ErrMissingKey) || !strings.Contains(err.Error(), "put the original back") {
		t.Errorf("got %v, want ErrMissingKey", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file was made: %v", err)
	}
	if !bytes.Equal(before, store.canary()) {
		t.Error("the store was changed")
	}
}

func TestMissingKeyFileGivenByNameIsNotMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	_, err := start(t, vault.Options{File: file}, newSettings())
	if !errors.Is(err, vault.ErrMissingKey) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want ErrMissingKey that names the file", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key file was made: %v", err)
	}
}

func TestWrongKeyIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	store := newSettings()
	if _, err := start(t, vault.Options{Text: keyText(1)}, store); err != nil {
		t.Fatal(err)
	}
	before := store.canary()

	v, err := start(t, vault.Options{Text: keyText(2)}, store)
	if !errors.Is(err, vault.ErrWrongKey) || !strings.Contains(err.Error(), "made with another master key") {
		t.Errorf("got %v, want ErrWrongKey", err)
	}
	if _, err := v.Seal([]byte("x"), "p"); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("seals after a failed unlock: %v", err)
	}
	if !bytes.Equal(before, store.canary()) {
		t.Error("the store was changed")
	}

	file := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(file, []byte(keyText(2)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = start(t, vault.Options{File: file, MayCreate: true}, store); !errors.Is(err, vault.ErrWrongKey) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want ErrWrongKey that names the file", err)
	}
}

func TestProcessesThatStartTogetherAgreeOnOneKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	store := newSettings()
	vaults := make([]*vault.Vault, 16)
	errs := make([]error, len(vaults))
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range vaults {
		wg.Go(func() {
			<-begin
			vaults[i], errs[i] = start(t, vault.Options{File: file, MayCreate: true}, store)
		})
	}
	close(begin)
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	sealed, err := vaults[0].Seal([]byte("x"), "p")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vaults {
		if _, err := v.Unseal(sealed, "p"); err != nil {
			t.Errorf("vault %d has another key: %v", i, err)
		}
	}
}

// The first process made the key and the canary after the second one had found neither file.
func TestKeyMadeBetweenOpenAndUnlockIsFound(t *testing.T) {
	t.Parallel()
	o := vault.Options{File: filepath.Join(t.TempDir(), "master.key"), MayCreate: true, NotFound: errNone}
	store := newSettings()
	late, err := vault.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, o, store); err != nil {
		t.Fatal(err)
	}
	if err := late.Unlock(t.Context(), store); err != nil {
		t.Error(err)
	}
}

func TestMachinesThatMadeDifferentKeysDoNotBothStart(t *testing.T) {
	t.Parallel()
	store := newSettings()
	begin := make(chan struct{})
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		file := filepath.Join(t.TempDir(), "master.key")
		wg.Go(func() {
			<-begin
			_, errs[i] = start(t, vault.Options{File: file, MayCreate: true}, store)
		})
	}
	close(begin)
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("got %v and %v, want one to start", errs[0], errs[1])
	}
}

func TestKeyFileOpenToOthersIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644, 0o610} {
		file := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(file, []byte(keyText(1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, err := start(t, vault.Options{File: file, MayCreate: true}, newSettings())
		if !errors.Is(err, vault.ErrBadKey) || !strings.Contains(err.Error(), "chmod 600 "+file) {
			t.Errorf("mode %04o: got %v, want ErrBadKey with the fix", mode, err)
		}
	}
}

func TestKeyIsReadInEachSpelling(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for i := range key {
		key[i] = 0xff - byte(i) // has + and / in base64
	}
	spellings := []string{
		base64.StdEncoding.EncodeToString(key), base64.RawStdEncoding.EncodeToString(key),
		base64.URLEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
		hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)), " " + hex.EncodeToString(key) + "\n",
	}
	store := newSettings()
	for _, text := range spellings {
		if _, err := start(t, vault.Options{Text: text}, store); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestUnusableKeysAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"hunter2", "correct horse battery staple correct horse 1", keyText(1)[:40],
		keyText(1) + "AAAA", strings.Repeat("00", 32), strings.Repeat("ab", 31), strings.Repeat("ab", 33), "\n"} {
		_, err := start(t, vault.Options{Text: text}, newSettings())
		if !errors.Is(err, vault.ErrBadKey) {
			t.Errorf("%q: got %v, want ErrBadKey", text, err)
			continue
		}
		if len(text) > 1 && strings.Contains(err.Error(), text) {
			t.Errorf("the message repeats the key: %v", err)
		}
	}
	file := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := start(t, vault.Options{File: file, MayCreate: true}, newSettings()); !errors.Is(err, vault.ErrBadKey) {
		t.Errorf("empty file: got %v, want ErrBadKey", err)
	}
	if _, err := start(t, vault.Options{File: filepath.Dir(file), MayCreate: true}, newSettings()); !errors.Is(err, vault.ErrBadKey) {
		t.Errorf("folder: got %v, want ErrBadKey", err)
	}
	if _, err := start(t, vault.Options{}, newSettings()); !errors.Is(err, vault.ErrMissingKey) {
		t.Errorf("nothing given: got %v, want ErrMissingKey", err)
	}
}

func TestFailingStoreIsNotAMissingCanary(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	store := newSettings()
	store.fail = errors.New("connection refused")
	_, err := start(t, vault.Options{File: file, MayCreate: true}, store)
	if !errors.Is(err, store.fail) {
		t.Errorf("got %v, want the store's error", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key was made although nobody knows whether the database has one")
	}
}

func TestNothingIsSealedBeforeUnlock(t *testing.T) {
	t.Parallel()
	v, err := vault.Open(vault.Options{Text: keyText(1), NotFound: errNone})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Seal([]byte("x"), "p"); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("Seal: %v, want ErrLocked", err)
	}
	if _, err := v.Unseal([]byte("x"), "p"); !errors.Is(err, vault.ErrLocked) {
		t.Errorf("Unseal: %v, want ErrLocked", err)
	}
}

func TestSealedValueIsBoundToKeyPurposeAndEveryByte(t *testing.T) {
	t.Parallel()
	v, err := start(t, vault.Options{Text: keyText(1)}, newSettings())
	if err != nil {
		t.Fatal(err)
	}
	other, err := start(t, vault.Options{Text: keyText(9)}, newSettings())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal([]byte("a private key"), "community key")
	if err != nil {
		t.Fatal(err)
	}
	again, err := v.Seal([]byte("a private key"), "community key")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(sealed, again) {
		t.Error("two seals are equal: the nonce is not random")
	}
	if bytes.Contains(sealed, []byte("private")) {
		t.Error("the plaintext shows")
	}
	if _, err := v.Unseal(sealed, "other"); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another purpose: %v, want ErrSealed", err)
	}
	if _, err := other.Unseal(sealed, "community key"); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another key: %v, want ErrSealed", err)
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := v.Unseal(broken, "community key"); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("byte %d changed: %v, want ErrSealed", i, err)
		}
		if _, err := v.Unseal(sealed[:i], "community key"); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("cut to %d bytes: %v, want ErrSealed", i, err)
		}
	}
}

func FuzzUnseal(f *testing.F) {
	v, err := vault.Open(vault.Options{Text: keyText(1), NotFound: errNone})
	if err != nil {
		f.Fatal(err)
	}
	if err := v.Unlock(f.Context(), newSettings()); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{1})
	f.Add(bytes.Repeat([]byte{1}, 40))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if got, err := v.Unseal(sealed, "p"); err == nil {
			t.Errorf("unsealed %q out of nothing", got)
		}
	})
}
