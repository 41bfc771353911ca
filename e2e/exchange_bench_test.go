package e2e

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// connections is how many data holders exchange codes at once.
const connections = 8

// BenchmarkTokenExchange measures the token exchange over HTTP against the real binary on SQLite: client assertion, chain,
// PKCE, the spent code durable on disk, a signed ID Token. It reports the rate, and the rate as a multiple of the RSA-2048
// signatures per second that this machine makes in the same run with all its cores ("×sign"), since one such signature is
// in every exchange. The requests are prepared before the clock starts; the client shares the machine with the server.
func BenchmarkTokenExchange(b *testing.B) {
	p := newProvider(b)
	leaf := p.community.Leaf("https://bench.example")
	clientID := p.register(leaf, "https://bench.example/callback", allScopes)
	forms := prepare(b, p, leaf, clientID, b.N)

	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range connections {
		wg.Go(func() {
			c := dial(b, p.issuer)
			if c == nil {
				return
			}
			defer c.Close()
			for i := next.Add(1) - 1; i < int64(len(forms)); i = next.Add(1) - 1 {
				c.exchange(forms[i])
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "exchanges/s")
	b.ReportMetric(rate/signRate(b), "×sign")
}

// connection is a kept-alive connection to the token endpoint. It writes each request whole, so that the client takes little
// of the processor that it shares with the server.
type connection struct {
	net.Conn
	b      *testing.B
	host   string
	answer *bufio.Reader
}

func dial(b *testing.B, issuer string) *connection {
	host := strings.TrimPrefix(issuer, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		b.Error(err)
		return nil
	}
	return &connection{Conn: c, b: b, host: host, answer: bufio.NewReader(c)}
}

func (c *connection) exchange(form string) {
	if status, body := c.post("/token", "application/x-www-form-urlencoded", form); status != http.StatusOK {
		c.b.Errorf("%d %s", status, body)
	}
}

// post returns 0 when there is no answer.
func (c *connection) post(path, contentType, body string) (status int, answered []byte) {
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", path, c.host, contentType, len(body), body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	answer, err := http.ReadResponse(c.answer, nil)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer answer.Body.Close()
	if answered, err = io.ReadAll(answer.Body); err != nil {
		return 0, []byte(err.Error())
	}
	return answer.StatusCode, answered
}

// prepare puts n codes into the database, as the consent page would, and signs n assertions.
func prepare(b testing.TB, p *provider, leaf *udaptest.Leaf, clientID string, n int) []string {
	b.Helper()
	store, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(p.dir, "data", "udap-idp.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	session, _ := signedIn(b, store, p)

	forms := make([]string, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				code, err := issueCode(b.Context(), store, session, clientID, "https://bench.example/callback", time.Hour)
				if err != nil {
					b.Error(err)
					return
				}
				forms[i] = tokenForm(code, "https://bench.example/callback", leaf.Assertion(clientID, p.issuer+"/token")).Encode()
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return forms
}

// codeVerifier is the PKCE verifier of every code that issueCode makes.
var codeVerifier = strings.Repeat("v", 43)

// codeChallenge is that of codeVerifier (RFC 7636 §4.2).
func codeChallenge() string {
	sum := sha256.Sum256([]byte(codeVerifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// issueCode puts a code into the database, as the consent page would; it is good for the time given, which may be over.
func issueCode(ctx context.Context, store *sqlstore.Store, session idp.Session, clientID, redirectURI string, lives time.Duration) (string, error) {
	now := time.Now()
	token := idp.NewToken()
	request := idp.AuthRequest{ID: idp.NewID(), SessionID: session.ID, ClientID: clientID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	code := idp.Code{ID: token.ID, Hash: token.Hash(), ClientID: clientID, RedirectURI: redirectURI, RedirectURISent: true,
		CodeChallenge: codeChallenge(), Nonce: "n", Scopes: strings.Fields(allScopes), PersonID: session.PersonID, SessionID: session.ID,
		Authentication: *session.Authentication, CreatedAt: now, ExpiresAt: now.Add(lives)}
	if err := store.CreateAuthRequest(ctx, request); err != nil {
		return "", err
	}
	client, err := store.Client(ctx, clientID)
	if err != nil {
		return "", err
	}
	yes := idp.Agreement{Asked: true, Consent: idp.Consent{Sector: client.Sector(), Organization: client.Organization, Agreed: claims.Names()}}
	return token.String(), store.IssueCode(ctx, idp.Issue{RequestID: request.ID, SessionID: session.ID, Code: code, Agreement: yes, At: now})
}

// goodForm issues a code, and makes the request that redeems it.
func goodForm(store *sqlstore.Store, session idp.Session, leaf *udaptest.Leaf, clientID, issuer string) (url.Values, error) {
	const callback = "https://bench.example/callback"
	code, err := issueCode(context.Background(), store, session, clientID, callback, time.Hour)
	return tokenForm(code, callback, leaf.Assertion(clientID, issuer+"/token")), err
}

// tokenForm is a token request in which everything is right.
func tokenForm(code, redirectURI, assertion string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {codeVerifier},
		"client_assertion_type": {udap.AssertionType}, "client_assertion": {assertion}, "udap": {"1"},
	}
}

// signedIn makes a person with a browser that she is signed in with, and returns what the cookie of the browser says.
func signedIn(b testing.TB, store *sqlstore.Store, p *provider) (idp.Session, idp.Token) {
	b.Helper()
	id, link := p.invite("idial1.8")
	return browserOf(b, store, id, link)
}

// browserOf enrols the person who was invited, and signs her in.
func browserOf(b testing.TB, store *sqlstore.Store, id, link string) (idp.Session, idp.Token) {
	b.Helper()
	ctx, now := context.Background(), time.Now()
	invite, err := idp.ParseToken(link[strings.LastIndex(link, "/")+1:])
	if err != nil {
		b.Fatal(err)
	}
	cookie := idp.NewToken()
	// As if she had said when she was born.
	if err := store.OpenInvitation(ctx, idp.InvitationOpening{ID: invite.ID, SessionID: cookie.ID, Hash: invite.Hash(), At: now}); err != nil {
		b.Fatal(err)
	}
	passkey := idp.Passkey{ID: []byte(rand.Text()), PersonID: id, Name: "Bench", Credential: []byte("{}"), CreatedAt: now}
	err = store.EnrolPasskey(ctx, idp.Enrolment{InvitationID: invite.ID, InvitationHash: invite.Hash(), SessionID: cookie.ID, Passkey: passkey, At: now,
		Declaration: idp.Declaration{TextVersion: "1", Locale: "en", SignedAt: now}})
	if err != nil {
		b.Fatal(err)
	}
	session := idp.Session{ID: cookie.ID, Hash: cookie.Hash(), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := store.CreateSession(ctx, session); err != nil {
		b.Fatal(err)
	}
	auth := idp.Authentication{SID: idp.NewUUIDv4(), Time: now, AMR: []string{"pop", "mfa"}, PasskeyID: passkey.ID}
	err = store.SignInSession(ctx, idp.SignIn{SessionID: session.ID, OldHash: cookie.Hash(), NewHash: cookie.Hash(), PersonID: id, Authentication: auth,
		ExpiresAt: session.ExpiresAt, Passkey: idp.PasskeyUse{PasskeyID: passkey.ID, Credential: []byte("{}"), At: now}, At: now})
	if err != nil {
		b.Fatal(err)
	}
	session.PersonID, session.Authentication = id, &auth
	return session, cookie
}

// signRate is how many RSA-2048 signatures all cores together make in a second.
func signRate(b *testing.B) float64 {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	const lasting = 2 * time.Second
	var signed atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range connections {
		wg.Go(func() {
			for time.Since(begin) < lasting {
				if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
					b.Error(err)
					return
				}
				signed.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(signed.Load()) / time.Since(begin).Seconds()
}
