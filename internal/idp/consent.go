package idp

import (
	"context"
	"time"
)

// Consents keeps what people agreed to share, and what went out because of it. A consent is of a person and a sector
// (Client.Sector): an organization that registers anew is the same organization.
type Consents interface {
	// Consent returns the consent that stands between a person and a sector, or ErrNotFound.
	Consent(ctx context.Context, personID, sector string) (Consent, error)
	// Consents returns all of a person's, ended ones too, the last used first.
	Consents(ctx context.Context, personID string) ([]Consent, error)
	// EndConsent ends a consent; what was issued under it, codes and access tokens, is worth nothing from then on. It returns
	// the consent. ErrNotFound: the person has no such consent, or it was ended before.
	EndConsent(ctx context.Context, personID, id string, now time.Time, trail Trail) (Consent, error)

	// Releases returns what went out about a person, the newest first: one for each code that was redeemed.
	Releases(ctx context.Context, filter ReleaseFilter) ([]Release, error)
	// RecordUserInfo records that UserInfo goes out for an access token: r has ID, Claims, Level and At. The answer is written
	// after it only. ErrNotFound: the access token is not good any more.
	RecordUserInfo(ctx context.Context, accessTokenID string, r Release) error

	// Accepted returns the latest version of a document that a person accepted, or ErrNotFound.
	Accepted(ctx context.Context, personID, kind string) (Acceptance, error)
}

// Consent is what a person agreed to share with an organization. Only names of claims are kept: what they say is in her
// record, and what they said then is nobody's business any more.
type Consent struct {
	ID       string // NewID
	PersonID string
	Sector   string
	ClientID string // the registration that asked last

	Organization string // the names that she was shown
	Community    string

	Agreed     []string // claims that may go, sorted
	Declined   []string // claims that were offered and that she switched off, sorted
	Remembered bool     // she need not be asked again for no more than this
	Practices  string   // names the version of the practices that she had accepted

	CreatedAt time.Time
	UsedAt    time.Time // a code was issued under it
	Times     int64     // how often
	EndedAt   time.Time // zero while it stands
}

// Agreement is why a request may be answered.
type Agreement struct {
	// Consent is what a code is issued under. Asked: the person was asked, and this is her answer, which takes the place of
	// what stood between her and Consent.Sector. Otherwise it is the consent that stands, as it was read.
	Consent Consent
	Asked   bool
	// Accepted is the document that she accepted with her answer, nil for none.
	Accepted *Acceptance
	Trail    Trail
}

// Acceptance is a person's yes to a published document.
type Acceptance struct {
	PersonID string
	Kind     string // PolicyPractices …
	Version  int    // 0 for the generated one
	Name     string // of the version, with which its text can be told
	At       time.Time
}

// Release is what an organization was told about a person, once: the names of the claims, not what they said.
type Release struct {
	ID           string // NewID
	PersonID     string
	ConsentID    string
	ClientID     string
	Sector       string
	Organization string
	RequestID    string // of the authorization request
	SID          string // of the sign-in

	Claims []string // of the ID Token, in their order
	Level  Level    // of the answer
	At     time.Time

	// UserInfo are the claims that were read afterwards with the access token, nil when nobody did.
	UserInfo      []string
	UserInfoTimes int64
	LastAt        time.Time // At, or the last time that UserInfo was read
}

// ReleaseFilter selects releases; what is zero selects nothing out, but PersonID is required.
type ReleaseFilter struct {
	PersonID string
	Sector   string
	Before   string // only those with a smaller id
	Limit    int    // 0 is 100
}
