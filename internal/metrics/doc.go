// Package metrics owns what a monitoring system reads: it counts requests and checks of certificates, asks for what is known of
// certificates and sources of revocation at each scrape, and writes all of it in Prometheus' format. It is the one address of
// that library. It does not open a listener, and knows neither the domain nor trust: what it shows arrives as plain values.
//
// No label holds anything of a person or of a request besides its method, route and status: routes are the patterns of the
// router, so that a stranger cannot make series. The other labels come from the certificates of our communities and of their
// members.
package metrics
