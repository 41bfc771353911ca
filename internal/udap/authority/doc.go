// Package authority makes a certification authority at run time: a root, intermediates, leaf certificates whose Subject
// Alternative Name holds exactly the URIs it was given, and certificate revocation lists.
//
// It is for communities that live no longer than the process: those of the tests (udaptest) and of the demo. It does not
// serve what it makes, keeps nothing on disk and is no place for a key that matters: a real trust community has its own
// authority, and this provider never issues certificates for one.
package authority
