package main

import (
	"crypto/x509"
	"net/http"

	"udap-idp/internal/dataholder"
	"udap-idp/internal/udap"
)

// hospitalRecords are the hospital's own patients, kept apart from what the provider knows: one of them is the sample
// patient, and one has her name and another birthdate.
var hospitalRecords = []dataholder.Record{
	{
		ID: "GH-100482", GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1984-06-12",
		Address: dataholder.Address{Street: "12 Chestnut Street", City: "Boston", State: "MA", PostalCode: "02108"},
		Phone:   "+16175550142", Email: "maria.garcia@example.org",
	},
	{
		ID: "GH-100213", GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1951-11-30",
		Address: dataholder.Address{Street: "480 Beacon Street", City: "Boston", State: "MA", PostalCode: "02115"},
		Phone:   "+16175550119",
	},
	{
		ID: "GH-100951", GivenName: "Daniel", FamilyName: "Osei", Birthdate: "1984-06-12",
		Address: dataholder.Address{Street: "77 Warren Avenue", City: "Boston", State: "MA", PostalCode: "02116"},
		Email:   "daniel.osei@example.org",
	},
	{
		ID: "GH-101377", GivenName: "Linh", FamilyName: "Tran", Birthdate: "2001-09-04",
		Address: dataholder.Address{Street: "5 Dorchester Street", City: "Quincy", State: "MA", PostalCode: "02169"},
		Phone:   "+16175550163", Email: "linh.tran@example.org",
	},
}

// hospital is the sample data holder, with the community's revocation list beside its own pages.
func (c *demoCommunity) hospital(s *site, p *ports) (http.Handler, error) {
	signer, err := udap.NewSigner(c.theirs.Chain, c.theirs.Key)
	if err != nil {
		return nil, err
	}
	hospital, err := dataholder.New(dataholder.Config{
		BaseURL:          p.hospitalURL,
		Name:             hospitalName,
		Signer:           signer,
		Anchors:          []*x509.Certificate{c.authority.Certificate},
		Community:        c.uri,
		Contacts:         []string{"mailto:records@hospital.example.org"},
		Records:          hospitalRecords,
		IdentityProvider: p.issuer,
		Logger:           s.log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+demoCRLPath, c.serveCRL)
	mailbox{s}.routes(mux)
	mux.Handle("/", hospital.Handler())
	return mux, nil
}
