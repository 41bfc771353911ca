package admin

import (
	"net/http"
	"net/url"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// maxMissed is how many wrong codes there may be, as package identity has it.
const maxMissed = 5

// contactChannels are the ways to each kind of address.
var contactChannels = map[idp.AttributeKind][]string{
	idp.AttributePhone:   {idp.ChannelSMS, idp.ChannelVoice},
	idp.AttributeEmail:   {idp.ChannelEmail},
	idp.AttributeAddress: {idp.ChannelPostal},
}

// contactRows are the addresses to which a code can go.
func (e event) contactRows(a *Admin) []pages.ProofingContact {
	var rows []pages.ProofingContact
	for _, kind := range []idp.AttributeKind{idp.AttributePhone, idp.AttributeEmail, idp.AttributeAddress} {
		at, ok := idp.Current(e.person.WithAttributes().Attributes, kind)
		if !ok {
			continue
		}
		row := pages.ProofingContact{Kind: string(kind), To: at.Text, Channels: contactChannels[kind]}
		if at.Address != nil {
			row.To = addressLine(*at.Address)
		}
		for _, c := range e.Contacts {
			if c.AttributeID != at.ID {
				continue
			}
			if !c.ConfirmedAt.IsZero() {
				row.ConfirmedAt = c.ConfirmedAt
			}
			if len(c.CodeHash) > 0 && a.now().Before(c.ExpiresAt) && c.Missed < maxMissed {
				row.WaitsFor, row.Until, row.Left = c.Channel, c.ExpiresAt, maxMissed-c.Missed
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// recordContact sends a code, takes one back, or notes a bill. The code that comes back is one that somebody has to carry: whose way
// nobody sends by.
func (a *Admin) recordContact(s taken) (*pages.ProofingCode, error) {
	kind, channel := s.typed("attribute"), s.typed("channel")
	if !slices.Contains(contactChannels[idp.AttributeKind(kind)], channel) {
		return nil, refusedAs("channel")
	}
	if s.typed("act") == "send" {
		sent, err := a.Proofing.Desk.SendContactCode(s.Context(), s.ID, kind, channel, s.by)
		if err != nil || sent.Delivered {
			return nil, err
		}
		to := sent.To.Text
		if sent.To.Address != nil {
			to = addressLine(*sent.To.Address)
		}
		return &pages.ProofingCode{Code: sent.Code, Channel: channel, To: to, Until: sent.ExpiresAt}, nil
	}
	in := idp.ContactInput{Attribute: kind, Channel: channel, Code: s.typed("code"), EvidenceID: s.typed("evidence"), Exclusive: s.typed("exclusive") == "yes"}
	if in.Code == "" && in.EvidenceID == "" {
		return nil, refusedAs("code_missing")
	}
	_, err := a.Proofing.Desk.ConfirmContact(s.Context(), s.ID, in, s.by)
	return nil, err
}

// contactTaken goes on after a code was sent, or came back. A code that somebody has to carry is shown this once.
func (a *Admin) contactTaken(w http.ResponseWriter, by Visitor, s taken, code *pages.ProofingCode) error {
	if code != nil {
		e, ok, err := a.openEvent(w, s.Request, by)
		if !ok {
			return err
		}
		return a.stepPage(w, s.Request, by, e, stepShown{typed: url.Values{}, code: code})
	}
	if s.typed("act") == "send" {
		return redirect(w, s.Request, "/admin/proofing/"+s.ID+"/"+stepContact+"?done=code-sent")
	}
	return redirect(w, s.Request, "/admin/proofing/"+s.ID+"?done="+stepContact)
}

// takeDeclaration records the signature: of her passkey in this browser; that she was asked to sign on a device of her own; or that she
// signed on paper.
func (a *Admin) takeDeclaration(w http.ResponseWriter, by Visitor, s taken) error {
	done := "/admin/proofing/" + s.ID + "?done="
	if s.typed("act") == "ask" {
		_, err := a.Proofing.Desk.AskDeclaration(s.Context(), s.ID, s.by)
		if key := refusalKey(err); key != "" {
			return a.stepPage(w, s.Request, by, s.event, stepShown{typed: s.PostForm, wrong: refusedField(key, "ask")})
		}
		if err != nil {
			return err
		}
		return redirect(w, s.Request, "/admin/proofing/"+s.ID+"/"+stepDeclaration+"?done=asked-to-sign")
	}
	session, err := a.Session(w, s.Request)
	if err != nil {
		return err
	}
	problem, err := a.Proofing.Declarations.Sign(s.Context(), session.ID, s.ID, s.PostForm, s.by)
	if key := refusalKey(err); key != "" {
		return a.stepPage(w, s.Request, by, s.event, stepShown{typed: s.PostForm, wrong: refusedField(key, "passkey-sign")})
	}
	if err != nil {
		return err
	}
	if problem != "" {
		return a.stepPage(w, s.Request, by, s.event, stepShown{typed: s.PostForm, problem: problem})
	}
	return redirect(w, s.Request, done+stepDeclaration)
}
