// Package server puts the rooms behind one HTTP server: every route on one screen (routes.go), what happens to every
// request on its way in and out, TLS, health and shutdown.
//
// It owns the request number, the access log, the answer to a panic, an unknown address, a wrong method and an error
// that a page handler returns, the response headers that hold for everything, the trust in proxies, and the life of the
// listener. It does not own any protocol message or page: those arrive as handlers.
//
// A request passes, in this order:
//
//	number      a short number that a person can read out, in the log, in X-Request-Id and on the problem page
//	address     the client's address, taken from X-Forwarded-For only when a trusted proxy sent it
//	log         one line when it is done: method, pattern, status, duration
//	headers     what every answer carries
//	recovery    a panic becomes a 500 and a log line with the same number
//	base        the path of the issuer is taken off, and a doubled slash in front
//	mux         the routes; the form posts behind http.CrossOriginProtection
//
// # What is never logged
//
// The log has the pattern of the route and never the path, because an invitation's secret is in the path; never the
// query, where state, code and client assertions travel; never a header or a body; and no client address.
//
// # Cross-origin requests
//
// The form posts of the pages (enrolment, sign-in, consent, sign-out) are refused when a browser says that another
// origin sent them. The endpoints of the protocol are exempt: /token, /register and /userinfo carry no cookie, and
// /authorize is a cross-site request by its nature; it changes nothing but a pending request of the browser itself.
package server
