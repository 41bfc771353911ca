package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config is where the metrics come from. Every field but Now is required.
type Config struct {
	Version      string
	Certificates func(ctx context.Context) []Certificate // those of our communities
	Sources      func() []Source
	Messages     func(ctx context.Context) (Messages, error)
	Now          func() time.Time // nil: the system's clock
}

// Metrics counts, and answers scrapes. It is safe for use by many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	checks   *prometheus.CounterVec
	messages *prometheus.CounterVec
}

// New makes the metrics of one server.
func New(c Config) *Metrics {
	if c.Now == nil {
		c.Now = time.Now
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "udap_idp_http_requests_total", Help: "Requests answered, by method, route and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "udap_idp_http_request_duration_seconds", Help: "Time to answer a request, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "udap_idp_certificate_checks_total",
			Help: "Checks of data holders' certificates, by what they were for (registration, authentication) and outcome (trusted, untrusted, revoked, unchecked, error).",
		}, []string{"purpose", "outcome"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "udap_idp_messages_total",
			Help: "Tries to send a message to a person, by channel (email, sms) and outcome (sent, failed, given_up).",
		}, []string{"channel", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "udap_idp_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": utf8(c.Version)},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.checks, m.messages, build, &trust{c}, &outbox{c},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts one request. The route is a pattern of the router, never what a client wrote.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}

// CertificateCheck counts one check of a data holder's certificate.
func (m *Metrics) CertificateCheck(purpose, outcome string) {
	m.checks.WithLabelValues(purpose, outcome).Inc()
}

// Message counts one try to send a message.
func (m *Metrics) Message(channel, outcome string) {
	m.messages.WithLabelValues(channel, outcome).Inc()
}

// Handler answers GET /metrics and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
