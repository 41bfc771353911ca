package udap

import (
	"fmt"
	"strings"
	"testing"
)

// A stranger's headers do not fill the memory: at the bound one goes for each that comes, and long ones are not kept.
func TestHeadersRememberedAreBounded(t *testing.T) {
	t.Parallel()
	var m headerMemory
	for i := range 3 * maxHeaders {
		m.put(fmt.Sprint("stranger ", i), header{keyID: fmt.Sprint(i)})
		if h, ok := m.get(fmt.Sprint("stranger ", i)); !ok || h.keyID != fmt.Sprint(i) {
			t.Fatalf("header %d: got %+v, %v", i, h, ok)
		}
	}
	if n := len(m.known); n != maxHeaders {
		t.Errorf("%d headers are remembered, want %d", n, maxHeaders)
	}
	long := strings.Repeat("h", maxHeaderText+1)
	m.put(long, header{keyID: "long"})
	if _, ok := m.get(long); ok {
		t.Error("a header beyond the limit is remembered")
	}
}

// The short way to read a JSON string reads what the long one does, or nothing.
func TestPlainStringIsWhatJSONReads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"abc"`: true, `""`: true, `"a/b+c=="`: true,
		`"a\nb"`: false, `"\u0061"`: false, `"é"`: false, `"a` + "\n" + `b"`: false, `"`: false, `"a"b"`: false, "\"\xff\"": false, `"a`: false,
	} {
		got, ok := plainString([]byte(text))
		if ok != want || ok && got != strings.Trim(text, `"`) {
			t.Errorf("%s: got %q, %v, want %v", text, got, ok, want)
		}
	}
}
