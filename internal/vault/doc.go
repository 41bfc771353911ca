// Package vault owns the master key and what is sealed under it: the private keys of our certificates. It knows neither
// the domain nor SQL; who stores the sealed bytes is not its business.
//
// # The master key
//
// It is 32 random bytes, written in base64 or hex. It is given as text from outside, or is the content of a file of mode
// 0600 beside the data. A file that the group or others can read is refused: an error at the first start is cheaper than
// a key that was readable for a year.
//
// # Proving the key
//
// Open reads the key and Unlock proves it, and nothing can be sealed or unsealed in between. Unlock looks for a sealed
// canary in the store:
//
//	canary  key      what happens
//	there   there    it must unseal: otherwise ErrWrongKey
//	there   missing  ErrMissingKey: the data was made with a key that is not here
//	none    there    the canary is written
//	none    missing  the key file is made, if that is allowed, and then the canary is written
//
// So a new key is made only for a store that never had one, and a lost key file is an error instead of a second key that
// opens nothing. A key file is written under another name, flushed, and linked to its name, which succeeds once; the
// canary is put into the store once. Of two processes that start together on fresh data, the second uses what the
// first one made, at both steps; should they have made different keys, on two machines with one database, one of them
// fails with ErrWrongKey and has sealed nothing.
//
// # Sealing
//
// A sealed value is a version byte, a random nonce of 12 bytes and AES-256-GCM's output. Each purpose ("vault.canary",
// "community key") has a key of its own, derived by HKDF-SHA256 (RFC 5869), and is authenticated together with the version as additional
// data: a value moved to another purpose does not unseal. A purpose is a fixed word of the program, never data from
// outside. NIST SP 800-38D §8.3 bounds random nonces at 2^32 values per key, which the handful of private keys stay far below.
package vault
