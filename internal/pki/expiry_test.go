package pki

import (
	"testing"
	"time"

	"udap-idp/internal/udap"
)

func TestLevelsOfExpiry(t *testing.T) {
	t.Parallel()
	cases := []struct {
		left time.Duration
		want Level
		days int
	}{
		{61 * Day, Fine, 61}, {60*Day + time.Second, Fine, 60}, {60 * Day, Within60, 60}, {30*Day + time.Second, Within60, 30},
		{30 * Day, Within30, 30}, {7*Day + time.Second, Within30, 7}, {7 * Day, Within7, 7}, {Day, Within7, 1},
		{time.Second, Within7, 0}, {0, Within7, 0}, {-time.Second, Over, -1}, {-Day, Over, -1}, {-Day - time.Second, Over, -2},
	}
	for _, tc := range cases {
		if got := LevelOf(tc.left); got != tc.want {
			t.Errorf("%v left: level %d, want %d", tc.left, got, tc.want)
		}
		if got := DaysLeft(tc.left); got != tc.days {
			t.Errorf("%v left: %d days, want %d", tc.left, got, tc.days)
		}
	}
}

func TestExpiriesOfEveryCertificate(t *testing.T) {
	t.Parallel()
	until := func(days int) change { return dates(now.AddDate(-1, 0, 0), now.Add(time.Duration(days)*Day)) }
	root := newCA(t, nil, "Root", until(59))
	between := newCA(t, root, "Between", until(29))
	own := newLeaf(t, between, until(-1))
	all := Expiries([]Community{
		{ID: "1", URI: "udap://one", Anchors: certs(root), Intermediates: certs(between), Signers: []*udap.Signer{signerOf(t, own)}},
		{ID: "2", URI: "udap://two", Anchors: certs(root)},
	}, now)
	want := []Expiry{
		{Community: "udap://one", CommunityID: "1", Kind: KindOwn, Subject: "CN=General Hospital", Days: -1, Level: Over},
		{Community: "udap://one", CommunityID: "1", Kind: KindIntermediate, Subject: "CN=Between", Days: 29, Level: Within30},
		{Community: "udap://one", CommunityID: "1", Kind: KindAnchor, Subject: "CN=Root", Days: 59, Level: Within60},
		{Community: "udap://two", CommunityID: "2", Kind: KindAnchor, Subject: "CN=Root", Days: 59, Level: Within60},
	}
	if len(all) != len(want) {
		t.Fatalf("%d, want %d: %+v", len(all), len(want), all)
	}
	for i, got := range all {
		if len(got.SHA256) != 64 || got.NotAfter.IsZero() {
			t.Errorf("%+v", got)
		}
		got.SHA256, got.NotAfter = "", time.Time{}
		if got != want[i] {
			t.Errorf("got %+v, want %+v", got, want[i])
		}
	}
}

func TestCertificateWithASuccessorIsReplaced(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	leaf := func(from, until int) *node {
		return newLeaf(t, root, dates(now.AddDate(0, 0, from), now.AddDate(0, 0, until)))
	}
	ending := leaf(-100, 5)
	for name, tc := range map[string]struct {
		other *node
		want  bool
	}{
		"valid already":         {leaf(-1, 300), true},
		"begins in time":        {leaf(4, 300), true},
		"begins a day too late": {leaf(6, 300), false},
		"ends earlier":          {leaf(-100, 4), false},
	} {
		for _, e := range Expiries([]Community{{Signers: []*udap.Signer{signerOf(t, ending), signerOf(t, tc.other)}}}, now) {
			if e.Days == 5 && e.Replaced != tc.want {
				t.Errorf("%s: replaced %v, want %v", name, e.Replaced, tc.want)
			}
		}
	}
}
