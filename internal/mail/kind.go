package mail

import (
	"fmt"
	"maps"
	"slices"

	"udap-idp/internal/idp"
)

// kind is what a notice of a kind may say.
type kind struct {
	takes  []string // the Params that it needs
	may    []string // and those that it may have besides
	secret bool     // one of them is a code or a link that is worth something: it goes to one address only
	ours   bool     // it tells of no deed that might have been a stranger's, so nothing is said about "not you"
	typed  bool     // the code is typed into a page of ours, where a telephone can fill it in
}

// kinds are all there are. A Param that is not here is refused, so that nothing sensitive slips into a mail.
var kinds = map[idp.NoticeKind]kind{
	idp.NoticePasskeyAdded:   {takes: []string{"passkey"}, may: []string{"device"}},
	idp.NoticePasskeyRemoved: {takes: []string{"passkey"}, may: []string{"device"}},
	idp.NoticePasskeyRenamed: {takes: []string{"passkey", "old"}, may: []string{"device"}},
	idp.NoticeNewSignIn:      {may: []string{"device", "organization"}},

	idp.NoticeRecoveryCodesMade: {may: []string{"device"}},
	idp.NoticeRecoveryCodeUsed:  {takes: []string{"left"}, may: []string{"device"}},
	idp.NoticeRecoveryStarted:   {may: []string{"device", "until"}},
	idp.NoticeRecoveryCompleted: {may: []string{"device"}},
	idp.NoticeRecoveryCancelled: {may: []string{"device"}},
	idp.NoticeRecoveryGuessed:   {},

	idp.NoticeRecoveryWaiting: {takes: []string{"link", "until"}, may: []string{"device"}},
	idp.NoticeDeskInvitation:  {takes: []string{"until"}},
	idp.NoticeSignUpKnown:     {ours: true},

	idp.NoticeInvitationCode: {takes: []string{"code", "until"}, secret: true, ours: true},
	idp.NoticeInvitation:     {takes: []string{"link", "until"}, secret: true, ours: true},
	idp.NoticeContactCode:    {takes: []string{"code", "until"}, secret: true, ours: true, typed: true},
	idp.NoticeRecoveryCode:   {takes: []string{"code", "until"}, secret: true, ours: true, typed: true},
	idp.NoticeSignUpCode:     {takes: []string{"code", "until"}, secret: true, ours: true, typed: true},
	idp.NoticeProofingCode:   {takes: []string{"code", "until"}, secret: true, ours: true},
	idp.NoticeProofed:        {takes: []string{"link", "date"}, secret: true, ours: true},

	idp.NoticeSignedUp:            {},
	idp.NoticeContactChanged:      {takes: []string{"what"}, may: []string{"device"}},
	idp.NoticeProofingRepudiated:  {},
	idp.NoticeIdentityShared:      {takes: []string{"organization"}, may: []string{"device"}},
	idp.NoticeSharingStopped:      {takes: []string{"organization"}, may: []string{"device"}},
	idp.NoticeExportDownloaded:    {may: []string{"device"}},
	idp.NoticeRepresentationAdded: {},
	idp.NoticeRepresentationEnded: {},

	idp.NoticeAccountSuspended: {ours: true},
	idp.NoticeAccountResumed:   {ours: true},
	idp.NoticeCloseRequested:   {takes: []string{"until"}, may: []string{"device"}},
	idp.NoticeCloseCancelled:   {may: []string{"device"}},
	idp.NoticeAccountClosed:    {},

	idp.NoticeRequestAnswered:  {ours: true},
	idp.NoticeDeclarationWaits: {},

	idp.NoticeStaffRequest:     {takes: []string{"link"}, ours: true},
	idp.NoticeStaffRepudiation: {takes: []string{"link"}, ours: true},

	idp.NoticeTest: {ours: true},
}

// Kinds are the kinds of notices there are words for.
func Kinds() []idp.NoticeKind { return slices.Sorted(maps.Keys(kinds)) }

func checkNotice(n idp.Notice) error {
	k, ok := kinds[n.Kind]
	if !ok {
		return fmt.Errorf("there is no kind of notice %q", n.Kind)
	}
	for _, name := range k.takes {
		if n.Params[name] == "" {
			return fmt.Errorf("notice %s: %s is missing", n.Kind, name)
		}
	}
	for name := range n.Params {
		if !slices.Contains(k.takes, name) && !slices.Contains(k.may, name) {
			return fmt.Errorf("notice %s does not take %q", n.Kind, name)
		}
	}
	return nil
}

// Takes are the Params that a kind needs, and those that it may have besides.
func Takes(of idp.NoticeKind) (needs, may []string) { return kinds[of].takes, kinds[of].may }

// HoldsSecret reports whether messages of a kind hold a code or a link that is worth something.
func HoldsSecret(of idp.NoticeKind) bool { return kinds[of].secret }
