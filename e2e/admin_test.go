package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var setupLink = regexp.MustCompile(`http://\S+/setup/[A-Za-z0-9_-]{64}`)

// TestFirstOwnerSetsTheServiceUp walks from the link that a new server prints to its first owner, who invites a clerk; the clerk
// is told in words what is not for her, and an owner's page stays closed to her whatever she asks for.
func TestFirstOwnerSetsTheServiceUp(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	link := setupLink.FindString(p.process.output())
	if link == "" {
		t.Fatalf("the server printed no set-up link:\n%s", p.process.output())
	}
	owner := newBrowser(t)
	owner.open(link)
	owner.page("setup")
	owner.shot("setup")
	owner.fill("given_name", "Adam")
	owner.fill("family_name", "Ito")
	owner.fill("email", "adam@example.org")
	owner.click("claim")
	owner.createPasskey()
	owner.signInAt(p.issuer+"/login", "admin")
	owner.shot("admin")

	// The link is spent.
	if page := get(t, link); !strings.Contains(page, `data-page="problem"`) {
		t.Errorf("the set-up link still shows\n%s", page)
	}

	owner.open(p.issuer + "/admin/administrators")
	owner.page("admin-administrators")
	owner.fill("given_name", "Maria")
	owner.fill("family_name", "Cruz")
	owner.fill("email", "maria@example.org")
	owner.click("role-identity-clerk")
	owner.shot("admin-administrators")
	owner.click("invite")
	owner.page("admin-link")
	invitation := owner.text("#link")
	owner.shot("admin-link")

	owner.open(p.issuer + "/admin/audit")
	owner.page("admin-audit")
	owner.shot("admin-audit")
	_, _ = p.invite("")
	owner.open(p.issuer + "/admin/people?name=garcia+maria")
	owner.page("admin-people")
	owner.shot("admin-people")
	owner.do("open the person", chromedp.Click(chromedp.CSS("tbody a")))
	owner.page("admin-person")
	owner.shot("admin-person")
	owner.looksAfterPeople(p)

	owner.addsACommunityByKeyboard(p)

	walkADataHolder(t, p, owner)

	clerk := newBrowser(t)
	clerk.open(invitation)
	clerk.createPasskey()
	clerk.signInAt(p.issuer+"/login", "admin")
	if nav := clerk.text("nav.side"); strings.Contains(nav, "Administrators") || !strings.Contains(nav, "Approvals") {
		t.Errorf("the clerk's sections are %q", nav)
	}
	clerk.open(p.issuer + "/admin/administrators")
	clerk.page("problem")
	if text := clerk.text("main"); !strings.Contains(text, "Your role is: Identity clerk") {
		t.Errorf("the clerk reads\n%s", text)
	}
	clerk.shot("admin-forbidden")
	status := evaluate[int](clerk, `(() => { const r = new XMLHttpRequest(); r.open("POST", "/admin/administrators", false);
		r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
		try { r.send("given_name=Eve&family_name=Eve&email=eve@example.org&role=owner") } catch { return -1 } return r.status })()`)
	if status != http.StatusForbidden && status != -1 { // -1: the content security policy let nothing out
		t.Errorf("the clerk's own post got %d, want 403", status)
	}
	bringsInAndMerges(p, clerk, owner)
}

// fill types into the field with the id.
func (b *browser) fill(id, text string) {
	b.t.Helper()
	b.do("fill in "+id, chromedp.SetValue(chromedp.CSS("#"+id), text))
}

// createPasskey is the page of an invitation.
func (b *browser) createPasskey() {
	b.t.Helper()
	b.page("invitation")
	b.click("declaration")
	b.click("passkey-create")
	b.page("enrolled")
}

// signInAt signs in with the passkey, and waits for the page that it leads to.
func (b *browser) signInAt(url, page string) {
	b.t.Helper()
	b.open(url)
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page(page)
}
