package policy

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Handler answers GET /policy/{kind} and GET /policy/{kind}/{version}.
type Handler struct {
	Policy *Policy
	Pages  *pages.Pages
}

// Page shows a document.
func (h Handler) Page(w http.ResponseWriter, r *http.Request) error {
	version, ok := versionOf(r)
	if !ok {
		return h.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
	}
	d, err := h.Policy.Version(r.Context(), r.PathValue("kind"), version)
	if errors.Is(err, ErrUnknownKind) || errors.Is(err, idp.ErrNotFound) {
		return h.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
	}
	if err != nil {
		return err
	}
	text, language := d.In(h.Pages.Language(r))
	body, err := text.HTML()
	if err != nil {
		return err
	}
	return h.Pages.Policy(w, r, pages.Policy{
		Kind: d.Kind, Title: text.Title(), Body: body, Language: language, Version: d.Version, PublishedAt: d.PublishedAt,
		Current:  d.Generated() || d.Version == d.Versions[0],
		Versions: slices.DeleteFunc(slices.Clone(d.Versions), func(v int) bool { return v == d.Version }),
	})
}

// versionOf reads the version in the path, 0 when there is none. There is one way to write each.
func versionOf(r *http.Request) (version int, ok bool) {
	text := r.PathValue("version")
	if text == "" {
		return 0, true
	}
	version, err := strconv.Atoi(text)
	return version, err == nil && version > 0 && strconv.Itoa(version) == text
}
