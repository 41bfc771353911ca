// Package e2e walks the whole journey as its users do: the real binary, a real Chromium with a virtual authenticator, a
// data holder on the other side of the wire. It holds tests and benchmarks only.
package e2e
