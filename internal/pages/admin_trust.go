package pages

import (
	"net/http"
	"time"
)

// AdminTrust is the trust communities and the data holders.
type AdminTrust struct {
	Desk
	MayAdd      bool      // a community
	Issuer      string    // our own address, as data holders know it
	Now         time.Time // what the certificates' dates are measured against
	Clients     []AdminClient
	Communities []AdminCommunity
	Warnings    []AdminWarning // certificates that somebody has to do something about
	MoreClients bool           // the list was cut; the command line shows all
}

// AdminClient is one registered data holder.
type AdminClient struct {
	ID           string // client_id
	Name         string
	Organization string // from its certificate, "" when it names none
	URI          string
	Community    string           // the trust community's name
	Certificate  AdminCertificate // the one it registered with
	RegisteredAt time.Time
	UpdatedAt    time.Time
}

// AdminCommunity is one trust community.
type AdminCommunity struct {
	ID           string
	Name         string
	Suspended    bool
	URI          string
	Anchors      []AdminCertificate
	Certificates []AdminChain // ours
	Revocation   string       // hard-fail, soft-fail, no-check; "" when it is not known
	Sources      []AdminSource
	MoreSources  int // that are not shown
}

// AdminChain is one of our certificates with what it leads to, from the trust anchor to our own.
type AdminChain struct {
	State        string // active, next, retiring, expired; "" when it is not known
	Certificates []AdminCertificate
}

// AdminSource is where revocation is looked up, with what is known from there. Times are zero when that is nothing.
type AdminSource struct {
	Kind       string // crl, ocsp
	URL        string
	Fetched    time.Time
	NextUpdate time.Time
	Fresh      bool
	Problem    string // in the words of the network, "" when the last attempt went well
}

// AdminWarning is a certificate that has expired or does soon.
type AdminWarning struct {
	Community   string // name
	Kind        string // own, anchor, intermediate
	Certificate AdminCertificate
}

// AdminCertificate is what an administrator must know of a certificate.
type AdminCertificate struct {
	Subject   string
	NotBefore time.Time
	NotAfter  time.Time
}

// expiresSoon is from when on a certificate is marked: two months leave a community the time to issue a new one.
// expiresAtOnce is from when on that is no longer so.
const (
	expiresSoon   = 60 * 24 * time.Hour
	expiresAtOnce = 7 * 24 * time.Hour
)

// badge is the state of a certificate: a word, a number and a tone, never a colour alone.
type badge struct {
	Key  string // text key
	Days int
	Tone string // good, careful or bad: a class of the style sheet
}

// state says how c stands at a time.
func (c AdminCertificate) state(now time.Time) badge {
	left := c.NotAfter.Sub(now)
	days := int(left / (24 * time.Hour))
	switch {
	case c.NotAfter.IsZero():
		return badge{Key: "certificate.unknown", Tone: "careful"}
	case left <= 0:
		return badge{Key: "certificate.expired", Tone: "bad"}
	case now.Before(c.NotBefore):
		return badge{Key: "certificate.early", Tone: "bad"}
	case days == 0:
		return badge{Key: "certificate.today", Tone: "bad"}
	case days == 1:
		return badge{Key: "certificate.tomorrow", Days: days, Tone: "bad"}
	case left <= expiresAtOnce:
		return badge{Key: "certificate.soon", Days: days, Tone: "bad"}
	case left <= expiresSoon:
		return badge{Key: "certificate.soon", Days: days, Tone: "careful"}
	}
	return badge{Key: "certificate.valid", Tone: "good"}
}

// state says how a source stands.
func (s AdminSource) state() badge {
	switch {
	case s.Fetched.IsZero():
		return badge{Key: "admin.source.never", Tone: "bad"}
	case !s.Fresh:
		return badge{Key: "admin.source.stale", Tone: "bad"}
	case s.Problem != "":
		return badge{Key: "admin.source.failing", Tone: "careful"}
	}
	return badge{Key: "admin.source.fresh", Tone: "good"}
}

// modes are how strictly revocation is checked, with the tone of each.
var modes = map[string]string{"hard-fail": "good", "soft-fail": "good", "no-check": "careful"}

// states are how certificates of ours stand among each other.
var states = map[string]bool{"active": true, "next": true, "retiring": true, "expired": true}

// The views carry the badge next to what it belongs to, so that the template decides nothing.
type (
	certificateView struct {
		AdminCertificate
		Badge badge
	}
	clientView struct {
		AdminClient
		Certificate certificateView
	}
	chainView struct {
		StateKey     string // "" for none
		Certificates []certificateView
	}
	sourceView struct {
		AdminSource
		Badge badge
	}
	communityView struct {
		AdminCommunity
		Anchors []certificateView
		Chains  []chainView
		Mode    badge // no key: not known
		Sources []sourceView
	}
	warningView struct {
		TextKey     string
		Community   string
		Certificate certificateView
	}
	trustView struct {
		AdminTrust
		Warnings    []warningView
		Clients     []clientView
		Communities []communityView
	}
)

// AdminTrust renders the trust communities and the data holders.
func (p *Pages) AdminTrust(w http.ResponseWriter, r *http.Request, a AdminTrust) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "admin-trust", status: http.StatusOK, lang: l, data: newTrustView(l, a)})
}

func newTrustView(l *language, a AdminTrust) trustView {
	v := trustView{AdminTrust: a}
	for _, c := range a.Clients {
		v.Clients = append(v.Clients, clientView{AdminClient: c, Certificate: newCertificateView(c.Certificate, a.Now)})
	}
	for _, c := range a.Communities {
		v.Communities = append(v.Communities, newCommunityView(c, a.Now))
	}
	for _, warning := range a.Warnings {
		v.Warnings = append(v.Warnings, warningView{
			TextKey: l.warningKey(warning.Kind), Community: warning.Community, Certificate: newCertificateView(warning.Certificate, a.Now),
		})
	}
	return v
}

func newCommunityView(c AdminCommunity, now time.Time) communityView {
	v := communityView{AdminCommunity: c, Anchors: newChainView(c.Anchors, now)}
	for _, chain := range c.Certificates {
		view := chainView{Certificates: newChainView(chain.Certificates, now)}
		if states[chain.State] {
			view.StateKey = "admin.state." + chain.State
		}
		v.Chains = append(v.Chains, view)
	}
	if tone, ok := modes[c.Revocation]; ok {
		v.Mode = badge{Key: "admin.revocation." + c.Revocation, Tone: tone}
	}
	for _, s := range c.Sources {
		v.Sources = append(v.Sources, sourceView{AdminSource: s, Badge: s.state()})
	}
	return v
}

func newChainView(chain []AdminCertificate, now time.Time) []certificateView {
	var views []certificateView
	for _, c := range chain {
		views = append(views, newCertificateView(c, now))
	}
	return views
}

func newCertificateView(c AdminCertificate, now time.Time) certificateView {
	return certificateView{AdminCertificate: c, Badge: c.state(now)}
}

func (l *language) warningKey(kind string) string {
	if _, ok := l.Texts["admin.warning."+kind]; ok {
		return "admin.warning." + kind
	}
	return "admin.warning.intermediate"
}

func (l *language) shortLevelKey(level string) string {
	key := "level-short." + level
	if _, ok := l.Texts[key]; ok && level != "" {
		return key
	}
	return "level-short.none"
}
