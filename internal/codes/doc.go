// Package codes makes the codes that people read, copy and type: of signs that are not mistaken for one another, in groups, and
// taken back however they were written.
//
// It does not keep codes, send them or judge how often one may be tried.
package codes
