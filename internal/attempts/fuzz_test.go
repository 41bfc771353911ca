package attempts

import (
	"testing"
	"unicode/utf8"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// Whatever a stranger sends becomes a row of bounded size in readable text.
func FuzzReadClaimed(f *testing.F) {
	leaf := udaptest.New(f, udaptest.WithoutServer()).Leaf("https://hospital.example")
	good := leaf.Statement("https://idp.example/register")
	f.Add(good)
	f.Add(good + "AAAA")
	f.Add("a.b.c")
	f.Add(".e30")
	f.Add("eyJ4NWMiOls3XX0.eyJpc3MiOnsiYSI6MX19.")
	f.Fuzz(func(t *testing.T, raw string) {
		r := &Record{message: raw, row: idp.Attempt{Kind: idp.AttemptRegistration}}
		a := r.finish()
		if len(a.Issuer) > maxIssuer || !utf8.ValidString(a.Issuer) || len(a.Chain) > maxChain {
			t.Errorf("got issuer %q, %d certificates", a.Issuer, len(a.Chain))
		}
		// Of a good one the same is read as udap reads.
		if statement, err := udap.ParseSoftwareStatement(raw); err == nil && a.Issuer != text(statement.Issuer, maxIssuer) && raw == good {
			t.Errorf("got issuer %q, want %q", a.Issuer, statement.Issuer)
		}
	})
}
