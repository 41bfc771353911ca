package pages

import (
	"net/http"
	"net/url"
	"time"
)

// AccountDownload renders what can be downloaded, and in which forms.
func (p *Pages) AccountDownload(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, r, page{name: "account-download", status: http.StatusOK, lang: p.catalog.choose(r, nil)})
}

// AccountExport is everything that is known about a person, to read and to print.
type AccountExport struct {
	At                time.Time
	CreatedAt         time.Time
	Level             string
	VerifiedAt, Until time.Time
	Identifier        string
	Values, Earlier   []ProfileValue
	Proofings         []ExportProofing
	Passkeys          []ExportPasskey
	Sessions          []AccountSession
	Consents          []ExportConsent
	Releases          []ExportConsent
	Requests          []ProfileRequest
	Activity          []ActivityEntry
	Messages          []ExportMessage
	Cut               bool // some list is longer than what stands here
}

// ExportProofing is a check of her identity.
type ExportProofing struct {
	Level     string
	Status    string
	At, Until time.Time
}

// ExportPasskey is a passkey of hers.
type ExportPasskey struct {
	Name                  string
	CreatedAt, LastUsedAt time.Time
}

// ExportConsent is what she agreed to share with an organization, or what was shared.
type ExportConsent struct {
	Organization string
	Claims       []string
	At, EndedAt  time.Time
}

// ExportMessage is something that was sent to her.
type ExportMessage struct {
	Kind string
	To   string
	At   time.Time
}

type exportView struct {
	AccountExport
	Values, Earlier []profileLine
	Proofings       []exportProofingLine
	Consents        []exportConsentLine
	Releases        []exportConsentLine
	Activity        []activityLine
	Messages        []exportMessageLine
	LevelKey        string
}

type exportProofingLine struct {
	ExportProofing
	LevelKey string
	InForce  bool
}

type exportConsentLine struct {
	ExportConsent
	Words []string
}

type exportMessageLine struct {
	ExportMessage
	Subject string
}

// AccountExport renders it.
func (p *Pages) AccountExport(w http.ResponseWriter, r *http.Request, a AccountExport) error {
	l := p.catalog.choose(r, nil)
	v := exportView{
		AccountExport: a, Values: p.profileLines(l, a.Values), Earlier: p.profileLines(l, a.Earlier), LevelKey: l.levelKey(a.Level),
		Consents: l.consentLines(a.Consents), Releases: l.consentLines(a.Releases),
	}
	for _, e := range a.Activity {
		v.Activity = append(v.Activity, lineOf(e))
	}
	for _, e := range a.Proofings {
		v.Proofings = append(v.Proofings, exportProofingLine{ExportProofing: e, LevelKey: l.levelKey(e.Level), InForce: e.Status == "verified"})
	}
	for _, m := range a.Messages {
		subject, err := l.text("mail."+m.Kind+".subject", "operator", p.Brand().Name, "organization", "…")
		if err != nil { // a kind of another version
			subject = m.Kind
		}
		v.Messages = append(v.Messages, exportMessageLine{m, subject})
	}
	return p.render(w, r, page{name: "account-export", status: http.StatusOK, lang: l, query: url.Values{}, data: v})
}

// consentLines names claims in words; one that has none stands as it is.
func (l *language) consentLines(list []ExportConsent) []exportConsentLine {
	var out []exportConsentLine
	for _, c := range list {
		line := exportConsentLine{ExportConsent: c}
		for _, claim := range c.Claims {
			if word, ok := l.Texts["detail."+claim]; ok {
				claim = word
			}
			line.Words = append(line.Words, claim)
		}
		out = append(out, line)
	}
	return out
}
