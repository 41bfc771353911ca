package e2e

import (
	"strings"

	"github.com/chromedp/chromedp"
)

// threeRows are María García once more, somebody who is probably she, and a row to be mended.
const threeRows = `MRN,given_name,family_name,birthdate,email,phone
1,María,García,1948-02-29,maria@example.org,+1 702 555 0123
2,Marie,Garcia,1948-02-29,marie@example.org,+1 702 555 0123
3,Sam,Okafor,1976-02-30,sam@example.org,
`

// bringsInAndMerges walks a clerk from a file to one record of two, which an owner approves: what was found is read before anybody is
// added, and who looks like somebody is compared from the report.
func bringsInAndMerges(p *provider, clerk, owner *browser) {
	clerk.t.Helper()
	clerk.open(p.issuer + "/admin/import")
	clerk.page("admin-imports")
	clerk.click("duplicates-skip-same")
	clerk.fill("ignore", "MRN")
	clerk.shot("admin-imports")
	clerk.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{p.file("patients.csv", []byte(threeRows))}))
	clerk.click("upload")
	clerk.awaitImport("checked")
	if text := clerk.text("main"); !strings.Contains(text, "What would happen") || !strings.Contains(text, "1976-02-30") || !strings.Contains(text, "Here already") {
		clerk.t.Errorf("the clerk reads\n%s", text)
	}
	clerk.shot("admin-import-checked")
	clerk.click("start")
	clerk.awaitImport("done")
	clerk.shot("admin-import-done")

	clerk.do("compare", chromedp.Click(chromedp.CSS(`td a[href^="/admin/duplicates/"]`), chromedp.NodeVisible))
	clerk.page("admin-comparison")
	clerk.shot("admin-comparison")
	clerk.do("choose who goes on", chromedp.Click(chromedp.CSS(`#survivor .choice:last-child input`), chromedp.NodeVisible))
	clerk.fill("reason", "one driver's license, seen today")
	clerk.click("merge")
	clerk.page("admin-approvals")

	owner.open(p.issuer + "/admin/approvals")
	owner.page("admin-approvals")
	owner.shot("admin-approvals-merge")
	owner.do("look at both", chromedp.Click(chromedp.CSS(`main a[href^="/admin/duplicates/"]`), chromedp.NodeVisible))
	owner.page("admin-comparison")
	owner.open(p.issuer + "/admin/approvals")
	owner.page("admin-approvals")
	owner.do("approve", chromedp.Click(chromedp.CSS(`main button.primary`), chromedp.NodeVisible))
	owner.do("wait until it is done", chromedp.WaitVisible(chromedp.CSS(".notice.good")))
	clerk.open(p.issuer + "/admin/duplicates?show=possible")
	clerk.page("admin-duplicates")
	if text := clerk.text("main"); strings.Contains(text, "Marie Garcia") { // others may be there
		clerk.t.Errorf("after the merge the clerk reads\n%s", text)
	}
	clerk.shot("admin-duplicates")
}

// awaitImport waits for a state on the page of an import, which asks for itself again.
func (b *browser) awaitImport(state string) {
	b.t.Helper()
	b.page("admin-import")
	b.do("wait until it is "+state, chromedp.WaitVisible(chromedp.CSS(`#state[data-state="`+state+`"]`)))
}
