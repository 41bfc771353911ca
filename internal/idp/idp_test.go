package idp

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestIDsAreTimeOrderedUUIDs(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	var ids []string
	for range 10000 { // more than fit into a millisecond
		id := NewID()
		if !form.MatchString(id) {
			t.Fatalf("%q is no UUID version 7 (RFC 9562 §5.7)", id)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 10000 {
		t.Error("later ids do not sort behind earlier ones")
	}
}

func TestIdentifiersOfPersonsAreRandomUUIDs(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := NewUUIDv4()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("%q is no UUID version 4 (RFC 9562 §5.4), or was made twice", id)
		}
		seen[id] = true
	}
}

func TestTokenComesBackFromItsText(t *testing.T) {
	t.Parallel()
	token := NewToken()
	if len(token.String()) != 64 {
		t.Errorf("a token of %d characters, want 64", len(token.String()))
	}
	read, err := ParseToken(token.String())
	if err != nil || read.ID != token.ID || !read.Matches(token.Hash()) {
		t.Errorf("read %v (%v), want %v", read.ID, err, token.ID)
	}
}

func TestTokenMatchesItsOwnSecretOnly(t *testing.T) {
	t.Parallel()
	token := NewToken()
	if other := NewTokenFor(token.ID); other.Matches(token.Hash()) {
		t.Error("a token with the same id and another secret matches")
	}
	for _, hash := range [][]byte{nil, {}, token.Hash()[:31], make([]byte, 32)} {
		if token.Matches(hash) {
			t.Errorf("matches %x", hash)
		}
	}
}

func TestTokenSecretIsNotItsHash(t *testing.T) {
	t.Parallel()
	token := NewToken()
	if slices.Equal(token.Hash(), token.secret[:]) {
		t.Error("what is stored is the secret itself")
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	t.Parallel()
	good := NewToken().String()
	for _, text := range []string{"", good[:63], good + "A", good + "=", strings.Repeat("!", 64), " " + good[1:], good[:63] + "\n", good[:8] + "\n" + good[8:]} {
		if _, err := ParseToken(text); err != ErrToken {
			t.Errorf("ParseToken(%q) = %v, want ErrToken", text, err)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(NewToken().String())
	f.Add("")
	f.Add("AaINl15a\njayQDWCVeWL00WxVqSqtRGD_i6WWAQwzVxGcSO4-ivhZ0xwdhmjFcA--")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseToken(text)
		if err == nil && token.String() != text {
			t.Errorf("%q reads as %q: two texts for one token", text, token.String())
		}
	})
}

func TestLevelsAreOrdered(t *testing.T) {
	t.Parallel()
	for i, level := range Levels {
		if Unverified.AtLeast(level) {
			t.Errorf("nothing is at least %s", level)
		}
		for j, floor := range Levels {
			if got := level.AtLeast(floor); got != (i >= j) {
				t.Errorf("%s.AtLeast(%s) = %v", level, floor, got)
			}
		}
	}
	if !Unverified.AtLeast(Unverified) || !IDIAL1.AtLeast(Unverified) {
		t.Error("every level is at least nothing")
	}
	if Level("idial9").AtLeast(IDIAL1) {
		t.Error("a level that does not exist counts for something")
	}
}

func TestLevelIsReadInAnyCaseAndRefusedOtherwise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Level{"": Unverified, "idial1.8": IDIAL1_8, "IDIAL2": IDIAL2, "Idial1": IDIAL1} {
		if got, err := ParseLevel(text); err != nil || got != want {
			t.Errorf("ParseLevel(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"ial2", "1.8", "idial1.9", " idial1", "idial1.8 "} {
		if got, err := ParseLevel(text); err == nil || got != Unverified {
			t.Errorf("ParseLevel(%q) = %q, %v; want an error", text, got, err)
		}
	}
}

func TestNameLeavesOutWhatIsMissing(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Demographics{
		"":                   {},
		"Suharto":            {FamilyName: "Suharto"},
		"Ana García":         {GivenName: "Ana", FamilyName: "García"},
		"Maria Elena Garcia": {GivenName: "Maria", MiddleName: "Elena", FamilyName: "Garcia"},
	} {
		if got := d.Name(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSectorSurvivesANewClientID(t *testing.T) {
	t.Parallel()
	a := Client{ID: "1", CommunityID: "c", URI: "https://h.example"}
	b := a
	b.ID = "2"
	if a.Sector() != b.Sector() {
		t.Error("a new client_id is another sector")
	}
	b.CommunityID = "d"
	if a.Sector() == b.Sector() {
		t.Error("two communities share a sector")
	}
}
