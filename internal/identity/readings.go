package identity

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

// Identifiers opens the Digital Identifiers of many people, by the person's id, after it has recorded each reading. It is Identifier
// for an export: the readings of all are one write.
func (i *Identity) Identifiers(ctx context.Context, people []idp.Person, why idp.Reading) (map[string]string, error) {
	var events []idp.AuditEvent
	for _, p := range people {
		if !p.Identifier.IsZero() {
			events = append(events, i.event(why, "identifier.read", p.ID, why.Purpose))
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	if err := i.Store.Audit(ctx, events...); err != nil {
		return nil, fmt.Errorf("digital identifiers: %w", err)
	}
	values := map[string]string{}
	for _, p := range people {
		if p.Identifier.IsZero() {
			continue
		}
		value, err := i.Sealer.Unseal(p.Identifier.Sealed, identifierPurpose)
		if err != nil {
			return nil, fmt.Errorf("digital identifier of %s: %w", p.ID, err)
		}
		values[p.ID] = string(value)
	}
	return values, nil
}
