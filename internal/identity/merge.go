package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Merge is that two records are one person.
type Merge = idp.Merge

// Merge makes one record of two that are the same person. It cannot be undone.
//
// The survivor keeps her Digital Identifier, her passkeys, her level and her current values. What the merged record knew besides
// is added to hers, as her word: its proofing was that of another record. Data holders that knew the merged one know the survivor
// by the same sub. The merged one's passkeys stop working; she signs in with those of the survivor.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: one person has one, which is never given to anybody else. If both have one,
// the merged one's stays at the tombstone and is found there (PersonOf), and never released again. If only the merged one has one,
// it is the person's, and the survivor takes it over: so nobody who knows her by it has to learn another.
//
// Errors: *Refusal; idp.ErrStale; idp.ErrNotFound.
func (i *Identity) Merge(ctx context.Context, m Merge, by idp.Reading) (idp.Person, error) {
	var err error
	for range tries {
		var survivor idp.Person
		if survivor, err = i.mergeOnce(ctx, m, by); !isStale(err) {
			return survivor, err
		}
	}
	return idp.Person{}, err
}

func (i *Identity) mergeOnce(ctx context.Context, m Merge, by idp.Reading) (idp.Person, error) {
	survivor, err := i.mergeable(ctx, m.SurvivorID)
	if err != nil {
		return idp.Person{}, err
	}
	merged, err := i.mergeable(ctx, m.MergedID)
	if err != nil {
		return idp.Person{}, err
	}
	if err := i.agreed(m, by); err != nil {
		return idp.Person{}, err
	}
	if err := i.mayMerge(survivor, merged); err != nil {
		return idp.Person{}, err
	}

	identifier := i.unite(&survivor, &merged)
	about := detail(struct {
		Survivor   string `json:"survivor"`
		Merged     string `json:"merged"`
		Identifier string `json:"identifier"` // what became of the survivor's
		Tombstone  bool   `json:"tombstoned"` // the merged one had an identifier of its own, which is never used again
		ApprovedBy string `json:"approved_by,omitempty"`
		Reason     string `json:"reason"`
	}{survivor.ID, merged.ID, identifier, !merged.Identifier.IsZero(), m.ApprovedBy, m.Reason})
	err = i.Store.MergePeople(ctx, survivor, merged, i.event(by, "person.merge", survivor.ID, about), i.event(by, "person.merged", merged.ID, about))
	if err != nil {
		return idp.Person{}, err
	}
	return i.Store.Person(ctx, survivor.ID)
}

// mergeable reads a person who is no tombstone.
func (i *Identity) mergeable(ctx context.Context, id string) (idp.Person, error) {
	p, err := i.Store.Person(ctx, id)
	switch {
	case isNotFound(err):
		return p, fmt.Errorf("there is no person %s: %w", id, idp.ErrNotFound)
	case err != nil:
		return p, err
	case p.State == idp.PersonMerged:
		return p, refuse("merged", "%s was merged into %s already", id, p.SurvivorID)
	}
	return p, nil
}

// unite makes the two what they are after a merge, and says what became of the survivor's identifier.
func (i *Identity) unite(survivor, merged *idp.Person) (identifier string) {
	identifier = "kept"
	if survivor.Identifier.IsZero() && !merged.Identifier.IsZero() {
		survivor.Identifier, merged.Identifier = merged.Identifier, idp.SealedIdentifier{}
		identifier = "taken over"
	}
	if survivor.Identifier.IsZero() {
		identifier = "none"
	}
	survivor.Attributes = i.united(*survivor, *merged)
	merged.State, merged.SurvivorID = idp.PersonMerged, survivor.ID
	now := i.now()
	survivor.UpdatedAt, merged.UpdatedAt = now, now
	return identifier
}

// PlanMerge says what Merge would do with the two as they are, for somebody who is to decide it.
func (i *Identity) PlanMerge(survivor, merged idp.Person) idp.MergePlan {
	var plan idp.MergePlan
	if survivor.State == idp.PersonMerged || merged.State == idp.PersonMerged {
		return idp.MergePlan{Refusal: "merged"}
	}
	var refusal *Refusal
	if errors.As(i.mayMerge(survivor, merged), &refusal) {
		plan.Refusal = refusal.Code
	}
	known := len(survivor.Attributes)
	plan.Identifier = i.unite(&survivor, &merged)
	plan.Tombstone = !merged.Identifier.IsZero()
	for _, a := range survivor.Attributes[known:] {
		if !slices.Contains(plan.New, a.Kind) {
			plan.New = append(plan.New, a.Kind)
		}
	}
	return plan
}

// agreed refuses a merge that those who have to did not agree to.
func (i *Identity) agreed(m Merge, by idp.Reading) error {
	approver := strings.TrimSpace(m.ApprovedBy)
	switch {
	case strings.TrimSpace(m.Reason) == "":
		return refuse("reason", "a reason must be given")
	case slices.Contains([]string{m.SurvivorID, m.MergedID}, by.Actor), approver != "" && slices.Contains([]string{m.SurvivorID, m.MergedID}, approver):
		return refuse("herself", "nobody decides about her own record")
	case i.TwoPersonApproval && approver == "":
		return refuse("approval", "two have to agree to a merge: who approves it must be given")
	case approver != "" && strings.EqualFold(approver, strings.TrimSpace(by.Actor)):
		return refuse("approval", "a merge cannot be approved by the one who makes it")
	}
	return nil
}

// mayMerge refuses what would lose or give something that nobody decided.
func (i *Identity) mayMerge(survivor, merged idp.Person) error {
	switch {
	case survivor.ID == merged.ID:
		return refuse("same", "both are the same record")
	case survivor.State != idp.PersonActive:
		return refuse("state", "the account of the survivor, %s, is %s: only an active one goes on", survivor.ID, survivor.State)
	case merged.Role.Administers():
		return refuse("role", "%s is an administrator, whose account cannot end by a merge: what she did as one would become somebody else's. "+
			"Merge the other way round, or close the account", merged.ID)
	case merged.State != idp.PersonClosed && !survivor.LevelAt(i.now()).AtLeast(merged.LevelAt(i.now())):
		return refuse("level", "%s was verified at a higher level, which would be lost: merge the other way round", merged.ID)
	}
	return nil
}

// united is what both records know: the survivor's values as they are, and of the merged one's those that are new, as her word.
func (i *Identity) united(survivor, merged idp.Person) []idp.Attribute {
	all := slices.Clone(survivor.Attributes)
	for _, a := range merged.Attributes {
		if slices.ContainsFunc(all, func(b idp.Attribute) bool { return sameValue(a, b) }) {
			continue
		}
		a.Status, a.Level, a.ProofingID, a.Method, a.VerifiedAt = idp.SelfAsserted, idp.Unverified, "", "", time.Time{}
		if _, taken := idp.Current(survivor.Attributes, a.Kind); taken && a.IsCurrent() {
			a.EndedAt = i.now() // since which day it is not so is not known
			if former[a.Kind] && a.Use != "maiden" {
				a.Use = "old"
			}
		}
		all = append(all, a)
	}
	return all
}
