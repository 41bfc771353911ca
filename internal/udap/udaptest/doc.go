// Package udaptest makes a throw-away trust community for a test: a root, an intermediate, leaf certificates, CRLs, OCSP
// responders and the authorities' certificates served on loopback, as they should be or as Behaviour says, and signed statements and assertions with good values that a test then
// spoils one by one.
//
// It is for tests only. The certificates come from authority; nothing here is trusted by anybody but the test.
package udaptest
