package pages

import "slices"

// The structs of the parts that pages share; web/templates/parts.html says how each is put into a page.

// FieldError is what is wrong with one field of a form.
type FieldError struct {
	Field   string // id of its input, which the summary leads to
	TextKey string // the sentence that says how to put it right
}

// FieldErrors are those of a form, in the order of its fields.
type FieldErrors []FieldError

// For is the text key of what is wrong with a field, "" when nothing is.
func (e FieldErrors) For(field string) string {
	i := slices.IndexFunc(e, func(f FieldError) bool { return f.Field == field })
	if i < 0 {
		return ""
	}
	return e[i].TextKey
}

// fieldError is what is wrong with a field, nil when nothing is.
func fieldError(errors FieldErrors, field string) *FieldError {
	if key := errors.For(field); key != "" {
		return &FieldError{Field: field, TextKey: key}
	}
	return nil
}

// Confirm is the form of a page that asks once more before something is done.
type Confirm struct {
	Action    string            // the path that the form posts to
	Values    map[string]string // hidden fields
	ButtonKey string            // text key of what is going to happen: "Remove this passkey", never "OK"
	CancelURL string            // where "no" leads
	Danger    bool              // it cannot be undone
}

// Paging is the foot of a list that has more than one page. A list of one page has none.
type Paging struct {
	From, To    int    // the rows shown, from 1
	Total       int    // 0 when it is not known
	PreviousURL string // "" on the first page
	NextURL     string // "" on the last
}

// Needed reports whether there is anything to turn to.
func (p Paging) Needed() bool { return p.PreviousURL != "" || p.NextURL != "" }

// Section is an entry of the navigation of the administrator's desk.
type Section struct {
	URL      string
	TextKey  string
	GroupKey string // the heading it stands under, as the ones beside it do; "" for none
	Count    string // what waits there: "12", "99+"; "" for no figure
	Current  bool
}

// sectionGroup is sections under one heading.
type sectionGroup struct {
	Key      string // "" for no heading
	Number   int    // from 1
	Sections []Section
}

// grouped puts neighbours of the same group under their heading.
func grouped(sections []Section) []sectionGroup {
	var groups []sectionGroup
	for _, s := range sections {
		if last := len(groups) - 1; last < 0 || groups[last].Key != s.GroupKey {
			groups = append(groups, sectionGroup{Key: s.GroupKey, Number: len(groups) + 1})
		}
		last := &groups[len(groups)-1]
		last.Sections = append(last.Sections, s)
	}
	return groups
}
