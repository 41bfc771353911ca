// Package storetest is the conformance suite of idp.Store: what every store must do, whatever it is made of. Each rule is a
// subtest with the rule's name; the rules about "once" are proved by goroutines that all try at the same time.
package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// Run proves a store. open gives a subtest an empty store and closes it afterwards.
func Run(t *testing.T, open func(t *testing.T) idp.Store) {
	for _, rule := range []struct {
		name string
		test func(*house)
	}{
		{"PersonRoundTrip", personRoundTrip},
		{"PeoplePaging", peoplePaging},
		{"DigitalIdentifierIsUnique", identifierIsUnique},
		{"AttributesAreKept", attributesAreKept},
		{"StaleChangeIsRefused", staleChangeIsRefused},
		{"IdentifierOfAnotherIsRefused", identifierOfAnother},
		{"SuspendedPersonIsLockedOut", suspendedPerson},
		{"MergeLeavesATombstone", merge},
		{"MergeMayMoveTheIdentifier", mergeMovesIdentifier},
		{"MergeMovesRepresentations", mergeMovesRepresentations},
		{"MatchKeysFindDuplicates", matchKeys},
		{"FiguresOfAccountsAreKept", accountFigures},
		{"FiguresOfAttemptsOutliveTheLog", attemptDays},
		{"LatenciesOfServersAreAdded", latencies},
		{"PeopleAreFiltered", peopleAreFiltered},
		{"PeopleAreFoundByTheirKeys", peopleByKeys},
		{"ImportIsAllOrNothing", importIsWhole},
		{"ImportIsDoneOnce", importIsDoneOnce},
		{"PeopleSharingKeys", peopleSharing},
		{"RecordsWaitToBeCompared", recordsWaitToBeCompared},
		{"SuspicionsArePaged", suspicionsArePaged},
		{"DecisionHoldsUntilMoreAgrees", decisionHoldsUntilMoreAgrees},
		{"OneImportAtATime", oneImportAtATime},
		{"ImportIsClaimedByOneServer", importIsClaimedByOneServer},
		{"ImportWalksThroughItsStates", importWalksThroughItsStates},
		{"TombstoneIsNobodysDuplicate", tombstoneIsNobodysDuplicate},
		{"ProofingChangesWithItsPerson", proofings},
		{"Representations", representations},
		{"PoliciesAreVersioned", policies},
		{"AuditLog", auditLog},
		{"AuditIsSealedInOrder", auditIsSealedInOrder},
		{"AuditIsSealedByManyAtOnce", auditIsSealedByMany},
		{"AuditIsTrimmedToACheckpoint", auditTrim},
		{"AuditPages", auditPages},
		{"SetupLinkIsSpentOnce", setupLinkIsSpentOnce},
		{"OwnedServerCannotBeClaimed", ownedServerCannotBeClaimed},
		{"LastOwnerStays", lastOwnerStays},
		{"NobodyApprovesHisOwn", nobodyApprovesHisOwn},
		{"OneOpenInvitationPerPerson", oneOpenInvitation},
		{"InvitationIsSpentOnce", invitationIsSpentOnce},
		{"ExpiredInvitationEnrolsNobody", expiredInvitation},
		{"InvitationNeedsItsSecret", invitationNeedsItsSecret},
		{"InvitationByCodeOpensInOneBrowser", invitationsByCode},
		{"GuessingEndsAnInvitation", guessedInvitation},
		{"InvitationIsRevoked", revokedInvitation},
		{"LostPasskeysAreRemovedWhenAsked", removeOthers},
		{"ThrottlesCountExactly", throttles},
		{"ContactCodeIsTakenOnce", contactCodeOnce},
		{"ContactCodeIsVoidAfterFiveMisses", contactCodeMisses},
		{"ContactCodeBelongsToItsBrowserAndPurpose", contactCodeIsBound},
		{"ContactCodesAreSentSoOftenOnly", contactCodeSendings},
		{"PeopleAreFoundByContactWhileInUse", peopleByContact},
		{"SignUpIsTakenOnce", signUps},
		{"RecoveryCodeIsSpentOnce", recoveryCodesOnce},
		{"RecoveryCodeIsOnePersons", recoveryCodesAreOnePersons},
		{"RecoveryIsOneBrowsersAndEnds", recoveryByContactCode},
		{"WaitingPeriodIsNotShortened", oneWaitingPeriod},
		{"GrantedRecoveryMakesOnePasskey", grantedRecovery},
		{"CancelTakesTheGrantBack", cancelTakesTheGrantBack},
		{"CancelledWaitGrantsNothing", cancelledWait},
		{"SuspensionEndsRecoveries", suspensionEndsRecoveries},
		{"TextMessagesOfAPersonAreBounded", textMessagesAreBounded},
		{"SubIsStableAndDiffersPerSector", subjects},
		{"SignInChangesTheSecret", signInChangesTheSecret},
		{"PasskeysOfAPerson", passkeysOfAPerson},
		{"LastPasskeyStays", lastPasskeyStays},
		{"RemovedPasskeyEndsItsSessions", removedPasskeyEndsItsSessions},
		{"PasskeysAreBounded", passkeysAreBounded},
		{"RefusedSignInsAreBounded", refusedSignInsAreBounded},
		{"SignInLeavesItsTrail", signInLeavesItsTrail},
		{"KnownBrowser", knownBrowser},
		{"SessionLimits", sessionLimits},
		{"EndedSessionIsGone", endedSession},
		{"SessionsOfAPersonAreHersAlone", sessionsOfPerson},
		{"SessionOfAnotherPersonIsNotEnded", sessionOfAnother},
		{"EndedSessionTakesItsAccessAlong", sessionTakesAccess},
		{"RequestsWaitForAnAnswer", requests},
		{"OpenRequestsAreBounded", requestsAreBounded},
		{"RequestsAreQueued", requestQueue},
		{"ProofingsAreQueuedByStatus", proofingQueue},
		{"DueProofingsEndFirst", dueProofings},
		{"ClosingWaits", closingWaits},
		{"ClosingIsAskedForOnce", closingOnce},
		{"ClosedPersonHasNothingLeftToUse", closedHasNothingToUse},
		{"CeremonyIsConsumedOnce", ceremonyOnce},
		{"CeremonyBelongsToItsBrowserAndKind", ceremonyBelongs},
		{"AuthRequestRefusesOtherBrowser", requestRefusesOtherBrowser},
		{"AuthRequestIsAnsweredOnce", requestAnsweredOnce},
		{"AuthRequestExpires", requestExpires},
		{"CodeNeedsASignedInSession", codeNeedsSession},
		{"CodeIsSingleUse", codeIsSingleUse},
		{"CodeReplayRevokesWhatItBought", replayRevokes},
		{"CodeIsBound", codeIsBound},
		{"CodeRedirectURIRule", codeRedirectURI},
		{"CodeExpires", codeExpires},
		{"CodeDiesWithItsSession", codeDiesWithSession},
		{"AccessTokenEnds", accessTokenEnds},
		{"JTIIsUsedOnce", jtiOnce},
		{"JTIIsAllowedAgainAfterExpiry", jtiAgain},
		{"OneRegistrationPerCommunityAndURI", oneRegistration},
		{"ModificationReplacesEverything", modificationReplaces},
		{"OtherCommunityIsAnotherRegistration", otherCommunity},
		{"CancelEndsEverything", cancelEnds},
		{"ClientsPaging", clientsPaging},
		{"ClientsAreListedByName", clientsAreListedByName},
		{"SignInsOfAClientAreCounted", signInsOfAClientAreCounted},
		{"DeletionEndsConnections", deletionEndsConnections},
		{"ClientChangesLeaveATrail", clientChangesLeaveATrail},
		{"CommunityURIIsUnique", communityUnique},
		{"TrustRevisionGrows", trustRevision},
		{"SettingsOfACommunity", settingsOfCommunity},
		{"RenamingACommunity", renamingACommunity},
		{"StaleChangeOfACommunityIsRefused", staleCommunity},
		{"DeletedCommunityTakesItsClientsAlong", deletedCommunity},
		{"ClientsOfASuspendedCommunityAreRefused", suspendedCommunity},
		{"CertificateRequestIsAnsweredOnce", certificateRequests},
		{"TrustChangeIsRecordedWithIt", trustIsRecorded},
		{"CertificatesOfACommunity", certificatesOfCommunity},
		{"ChangeOverIsDecidedByOneView", changeOver},
		{"RetiredKeysAreGoneAndOnRecord", retiredKeys},
		{"OperatorSettingsChangeWhole", operatorSettings},
		{"DraftsAreKeptUntilDropped", drafts},
		{"HousekeepingIsCounted", housekeepingRuns},
		{"CertificatesAddedAtOnce", certificatesAtOnce},
		{"SuspendedClientIsRefusedEverywhere", suspendedClient},
		{"DeletedClientIsGone", deletedClient},
		{"ClientSettingsOutliveAModification", settingsOfClient},
		{"AttemptRoundTrip", attemptRoundTrip},
		{"AttemptFilters", attemptFilters},
		{"AttemptsAreTrimmedByClass", attemptTrim},
		{"MessageRoundTrip", messageRoundTrip},
		{"CodeForNobodyLeavesNothing", codeForNobody},
		{"WhatIsToldIsBounded", toldOnce},
		{"GrantedAgainIsNoRowMore", grantedAgain},
		{"UnusedInvitationsArePurged", unusedInvitations},
		{"MessageComesWithItsChange", messageWithChange},
		{"MessageIsClaimedOnce", messageClaimedOnce},
		{"MessageIsEmptiedWhenItIsOver", messageEmptied},
		{"ClaimThatIsLetGoComesBack", messageLease},
		{"LateReportDoesNotUndoASending", messageLateReport},
		{"RetryDoesNotTakeAMessageFromItsSender", messageRetry},
		{"ExpiredMessageIsGivenUp", messageExpiry},
		{"OldMessagesArePurged", messagePurge},
		{"SettingIsWrittenOnce", settingOnce},
		{"PurgeKeepsWhatCounts", purge},
		{"OneConsentStandsPerSector", oneConsent},
		{"ConsentIsUsedOnlyAsItStands", consentAsItStands},
		{"CodeNeedsAConsent", codeNeedsConsent},
		{"EndedConsentEndsWhatItIssued", endedConsent},
		{"WhatGoesOutIsRecorded", releases},
		{"ReleasesArePagedByOrganization", releasePages},
		{"AcceptanceIsOfAVersion", acceptances},
		{"MergeKeepsTheHistoryAndEndsConsents", mergeOfConsents},
		{"RequestIsExtended", requestIsExtended},
		{"LapsedSessionKeepsItsRequests", lapsedSession},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			rule.test(newHouse(t, open(t)))
		})
	}
}

// racers is how many goroutines try at once.
const racers = 64

// house is a store with a community, a client, a person and a signed-in browser in it.
type house struct {
	*testing.T
	idp.Store
	ctx       context.Context
	now       time.Time
	community idp.Community
	client    idp.Client
	person    idp.Person
	invite    idp.Token
	session   idp.Session
	cookie    idp.Token
}

const redirectURI = "https://hospital.example/callback"

func newHouse(t *testing.T, s idp.Store) *house {
	h := &house{T: t, Store: s, ctx: context.Background(), now: time.Now().UTC().Truncate(time.Microsecond)}
	h.community = h.addCommunity("urn:community:one")
	h.client = h.register(h.community.ID, "https://hospital.example")
	h.person, h.invite = h.addPerson()
	h.session, h.cookie = h.addSession()
	h.session, h.cookie = h.signIn(h.session, h.cookie)
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) want(got, want error) {
	h.Helper()
	if !errors.Is(got, want) {
		h.Errorf("got error %v, want %v", got, want)
	}
}

func (h *house) addCommunity(uri string) idp.Community {
	h.Helper()
	c := idp.Community{ID: idp.NewID(), URI: uri, Name: "One", Anchors: [][]byte{{1, 2}, {3}}, CreatedAt: h.now,
		Certificates: []idp.CommunityCertificate{{ID: idp.NewID(), KeyID: "k", Chain: [][]byte{{4}}, SealedKey: []byte{5}, CreatedAt: h.now}}}
	h.ok(h.AddCommunity(h.ctx, c))
	return c
}

func (h *house) register(community, uri string) idp.Client {
	h.Helper()
	c, created, err := h.RegisterClient(h.ctx, h.newClient(community, uri))
	h.ok(err)
	if !created {
		h.Fatal("the first registration is not new")
	}
	return c
}

func (h *house) newClient(community, uri string) idp.Client {
	return idp.Client{ID: idp.NewUUIDv4(), CommunityID: community, URI: uri, Name: "General Hospital", Organization: "General",
		RedirectURIs: []string{redirectURI}, Contacts: []string{"mailto:a@hospital.example"}, LogoURI: "https://hospital.example/l.png",
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt",
		Scope: "openid udap", SoftwareStatement: "a.b.c", Certificate: []byte{9}, CreatedAt: h.now, UpdatedAt: h.now}
}

func (h *house) newPerson() idp.Person {
	handle := make([]byte, 32)
	rand.Read(handle)
	p := idp.Person{ID: idp.NewID(), UserHandle: handle, Role: idp.Patient, State: idp.PersonActive, Revision: 1, UpdatedAt: h.now, Level: idp.IDIAL1_8, VerifiedAt: h.now,
		Identifier: idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}, CreatedAt: h.now,
		Demographics: idp.Demographics{GivenName: "María", MiddleName: "J", FamilyName: "García", Birthdate: "1948-02-29", Sex: "female",
			Email: "m@example.org", Phone: "+15557771234", Address: idp.Address{Street: "1 Main St\nApt 2", City: "Reno", State: "NV",
				PostalCode: "89501", Country: "US"}}}
	return p.WithAttributes()
}

func (h *house) invitation(person string) (idp.Invitation, idp.Token) {
	token := idp.NewToken()
	return idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: person, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}, token
}

func (h *house) addPerson() (idp.Person, idp.Token) {
	h.Helper()
	p := h.newPerson()
	inv, token := h.invitation(p.ID)
	h.ok(h.CreatePerson(h.ctx, p, inv))
	return p, token
}

func (h *house) enrolment(invite idp.Token, person string) idp.Enrolment {
	id := make([]byte, 16)
	rand.Read(id)
	return idp.Enrolment{InvitationID: invite.ID, InvitationHash: invite.Hash(), At: h.now,
		Passkey:     idp.Passkey{ID: id, PersonID: person, Name: "Phone", AAGUID: "a", Transports: []string{"internal"}, Credential: []byte("{}"), CreatedAt: h.now},
		Declaration: idp.Declaration{TextVersion: "1", Locale: "en", IP: "127.0.0.1", SignedAt: h.now}}
}

func (h *house) addSession() (idp.Session, idp.Token) {
	h.Helper()
	token := idp.NewToken()
	s := idp.Session{ID: token.ID, Hash: token.Hash(), Values: []byte("{}"), UserAgent: "test", CreatedAt: h.now, SeenAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	h.ok(h.CreateSession(h.ctx, s))
	return s, token
}

// signIn gives the house's person a passkey if she has none, and signs her in.
func (h *house) signIn(s idp.Session, cookie idp.Token) (idp.Session, idp.Token) {
	h.Helper()
	passkeys, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	if len(passkeys) == 0 {
		h.ok(h.EnrolPasskey(h.ctx, h.enrolment(h.invite, h.person.ID)))
		passkeys, err = h.Passkeys(h.ctx, h.person.ID)
		h.ok(err)
	}
	next := idp.NewTokenFor(s.ID)
	h.ok(h.SignInSession(h.ctx, h.signInOf(s, cookie, next, passkeys[0].ID)))
	s, err = h.Session(h.ctx, s.ID, h.now)
	h.ok(err)
	return s, next
}

func (h *house) signInOf(s idp.Session, old, next idp.Token, passkey []byte) idp.SignIn {
	return idp.SignIn{SessionID: s.ID, OldHash: old.Hash(), NewHash: next.Hash(), PersonID: h.person.ID, At: h.now, ExpiresAt: h.now.Add(idp.SessionLimit),
		Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: h.now, AMR: []string{"pop", "mfa"}, PasskeyID: passkey},
		Passkey:        idp.PasskeyUse{PasskeyID: passkey, SignCount: 7, BackupEligible: true, BackupState: true, Credential: []byte(`{"n":1}`), At: h.now}}
}

func (h *house) request() idp.AuthRequest {
	h.Helper()
	age := 0
	a := idp.AuthRequest{ID: idp.NewID(), SessionID: h.session.ID, ClientID: h.client.ID, RedirectURI: redirectURI, RedirectURISent: true,
		Scopes: []string{"openid", "udap"}, State: "s t\"\x00\xff", Nonce: "n", CodeChallenge: "c", Prompt: []string{"login"}, MaxAge: &age,
		UILocales: []string{"es"}, LoginHint: "h", Subject: "sub", CreatedAt: h.now, ExpiresAt: h.now.Add(10 * time.Minute)}
	h.ok(h.CreateAuthRequest(h.ctx, a))
	return a
}

func (h *house) issue(change func(*idp.Code)) idp.Token {
	h.Helper()
	token := idp.NewToken()
	code := idp.Code{ID: token.ID, Hash: token.Hash(), ClientID: h.client.ID, RedirectURI: redirectURI, RedirectURISent: true,
		CodeChallenge: "c", Nonce: "n", Scopes: []string{"openid", "udap"}, PersonID: h.person.ID, SessionID: h.session.ID,
		Authentication: *h.session.Authentication, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
	if change != nil {
		change(&code)
	}
	h.ok(h.IssueCode(h.ctx, idp.Issue{RequestID: h.request().ID, SessionID: h.session.ID, Code: code, Agreement: h.agreed(), At: h.now}))
	return token
}

// agreed is the person's yes to her name, remembered.
func (h *house) agreed() idp.Agreement {
	return idp.Agreement{Asked: true, Consent: idp.Consent{Sector: h.client.Sector(), Organization: "General", Community: "One",
		Agreed: []string{"birthdate", "name"}, Declined: []string{"email"}, Remembered: true, Practices: "practices-1"}}
}

func (h *house) redemption(code idp.Token) idp.Redemption {
	access := idp.NewToken()
	return idp.Redemption{Code: code, ClientID: h.client.ID, RedirectURI: redirectURI, CodeChallenge: "c", At: h.now,
		Release: idp.Release{ID: idp.NewID(), Claims: []string{"name", "birthdate"}, Level: idp.IDIAL1_8},
		Access:  idp.AccessToken{ID: access.ID, Hash: access.Hash(), CreatedAt: h.now, ExpiresAt: h.now.Add(5 * time.Minute)}}
}

func (h *house) redeem(r idp.Redemption) error {
	_, _, err := h.RedeemCode(h.ctx, r)
	return err
}

// race runs try in n goroutines at once and counts what they returned by sentinel.
func (h *house) race(n int, try func() error) (won int, lost []error) {
	h.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range n {
		wg.Go(func() {
			<-begin
			err := try()
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else {
				lost = append(lost, err)
			}
		})
	}
	close(begin)
	wg.Wait()
	return won, lost
}

// onlyOne races and demands one winner; the others must have got the sentinel.
func (h *house) onlyOne(n int, sentinel error, try func() error) {
	h.Helper()
	won, lost := h.race(n, try)
	if won != 1 {
		h.Errorf("%d of %d succeeded, want 1", won, n)
	}
	for _, err := range lost {
		h.want(err, sentinel)
	}
}

func equalBytes(h *house, what string, got, want []byte) {
	h.Helper()
	if !bytes.Equal(got, want) {
		h.Errorf("%s: got %x, want %x", what, got, want)
	}
}
