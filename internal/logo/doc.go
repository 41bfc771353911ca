// Package logo shows the pictures that data holders registered (logo_uri), small and from our own origin.
//
// It owns when a picture is fetched, what of it is kept and how it is served. It does not own the way out (Config.Fetch is a
// guarded one) or which data holder is shown.
//
//	logo.go    Logos: fetched once, kept in memory, bounded
//	picture.go decoded, made small and written anew
//	serve.go   GET /logo/{name}
//
// # Security design
//
// An address in a registration is a stranger's, and what is there may change. A browser never goes there: it would tell the data
// holder, or whoever runs that address, who reads the page and when. We go there, only when a signed-in person is about to read
// a page that shows the picture, through a door that leads to no inner address, once a day at most for each address, and once in
// a quarter of an hour when it failed. Serving fetches nothing, so that nobody who is not signed in makes us fetch anything.
//
// What comes back is decoded as PNG or JPEG and nothing else, if its size in bytes and its dimensions, read first, are small
// enough; then it is made smaller and encoded by us. No byte of the original is served: no script of an SVG, no second format
// hidden in the first, no metadata. It is served as an image that may not be sniffed, with a policy that lets it do nothing.
//
// Whatever goes wrong is no picture, and the page shows the organization's initials.
package logo
