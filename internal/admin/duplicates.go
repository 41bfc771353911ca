package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Merging is what becomes of records that may be one person (package identity).
type Merging interface {
	Compare(ctx context.Context, a, b idp.Person) (idp.Likeness, error)
	// PlanMerge says what Merge would do, and changes nothing.
	PlanMerge(survivor, merged idp.Person) idp.MergePlan
	Merge(ctx context.Context, m idp.Merge, by idp.Reading) (idp.Person, error)
}

// recordParts is what hangs on a person's record.
type recordParts interface {
	Consents(ctx context.Context, personID string) ([]idp.Consent, error)
	Representations(ctx context.Context, personID string) ([]idp.Representation, error)
}

// pairsPerPage is how many pairs a page shows.
const pairsPerPage = 25

// duplicates answers GET /admin/duplicates: records that may be one person, the likeliest first.
func (a *Admin) duplicates(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	person, other := strings.TrimSpace(query.Get("person")), strings.TrimSpace(query.Get("other"))
	if anID.MatchString(person) && anID.MatchString(other) && person != other {
		return redirect(w, r, comparisonPath(person, other))
	}
	page := pages.AdminDuplicates{Desk: a.desk(r, by), Show: pages.DuplicatesShown(query.Get("show")), PersonID: person, OtherID: other}
	for _, id := range []struct{ field, typed string }{{"person", person}, {"other", other}} {
		if id.typed != "" && (!anID.MatchString(id.typed) || person == other) {
			page.Errors = append(page.Errors, pages.FieldError{Field: id.field, TextKey: "admin.duplicates.wrong"})
		}
	}
	var err error
	if _, page.Unexamined, err = a.Store.CountSuspicions(r.Context(), idp.RankLikely); err != nil {
		return err
	}
	found, err := a.pairs(r, &page)
	if err != nil {
		return err
	}
	for _, s := range found {
		row, ok, err := a.pairRow(r.Context(), by, s)
		if err != nil {
			return err
		}
		if ok {
			page.Rows = append(page.Rows, row)
		}
	}
	if len(page.Rows) > 0 { // which name people, as a search does
		detail := detailOf(map[string]any{"by": []string{"duplicates"}, "found": len(page.Rows)})
		if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "people.search", "", detail)); err != nil {
			return err
		}
	}
	return a.Pages.AdminDuplicates(w, r, page)
}

// pairs are those of a page: of one person, or all by their likeness.
func (a *Admin) pairs(r *http.Request, page *pages.AdminDuplicates) ([]idp.Suspicion, error) {
	if anID.MatchString(page.PersonID) {
		return a.Store.SuspicionsOf(r.Context(), page.PersonID)
	}
	filter := idp.SuspicionFilter{LeastRank: idp.RankLikely, Limit: pairsPerPage + 1}
	switch page.Show {
	case "possible":
		filter.LeastRank = idp.RankPossible
	case "apart":
		filter.LeastRank, filter.Decided = idp.RankDifferent, true
	}
	if typed := r.URL.Query().Get("after"); typed != "" {
		if place, ok := placeOf(typed); ok {
			filter.After, page.FirstURL = &place, "/admin/duplicates?show="+page.Show
		}
	}
	found, err := a.Store.Suspicions(r.Context(), filter)
	if err != nil || len(found) <= pairsPerPage {
		return found, err
	}
	last := found[pairsPerPage-1]
	page.NextURL = "/admin/duplicates?" + url.Values{"show": {page.Show}, "after": {placeText(last)}}.Encode()
	return found[:pairsPerPage], nil
}

// placeText is where a page ends, for the address of the next.
func placeText(s idp.Suspicion) string {
	return strings.Join([]string{strconv.Itoa(s.Rank), strconv.Itoa(s.Value), s.A, s.B}, ".")
}

func placeOf(text string) (place idp.SuspicionPlace, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 || !anID.MatchString(parts[2]) || !anID.MatchString(parts[3]) {
		return place, false
	}
	rank, wrong := strconv.ParseInt(parts[0], 10, 16)
	value, alsoWrong := strconv.ParseInt(parts[1], 10, 16)
	return idp.SuspicionPlace{Pair: idp.Pair{A: parts[2], B: parts[3]}, Rank: int(rank), Value: int(value)}, wrong == nil && alsoWrong == nil
}

func comparisonPath(a, b string) string { return "/admin/duplicates/" + a + "/" + b }

// pairRow is a pair as the list shows it; not ok is one of which a record was merged since.
func (a *Admin) pairRow(ctx context.Context, by Visitor, s idp.Suspicion) (row pages.SuspectedPair, ok bool, err error) {
	row = pages.SuspectedPair{Likeness: likenessOf(s.Likeness), FoundAt: s.FoundAt, DecidedAt: s.DecidedAt, Decision: s.Decision}
	for id, into := range map[string]*pages.AdminFound{s.A: &row.A, s.B: &row.B} {
		p, err := a.Store.Person(ctx, id)
		if errors.Is(err, idp.ErrNotFound) || err == nil && p.State == idp.PersonMerged {
			return row, false, nil
		}
		if err != nil {
			return row, false, fmt.Errorf("person of a pair: %w", err)
		}
		*into = a.foundRow(by, p)
	}
	names := names{store: a.Store}
	row.DecidedBy, err = names.of(ctx, s.DecidedBy)
	return row, true, err
}

func likenessOf(l idp.Likeness) pages.Likeness {
	out := pages.Likeness{Verdict: l.Verdict, Value: l.Value}
	for _, reason := range l.Reasons {
		out.Reasons = append(out.Reasons, pages.LikenessReason(reason))
	}
	return out
}

// merge carries a merge out, in the name of who asked. Records of administrators are merged by owners only.
func (a *Admin) merge(ctx context.Context, x act, asker idp.Person, by idp.Reading) error {
	merged, err := a.Store.Person(ctx, x.MergedID)
	if err != nil {
		return err
	}
	if !mayTouch(asker.Role, merged) {
		return errNotAllowed
	}
	_, err = a.People.Merge(ctx, idp.Merge{SurvivorID: x.PersonID, MergedID: x.MergedID, ApprovedBy: x.ApprovedBy, Reason: x.Reason}, by)
	return err
}

// merges reports whether the act is a merge of somebody's own record.
func (x act) merges(personID string) bool {
	return x.MergedID != "" && (x.PersonID == personID || x.MergedID == personID)
}

// mergeRow adds to a row of the approvals what is to be merged.
func (a *Admin) mergeRow(ctx context.Context, row *pages.AdminApproval, x act) error {
	merged, err := a.Store.Person(ctx, x.MergedID)
	if err != nil {
		return fmt.Errorf("person of an approval: %w", err)
	}
	row.Merged, row.CompareURL = merged.Name(), comparisonPath(x.PersonID, x.MergedID)
	return nil
}
