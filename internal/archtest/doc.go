// Package archtest owns the tests of the house itself: who may import whom, that docs/requirements.md names files and tests that
// exist, and how long a file may be. It has no code that runs; docs/architecture.md explains the rules it checks.
package archtest
