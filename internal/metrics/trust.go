package metrics

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Certificate is one certificate of a trust community.
type Certificate struct {
	Community string // its URI
	Kind      string // own, anchor, intermediate
	Subject   string
	SHA256    string // tells certificates of one subject apart
	NotAfter  time.Time
}

// Source is what is known from one revocation list, or about one certificate from a responder. Times are zero when there is
// nothing.
type Source struct {
	Kind, URL, Issuer   string
	Fetched, NextUpdate time.Time
	Fresh               bool // in force now
	Failed              bool // the last attempt
}

// trust makes the metrics of certificates and sources at each scrape.
type trust struct{ Config }

// scrapeTimeout is how long a scrape waits for the certificates: the database may be gone.
const scrapeTimeout = 5 * time.Second

var (
	sourceLabels = []string{"kind", "url", "issuer"}

	certificateLeft = prometheus.NewDesc("udap_idp_certificate_expires_seconds",
		"Seconds until a certificate of a trust community expires, ours included; negative once it has.",
		[]string{"community", "kind", "subject", "sha256"}, nil)
	sourceFresh = prometheus.NewDesc("udap_idp_revocation_source_fresh",
		"1 when all that is known from a source of revocation is in force.", sourceLabels, nil)
	sourceFailed = prometheus.NewDesc("udap_idp_revocation_source_failed",
		"1 when the last attempt at a source of revocation failed.", sourceLabels, nil)
	sourceAge = prometheus.NewDesc("udap_idp_revocation_source_age_seconds",
		"Seconds since the oldest evidence from a source of revocation was fetched.", sourceLabels, nil)
	sourceLeft = prometheus.NewDesc("udap_idp_revocation_source_next_update_seconds",
		"Seconds until the first evidence from a source of revocation goes out of date; negative once it has.", sourceLabels, nil)
)

// Describe implements prometheus.Collector.
func (t *trust) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{certificateLeft, sourceFresh, sourceFailed, sourceAge, sourceLeft} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (t *trust) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		for i := range labels {
			labels[i] = utf8(labels[i])
		}
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	certificates, now := t.Certificates(ctx), t.Now()
	seen := map[Certificate]bool{} // one series twice would fail the whole scrape
	for _, c := range certificates {
		left := c.NotAfter.Sub(now).Seconds()
		c.NotAfter = time.Time{}
		if !seen[c] {
			seen[c] = true
			gauge(certificateLeft, left, c.Community, c.Kind, c.Subject, c.SHA256)
		}
	}
	for name, s := range together(t.Sources()) {
		labels := func() []string { return []string{name.kind, name.url, name.issuer} }
		gauge(sourceFresh, one(s.Fresh), labels()...)
		gauge(sourceFailed, one(s.Failed), labels()...)
		if !s.Fetched.IsZero() {
			gauge(sourceAge, now.Sub(s.Fetched).Seconds(), labels()...)
			gauge(sourceLeft, s.NextUpdate.Sub(now).Seconds(), labels()...)
		}
	}
}

type sourceName struct{ kind, url, issuer string }

// together makes one of what is known from one address: a responder has an answer for every certificate. The worst counts.
func together(all []Source) map[sourceName]Source {
	sources := map[sourceName]Source{}
	for _, s := range all {
		name := sourceName{utf8(s.Kind), utf8(s.URL), utf8(s.Issuer)}
		if before, ok := sources[name]; ok {
			s.Fresh = s.Fresh && before.Fresh
			s.Failed = s.Failed || before.Failed
			s.Fetched = earlier(s.Fetched, before.Fetched)
			s.NextUpdate = earlier(s.NextUpdate, before.NextUpdate)
		}
		sources[name] = s
	}
	return sources
}

// earlier of two times; a zero one does not count.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// utf8 makes a label of text out of a certificate: the format allows no other.
func utf8(text string) string { return strings.ToValidUTF8(text, "?") }
