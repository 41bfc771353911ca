package admin

import (
	"context"
	"io"
	"net/http"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// writeLetters sends the links of an import as letters to print, each in the language of its reader.
func (a *Admin) writeLetters(w http.ResponseWriter, r *http.Request, table io.Reader) error {
	fileHeaders(w, "invitations.html", "text/html; charset=utf-8")
	err := a.Pages.WriteInvitationLetters(&patient{w, http.NewResponseController(w)}, "", func(write func(string, pages.InvitationLetter) error) error {
		return a.Transfer.EachLink(table, func(l idp.ImportLink) error {
			language, letter, ok, err := a.letterOf(r.Context(), l)
			if err != nil || !ok {
				return err
			}
			return write(language, letter)
		})
	})
	if err != nil {
		a.Log.ErrorContext(r.Context(), "the letters of an import broke off", "error", err)
		panic(http.ErrAbortHandler) // so that a part of them is not taken for all
	}
	return nil
}

// letterOf is the letter with a link. Who has used hers, or has another by now, gets none.
func (a *Admin) letterOf(ctx context.Context, l idp.ImportLink) (language string, letter pages.InvitationLetter, ok bool, err error) {
	_, secret, _ := strings.Cut(l.Link, "/invite/")
	invited := Invited{}
	if invited.Token, err = idp.ParseToken(secret); err != nil {
		return "", letter, false, err
	}
	if invited.Person, err = a.Store.Person(ctx, l.PersonID); err != nil {
		return "", letter, false, err
	}
	if invited.Invitation, err = a.Store.Invitation(ctx, invited.Token.ID); err != nil {
		return "", letter, false, err
	}
	if invited.Invitation.StatusAt(a.now()) != idp.InvitationOpen {
		return "", letter, false, nil
	}
	language, letter, err = a.Desk.Letter(invited)
	letter.Link = l.Link
	return language, letter, err == nil, err
}
