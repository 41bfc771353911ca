package pages

import (
	"net/http"
	"time"
)

// SigningKey is a key that we sign with, did, or are going to.
type SigningKey struct {
	ID, KeyID, Algorithm string
	Subject              string // of its certificate
	State                string // next, active, retiring, expired, retired
	Signs                bool   // now; one that has expired may, when there is no other
	TakesOver            bool   // by itself, when the active one ends
	CreatedAt            time.Time
	Begins, Ends         time.Time // of the certificate
	ReadyAt              time.Time // of the next one
	StoppedAt, LeavesAt  time.Time // zero when that is not known
	RetiredAt            time.Time
	How, Reason          string // of a retired one: over, removed, withdrawn
}

// KeyRing is the keys of a community.
type KeyRing struct {
	CommunityID, Community, URI string
	Keys, Retired               []SigningKey
}

// AdminKeys is the keys of every community.
type AdminKeys struct {
	Desk
	Rings    []KeyRing
	TrustURL func(communityID string) string // where a certificate is asked for and taken; nil when the reader may not go there
}

// AdminKey is one key and what can be done with it.
type AdminKey struct {
	Desk
	SigningKey
	CommunityID, Community, URI string
	Active                      SigningKey // that signs now
	MayChangeOver               bool
	Early                       bool // it may, and some would refuse what it signs until ReadyAt
	MayWithdraw                 bool
	Only                        bool // there is no other key to sign with
	Reason                      string
	Errors                      FieldErrors
}

// keyTones are the states of a key, with the tone of each.
var keyTones = map[string]string{"next": "plain", "active": "good", "retiring": "careful", "expired": "bad", "retired": "plain"}

// Badge is how the key stands.
func (k SigningKey) Badge() badge {
	if tone, ok := keyTones[k.State]; ok {
		return badge{Key: "admin.keys.state." + k.State, Tone: tone}
	}
	return badge{Key: "admin.keys.state.retired", Tone: "plain"}
}

// Short is the beginning of the kid, which is enough to tell keys apart.
func (k SigningKey) Short() string {
	const shown = 12
	if len(k.KeyID) <= shown {
		return k.KeyID
	}
	return k.KeyID[:shown] + "…"
}

// Withdrawn reports whether somebody took the key out at once.
func (k SigningKey) Withdrawn() bool { return k.How == "withdrawn" }

type (
	keyRingView struct {
		KeyRing
		NextURL string // where the next key is made, "" when the reader may not
		HasNext bool
	}
	keysView struct {
		AdminKeys
		Rings []keyRingView
	}
)

// AdminKeys renders the keys.
func (p *Pages) AdminKeys(w http.ResponseWriter, r *http.Request, a AdminKeys) error {
	v := keysView{AdminKeys: a}
	for _, ring := range a.Rings {
		row := keyRingView{KeyRing: ring}
		if a.TrustURL != nil {
			row.NextURL = a.TrustURL(ring.CommunityID)
		}
		for _, key := range ring.Keys {
			row.HasNext = row.HasNext || key.State == "next"
		}
		v.Rings = append(v.Rings, row)
	}
	return p.render(w, r, page{name: "admin-keys", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

// AdminKey renders one key.
func (p *Pages) AdminKey(w http.ResponseWriter, r *http.Request, a AdminKey) error {
	return p.render(w, r, page{name: "admin-key", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
