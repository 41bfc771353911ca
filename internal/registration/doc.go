// Package registration is the registration endpoint: UDAP Dynamic Client Registration, by which a data holder introduces
// itself with a signed software statement, changes what it said, and takes it back.
//
// It owns the HTTP of the endpoint, the order of the checks and the answer. It does not own what a statement must say
// (udap), whom we trust (pki, through Trust) or what is stored (idp.Store, through Store).
//
// # Order
//
// Media type and JSON; udap; the statement's shape, algorithm and certificates; its signature; iss, sub, aud, iat and exp,
// jti; trust; replay; parameters and scopes; certifications; the store. Each step sees only what passed the one before.
//
// # Security design
//
// The endpoint is open to anybody, because every member of a trust community may register. What keeps strangers out is the
// chain, so nothing that costs or lasts happens before it is proved: no jti is recorded (a stranger could burn another's)
// and no parameter is judged (a stranger learns nothing of the policy). What is read before is bounded at 64 KiB.
//
// The identity of a registration is the pair of trust community and iss (UDAP Security IG §3.4). The community comes from
// the chain and from nothing in the request, so a certificate of one community can never touch a registration of another,
// not even with the same iss. Making, replacing and cancelling are each one atomic call of the store: of a hundred
// requests at once one makes the client, and all get its client_id.
//
// Members beside the software statement are not signed. They are ignored (UDAP Dynamic Client Registration §3), but for
// certifications, which are signed by themselves. Those that the community does not support are ignored (UDAP Security IG
// §3.3), before their signature is looked at; of the others each is checked by itself, and one that is not good is left out,
// unless it is required. Its jti is no sign of replay: a certification is shown again and again. Nothing that a statement
// names is fetched; of what a certification names, only the status endpoint, and only after its certifier is trusted.
//
// What the operator allows beside the strict reading (http redirect URIs to the client's own machine) depends on the community
// and on the client that is registered already, and each use is recorded by attempt.allowed.
//
// A refusal (400) tells the client not to come back with the same; a failure of ours is never reported as one: when trust
// cannot be determined the answer is 503, and when the store fails it is 500, with the cause in the log only. Each
// request is recorded with every step it took (attempts); the log holds the outcome, the community and the claimed iss,
// reduced to printable ASCII and cut short.
package registration
