package account

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Declarations has a Declaration of Identity signed with the visitor's own passkey, on her own device.
type Declarations interface {
	// Waiting is the event of hers whose declaration she was asked to sign here. idp.ErrNotFound: there is none.
	Waiting(ctx context.Context, personID string) (idp.Proofing, error)
	// Begin makes the challenge under the text of an event, in a language.
	Begin(ctx context.Context, sessionID, eventID, language, with string) (pages.Signing, error)
	// Sign checks the answer and records the declaration. problem is one of pages.Problem… when it is none.
	Sign(ctx context.Context, sessionID, eventID string, form url.Values, by idp.Reading) (problem string, err error)
}

// DeclarationPage answers GET /account/declaration: the text, and the button that asks for her passkey. That she is signed in is not
// enough: what she signs needs the passkey itself.
func (a *Account) DeclarationPage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	return a.declarationPage(w, r, v, "")
}

func (a *Account) declarationPage(w http.ResponseWriter, r *http.Request, v visitor, problem string) error {
	waiting, err := a.Declarations.Waiting(r.Context(), v.person.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return a.Pages.AccountDeclaration(w, r, pages.AccountDeclaration{Done: r.URL.Query().Get("done") == "signed"})
	}
	if err != nil {
		return err
	}
	signing, err := a.Declarations.Begin(r.Context(), v.session.ID, waiting.ID, pages.Language(r), "")
	if err != nil {
		return err
	}
	signing.Problem = problem
	return a.Pages.AccountDeclaration(w, r, pages.AccountDeclaration{Signing: &signing, AskedAt: waiting.DeclarationAskedAt})
}

// SignDeclaration answers POST /account/declaration.
func (a *Account) SignDeclaration(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	waiting, err := a.Declarations.Waiting(r.Context(), v.person.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/account/declaration")
	}
	if err != nil {
		return err
	}
	problem, err := a.Declarations.Sign(r.Context(), v.session.ID, waiting.ID, form, a.reading(r, v, "declaration"))
	var refusal interface{ RefusalCode() string }
	if errors.As(err, &refusal) { // the event was ended meanwhile
		return redirect(w, r, "/account/declaration")
	}
	if err != nil {
		return err
	}
	if problem != "" {
		return a.declarationPage(w, r, v, problem)
	}
	return redirect(w, r, "/account/declaration?done=signed")
}
