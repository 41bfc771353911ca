package pages

import "net/http"

// Consent asks a person whether her details may go to an organization.
type Consent struct {
	Request         string // id of the authorization request
	Organization    string // its name, from its certificate
	OrganizationURI string
	Community       string // the trust community's name
	CommunityURI    string
	PersonName      string
	Items           []ConsentItem // exactly what would be released
	Level           string        // how her identity was verified: idial1.8 and so on, "" when it was not
	FormAction      string        // the redirect URI of the request, validated: where both answers lead
	UILocales       []string      // ui_locales of the request
}

type consentView struct {
	Consent
	Details  []detail
	LevelKey string
}

// Consent renders the question.
func (p *Pages) Consent(w http.ResponseWriter, r *http.Request, c Consent) error {
	l := p.catalog.choose(r, c.UILocales)
	return p.render(w, r, page{
		name: "consent", status: http.StatusOK, lang: l,
		data:       consentView{Consent: c, Details: l.details(c.Items, "consent"), LevelKey: l.levelKey(c.Level)},
		formAction: c.FormAction, query: requestQuery(c.Request),
	})
}
