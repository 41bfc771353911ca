package idp

// TrustChange is a change of the trust communities, whole, so that it can wait for a second administrator: what was shown and
// approved is what is carried out. What is zero stays as it is.
type TrustChange struct {
	CommunityID string `json:"community_id,omitempty"` // "" for one that is added
	// BasedOn is the revision of the community that was looked at, nil when any will do: a change that replaces what it did not look
	// at must not be made.
	BasedOn *int64 `json:"based_on,omitempty"`
	URI     string `json:"uri,omitempty"` // of one that is added
	Name    string `json:"name,omitempty"`

	AddAnchors       [][]byte `json:"add_anchors,omitempty"`       // DER
	AddIntermediates [][]byte `json:"add_intermediates,omitempty"` // DER
	// Remove are anchors and intermediates, by the SHA-256 of their DER in upper-case hex.
	Remove []string `json:"remove,omitempty"`

	Settings *CommunitySettings `json:"settings,omitempty"`

	// At most one of them.
	Suspend bool `json:"suspend,omitempty"`
	Resume  bool `json:"resume,omitempty"`
	Delete  bool `json:"delete,omitempty"`

	Reason string `json:"reason,omitempty"`
}

// TrustOutcome is what would come of a change.
type TrustOutcome struct {
	Before, After Community        // After is zero when the community is deleted
	Added         []AddedAuthority // in the order of the change, anchors first

	Clients   int      // of the community
	Lost      int      // that are trusted now and would not be
	LostNames []string // of some of them
	// Unclear are those of whom it is not known: the certificates between them and an anchor are neither configured nor were sent.
	Unclear int
	Partial bool // there are so many that not all were looked at
	OwnLost int  // certificates of ours that would be refused
}

// AddedAuthority is an anchor or intermediate that a change adds.
type AddedAuthority struct {
	Certificate []byte // DER
	Anchor      bool
	Warnings    []TrustWarning
}

// TrustWarning is what should make somebody look again before an authority is trusted.
type TrustWarning string

const (
	AuthorityExpired   TrustWarning = "expired"   // nothing below it is trusted
	AuthorityEarly     TrustWarning = "early"     // nothing below it is trusted yet
	AuthoritySoon      TrustWarning = "soon"      // it ends within 60 days
	AuthorityIssued    TrustWarning = "issued"    // an anchor that another authority issued, so that this could withdraw it
	AuthorityElsewhere TrustWarning = "elsewhere" // another community has it as an anchor, and the older community has precedence
	AuthorityDetached  TrustWarning = "detached"  // an intermediate that none of the anchors issued
)
