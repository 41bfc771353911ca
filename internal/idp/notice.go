package idp

// The kinds of notices. Their words are package mail's, which also says what Params each kind takes and refuses any other:
// a kind with words of its own is safer than one that carries text.
const (
	NoticePasskeyAdded   NoticeKind = "passkey-added"   // passkey, device
	NoticePasskeyRemoved NoticeKind = "passkey-removed" // passkey
	NoticePasskeyRenamed NoticeKind = "passkey-renamed" // passkey, old
	NoticeNewSignIn      NoticeKind = "new-sign-in"     // device, organization

	NoticeRecoveryCodesMade NoticeKind = "recovery-codes-made"
	NoticeRecoveryCodeUsed  NoticeKind = "recovery-code-used" // left
	NoticeRecoveryStarted   NoticeKind = "recovery-started"   // device, until
	NoticeRecoveryCompleted NoticeKind = "recovery-completed" // device
	NoticeRecoveryCancelled NoticeKind = "recovery-cancelled"
	NoticeRecoveryGuessed   NoticeKind = "recovery-guessed" // somebody types codes and has them wrong
	// NoticeRecoveryWaiting goes to all addresses although it has a link: all that one can do is to stop the recovery.
	NoticeRecoveryWaiting NoticeKind = "recovery-waiting" // link, until, device
	NoticeDeskInvitation  NoticeKind = "desk-invitation"  // until
	NoticeSignUpKnown     NoticeKind = "sign-up-known"    // to somebody who has an account already

	// The next hold a secret, so they go to one address only.
	NoticeInvitation     NoticeKind = "invitation"      // link, until
	NoticeInvitationCode NoticeKind = "invitation-code" // code, until
	NoticeContactCode    NoticeKind = "contact-code"    // code, until
	NoticeRecoveryCode   NoticeKind = "recovery-code"   // code, until
	NoticeSignUpCode     NoticeKind = "sign-up-code"    // code, until
	NoticeProofingCode   NoticeKind = "proofing-code"   // code, until
	NoticeProofed        NoticeKind = "proofed"         // link, date

	NoticeSignedUp            NoticeKind = "signed-up"
	NoticeContactChanged      NoticeKind = "contact-changed" // what: email, phone, address or name
	NoticeProofingRepudiated  NoticeKind = "proofing-repudiated"
	NoticeIdentityShared      NoticeKind = "identity-shared"   // organization
	NoticeSharingStopped      NoticeKind = "sharing-stopped"   // organization
	NoticeExportDownloaded    NoticeKind = "export-downloaded" // device
	NoticeRepresentationAdded NoticeKind = "representation-added"
	NoticeRepresentationEnded NoticeKind = "representation-ended"

	NoticeAccountSuspended NoticeKind = "account-suspended"
	NoticeAccountResumed   NoticeKind = "account-resumed"
	NoticeCloseRequested   NoticeKind = "close-requested" // until
	NoticeCloseCancelled   NoticeKind = "close-cancelled"
	NoticeAccountClosed    NoticeKind = "account-closed"

	NoticeRequestAnswered  NoticeKind = "request-answered"
	NoticeDeclarationWaits NoticeKind = "declaration-waits"

	// The next go to those who run the service, and name nobody.
	NoticeStaffRequest     NoticeKind = "staff-request"     // link
	NoticeStaffRepudiation NoticeKind = "staff-repudiation" // link

	NoticeTest NoticeKind = "test" // of the operator's settings
)
