package admin

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// TrustDesk are the rules about trust communities (package trust), and what the running server knows of revocation. An error with
// a method RefusalCode is a refusal that can be told.
type TrustDesk interface {
	// ReadAuthorities reads the certificates of authorities, PEM or DER, each once, and returns their DER.
	ReadAuthorities(data []byte) ([][]byte, error)
	// Outcome is what would come of a change, and Change carries it out.
	Outcome(ctx context.Context, change idp.TrustChange) (idp.TrustOutcome, error)
	Change(ctx context.Context, change idp.TrustChange, by idp.Reading) (idp.Community, error)

	// States are how our certificates in a community stand, by the key id of each: active, next, retiring or expired.
	States(c idp.Community) map[string]string
	// KeyTypes are the kinds of keys that a certificate can be requested with, the usual one first.
	KeyTypes() []string
	// Organization is who runs this service, as a certificate may name it.
	Organization() string
	RequestCertificate(ctx context.Context, communityID, keyType, organization string, by idp.Reading) (idp.CertificateRequest, error)
	// AcceptCertificate takes what was issued for a request, and returns the id of the certificate.
	AcceptCertificate(ctx context.Context, requestID string, issued []byte, by idp.Reading) (string, error)
	DiscardRequest(ctx context.Context, id string, by idp.Reading) error

	// Freshness is what is known about the revocation of the certificates of a community, by the SHA-256 of each in upper-case hex.
	// A certificate whose revocation is not looked up is not among them.
	Freshness(ctx context.Context, communityID string) (map[string]Freshness, error)
	// Refresh asks all sources of a community anew, and waits until they have answered or ctx ends.
	Refresh(ctx context.Context, communityID string) error
}

// Freshness is what is known about the revocation of one certificate.
type Freshness struct {
	Revoked bool
	Sources []Source
}

// communityOf finds the community of a request. If there is none, the browser has been told.
func (a *Admin) communityOf(w http.ResponseWriter, r *http.Request) (c idp.Community, ok bool, err error) {
	all, err := a.Store.Communities(r.Context())
	if err != nil {
		return c, false, fmt.Errorf("communities: %w", err)
	}
	for _, c := range all {
		if c.ID == r.PathValue("id") {
			return c, true, nil
		}
	}
	return c, false, a.notFound(w, r)
}

func communityHead(c idp.Community) pages.TrustCommunity {
	return pages.TrustCommunity{ID: c.ID, Name: c.Name, URI: c.URI, SuspendedAt: c.SuspendedAt, SuspendedReason: c.SuspendedReason}
}

// community answers GET /admin/trust/{id}.
func (a *Admin) community(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	page := pages.AdminTrustCommunity{
		Desk: a.desk(r, by), TrustCommunity: communityHead(c), Now: a.Now().UTC(), Settings: settingsForm(c), Certifiers: len(c.Settings.Certifications.Anchors),
		MayChange: by.may("POST /admin/trust/{id}/settings"),
	}
	page.Settings.Certifiers = ""
	standing, err := a.Standing(r.Context(), c.ID, page.Now)
	if err != nil {
		return fmt.Errorf("standing of the community %s: %w", c.URI, err)
	}
	standing.States = a.Trust.States(c) // of what is stored: the running server may not have noticed yet
	fresh, err := a.Trust.Freshness(r.Context(), c.ID)
	if err != nil {
		return fmt.Errorf("revocation in the community %s: %w", c.URI, err)
	}
	page.Members, page.MoreMembers = sourceRows(standing.Sources)
	page.Roots, page.Loose = treeOf(c, standing, fresh, page.MayChange)
	page.Asks = page.MayChange && c.SuspendedAt.IsZero() && page.Settings.Revocation != "no-check"
	if page.Clients, err = a.Store.CountClientsOf(r.Context(), c.ID); err != nil {
		return err
	}
	if page.Requests, err = a.waitingRequests(r.Context(), c); err != nil {
		return err
	}
	return a.Pages.AdminTrustCommunity(w, r, page)
}

// refreshTime bounds how long a browser waits for the sources of revocation.
const refreshTime = 12 * time.Second

// refreshCommunity answers POST /admin/trust/{id}/check: every list and responder is asked now.
func (a *Admin) refreshCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	event := a.event(r, by.Person, "community.check", "", detailOf(map[string]string{"community": c.URI}))
	if err := a.Store.Audit(r.Context(), event); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), refreshTime)
	defer cancel()
	if err := a.Trust.Refresh(ctx, c.ID); err != nil {
		return fmt.Errorf("refresh the community %s: %w", c.URI, err)
	}
	return redirect(w, r, "/admin/trust/"+c.ID+"?done=refreshed")
}

// trustDo carries a change of the communities out, or lets it wait for a second administrator.
func (a *Admin) trustDo(w http.ResponseWriter, r *http.Request, by Visitor, name string, change idp.TrustChange, back string) error {
	return a.do(w, r, by, act{Name: name, Reason: change.Reason, Trust: &change}, back)
}

// trustRow says what an approval about the communities is about.
func (a *Admin) trustRow(ctx context.Context, row *pages.AdminApproval, x act) error {
	change := *x.Trust
	row.Whom = change.Name
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return fmt.Errorf("communities: %w", err)
	}
	for _, c := range all {
		if c.ID == change.CommunityID {
			row.Whom, change.URI = c.Name, c.URI
		}
	}
	add := func(key, value string) { row.Trust = append(row.Trust, pages.ApprovalFact{Key: key, Value: value}) }
	if change.URI != "" {
		add("admin.community.uri", change.URI)
	}
	for _, list := range []struct {
		key  string
		ders [][]byte
	}{{"admin.community.kind.anchor", change.AddAnchors}, {"admin.community.kind.intermediate", change.AddIntermediates}} {
		for _, der := range list.ders {
			add(list.key, describe(der).Subject+" · SHA-256 "+grouped(fingerprint(der)))
		}
	}
	for _, removed := range change.Remove {
		add("admin.community.remove.title", "SHA-256 "+grouped(removed))
	}
	if change.CommunityID != "" && change.Name != "" {
		add("admin.community.name", change.Name)
	}
	if change.Settings != nil {
		s := *change.Settings
		for _, der := range s.Certifications.Anchors {
			add("admin.community.certifiers", describe(der).Subject+" · SHA-256 "+grouped(fingerprint(der)))
		}
		s.Certifications.Anchors = nil
		add("admin.community.policy", detailOf(s))
	}
	if change.Resume {
		add("admin.community.resume", change.URI)
	}
	return nil
}

func grouped(hex string) string {
	var out strings.Builder
	for i, c := range hex {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(c)
	}
	return out.String()
}

// keyName names a key, the same in every language.
func keyName(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return key.Curve.Params().Name
	}
	return "?"
}

// refused sends the browser back with why something was not done. ok: it was.
func (a *Admin) refused(w http.ResponseWriter, r *http.Request, err error, back string) (ok bool, _ error) {
	if key := refusalKey(err); key != "" {
		return false, redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	return err == nil, err
}

// refusalCode is the code of a refusal, "" for any other error.
func refusalCode(err error) string {
	var refusal interface{ RefusalCode() string }
	if errors.As(err, &refusal) {
		return refusal.RefusalCode()
	}
	return ""
}

func issuerName(cert *x509.Certificate) string {
	if cert.Issuer.CommonName != "" {
		return cert.Issuer.CommonName
	}
	return cert.Issuer.String()
}
