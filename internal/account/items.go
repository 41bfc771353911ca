package account

import (
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// items are a person's values under the names of OIDC Core §5.1, which are also those of the consent page. Values that we
// do not have are left out by the page.
func items(p idp.Person, identifier string) []pages.ConsentItem {
	return []pages.ConsentItem{
		{Claim: "name", Value: p.Name()},
		{Claim: "birthdate", Value: p.Birthdate},
		{Claim: "gender", Value: p.Sex},
		{Claim: "address", Value: lines(p.Address)},
		{Claim: "phone_number", Value: p.Phone},
		{Claim: "email", Value: p.Email},
		// HL7 Identity Matching IG 2.0.0, Digital Identifier: to be protected like a social security number.
		{Claim: "hl7_identifier", Value: identifier, Sensitive: true},
	}
}

// lines writes an address as on an envelope.
func lines(a idp.Address) string {
	town := joined(" ", joined(", ", a.City, a.State), a.PostalCode)
	return joined("\n", a.Street, town, a.Country)
}

// joined joins the parts that are not empty.
func joined(sep string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, sep)
}
