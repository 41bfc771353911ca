package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// invention invents people, data holders and what happened, always the same for one seed and one size. Names are spread as real ones
// are: some that very many have, and a long tail that nobody shares.
type invention struct {
	*rand.Rand
	begin, end time.Time // in which everything happened
	step       time.Duration
	size       int // how many persons there will be
	clients    []string
	persons    []string
	clerks     []string
}

func newInvention(seed uint64, persons int, now time.Time) *invention {
	v := &invention{size: persons, Rand: rand.New(rand.NewPCG(seed, 20261127)), end: now.UTC().Truncate(time.Minute)}
	v.begin = v.end.AddDate(-2, 0, 0)
	v.step = v.end.Sub(v.begin) / time.Duration(max(1, persons))
	for range 20 {
		v.clerks = append(v.clerks, v.id(v.begin))
	}
	return v
}

// id is an id of a moment, as idp.NewID makes them.
func (v *invention) id(at time.Time) string {
	return fmt.Sprintf("%s7%03x-%04x-%012x", idp.FirstID(at)[:14], v.IntN(1<<12), 0x8000|v.IntN(1<<14), v.Uint64()>>16)
}

func (v *invention) uuid() string {
	a, b := v.Uint64(), v.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

var (
	inventedGiven = strings.Fields(`Maria James Jose Mary Juan Robert Luis Patricia Carlos John Ana Jennifer Jesus Michael Guadalupe Linda Miguel David
		Elizabeth Carmen William Rosa Barbara Antonio Richard Francisco Susan Alejandro Joseph Sofia Thomas Lucia Jessica Pedro Sarah Manuel Karen
		Charles Isabel Nancy Jorge Lisa Daniel Teresa Matthew Betty Ricardo Sandra Mark Elena Ashley Donald Veronica Emily Fernando Kimberly Paul`)
	inventedFamily = strings.Fields(`Garcia Smith Rodriguez Johnson Martinez Williams Hernandez Brown Lopez Jones Gonzalez Miller Perez Davis Sanchez
		Wilson Ramirez Anderson Torres Thomas Flores Taylor Rivera Moore Gomez Jackson Diaz Martin Reyes Lee Morales Thompson Cruz White Ortiz Harris
		Gutierrez Clark Chavez Lewis Ramos Robinson Ruiz Walker Mendoza Young Alvarez Allen Castillo King Jimenez Wright Vasquez Scott Romero Hill`)
	inventedSyllables = strings.Fields(`ma ri lo ga ten sha ko vi del ra ni to bel san ju pe zu kar mon eb wi thal or ski len dra fo qui nes val`)
	inventedCities    = strings.Fields(`Boston Reno Austin Tucson Denver Miami Fresno Laredo Tampa Omaha`)
)

// common chooses of a list as names are chosen: the first is had most often.
func (v *invention) common(list []string) string {
	return list[int(float64(len(list))*math.Pow(v.Float64(), 2.2))]
}

func (v *invention) rare(syllables int) string {
	text := ""
	for range syllables {
		text += inventedSyllables[v.IntN(len(inventedSyllables))]
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// person is the n-th person, without keys and identifier.
func (v *invention) person(n int) idp.Person {
	at := v.begin.Add(time.Duration(n) * v.step)
	d := idp.Demographics{
		GivenName: v.common(inventedGiven), FamilyName: v.common(inventedFamily), Sex: []string{"female", "male", "unknown"}[v.IntN(3)],
		Birthdate: time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, v.IntN(31_000)).Format(time.DateOnly),
		Phone:     fmt.Sprintf("+1%03d%07d", 202+v.IntN(700), 2_000_000+v.IntN(7_999_999)), Language: []string{"en", "es"}[v.IntN(2)],
		Address: idp.Address{Street: fmt.Sprintf("%d %s Street", 1+v.IntN(9999), v.rare(2)), City: inventedCities[v.IntN(len(inventedCities))], State: "MA",
			PostalCode: fmt.Sprintf("%05d", 1000+v.IntN(90_000)), Country: "US"},
	}
	if v.IntN(10) < 4 {
		d.FamilyName = v.rare(3 + v.IntN(3))
	}
	if v.IntN(20) == 0 {
		d.GivenName = v.rare(3)
	}
	if v.IntN(3) == 0 {
		d.MiddleName = v.common(inventedGiven)
	}
	d.Email = strings.ToLower(fmt.Sprintf("%s.%s.%d@example.org", d.GivenName, d.FamilyName, n))
	p := idp.Person{
		ID: v.id(at), UserHandle: []byte(v.uuid()), Role: idp.Patient, State: idp.PersonActive, Revision: 1, CreatedAt: at, UpdatedAt: at, Demographics: d,
		Attributes: idp.AttributesOf(d, idp.Attribute{Status: idp.SelfAsserted, ValidFrom: at.Format(time.DateOnly)}),
	}
	switch draw := v.IntN(100); {
	case draw < 30:
		p.Level = idp.IDIAL1_8
	case draw < 55:
		p.Level = idp.IDIAL2
	}
	switch draw := v.IntN(1000); {
	case draw < 5:
		p.State = idp.PersonSuspended
	case draw < 15:
		p.State = idp.PersonClosed
	}
	v.persons = append(v.persons, p.ID)
	return p.WithAttributes()
}

// proofing is the event that put a person at her level.
func (v *invention) proofing(p *idp.Person) idp.Proofing {
	at := p.CreatedAt.Add(time.Hour)
	e := idp.Proofing{
		ID: v.id(at), PersonID: p.ID, VerificationProcess: v.uuid(), Framework: idp.FrameworkIDI, Type: "in_person", Claimed: p.Level, Achieved: p.Level,
		Status: idp.ProofingInForce, StartedAt: at, CompletedAt: at.Add(time.Hour), ExpiresAt: at.AddDate(3, 0, 0), PerformedBy: v.clerks[v.IntN(len(v.clerks))],
		PerformedRole: "clerk", Evidence: []idp.Evidence{{Type: "driving_permit", IssuerCountry: "US", NumberEnd: fmt.Sprintf("%04d", v.IntN(10_000))}},
	}
	p.VerifiedAt, p.ExpiresAt, p.ProofingID = e.CompletedAt, e.ExpiresAt, e.ID
	return e
}

// passkeys are those of a person: four in five have one, some of them two.
func (v *invention) passkeys(p idp.Person) []idp.Passkey {
	var all []idp.Passkey
	for v.IntN(5) > len(all)*4 && len(all) < 2 {
		at := p.CreatedAt.Add(2 * time.Hour)
		k := idp.Passkey{ID: []byte(v.uuid()), PersonID: p.ID, Name: "iPhone", Credential: []byte("{}"), CreatedAt: at, BackupEligible: true, BackupState: true}
		if v.IntN(4) > 0 {
			k.LastUsedAt = at.Add(time.Duration(v.IntN(5000)) * time.Hour)
		}
		all = append(all, k)
	}
	return all
}

// inventedRare is how many there are of what is rare, however large the database: a page that shows it is as long, and can be compared.
const inventedRare = 120

// messages are those of the last month to the n-th person: nearly all went.
func (v *invention) messages(p idp.Person, n int) []idp.Message {
	every := max(1, v.size/inventedRare)
	lost := n%every == every/2
	if v.IntN(4) > 0 && !lost {
		return nil
	}
	at := v.end.Add(-time.Duration(v.IntN(29*24*60)) * time.Minute)
	m := idp.Message{ID: v.id(at), PersonID: p.ID, Channel: idp.ByEmail, To: p.Email, Kind: "new-device", Language: "en", CreatedAt: at, Tries: 1, SentAt: at.Add(time.Second)}
	if lost {
		m.SentAt, m.GaveUpAt, m.Failure = time.Time{}, at.Add(time.Hour), "550 no such user"
	}
	return []idp.Message{m}
}

// client is the n-th data holder.
func (v *invention) client(community string, n int) idp.Client {
	at := v.begin.Add(time.Duration(n) * time.Minute)
	name := v.rare(3) + " " + []string{"Hospital", "Clinic", "Health", "Medical Center"}[v.IntN(4)]
	uri := fmt.Sprintf("https://holder-%d.example/fhir", n)
	return idp.Client{
		ID: v.uuid(), CommunityID: community, URI: uri, Name: name + " portal", Organization: name, RedirectURIs: []string{uri + "/cb"}, Contacts: []string{"mailto:it@holder.example"},
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt", Scope: "openid udap", SoftwareStatement: "e30.e30.e30",
		CreatedAt: at, UpdatedAt: at,
	}
}

// attempts are those of a data holder in the last month.
func (v *invention) attempts(c idp.Client) []idp.Attempt {
	var all []idp.Attempt
	for range 5 {
		at := v.end.Add(-time.Duration(v.IntN(29*24*60)) * time.Minute)
		a := idp.Attempt{ID: v.id(at), Kind: idp.AttemptAuthentication, At: at, RequestID: v.number(), RemoteIP: fmt.Sprintf("192.0.2.%d", v.IntN(256)), Issuer: c.URI, ClientID: c.ID,
			CommunityID: c.CommunityID, Proved: true, Status: 200, Outcome: "authenticated", Count: 1, Checks: []idp.AttemptCheck{{Name: "signature", Outcome: idp.CheckPassed}}}
		if v.IntN(20) == 0 {
			a.Status, a.Outcome, a.Code, a.Description = 401, "refused", "invalid_client", "the assertion is too old"
		}
		all = append(all, a)
	}
	return all
}

// number is the number of a request, as a server gives them.
func (v *invention) number() string {
	const digits = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	text := make([]byte, 6)
	for i := range text {
		text[i] = digits[v.IntN(len(digits))]
	}
	return string(text[:4]) + "-" + string(text[4:])
}

// event is the n-th of so many events: most are people who sign in and share, one in ten is what somebody who works here did, nearly always
// that she looked at somebody.
func (v *invention) event(n, of int) idp.AuditEvent {
	at := v.begin.Add(time.Duration(float64(v.end.Sub(v.begin)) * float64(n) / float64(of)))
	e := idp.AuditEvent{At: at, RequestID: v.number(), IP: fmt.Sprintf("198.51.100.%d", v.IntN(256)), ID: v.id(at)}
	if len(v.persons) > 0 {
		e.PersonID = v.persons[v.IntN(len(v.persons))]
	}
	e.Actor = e.PersonID
	switch draw := v.IntN(1000); {
	case draw < 600:
		e.Action = "signin"
	case draw < 650:
		e.Action = "signin.refused"
	case draw < 850 && len(v.clients) > 0:
		e.Action, e.ClientID = "consent.allow", v.common(v.clients)
	case draw < 900:
		e.Action = "session.end"
	default:
		e.Actor = v.common(v.clerks)
		e.Action = []string{"person.view", "person.view", "person.view", "people.search", "proofing.complete"}[v.IntN(5)]
	}
	if every := max(1, of/inventedRare); n%every == every/2 {
		e.Actor, e.Action, e.ClientID, e.Detail = v.clerks[n/every%2], "identifier.read", "", `{"purpose":"support"}`
	}
	return e
}
