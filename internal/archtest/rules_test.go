package archtest

// rule is what one package may import besides the standard library. Whoever needs more changes the row, with its reason, and
// docs/architecture.md.
type rule struct {
	house   []string // packages of this module, "*" for all
	foreign []string // modules of others
	why     string
}

const (
	goJOSE    = "github.com/go-jose/go-jose/v4"
	xText     = "golang.org/x/text"
	pgxLib    = "github.com/jackc/pgx/v5"
	oidcLib   = "github.com/zitadel/oidc/v3"
	cryptoLib = "golang.org/x/crypto"
	kongLib   = "github.com/alecthomas/kong"
)

// rules has a row for every package of the module, by its path in it.
var rules = map[string]rule{
	"cmd/udap-idp": {
		house:   []string{"*"},
		foreign: []string{kongLib, "golang.org/x/sys", "golang.org/x/sync"},
		why:     "the command wires every room; what one room needs of another passes through here",
	},
	"e2e": {house: []string{"*"}, why: "the walks start the real binary; they have no code of their own outside of tests"},

	"internal/idp":            {why: "the domain is what everything else may depend on, so it depends on nothing"},
	"internal/assurance":      {house: []string{"internal/idp"}, why: "pure functions on the domain's levels"},
	"internal/claims":         {house: []string{"internal/idp", "internal/assurance"}, why: "pure functions from a person to claims"},
	"internal/person":         {house: []string{"internal/idp"}, foreign: []string{"github.com/nyaruka/phonenumbers", xText}, why: "what is typed about a person is checked in one place, wherever it is typed"},
	"internal/matching":       {house: []string{"internal/idp"}, foreign: []string{xText, "github.com/hbollon/go-edlib"}, why: "records are compared by pure functions; what follows from it is identity's business"},
	"internal/codes":          {why: "drawing and reading codes is small enough to be checked in one look"},
	"internal/qr":             {foreign: []string{"github.com/boombuler/barcode"}, why: "it draws a picture, whatever it says"},
	"internal/recovery":       {house: []string{"internal/idp", "internal/pages", "internal/person", "internal/codes"}, why: "a room: the session, the mail and the rules about persons arrive through small interfaces; the passkey is made by login, which it reaches by an invitation and a redirect"},
	"internal/identity":       {house: []string{"internal/idp", "internal/assurance", "internal/matching", "internal/codes"}, why: "the rules about persons; sealing and the store arrive through small interfaces"},
	"internal/clients":        {house: []string{"internal/idp", "internal/claims"}, why: "what an operator decides about data holders, for the command and the page; the store arrives through the Config"},
	"internal/audit":          {house: []string{"internal/idp"}, why: "what an event is, and that nobody changed one; the store and the key arrive through the Config"},
	"internal/transfer":       {house: []string{"internal/idp", "internal/identity", "internal/matching", "internal/person", "internal/fhir"}, why: "files of people meet the rules about persons here, and nowhere else; the command and the account give it stores and writers"},
	"internal/fhir":           {house: []string{"internal/idp", "internal/person"}, why: "a form of the same person, read and written by pure functions; what follows from a file is transfer's business"},
	"internal/mail":           {house: []string{"internal/idp", "internal/pages", "web"}, foreign: []string{"github.com/wneessen/go-mail"}, why: "words come from the language files; nothing but it knows SMTP"},
	"internal/policy":         {house: []string{"internal/idp", "internal/pages"}, foreign: []string{"github.com/yuin/goldmark"}, why: "a room of published documents; nothing but it knows Markdown"},
	"internal/udap":           {foreign: []string{goJOSE}, why: "the profile is pure functions that a data holder can use as well: it knows neither our domain nor a server"},
	"internal/pki":            {house: []string{"internal/udap", "internal/pki/fetch", "internal/pki/revocation"}, why: "the comparison of URIs and the signer are the profile's; who stores trust is not pki's business"},
	"internal/trust":          {house: []string{"internal/idp", "internal/keys", "internal/pki", "internal/pki/revocation", "internal/udap"}, why: "the rules about trust communities: pki judges chains for it, udap signs, keys decides which of ours does; sealing and the store arrive through small interfaces"},
	"internal/keys":           {house: []string{"internal/idp", "internal/pki"}, why: "the change-over of our keys: which signs is pki's, what is stored is the domain's; the desk and the command come through here"},
	"internal/pki/fetch":      {why: "what strangers make us fetch goes through one guarded door, with nothing of ours behind it"},
	"internal/pki/revocation": {house: []string{"internal/pki/fetch"}, foreign: []string{cryptoLib}, why: "lists and responders, whoever asks about them"},
	"internal/logo":           {why: "pictures of strangers are decoded apart from everything of ours; the way out arrives as a func"},
	"internal/vault":          {why: "sealing must stay small enough to read in one sitting, and knows neither the domain nor SQL"},
	"internal/config":         {house: []string{"internal/idp"}, why: "settings come before everything; from the domain it takes the limits of a session only"},
	"internal/sqlstore":       {house: []string{"internal/idp", "migrations"}, foreign: []string{pgxLib, "modernc.org/sqlite", "github.com/pressly/goose/v3"}, why: "SQL has one room, and that room knows the domain only"},
	"internal/dataholder":     {house: []string{"internal/udap"}, foreign: []string{goJOSE}, why: "it is the other side of the wire: what it knows of us must arrive there"},
	"internal/metrics":        {foreign: []string{"github.com/prometheus/client_golang"}, why: "it writes what it is given in a format; what the values mean is known where they come from"},
	"internal/settings":       {house: []string{"internal/idp", "internal/config"}, why: "which setting counts, and how it is changed while the server runs; the desk and the command come through here"},
	"internal/brand":          {house: []string{"web"}, why: "the operator's files are served as ours are, and are nobody else's business"},
	"internal/pages":          {house: []string{"web"}, foreign: []string{xText}, why: "pages get plain structs and decide nothing"},
	"internal/server":         {house: []string{"internal/idp", "internal/pages"}, why: "it routes to handlers it is given, and makes pages out of their errors"},
	"internal/check":          {house: []string{"internal/udap", "internal/udap/authority", "internal/dataholder"}, why: "it looks at any server from outside: the profile, a certificate made for the test, and the data holder's way to an anchor are all it needs"},

	"internal/attempts":     {house: []string{"internal/idp", "internal/udap"}, why: "two rooms write the same log: it knows the domain's rows and reads what the profile sends"},
	"internal/registration": {house: []string{"internal/attempts", "internal/idp", "internal/udap"}, why: "a room: trust arrives through a small interface"},
	"internal/discovery":    {house: []string{"internal/udap"}, why: "a room: signers arrive through a small interface"},
	"internal/provider":     {house: []string{"internal/attempts", "internal/idp", "internal/udap", "internal/claims"}, foreign: []string{oidcLib, goJOSE}, why: "a room: nothing but it knows the OpenID library"},
	"internal/login":        {house: []string{"internal/idp", "internal/pages", "internal/assurance"}, foreign: []string{"github.com/go-webauthn/webauthn", "github.com/gorilla/sessions", "github.com/gorilla/securecookie"}, why: "a room: nothing but it knows passkeys and cookies"},
	"internal/account":      {house: []string{"internal/idp", "internal/pages", "internal/person"}, why: "a room: the session arrives as a func; what she types about herself is checked where everything typed is"},
	"internal/admin":        {house: []string{"internal/idp", "internal/pages", "internal/person", "internal/audit", "internal/assurance", "internal/keys", "internal/policy", "internal/settings"}, why: "a room: the session and the rules about persons arrive through the Config; what is typed is checked as everywhere, the audit log's words are its own room's, what an event of proofing bears is said by pure functions, and what may be done with a key is decided in keys"},

	"internal/udap/authority": {why: "certificates for the demo and for tests, with crypto/x509 alone"},
	"internal/udap/udaptest":  {house: []string{"internal/udap", "internal/udap/authority"}, foreign: []string{cryptoLib}, why: "a throw-away community for tests; only tests import it, and x/crypto makes the OCSP answers that the standard library cannot"},
	"internal/storetest":      {house: []string{"internal/idp"}, why: "the suite tests the contract, whatever stands behind it"},
	"internal/pgtest":         {foreign: []string{pgxLib}, why: "it starts a server process, and knows no schema"},
	"internal/sqltest":        {house: []string{"internal/pgtest"}, why: "it copies what it is given an opener for, so that sqlstore's own tests can use it"},
	"internal/archtest":       {why: "it reads source, and depends on none of it"},
	"web":                     {why: "it embeds files"},
	"migrations":              {why: "it embeds files"},
}

// twoAddresses are the foreign libraries that more than one package may import. Every other has one address, so that
// replacing it or following its changes is work in one place.
var twoAddresses = map[string]string{
	pgxLib:    "sqlstore talks to PostgreSQL; pgtest asks the server it started whether it answers",
	goJOSE:    "udap signs and parses; provider fills in the key set that the OpenID library serves; dataholder checks the ID Token with the key set it fetched, as a stranger would",
	cryptoLib: "pki/revocation reads OCSP answers; udaptest makes them, for tests only",
	xText:     "pages picks the reader's language; person checks the one that is typed; matching folds names of every script",
}

// testHouse is what tests of every package may import as well: the real parts that stand in for nothing. The rooms are not
// among them, because what a test of one room needs of another is what that room needs of it.
var testHouse = []string{
	"internal/idp", "internal/assurance", "internal/claims", "internal/udap", "internal/udap/authority", "internal/udap/udaptest",
	"internal/pki", "internal/vault", "internal/config", "internal/brand", "internal/logo", "internal/mail", "internal/identity", "internal/transfer", "internal/clients", "internal/attempts", "internal/trust", "internal/audit", "internal/sqlstore", "internal/storetest", "internal/pgtest", "internal/sqltest", "migrations", "web",
}

// testForeign are the libraries that only tests import, with the packages whose tests may; none is all.
var testForeign = map[string][]string{
	goJOSE:                     nil, // forging what the real signer would not sign
	"go.uber.org/goleak":       nil,
	"github.com/google/go-cmp": nil,
	"github.com/santhosh-tekuri/jsonschema/v6": {"internal/fhir"},
	"golang.org/x/net/html":                    nil, // reading pages as a browser does
	"golang.org/x/net/dns/dnsmessage":          {"internal/pki/fetch"},
	kongLib:                                    {"internal/config"},
	"github.com/rogpeppe/go-internal":          {"cmd/udap-idp", "e2e"},
	"github.com/descope/virtualwebauthn":       {"internal/login", "e2e"},
	"github.com/chromedp":                      {"e2e"},
	"github.com/coreos/go-oidc/v3":             {"e2e", "internal/provider"},
	"golang.org/x/oauth2":                      {"e2e", "internal/provider"},
}
