// Package revocation owns the question whether the certificates of a path are revoked: it fetches, verifies, keeps and
// refreshes revocation lists (CRLs, RFC 5280) and answers of OCSP responders (RFC 6960). It does not build paths, and knows
// no communities: whoever asks brings a path and a Policy.
//
// UDAP Security IG §7.1.6: the consumer checks the validity and revocation of all certificates of a chain. That is every
// one below the anchor; an anchor is trusted because an operator says so and is withdrawn by the operator.
//
// # Evidence
//
// Evidence is a list or an OCSP answer. It must be signed by the issuer of the certificate asked about, with SHA-256 or better,
// and is verified before it is kept, and again after it was read from disk: a folder that somebody tampered with can at most
// withhold evidence, or bring back older evidence that is still in force.
//
//   - A list, in DER or PEM, is complete: delta lists, indirect lists, lists for some reasons only and lists with a
//     critical extension that is not understood are refused. One that is divided by distribution point, or into users and
//     CAs, counts for the certificates of its part only. Its issuer is the certificate's, whose key usage must allow it to sign
//     lists. A list with a lower number than the last one, or the same number and an earlier date, is refused, so
//     that nobody on the way can take a revocation back.
//   - An OCSP answer is signed by the issuer itself or by a certificate it has issued with the usage id-kp-OCSPSigning.
//     That certificate is trusted for as long as it is valid; its own revocation is not looked into, so authorities
//     keep it short-lived (RFC 6960 §4.2.2.2.1). No nonce is sent: answers are kept, and their dates bound their age.
//
// Of a certificate's sources the lists come first, because one serves all certificates of an issuer and tells nobody who is
// being checked; OCSP is asked where no list answers. "Revoked" from any evidence is final, even from a list that has gone out
// of date.
//
// # Age
//
// Evidence is in force from its thisUpdate until its nextUpdate. It is asked for anew after Options.Interval all the same,
// because an authority may publish a revocation ahead of time: this is how long a revoked certificate may still
// pass while its list can be reached. Run does it in the background before either moment comes, so that callers do
// not wait; without it, or when it failed, the next caller does, at most twice per minute for each source. While asking
// fails, evidence in force still counts. A caller waits Options.Wait for all sources of a certificate together, however many
// it names; an attempt that takes longer goes on without him.
//
// # What it comes to
//
// Check says nil, *Revoked or *Unchecked. The last two must not be mixed up: after the first a UDAP client may not try again
// (UDAP Dynamic Client Registration §5.2), while the second is our inability, usually a passing one.
//
//   - HardFail: without evidence in force the answer is *Unchecked.
//   - SoftFail: so it is, but evidence that went out of date no longer than Policy.Grace ago still counts. A
//     certificate of which nothing was ever known does not pass, and "unknown" of a responder is no reason to use older
//     evidence.
//   - NoCheck: nothing is asked and everything passes.
//
// A certificate that names no source, neither a distribution point with http(s) nor a responder, cannot be checked, and is
// *Unchecked with Permanent set; Policy.AllowWithoutSource lets it pass.
package revocation
