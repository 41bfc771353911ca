package vault

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
)

// What can be wrong, for errors.Is. The errors returned say it in words for an operator.
var (
	// ErrMissingKey: the key file does not exist, and making one is not allowed or would not open what is stored.
	ErrMissingKey = errors.New("the master key is missing")
	// ErrWrongKey: what is stored was sealed under another key.
	ErrWrongKey = errors.New("wrong master key")
	// ErrBadKey: the text or the file holds no usable key, or the file is open to others.
	ErrBadKey = errors.New("the master key cannot be used")
	// ErrLocked: Seal or Unseal before Unlock.
	ErrLocked = errors.New("the vault is locked")
	// ErrSealed: the bytes do not unseal: damaged, of another purpose or key, or of a version not known here.
	ErrSealed = errors.New("the sealed value cannot be opened")
)

// canary is the name under which the store keeps the proof of the key, and the purpose it is sealed for.
const canary = "vault.canary"

// sealVersion is the first byte of every sealed value: AES-256-GCM under an HKDF-SHA256 key, as in the package comment.
const sealVersion = 1

// Options say where the master key is.
type Options struct {
	Text      string // the key itself; or
	File      string // the file that holds it
	MayCreate bool   // whether Unlock may make File for a store that never had a key
	NotFound  error  // what Store.Setting returns, as errors.Is has it, when there is no such setting
}

// Store is the part of idp.Store that keeps the canary.
type Store interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	PutSettingOnce(ctx context.Context, name string, value []byte) ([]byte, error)
}

// Vault seals and unseals. Call Unlock before sharing it between goroutines.
type Vault struct {
	options Options
	master  []byte // nil while the file is yet to be made
	proved  bool
}

// Open reads the master key. A missing file is ErrMissingKey, unless it may be created: then Unlock decides.
func Open(o Options) (*Vault, error) {
	switch {
	case o.NotFound == nil:
		return nil, errors.New("open vault: Options.NotFound is not set")
	case o.Text == "" && o.File == "":
		return nil, fmt.Errorf("%w: neither the key nor its file is given", ErrMissingKey)
	case o.Text != "" && o.File != "":
		return nil, errors.New("open vault: the key and its file are both given")
	case o.Text != "":
		master, err := parseKey(o.Text)
		if err != nil {
			return nil, fmt.Errorf("%w: the text given %w", ErrBadKey, err)
		}
		return &Vault{options: o, master: master}, nil
	}

	master, err := readKey(o.File)
	if errors.Is(err, fs.ErrNotExist) {
		if o.MayCreate {
			return &Vault{options: o}, nil
		}
		return nil, fmt.Errorf("%w: there is no file %s; put the key there, or make one for a new installation with: "+
			"(umask 077; head -c 32 /dev/urandom | base64 > %s)", ErrMissingKey, o.File, o.File)
	}
	if err != nil {
		return nil, err
	}
	return &Vault{options: o, master: master}, nil
}

// Unlock proves that the master key is the one the store was made with, and makes both the key and the proof for a store that
// never had one. ErrWrongKey and ErrMissingKey tell an operator what to do; in both cases the store is unchanged.
func (v *Vault) Unlock(ctx context.Context, store Store) error {
	proof, err := store.Setting(ctx, canary)
	fresh := errors.Is(err, v.options.NotFound)
	if err != nil && !fresh {
		return fmt.Errorf("unlock vault: %w", err)
	}

	if v.master == nil {
		if v.master, err = v.missingKey(fresh); err != nil {
			return err
		}
	}
	if fresh {
		if proof, err = v.putCanary(ctx, store); err != nil {
			return fmt.Errorf("unlock vault: %w", err)
		}
	}
	return v.prove(proof)
}

// missingKey makes the key that Open did not find, if the store is fresh. If it is not, another process that started with
// this one may have made both meanwhile, the key before the canary: so the file is looked for once more.
func (v *Vault) missingKey(fresh bool) ([]byte, error) {
	if fresh {
		master, err := makeKey(v.options.File)
		if err != nil {
			return nil, fmt.Errorf("make the master key: %w", err)
		}
		return master, nil
	}
	master, err := readKey(v.options.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the database was made with a master key, and there is no file %s; "+
			"put the original back there; nothing was changed", ErrMissingKey, v.options.File)
	}
	return master, err
}

func (v *Vault) putCanary(ctx context.Context, store Store) ([]byte, error) {
	sealed, err := seal(v.master, []byte(canary), canary)
	if err != nil {
		return nil, err
	}
	return store.PutSettingOnce(ctx, canary, sealed)
}

func (v *Vault) prove(proof []byte) error {
	if len(proof) > 0 && proof[0] != sealVersion {
		return fmt.Errorf("unlock vault: the database was made by a newer version: %w", ErrSealed)
	}
	plaintext, err := unseal(v.master, proof, canary)
	if err == nil && bytes.Equal(plaintext, []byte(canary)) {
		v.proved = true
		return nil
	}
	if v.options.File != "" {
		return fmt.Errorf("%w: the database was made with another master key than the one in %s; "+
			"put the original into that file; nothing was changed", ErrWrongKey, v.options.File)
	}
	return fmt.Errorf("%w: the database was made with another master key than the one given; "+
		"give the original; nothing was changed", ErrWrongKey)
}

// Seal encrypts and authenticates plaintext for a purpose.
func (v *Vault) Seal(plaintext []byte, purpose string) ([]byte, error) {
	if !v.proved {
		return nil, ErrLocked
	}
	return seal(v.master, plaintext, purpose)
}

// Unseal returns what was sealed for the purpose, or ErrSealed.
func (v *Vault) Unseal(sealed []byte, purpose string) ([]byte, error) {
	if !v.proved {
		return nil, ErrLocked
	}
	return unseal(v.master, sealed, purpose)
}

// Digest is a keyed digest of data for a purpose, 32 bytes: it finds again what is sealed, and tells nothing to whoever has no
// master key.
func (v *Vault) Digest(data []byte, purpose string) ([]byte, error) {
	if !v.proved {
		return nil, ErrLocked
	}
	key, err := hkdf.Key(sha256.New, v.master, nil, "udap-idp digest 1 "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil), nil
}

func seal(master, plaintext []byte, purpose string) ([]byte, error) {
	aead, err := cipherFor(master, purpose)
	if err != nil {
		return nil, err
	}
	return aead.Seal([]byte{sealVersion}, nil, plaintext, additional(purpose)), nil
}

func unseal(master, sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	aead, err := cipherFor(master, purpose)
	if err != nil {
		return nil, err
	}
	plaintext, err := aead.Open(nil, nil, sealed[1:], additional(purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plaintext, nil
}

// cipherFor makes the AEAD of a purpose. It draws its nonces itself and writes them in front of the ciphertext.
func cipherFor(master []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, master, nil, "udap-idp vault 1 "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func additional(purpose string) []byte {
	return append([]byte{sealVersion}, purpose...)
}
