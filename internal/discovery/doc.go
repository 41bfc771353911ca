// Package discovery answers /.well-known/udap: what the provider can do, and signed_metadata that proves it belongs to a
// trust community (UDAP Security IG §2).
//
// It owns the HTTP of that document, the community parameter and the cache of what was signed. It does not own what the
// document says (udap) or our certificates (pki, through Trust).
//
// A relying party may name the community it wants to trust us in. Where we hold a certificate of it, that one signs, and the
// document says what the operator has decided for that community; where we do not, the default metadata is the answer, one of
// the two that UDAP Security IG §2.4 permits: real relying parties give up on any status but 200, and may trust the default
// certificate all the same. The operator may choose the other, or the 404 of the guide's first version.
//
// # Security design
//
// Anybody may ask, so a request must not cost a signature: what was signed is kept per certificate chain and settings, and
// made anew once an hour. It is good for a day, so an answer in a cache between us and the relying party never outlives it. The
// number of things kept is the number of our certificates; a community that somebody makes up takes no room.
package discovery
