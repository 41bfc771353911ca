package e2e

import (
	"strings"
	"testing"

	"udap-idp/internal/udap/authority"
)

// changesWhatRuns is an owner at work beside a patient: a key takes over and her token verifies, the look is tried out and is hers a moment
// later, and the next version of the policy asks her again.
func changesWhatRuns(t *testing.T, p *provider, rp *relyingParty, patient *browser) {
	t.Helper()
	var invited struct {
		URL string `json:"enrol_url"`
	}
	run(t, &invited, append([]string{"admin", "invite", "--role", "owner", "--name", "Olga Ito", "--email", "olga@example.org", "--json"}, p.settings...)...)
	next := p.community.LeafWith(func(l *authority.Leaf) {
		l.Name, l.Organization, l.URIs = "Example Health ID", "Example Health ID", []string{p.issuer, p.issuer + "/"}
	})
	var added struct{ ID string }
	run(t, &added, append([]string{"community", "certificate", "add", "--community", p.community.URI, "--json", "--certificate", p.file("next.crt", certificates(next.Chain...)),
		"--key", p.file("next.pk8", privateKey(t, next))}, p.settings...)...)

	owner := newBrowser(t)
	owner.open(invited.URL)
	owner.createPasskey()
	owner.signInAt(p.issuer+"/login", "admin")
	owner.open(p.issuer + "/admin/keys")
	owner.page("admin-keys")
	owner.shot("admin-keys")
	owner.open(p.issuer + "/admin/keys/" + added.ID)
	owner.says("admin-key", "Not every data holder knows this key yet")
	owner.shot("admin-key")
	owner.click("force")
	owner.follow("change-over")
	owner.says("admin-keys", "The key signs now")

	owner.open(p.issuer + "/admin/branding")
	owner.page("admin-branding")
	owner.types("name", "Riverside Health ID", "color", "#7a1f5c")
	owner.follow("preview")
	owner.says("admin-branding", "This page shows a proposal")
	owner.shot("admin-branding")
	owner.follow("preview-sign-in")
	owner.says("sign-in", "General Hospital")
	if !evaluate[bool](owner, `document.querySelector("main").inert && document.querySelector(".brand").innerText.includes("Riverside")`) {
		t.Error("the preview is not of the proposed look, or can be used")
	}
	owner.shot("admin-branding-preview")
	owner.follow("preview-back")
	owner.page("admin-branding")
	owner.follow("save")
	owner.says("admin-branding", "Every page and message has the look")
	owner.open(p.issuer + "/admin/settings")
	owner.says("admin-settings", "Olga Ito")
	owner.shot("admin-settings")

	// The patient, who is asked by the new name, and whose token the new key signs.
	patient.open(rp.authorizeURL("s", "n"))
	patient.page("consent")
	if brand := patient.text(".brand"); !strings.Contains(brand, "Riverside Health ID") {
		t.Errorf("the patient's page is of %q", brand)
	}
	patient.allow()
	patient.page("received")
	token, err := rp.exchange((<-rp.answers).Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	rp.verify(token)

	owner.open(p.issuer + "/admin/policies/practices")
	owner.page("admin-policy")
	owner.types("text-en", "# How we verify\n\nAt the desk, and nowhere else.")
	owner.follow("save")
	owner.says("admin-policy", "The draft is saved")
	owner.shot("admin-policy")
	owner.follow("changes")
	owner.page("admin-policy-changes")
	owner.shot("admin-policy-changes")
	owner.follow("back")
	owner.page("admin-policy")
	owner.follow("publish")
	owner.says("admin-policy", "It is published and applies now")

	patient.open(rp.authorizeURL("s", "n"))
	patient.page("consent")
	if asked := evaluate[string](patient, `document.getElementById("practices")?.value ?? ""`); asked != "practices-1" {
		t.Errorf("the patient is asked to accept %q, want practices-1", asked)
	}
	owner.open(p.issuer + "/admin/retention")
	owner.page("admin-retention")
	owner.shot("admin-retention")
}
