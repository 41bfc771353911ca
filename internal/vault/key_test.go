package vault

import (
	"bytes"
	"path/filepath"
	"testing"
)

func TestMadeKeyIsNeverReplaced(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "master.key")
	first, err := makeKey(file)
	if err != nil {
		t.Fatal(err)
	}
	second, err := makeKey(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the second to make a key replaced the first one's")
	}
}

func TestPurposeAndVersionAreAuthenticated(t *testing.T) {
	t.Parallel()
	master := bytes.Repeat([]byte{1, 2}, keySize/2)
	sealed, err := seal(master, []byte("x"), "p")
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipherFor(master, "p")
	if err != nil {
		t.Fatal(err)
	}
	for _, additional := range []string{"", "p", "\x01", "\x02p", "\x01q"} {
		if _, err := aead.Open(nil, nil, sealed[1:], []byte(additional)); err == nil {
			t.Errorf("opens with the additional data %q", additional)
		}
	}
	if _, err := aead.Open(nil, nil, sealed[1:], []byte("\x01p")); err != nil {
		t.Error(err)
	}
}
