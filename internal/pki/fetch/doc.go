// Package fetch owns the requests that other people's certificates make us send: for revocation lists, for issuers'
// certificates and to OCSP responders. It does not know what it brings back: whoever asks parses and verifies it.
//
// # What a stranger can do with such a request
//
// The address stands in a certificate, so it must be taken for an attack until shown otherwise:
//
//   - Only http and https, without a user name, and to no address that is loopback, private, shared (CGNAT), link-local,
//     multicast, unspecified, reserved, or one of these inside an IPv6 form of IPv4. What is checked is the address that the
//     socket connects to, after DNS, in the call that connects: a name that changes between a check and the connection
//     gains nothing. Redirects, three at most, go the same way. The operator may allow host names and prefixes.
//   - No proxy of the environment is used, which would connect for us; no cookies, no referrer, no compression.
//   - A body is read up to a limit, never further, and everything of one request together has ten seconds, or Options.Timeout.
//   - Only so many requests are under way at once, and those for the same thing are one. Requests that strangers can
//     cause before they are trusted (issuers' certificates) belong in a Fetcher of their own, so that they cannot keep
//     revocation lists waiting.
//
// Failures are *Error, with one of the sentinels of this package behind it.
package fetch
