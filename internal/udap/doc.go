// Package udap is the UDAP profile as pure functions: software statements, client assertions, the x5c header, Subject
// Alternative Names, the server's metadata, the signer of our own JWTs and the errors of the wire.
//
// It owns what a message must look like and what it must say. It does not own trust (pki decides whether a chain leads
// to an anchor), state (the store remembers jti and clients) or HTTP (registration, discovery and provider). It does no
// I/O and reads no clock: every time is passed in. It keeps no state but headers of JWTs that it has read before, which
// changes no answer (headerMemory). It imports go-jose and the standard library only.
//
// # A message, step by step
//
// ParseJWT reads the shape: size, compact serialisation, algorithm, certificate chain. VerifySignature proves that the
// key of the first certificate signed it. ParseSoftwareStatement and ParseClientAssertion do both and read the claims.
// Validate compares the claims with where and when the message arrived. Then, and outside this package, the chain is
// led to an anchor and the jti is recorded. SoftwareStatement.Registration comes last: a stranger learns nothing about
// what the registration policy would have said.
//
// # Security design
//
// Until the chain is proved every byte was written by a stranger. So:
//
//   - One parser. The bytes that are verified are the bytes that are read: headers and claims come from our own reading
//     of the very text the signature covers, and no second library looks at them. Names are case-sensitive, a name that
//     occurs twice is refused (RFC 7515 §4, RFC 7519 §4), and so is text that is not UTF-8: two readers of one message
//     cannot see two messages.
//   - One key. The signature is checked with the key of x5c[0] and nothing else. jwk, jku, x5u and kid never choose a
//     key; the other certificates of x5c are candidates for path building and nothing more. The key's type must fit the
//     algorithm, which comes from a list of four: neither none nor an HMAC can be asked for.
//   - One certificate. What stands behind x5c[0] may be a root, out of order or not a certificate at all; what cannot be
//     read is dropped, and at most ten entries are looked at.
//   - Bounds before work: 64 KiB for a JWT, RSA keys of 2048 to 8192 bits, 512 bytes for a jti, 2048 for a URI.
//   - What is remembered proves nothing. A header that came before is not read again: its algorithm and certificates are a
//     function of its text. Signature, claims, dates and trust are looked at each time, and strangers cannot fill the memory:
//     512 headers of at most 16 KiB.
//   - Names by bytes. A URI SAN is compared as it stands in the certificate, because the URL type of the standard library
//     writes some of them differently from how it read them (UDAP Security IG §7.1.5: no transformation).
//   - What came in is quoted back cut short and reduced to printable ASCII, and the text of an inner error never is.
//
// # Clocks
//
// exp is taken at its word: a message is dead at exp (RFC 7519 §4.1.4), so its jti may be used again from exp on, as UDAP
// Security IG §7.1.4 demands, and need not be kept longer. iat may lie up to ClockSkew ahead of our clock.
package udap
