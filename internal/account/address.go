package account

import (
	"strings"

	"udap-idp/internal/idp"
)

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
