package identity

import (
	"fmt"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// Invented gives a person who does not exist what is made of a real one's values: the keys that find her, and her Digital Identifier, sealed,
// unless it is "". It is for databases that are filled to be measured (udap-idp bench fill).
func (i *Identity) Invented(p idp.Person, identifier string) (idp.Person, error) {
	keys, err := i.matchKeys(matching.Of(p))
	if err != nil {
		return p, fmt.Errorf("invented person: %w", err)
	}
	slices.Sort(keys)
	p.MatchKeys = slices.Compact(keys)
	if identifier == "" {
		return p, nil
	}
	p.Identifier, err = i.sealIdentifier(identifier)
	return p, err
}
