package account

import (
	"testing"

	"udap-idp/internal/idp"
)

func TestAddressIsWrittenAsOnAnEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		address idp.Address
		want    string
	}{
		{"whole", idp.Address{Street: "1 Main St", City: "Springfield", State: "IL", PostalCode: "62701", Country: "US"}, "1 Main St\nSpringfield, IL 62701\nUS"},
		{"no street", idp.Address{City: "Springfield", PostalCode: "62701"}, "Springfield 62701"},
		{"nothing", idp.Address{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := lines(test.address); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
