package admin

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// AttemptAdvice is what there is to say about an attempt (package attempts).
type AttemptAdvice struct {
	Diagnosis string                   // "" when it succeeded
	Operator  string                   // what to do, in English
	Letter    string                   // a text for the data holder's engineers
	Path      []idp.AttemptCertificate // of the chain, the data holder's own first
	Untrusted bool                     // the chain leads to no anchor
	Suspended bool                     // the operator has suspended the data holder
}

const attemptsPerPage = 50

// attemptList answers GET /admin/attempts.
func (a *Admin) attemptList(w http.ResponseWriter, r *http.Request, by Visitor) error {
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	filter, form, wrong := attemptFilter(r.URL.Query())
	page := pages.AdminAttempts{Desk: a.desk(r, by), Filter: form, Communities: communities.options(), Errors: wrong, Narrowed: form != (pages.AttemptFilter{})}
	if len(wrong) > 0 {
		return a.Pages.AdminAttempts(w, r, page)
	}
	filter.Before, filter.Limit = idOf(r.URL.Query().Get("before")), attemptsPerPage+1
	found, err := a.Store.Attempts(r.Context(), filter)
	if err != nil {
		return err
	}
	for _, attempt := range found[:min(len(found), attemptsPerPage)] {
		page.Rows = append(page.Rows, a.attemptRow(attempt))
	}
	selected := url.Values{}
	for _, name := range attemptFields {
		if value := strings.TrimSpace(r.URL.Query().Get(name)); value != "" {
			selected.Set(name, value)
		}
	}
	if filter.Before != "" {
		page.NewestURL = "/admin/attempts?" + selected.Encode()
	}
	if len(found) > attemptsPerPage {
		selected.Set("before", found[attemptsPerPage-1].ID)
		page.OlderURL = "/admin/attempts?" + selected.Encode()
	}
	return a.Pages.AdminAttempts(w, r, page)
}

// attemptFields are the fields of the filter.
var attemptFields = []string{"outcome", "kind", "from", "address", "community", "client", "since", "until"}

// attemptFilter reads what is looked for. What cannot be read is said, and stays in the form.
func attemptFilter(q url.Values) (idp.AttemptFilter, pages.AttemptFilter, pages.FieldErrors) {
	get := func(name string) string { return plain(q.Get(name)) }
	form := pages.AttemptFilter{
		Outcome: get("outcome"), Kind: get("kind"), From: get("from"), Address: get("address"), Community: get("community"), Client: get("client"),
		Since: get("since"), Until: get("until"),
	}
	filter := idp.AttemptFilter{CommunityID: idOf(form.Community), ClientID: idOf(strings.ToLower(form.Client))}
	switch form.Outcome {
	case "unsuccessful":
		filter.Refused = true
	default:
		filter.Outcome = form.Outcome
	}
	switch kind := idp.AttemptKind(form.Kind); kind {
	case idp.AttemptRegistration, idp.AttemptAuthentication:
		filter.Kind = kind
	}
	switch from := form.From; {
	case from == "":
	case idOf(strings.ToLower(from)) != "" && filter.ClientID == "":
		filter.ClientID = strings.ToLower(from)
	case strings.Contains(from, "://"), strings.HasPrefix(from, "urn:"):
		filter.IssuerStart = from
	default:
		filter.IssuerStart = "https://" + from // a host
	}
	var wrong pages.FieldErrors
	if form.Address != "" {
		address, err := netip.ParseAddr(form.Address)
		if err != nil {
			wrong = append(wrong, pages.FieldError{Field: "address", TextKey: "admin.attempt.wrong.address"})
		}
		filter.RemoteIP = address.Unmap().WithZone("").String()
	}
	if form.Client != "" && filter.ClientID == "" {
		wrong = append(wrong, pages.FieldError{Field: "client", TextKey: "admin.attempt.wrong.client"})
	}
	for _, day := range []struct {
		field, typed string
		into         *time.Time
		after        int
	}{{"since", form.Since, &filter.Since, 0}, {"until", form.Until, &filter.Until, 1}} {
		if day.typed == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.typed)
		if err != nil {
			wrong = append(wrong, pages.FieldError{Field: day.field, TextKey: "admin.attempt.wrong.day"})
		}
		*day.into = at.AddDate(0, 0, day.after) // the last day itself is meant as well
	}
	return filter, form, wrong
}

func (a *Admin) attemptRow(x idp.Attempt) pages.AttemptRow {
	return pages.AttemptRow{
		ID: x.ID, Kind: string(x.Kind), Outcome: x.Outcome, At: x.At, Issuer: x.Issuer, IP: x.RemoteIP, Number: x.RequestID,
		Diagnosis: a.Clients.Advise(x).Diagnosis, Proved: x.Proved, Count: x.Count,
	}
}

// attemptOf reads the attempt of the address. If there is none the visitor has been told.
func (a *Admin) attemptOf(w http.ResponseWriter, r *http.Request) (x idp.Attempt, ok bool, err error) {
	x, err = a.Store.Attempt(r.Context(), idOf(r.PathValue("id")))
	if errors.Is(err, idp.ErrNotFound) {
		return x, false, a.notFound(w, r)
	}
	return x, err == nil, err
}

// attempt answers GET /admin/attempts/{id}: everything that is recorded, and what to do.
func (a *Admin) attempt(w http.ResponseWriter, r *http.Request, by Visitor) error {
	x, ok, err := a.attemptOf(w, r)
	if !ok {
		return err
	}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	advice := a.Clients.Advise(x)
	page := pages.AdminAttempt{
		Desk: a.desk(r, by), AttemptRow: a.attemptRow(x), Community: communities.of(x.CommunityID), Status: x.Status, Code: x.Code, Description: x.Description,
		Cause: x.Cause, Advice: advice.Operator, Letter: advice.Letter, Untrusted: advice.Untrusted, MaySeeClient: by.may("GET /admin/clients/{id}"),
	}
	for _, c := range x.Checks {
		page.Checks = append(page.Checks, pages.AttemptCheck(c))
	}
	drawAttempt(&page, x, advice, communities)
	client, found, err := a.clientOfAttempt(r.Context(), x)
	if err != nil {
		return err
	}
	if found {
		page.Client, page.Contacts = clientRow(idp.ListedClient{Client: client}, communities), client.Contacts
		page.MayResume = advice.Suspended && client.State() == idp.ClientSuspended && by.may("POST /admin/attempts/{id}/allow")
		page.SuspendedFor = client.SuspendedReason
	}
	page.MayTrust = advice.Untrusted && page.TrustedIn == "" && len(x.Chain) > 0 && by.may("POST /admin/attempts/{id}/trust")
	return a.Pages.AdminAttempt(w, r, page)
}

// clientOfAttempt is the data holder that an attempt is of, suspended or not.
func (a *Admin) clientOfAttempt(ctx context.Context, x idp.Attempt) (c idp.Client, found bool, err error) {
	switch {
	case x.ClientID != "":
		c, err = a.Store.Client(ctx, x.ClientID)
	case x.Proved:
		c, err = a.Store.ClientByURI(ctx, x.CommunityID, x.Issuer)
	default:
		return c, false, nil // anybody may say that he is somebody
	}
	if errors.Is(err, idp.ErrNotFound) {
		return c, false, nil
	}
	if errors.Is(err, idp.ErrSuspended) {
		err = nil
	}
	return c, err == nil, err
}

// drawAttempt draws the chain as it stood when it was sent, and says of each certificate whether it is an anchor now.
func drawAttempt(page *pages.AdminAttempt, x idp.Attempt, advice AttemptAdvice, communities communityNames) {
	if len(advice.Path) == 0 {
		return
	}
	anchors := communities.anchorNames()
	var links []pages.ChainLink
	in := map[string]bool{}
	for _, c := range advice.Path {
		in[c.SHA256] = true
		link := attemptLink(c, x.At)
		if name, ok := anchors[c.SHA256]; ok {
			link.Marks = append(link.Marks, pages.ChainMark{Key: "anchor", Tone: "good", Param: name})
			page.TrustedIn = name
		}
		links = append(links, link)
	}
	top := advice.Path[len(advice.Path)-1]
	if top.Subject == top.Issuer {
		last := &links[len(links)-1]
		if _, ok := anchors[top.SHA256]; !ok && advice.Untrusted {
			last.Marks = append(last.Marks, pages.ChainMark{Key: "no-anchor", Tone: "bad"})
		}
	} else {
		link := pages.ChainLink{Subject: top.Issuer, Missing: true}
		if advice.Untrusted {
			link.Marks = []pages.ChainMark{{Key: "not-sent", Tone: "careful"}}
		}
		links = append(links, link)
	}
	page.Anchor = links[len(links)-1]
	page.Chain = drawn(links)
	for _, c := range x.Chain {
		if !in[c.SHA256] {
			link := attemptLink(c, x.At)
			link.Marks = append(link.Marks, pages.ChainMark{Key: "aside", Tone: "plain"})
			page.Aside = append(page.Aside, link)
		}
	}
}

func attemptLink(c idp.AttemptCertificate, at time.Time) pages.ChainLink {
	mark := dated(c.NotBefore, c.NotAfter, at)
	if mark.Key == "valid" {
		mark.Key = "was-valid"
	}
	return pages.ChainLink{Subject: c.Subject, SHA256: c.SHA256, URIs: c.URIs, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Marks: []pages.ChainMark{mark}}
}

// allowAttempt answers POST /admin/attempts/{id}/allow: the data holder that was refused because it is suspended is so no longer.
func (a *Admin) allowAttempt(w http.ResponseWriter, r *http.Request, by Visitor) error {
	x, ok, err := a.attemptOf(w, r)
	if !ok {
		return err
	}
	back := "/admin/attempts/" + x.ID
	client, found, err := a.clientOfAttempt(r.Context(), x)
	if err != nil {
		return err
	}
	if !found || !a.Clients.Advise(x).Suspended {
		return redirect(w, r, back+"?refused=client_not_suspended")
	}
	_, err = a.Clients.Resume(r.Context(), client.ID, a.reading(r, by.Person, "resume"))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=client_resumed")
}

// anchorPage answers GET /admin/attempts/{id}/trust.
func (a *Admin) anchorPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	x, ok, err := a.attemptOf(w, r)
	if !ok {
		return err
	}
	return a.showAnchor(w, r, by, x, func(*pages.AdminAnchor) {})
}

func (a *Admin) showAnchor(w http.ResponseWriter, r *http.Request, by Visitor, x idp.Attempt, form func(*pages.AdminAnchor)) error {
	advice := a.Clients.Advise(x)
	if !advice.Untrusted || len(advice.Path) == 0 {
		return redirect(w, r, "/admin/attempts/"+x.ID+"?refused=no_anchor")
	}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	var attempt pages.AdminAttempt
	drawAttempt(&attempt, x, advice, communities)
	page := pages.AdminAnchor{Desk: a.desk(r, by), ID: x.ID, Issuer: x.Issuer, Anchor: attempt.Anchor, IsAnchor: !attempt.Anchor.Missing, Communities: communities.options()}
	page.Anchor.Below = nil
	form(&page)
	return a.Pages.AdminAnchor(w, r, page)
}

// trustAnchor answers POST /admin/attempts/{id}/trust. The certificate does not come out of the message, which a stranger sent: it
// is the community's own, and must be the one that the chain led to, by a fingerprint that somebody read at the community.
func (a *Admin) trustAnchor(w http.ResponseWriter, r *http.Request, by Visitor) error {
	x, ok, err := a.attemptOf(w, r)
	if !ok {
		return err
	}
	typed := pages.AdminAnchor{Community: idOf(r.PostFormValue("community")), Certificate: r.PostFormValue("certificate"), Published: plain(r.PostFormValue("published"))}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	der, wrong := a.comparedAnchor(typed, a.Clients.Advise(x), communities)
	if wrong.For("certificate") == "admin.anchor.wrong.key" {
		typed.Certificate = "" // a private key, which is not sent back
	}
	if len(wrong) > 0 {
		return a.showAnchor(w, r, by, x, func(page *pages.AdminAnchor) {
			page.Community, page.Certificate, page.Published, page.Errors = typed.Community, typed.Certificate, typed.Published, wrong
		})
	}
	if a.needsTwo(GroupTrust) {
		return a.ask(w, r, by, act{Name: actTrustChange, Trust: &idp.TrustChange{CommunityID: typed.Community, AddAnchors: [][]byte{der}}})
	}
	err = a.Clients.TrustAnchor(r.Context(), typed.Community, der, a.reading(r, by.Person, "trust"))
	back := "/admin/attempts/" + x.ID
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=anchor_trusted")
}

// comparedAnchor is the certificate that was pasted, when it is the one that the chain leads to and has the fingerprint that was
// typed.
func (a *Admin) comparedAnchor(typed pages.AdminAnchor, advice AttemptAdvice, communities communityNames) (der []byte, wrong pages.FieldErrors) {
	say := func(field, key string) {
		wrong = append(wrong, pages.FieldError{Field: field, TextKey: "admin.anchor.wrong." + key})
	}
	if _, ok := communities.find(typed.Community); !ok {
		say("community", "community")
	}
	der, err := a.Clients.ReadAnchor(typed.Certificate)
	switch {
	case refusalKey(err) == "private_key":
		say("certificate", "key")
	case err != nil:
		say("certificate", "certificate")
	case len(advice.Path) == 0 || !leadsTo(advice.Path, der):
		say("certificate", "other")
	case !selfIssued(der):
		say("certificate", "issued") // whoever issued it could take it back, which an anchor's holder need not fear
	}
	if published := bareFingerprint(typed.Published); published == "" {
		say("published", "missing")
	} else if err == nil && published != fingerprint(der) {
		say("published", "different")
	}
	return der, wrong
}

// bareFingerprint is a fingerprint without what people write between its digits.
func bareFingerprint(s string) string {
	return strings.ToUpper(strings.Map(func(c rune) rune {
		if strings.ContainsRune(" :-.", c) {
			return -1
		}
		return c
	}, s))
}
