package e2e

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"udap-idp/internal/trust"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// paste puts a text into the field that has the focus, as the keys for it do.
func (b *browser) paste(text string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		b.t.Fatal(err)
	}
}

// requested is the key of a request: its authority sees the public half.
type requested struct{ key crypto.PublicKey }

func (r requested) Public() crypto.PublicKey { return r.key }
func (requested) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the private key is not here")
}

// addsACommunityByKeyboard walks without a pointer from the list of communities to one that is trusted, in which we hold a
// certificate: its fingerprint compared, the certificate requested, issued by the community, and taken.
func (b *browser) addsACommunityByKeyboard(p *provider) {
	b.t.Helper()
	community := udaptest.New(b.t, udaptest.WithoutIntermediate())
	b.open(p.issuer + "/admin/trust")
	b.page("admin-trust")
	b.tabTo("new-community")
	b.press(kb.Enter)
	b.page("admin-community-read")
	b.tabTo("name")
	b.paste("Keyboard Trust")
	b.tabTo("uri")
	b.paste(community.URI)
	b.tabTo("anchors")
	b.paste(string(certificates(community.Anchor())))
	b.tabTo("read")
	b.press(kb.Enter)
	b.page("admin-community-confirm")
	fingerprint := trust.Fingerprint(community.Anchor().Raw)
	b.tabTo("tail-0")
	b.paste("00000000")
	b.tabTo("store")
	b.press(kb.Enter)
	b.do("the refusal", waitForText("[role=alert]"))
	b.tabTo("tail-0") // which selects what is in it, as a browser does
	b.paste(strings.ToLower(fingerprint[56:]))
	b.tabTo("store")
	b.press(kb.Enter)
	b.page("admin-trust")
	b.tabTo(evaluate[string](b, `[...document.querySelectorAll("a[id^=community-]")].find(a => a.textContent === "Keyboard Trust").id`))
	b.press(kb.Enter)
	b.page("admin-community")

	b.tabTo("request")
	b.press(kb.Enter)
	b.page("admin-certificate-request")
	b.tabTo("key-rsa-2048")
	for range 3 {
		b.press(kb.ArrowDown)
	}
	if at := evaluate[string](b, "document.activeElement.id"); at != "key-p-256" {
		b.t.Fatalf("the arrow keys lead to %q", at)
	}
	b.tabTo("make")
	b.press(kb.Enter)
	b.page("admin-certificate-answer")
	block, _ := pem.Decode([]byte(b.text("#csr")))
	if block == nil {
		b.t.Fatalf("the page shows no request:\n%s", b.text("main"))
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		b.t.Fatal(err)
	}
	leaf := community.LeafWith(func(l *authority.Leaf) {
		l.Name, l.Key = "Example Health ID", requested{request.PublicKey}
		for _, uri := range request.URIs {
			l.URIs = append(l.URIs, uri.String())
		}
	})
	b.tabTo("issued")
	b.paste(string(certificates(leaf.Chain...)))
	b.tabTo("accept")
	b.press(kb.Enter)
	b.page("admin-community")
	if text := b.text("main"); !strings.Contains(text, "Our certificate · In use") {
		b.t.Errorf("the page does not show our certificate:\n%s", text)
	}
	p.waitFor(p.issuer+"/.well-known/udap?community="+url.QueryEscape(community.URI), http.StatusOK)

	// The button really asks, through the guarded door, which lets nothing through to an address of this machine.
	b.tabTo("check")
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil { // to the same page, so its name is no sign
		b.t.Fatalf("press Enter: %v", err)
	}
	b.page("admin-community")
	if text := b.text("main"); !strings.Contains(text, "were asked") || !strings.Contains(text, "not a public address") {
		b.t.Errorf("the page does not say what came of asking:\n%s", text)
	}
	b.shot("admin-community")
}
