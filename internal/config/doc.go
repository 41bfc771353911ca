// Package config owns the settings that every command shares: what they are called, where they may come from, which
// values are good and which contradict each other. It opens no database, key or socket: it reads the optional
// configuration file and the file that database-file names, and nothing else.
//
// One struct, Settings, is the list. A setting called data-dir is the flag --data-dir, the environment variable
// UDAP_IDP_DATA_DIR and the member "data-dir" of the configuration file. Resolve merges them, in this order of
// precedence:
//
//	flag > environment > configuration file > default
//
// and gives a Config with typed values. Validate then asks for what a server needs on top of that. Describe lists every
// setting with its value and where it came from.
//
// # What is refused
//
// A setting that was misspelt must not silently leave its default standing, so an unknown flag (by the command parser),
// an unknown UDAP_IDP_ variable and an unknown member of the file are errors that name the nearest known one. An empty
// environment variable counts as not set, because compose files and unit files write those; an empty flag or member is
// an error. Every message begins with the name of the setting as the operator wrote it: "--issuer", "UDAP_IDP_ISSUER" or
// "issuer in udap-idp.json".
//
// # Secrets
//
// The master key is never a flag, because every user of the machine can read those, nor a member of the configuration
// file, which is shown around: it is the content of the file that master-key-file names, or the variable
// UDAP_IDP_MASTER_KEY. The database URL may hold a password; database-file names a file with the URL in it. A secret
// given both ways is a contradiction wherever the two come from, and is refused. Printing a Config hides its secrets.
//
// # Transport
//
// Ordinary http serves loopback only. An https issuer may be served without a certificate of our own when a proxy ends
// TLS in front of us: on a loopback address, or with trusted-proxies set. trusted-proxies also says whose
// X-Forwarded-For and X-Forwarded-Proto are believed; a range of everyone is refused.
package config
