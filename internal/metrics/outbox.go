package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Messages are those to people that an operator should know of.
type Messages struct {
	Waiting, Failing int64     // on their way; those of them that a try has failed for
	GivenUp          int64     // in the last day
	Oldest           time.Time // when the oldest that waits was made; zero when none does
}

// outbox makes the metrics of messages at each scrape.
type outbox struct{ Config }

var (
	messagesWaiting = prometheus.NewDesc("udap_idp_messages_waiting", "Messages to people that have not been sent yet.", nil, nil)
	messagesFailing = prometheus.NewDesc("udap_idp_messages_failing", "Messages that wait after a try that failed.", nil, nil)
	messagesGivenUp = prometheus.NewDesc("udap_idp_messages_given_up", "Messages that were given up in the last 24 hours.", nil, nil)
	messagesAge     = prometheus.NewDesc("udap_idp_messages_oldest_age_seconds", "Age of the oldest message that waits; 0 when none does.", nil, nil)
)

// Describe implements prometheus.Collector.
func (o *outbox) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{messagesWaiting, messagesFailing, messagesGivenUp, messagesAge} {
		out <- d
	}
}

// Collect implements prometheus.Collector. Messages that cannot be counted have no metrics, so that an alarm on their
// absence can be set.
func (o *outbox) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	m, err := o.Messages(ctx)
	if err != nil {
		return
	}
	var age float64
	if !m.Oldest.IsZero() {
		age = o.Now().Sub(m.Oldest).Seconds()
	}
	for d, value := range map[*prometheus.Desc]float64{
		messagesWaiting: float64(m.Waiting), messagesFailing: float64(m.Failing), messagesGivenUp: float64(m.GivenUp), messagesAge: age,
	} {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
}
