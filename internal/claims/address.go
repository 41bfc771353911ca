package claims

import (
	"strings"

	"udap-idp/internal/idp"
)

// Address is the address claim (OIDC Core §5.1.1). Unknown members are left out.
type Address struct {
	Formatted     string `json:"formatted,omitempty"` // the whole address, its lines separated by \n
	StreetAddress string `json:"street_address,omitempty"`
	Locality      string `json:"locality,omitempty"`
	Region        string `json:"region,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Country       string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

func newAddress(a idp.Address) Address {
	return Address{
		Formatted:     formatted(a),
		StreetAddress: a.Street,
		Locality:      a.City,
		Region:        a.State,
		PostalCode:    a.PostalCode,
		Country:       a.Country,
	}
}

// formatted writes the address as it stands on a letter in the United States: the street, then "City, ST 12345", then the
// country.
func formatted(a idp.Address) string {
	return join("\n", a.Street, join(" ", join(", ", a.City, a.State), a.PostalCode), a.Country)
}

func join(separator string, parts ...string) string {
	var known []string
	for _, part := range parts {
		if part != "" {
			known = append(known, part)
		}
	}
	return strings.Join(known, separator)
}
