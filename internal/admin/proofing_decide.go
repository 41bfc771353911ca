package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// decision is something that is decided about an event.
type decision struct {
	done   string // what is said afterwards
	reason bool   // one must be given
	do     func(ctx context.Context, desk ProofingDesk, e event, form url.Values, reason string, by idp.Reading) error
}

var decisions = map[string]decision{
	"complete": {"complete", false, func(ctx context.Context, d ProofingDesk, e event, form url.Values, reason string, by idp.Reading) error {
		_, err := d.Complete(ctx, e.ID, idp.ProofingDecision{Reason: reason, AcceptLower: form.Get("lower") == "yes"}, by)
		return err
	}},
	"approve": {"approved", false, func(ctx context.Context, d ProofingDesk, e event, _ url.Values, _ string, by idp.Reading) error {
		_, err := d.Approve(ctx, e.ID, by)
		return err
	}},
	"reject": {"rejected", true, func(ctx context.Context, d ProofingDesk, e event, _ url.Values, reason string, by idp.Reading) error {
		_, err := d.Reject(ctx, e.ID, reason, by)
		return err
	}},
	"lower": {"lowered", true, func(ctx context.Context, d ProofingDesk, e event, form url.Values, reason string, by idp.Reading) error {
		_, err := d.Lower(ctx, e.ID, idp.Level(form.Get("level")), reason, by)
		return err
	}},
	"revoke": {"proofing-revoked", true, func(ctx context.Context, d ProofingDesk, e event, _ url.Values, reason string, by idp.Reading) error {
		_, err := d.Revoke(ctx, e.ID, reason, by)
		return err
	}},
	"apart": {"proofing-apart", true, func(ctx context.Context, d ProofingDesk, e event, _ url.Values, reason string, by idp.Reading) error {
		_, err := d.NotADuplicate(ctx, e.ID, reason, by)
		return err
	}},
	"sent": {"sent", false, func(ctx context.Context, d ProofingDesk, e event, form url.Values, _ string, by idp.Reading) error {
		_, err := d.NotificationSent(ctx, e.ID, form.Get("notification"), by)
		return err
	}},
	"returned": {"returned", false, func(ctx context.Context, d ProofingDesk, e event, form url.Values, _ string, by idp.Reading) error {
		_, err := d.NotificationReturned(ctx, e.ID, form.Get("notification"), by)
		return err
	}},
	"message": {"prepared", false, func(ctx context.Context, d ProofingDesk, e event, form url.Values, _ string, by idp.Reading) error {
		if !slices.Contains(e.channels(), form.Get("channel")) {
			return refusedAs("channel")
		}
		_, err := d.PrepareNotification(ctx, e.ID, idp.NotificationOrder{Channel: form.Get("channel"), Locale: form.Get("language")}, by)
		return err
	}},
}

// refusedAs is a refusal of the room's own.
type refusedAs string

func (c refusedAs) Error() string       { return "refused: " + string(c) }
func (c refusedAs) RefusalCode() string { return string(c) }

// decideProofing answers POST /admin/proofing/{id}/ACT.
func decideProofing(act string) func(*Admin, http.ResponseWriter, *http.Request, Visitor) error {
	return func(a *Admin, w http.ResponseWriter, r *http.Request, by Visitor) error {
		e, ok, err := a.ownEvent(w, r, by)
		if !ok {
			return err
		}
		d := decisions[act]
		if wrong := decisionErrors(r, act, d); len(wrong) > 0 {
			return a.proofingPage(w, r, by, e, &shownEvent{typed: r.PostForm, wrong: wrong})
		}
		err = d.do(r.Context(), a.Proofing.Desk, e, r.PostForm, reasonOf(r), a.reading(r, by.Person, "proofing"))
		if code := refusalKey(err); code != "" {
			return a.proofingPage(w, r, by, e, &shownEvent{typed: r.PostForm, wrong: pages.FieldErrors{{Field: act, TextKey: pages.ProofingRefusalKey(code)}}})
		}
		if err != nil {
			return err
		}
		return redirect(w, r, "/admin/proofing/"+e.ID+"?done="+d.done)
	}
}

// decisionErrors are what is wrong with the form of a decision. Each form has its reason in a field of its own.
func decisionErrors(r *http.Request, act string, d decision) pages.FieldErrors {
	wrong := reasonErrors(r)
	if reasonOf(r) == "" && !d.reason {
		return nil
	}
	for n := range wrong {
		wrong[n].Field = act + "-reason"
	}
	return wrong
}

// letter answers POST /admin/proofing/{id}/letter with the notification, to be printed. One that was written before and not posted is
// void: the link in it is.
func (a *Admin) letter(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, ok, err := a.ownEvent(w, r, by)
	if !ok {
		return err
	}
	language := r.PostFormValue("language")
	if !slices.Contains(a.Pages.LanguageTags(), language) {
		language = "en"
	}
	letter, err := a.Proofing.Letter(r.Context(), e.ID, language, a.reading(r, by.Person, "proofing"))
	if code := refusalKey(err); code != "" {
		return a.proofingPage(w, r, by, e, &shownEvent{typed: r.PostForm, wrong: pages.FieldErrors{{Field: "letter", TextKey: pages.ProofingRefusalKey(code)}}})
	}
	if err != nil {
		return err
	}
	return a.Pages.PrintLetter(w, language, letter)
}

// mayOpenNumber: an auditor reads everything, and what is an administrator's is opened by owners beside.
func mayOpenNumber(by Visitor, e event) bool {
	return by.Person.Role == idp.Auditor || mayTouch(by.Person.Role, e.person)
}

// revealNumber answers POST /admin/proofing/{id}/number: the number of a document. The reading is recorded before it is shown.
func (a *Admin) revealNumber(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, ok, err := a.eventOf(w, r)
	if !ok {
		return err
	}
	if !mayOpenNumber(by, e) {
		return a.forbid(w, r, by.Person, "POST /admin/proofing/{id}/number of an administrator")
	}
	evidenceID := r.PostFormValue("evidence")
	if !slices.ContainsFunc(e.Evidence, func(one idp.Evidence) bool { return one.ID == evidenceID }) {
		return a.notFound(w, r)
	}
	number, err := a.Proofing.Desk.EvidenceNumber(r.Context(), e.ID, evidenceID, a.reading(r, by.Person, "desk"))
	if err != nil {
		return err
	}
	return a.proofingPage(w, r, by, e, &shownEvent{evidenceID: evidenceID, number: number})
}
