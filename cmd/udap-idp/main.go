// Command udap-idp is an identity provider for UDAP Tiered OAuth: it signs patients in with a passkey and vouches for
// who they are towards the organizations that hold their health records.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Each command lives in a file of its own name.
type commands struct {
	Serve serveCommand `cmd:"" help:"Run the identity provider."`
	Demo  demoCommand  `cmd:"" help:"Run the provider with a trust community, a sample hospital and sample people, to walk through it in a browser."`
	User  struct {
		Add  userAddCommand  `cmd:"" help:"Add a person and print the link with which she creates her passkey."`
		List userListCommand `cmd:"" help:"List the people."`

		Show             userShowCommand             `cmd:"" help:"Show everything about a person: values, proofings, passkeys, history."`
		Change           userChangeCommand           `cmd:"" help:"Change or correct what is known about a person."`
		Suspend          userSuspendCommand          `cmd:"" help:"Lock a person out everywhere, until resume."`
		Resume           userResumeCommand           `cmd:"" help:"End a suspension."`
		Close            userCloseCommand            `cmd:"" help:"Close an account for good."`
		Invite           userInviteCommand           `cmd:"" help:"Invite a person to make a passkey: by link, code, letter or e-mail; or end her invitation."`
		Invitations      userInvitationsCommand      `cmd:"" help:"List a person's invitations, and what became of each."`
		Duplicates       userDuplicatesCommand       `cmd:"" help:"Find records that may be one person."`
		Merge            userMergeCommand            `cmd:"" help:"Make one record of two that are the same person, for good."`
		Import           userImportCommand           `cmd:"" help:"Add people out of a file: a table, or FHIR Patients."`
		Export           userExportCommand           `cmd:"" help:"Write a person, or everybody, as JSON or as FHIR Patients."`
		RevealIdentifier userRevealIdentifierCommand `cmd:"" help:"Print a person's Digital Identifier. The reading is recorded."`
	} `cmd:"" help:"The people this provider vouches for."`
	Representative struct {
		Add  representativeAddCommand  `cmd:"" help:"Record that one person may act for another."`
		End  representativeEndCommand  `cmd:"" help:"End that before its time."`
		List representativeListCommand `cmd:"" help:"List for whom a person acts, and who acts for her."`
	} `cmd:"" help:"Who may act for whom."`
	Request struct {
		List   requestListCommand   `cmd:"" help:"List what patients ask for in their accounts."`
		Answer requestAnswerCommand `cmd:"" help:"Answer a request."`
	} `cmd:"" help:"What patients ask of you."`
	Community struct {
		Add     communityAddCommand     `cmd:"" help:"Trust a community, and take our certificate in it."`
		List    communityListCommand    `cmd:"" help:"List the trust communities with their certificates."`
		Show    communityShowCommand    `cmd:"" help:"Show everything about one community."`
		Set     communitySetCommand     `cmd:"" help:"Change the name or the settings of a community; what is not given stays."`
		Suspend communitySuspendCommand `cmd:"" help:"Refuse every member of a community everywhere, and sign nothing in it, until resume."`
		Resume  communityResumeCommand  `cmd:"" help:"End a suspension of a community."`
		Delete  communityDeleteCommand  `cmd:"" help:"End the trust in a community for good, with the registrations of its members and our certificates in it."`
		Anchor  struct {
			Add    anchorAddCommand    `cmd:"" help:"Trust one more anchor of a community."`
			Remove anchorRemoveCommand `cmd:"" help:"Trust an anchor of a community no more."`
		} `cmd:"" help:"The anchors of a community."`
		Intermediate struct {
			Add    intermediateAddCommand    `cmd:"" help:"Add the certificate of an authority between an anchor and the members."`
			Remove intermediateRemoveCommand `cmd:"" help:"Take such a certificate away."`
		} `cmd:"" help:"The authorities between the anchors and the members of a community."`
		Certificate struct {
			Request  certificateRequestCommand  `cmd:"" help:"Make a key, keep it encrypted, and print a certificate signing request to be sent to the community."`
			Requests certificateRequestsCommand `cmd:"" help:"List the requests that no certificate has come for yet."`
			Accept   certificateAcceptCommand   `cmd:"" help:"Take the certificate that was issued for a request."`
			Discard  certificateDiscardCommand  `cmd:"" help:"Delete a request with its key."`
			Add      certificateAddCommand      `cmd:"" help:"Take a certificate of ours in a community: the next one, or with --activate the one that signs from now on."`
			List     certificateListCommand     `cmd:"" help:"List our certificates."`
			Activate certificateActivateCommand `cmd:"" help:"Let a certificate sign from now on: the same as key change-over."`
			Remove   certificateRemoveCommand   `cmd:"" help:"Delete a certificate with its key, once nothing that it signed is in use."`
		} `cmd:"" help:"Our certificates in the communities."`
	} `cmd:"" help:"The trust communities."`
	Key     keyCommands     `cmd:"" help:"The keys we sign with."`
	Setting settingCommands `cmd:"" help:"What can be set while the server runs."`
	Client  struct {
		List    clientListCommand    `cmd:"" help:"List the registered data holders."`
		Show    clientShowCommand    `cmd:"" help:"Show all of a data holder's registration."`
		Suspend clientSuspendCommand `cmd:"" help:"Refuse a data holder everywhere, from now on."`
		Resume  clientResumeCommand  `cmd:"" help:"End a suspension."`
		Delete  clientDeleteCommand  `cmd:"" help:"End a data holder's registration for good. It can register anew."`
		Set     clientSetCommand     `cmd:"" help:"Decide for one data holder what its trust community decides for all."`
		Payload clientPayloadCommand `cmd:"" help:"Set in which words a data holder reads its tokens."`
	} `cmd:"" help:"The data holders that registered themselves."`
	Proofing proofingCommands `cmd:"" help:"How people's identity was verified."`
	Claims   struct {
		Preview claimsPreviewCommand `cmd:"" help:"Show exactly what a data holder would get about a person, and why it would not get the rest."`
	} `cmd:"" help:"What data holders learn."`
	Attempts struct {
		List attemptsListCommand `cmd:"" help:"List what data holders attempted, the newest first."`
		Show attemptsShowCommand `cmd:"" help:"Show one attempt: the certificates, each check, the answer, and what to do next."`
	} `cmd:"" help:"The log of registrations and client authentications."`
	Admin struct {
		Invite adminInviteCommand `cmd:"" help:"Invite somebody to run this service, and print the link to her first passkey."`
		List   adminListCommand   `cmd:"" help:"List who runs this service."`
		Revoke adminRevokeCommand `cmd:"" help:"Take the role of an administrator away."`
		Setup  adminSetupCommand  `cmd:"" help:"Print another link with which the first owner takes a new server."`
	} `cmd:"" help:"Who runs this service."`
	Audit auditCommands `cmd:"" help:"The log of who did what: its chain, and what is in it."`
	Mail  struct {
		List  mailListCommand  `cmd:"" help:"List the messages of the last 30 days: those that wait, went, and were given up."`
		Show  mailShowCommand  `cmd:"" help:"Show what a message that waits says."`
		Test  mailTestCommand  `cmd:"" help:"Send a test to an e-mail address or a mobile number, and say what the server answered."`
		Retry mailRetryCommand `cmd:"" help:"Send a message that waits now."`
	} `cmd:"" help:"Messages to people: e-mails and text messages."`
	Policy struct {
		Show    policyShowCommand    `cmd:"" help:"Print a published document as Markdown."`
		List    policyListCommand    `cmd:"" help:"List the published documents and their versions."`
		Publish policyPublishCommand `cmd:"" help:"Publish a new version of a document."`
	} `cmd:"" help:"What this provider promises: its identity policy, its terms, its guide for developers."`
	Bench struct {
		Fill benchFillCommand `cmd:"" help:"Fill an empty database with invented people, data holders and events, to measure it."`
	} `cmd:"" hidden:"" help:"For measuring."`
	Check   checkCommand   `cmd:"" help:"Check any UDAP identity provider or authorization server from outside, requirement by requirement."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date without starting the server."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // it was asked properly and could not be done
	exitUsage   = 2 // a flag, a setting or a value is wrong
	exitPartly  = 3 // it was done, but for rows of a file that have to be mended
)

// terminal is where a command writes: results to Out, what a person should know besides to Err. From In it reads a person's
// answer.
type terminal struct {
	Out, Err io.Writer
	In       *os.File
}

func main() {
	makeFilesPrivate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], terminal{Out: os.Stdout, Err: os.Stderr, In: os.Stdin})
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, term terminal) int {
	parser := kong.Must(&commands{},
		kong.Name("udap-idp"),
		kong.Description("Identity provider for UDAP Tiered OAuth. Settings come from flags, UDAP_IDP_… variables or a --config file."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(term),
	)
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(term.Err, "udap-idp: %s\nudap-idp --help lists the commands, and udap-idp COMMAND --help the flags of one.\n", plain(err.Error()))
		return exitUsage
	}
	err = command.Run()
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(term.Err, "udap-idp: %s\n", plainLines(err.Error()))
	switch {
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.As(err, new(partlyError)):
		return exitPartly
	}
	return exitFailure
}
