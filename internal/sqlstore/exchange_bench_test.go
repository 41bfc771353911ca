package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// BenchmarkExchangeWrites does what a token exchange writes (a jti, a code redeemed) with 8 callers at once, on SQLite with
// and without group commit, and reports the rates and their ratio.
func BenchmarkExchangeWrites(b *testing.B) {
	grouped := exchanges(b, maxBatch)
	single := exchanges(b, 1)
	b.ReportMetric(grouped, "grouped/s")
	b.ReportMetric(single, "single/s")
	b.ReportMetric(grouped/single, "ratio")
	b.ReportMetric(0, "ns/op") // of both kinds together: says nothing
}

// exchanges is the number of exchanges per second with that many verbs in a commit.
func exchanges(b *testing.B, batch int) float64 {
	b.Helper()
	s, err := openSQLite(context.Background(), filepath.Join(b.TempDir(), "bench.db"), batch)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	work := issued(b, s, b.N)
	var next atomic.Int64
	var callers sync.WaitGroup
	begin := time.Now()
	for range 8 {
		callers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(work)); i = next.Add(1) - 1 {
				if err := exchange(s, work[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	return float64(len(work)) / time.Since(begin).Seconds()
}

func exchange(s *Store, r idp.Redemption) error {
	ctx := context.Background()
	err := s.UseJTI(ctx, r.ClientID, idp.NewUUIDv4(), r.At.Add(time.Minute), r.At)
	_, _, err2 := s.RedeemCode(ctx, r)
	return errors.Join(err, err2)
}

// issued makes n codes of one signed-in browser, ready to be redeemed.
func issued(b *testing.B, s *Store, n int) []idp.Redemption {
	b.Helper()
	ctx, now := context.Background(), time.Now()
	client, _, err := s.RegisterClient(ctx, idp.Client{ID: idp.NewUUIDv4(), CommunityID: "c", URI: "https://hospital.example", CreatedAt: now})
	if err != nil {
		b.Fatal(err)
	}
	invitation := idp.NewToken()
	person := idp.Person{ID: idp.NewID(), UserHandle: []byte(idp.NewUUIDv4()), Role: idp.Patient, CreatedAt: now}
	err = s.CreatePerson(ctx, person, idp.Invitation{ID: invitation.ID, Hash: invitation.Hash(), PersonID: person.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	cookie := idp.NewToken()
	authentication := idp.Authentication{SID: idp.NewUUIDv4(), Time: now, AMR: []string{"pop", "mfa"}}
	err = s.CreateSession(ctx, idp.Session{ID: cookie.ID, Hash: cookie.Hash(), PersonID: person.ID, Authentication: &authentication,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	consent := idp.Consent{ID: idp.NewID(), Sector: client.Sector(), Organization: "General Hospital", Agreed: []string{"name"}}
	work := make([]idp.Redemption, n)
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := consentOf(ctx, q, idp.Issue{Code: idp.Code{PersonID: person.ID}, Agreement: idp.Agreement{Asked: true, Consent: consent}, At: now})
		if err != nil {
			return err
		}
		for i := range work {
			code, access := idp.NewToken(), idp.NewToken()
			err := insertCode(ctx, q, idp.Code{ID: code.ID, Hash: code.Hash(), ClientID: client.ID, RedirectURI: "https://hospital.example/callback",
				CodeChallenge: "c", Scopes: []string{"openid", "udap"}, PersonID: person.ID, SessionID: cookie.ID,
				Authentication: authentication, ConsentID: consent.ID, Agreed: consent.Agreed, CreatedAt: now, ExpiresAt: now.Add(time.Hour)})
			if err != nil {
				return err
			}
			work[i] = idp.Redemption{Code: code, ClientID: client.ID, CodeChallenge: "c", At: now,
				Release: idp.Release{ID: idp.NewID(), Claims: consent.Agreed},
				Access:  idp.AccessToken{ID: access.ID, Hash: access.Hash(), CreatedAt: now, ExpiresAt: now.Add(5 * time.Minute)}}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return work
}
