package account

import (
	"errors"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// repudiationActor is who the audit log names: whoever had the link.
const repudiationActor = "repudiation link"

// RepudiationPage answers GET /repudiate/{token}: it asks, and changes nothing, because programs open links too.
func (a *Account) RepudiationPage(w http.ResponseWriter, r *http.Request) error {
	p, err := a.Repudiation(r.Context(), r.PathValue("token"))
	if err != nil {
		return a.repudiationProblem(w, r, err)
	}
	return a.Pages.Repudiate(w, r, pages.Repudiate{Action: "/repudiate/" + r.PathValue("token"), ProofedAt: p.CompletedAt})
}

// RepudiateNow answers POST /repudiate/{token}. It needs no sign-in: whoever was impersonated has no passkey here.
func (a *Account) RepudiateNow(w http.ResponseWriter, r *http.Request) error {
	err := a.Repudiate(r.Context(), r.PathValue("token"), idp.Reading{
		Actor: repudiationActor, Purpose: "repudiation", IP: clientIP(r), RequestID: w.Header().Get("X-Request-Id"),
	})
	if err != nil {
		return a.repudiationProblem(w, r, err)
	}
	return a.Pages.Repudiated(w, r)
}

// repudiationProblem is the answer to a link that does nothing. One that was used has done what it should, so it says so again.
func (a *Account) repudiationProblem(w http.ResponseWriter, r *http.Request, err error) error {
	switch {
	case errors.Is(err, idp.ErrUsed):
		return a.Pages.Repudiated(w, r)
	case errors.Is(err, idp.ErrNotFound):
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRepudiationUnknown})
	}
	return err
}
