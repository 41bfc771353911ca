package main

import (
	"strings"
	"testing"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
)

// plain seals nothing: what a message says is looked at.
type plainSealer struct{}

func (plainSealer) Seal(plaintext []byte, _ string) ([]byte, error) { return plaintext, nil }
func (plainSealer) Unseal(sealed []byte, _ string) ([]byte, error)  { return sealed, nil }

func TestStaffAreWrittenToWhereTheOperatorSays(t *testing.T) {
	t.Parallel()
	c := config.Config{Issuer: "https://id.example.org", Operator: config.Operator{Name: "Sample Health ID"}}
	writes, err := newMail(c, plainSealer{})
	if err != nil {
		t.Fatal(err)
	}
	if made, err := (staff{writes, c}).tell(idp.NoticeStaffRequest); err != nil || len(made) != 0 {
		t.Errorf("without an address %+v is written (%v)", made, err)
	}
	c.Operator.StaffEmail = "desk@example.org"
	for kind, page := range staffPages {
		made, err := staff{writes, c}.tell(kind)
		if err != nil || len(made) != 1 || made[0].To != "desk@example.org" || made[0].PersonID != "" {
			t.Fatalf("%s: %+v (%v)", kind, made, err)
		}
		letter, err := writes.Read(made[0])
		if err != nil || !strings.Contains(letter.Text, "https://id.example.org"+page) {
			t.Errorf("%s says (%v)\n%s", kind, err, letter.Text)
		}
	}
}
