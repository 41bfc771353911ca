package vault

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// keySize is the length of the master key in bytes: that of an AES-256 key.
const keySize = 32

// parseKey reads a key of 32 bytes in hex, or in base64 of either alphabet, padded or not. The lengths of the two do not
// meet: 64 digits of hex are never 32 bytes of base64. The error ends a sentence that begins with where the text was, and
// never repeats the text.
func parseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != keySize {
		alphabet := strings.NewReplacer("-", "+", "_", "/")
		key, err = base64.RawStdEncoding.Strict().DecodeString(alphabet.Replace(strings.TrimRight(text, "=")))
	}
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("is not %d bytes in base64 (%d characters) or hex (%d characters)", keySize,
			base64.StdEncoding.EncodedLen(keySize), hex.EncodedLen(keySize))
	}
	if strings.Count(string(key), string(key[:1])) == keySize {
		return nil, errors.New("is one byte repeated, not a random key")
	}
	return key, nil
}

// readKey reads the key from a file that only its owner can read. The error is fs.ErrNotExist when there is none.
func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	defer f.Close()

	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a file", ErrBadKey, path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" { // Windows shows made-up mode bits
		return nil, fmt.Errorf("%w: the file %s is open to other users (mode %04o); run: chmod 600 %s", ErrBadKey, path, mode, path)
	}

	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	key, err := parseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: the content of %s %w", ErrBadKey, path, err)
	}
	return key, nil
}

// makeKey makes a file with a new key and returns the key. If another process made the file meanwhile, it returns
// that one's key.
func makeKey(path string) ([]byte, error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	// os.CreateTemp opens with O_EXCL and mode 0600.
	f, err := os.CreateTemp(folder, ".master.key-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if err := writeKey(f); err != nil {
		return nil, err
	}

	// A link appears whole or not at all, and never replaces a file that is there.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := syncFolder(folder); err != nil {
		return nil, err
	}
	return readKey(path)
}

func writeKey(f *os.File) error {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: it ends the program instead
	_, err := f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes the new name survive a power cut: what is sealed under the key must not outlive it.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" { // folders cannot be flushed there
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
