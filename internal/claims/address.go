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
	Regionality   string `json:"regionality,omitempty"` // the region, in the words of TEFCA
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

// newAddress is the address as the profile writes it.
func (r *release) newAddress(a idp.Address) Address {
	address := newAddress(a)
	if r.Profile == ProfileTEFCA {
		address.Regionality = a.State
	}
	return address
}

// FlatAddress is an address in the CMS patient matching proposal (draft).
type FlatAddress struct {
	AddressLine1 string `json:"address_line1,omitempty"`
	AddressLine2 string `json:"address_line2,omitempty"` // the lines behind the first, separated by commas
	Locality     string `json:"locality,omitempty"`
	Region       string `json:"region,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	Country      string `json:"country,omitempty"`
	FullAddress  string `json:"full_address,omitempty"`
}

func newFlatAddress(a idp.Address) FlatAddress {
	first, rest, _ := strings.Cut(a.Street, "\n")
	return FlatAddress{
		AddressLine1: first,
		AddressLine2: strings.ReplaceAll(rest, "\n", ", "),
		Locality:     a.City,
		Region:       a.State,
		PostalCode:   a.PostalCode,
		Country:      a.Country,
		FullAddress:  formatted(a),
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
