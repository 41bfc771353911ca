// Package brand is how the operator looks: a logo and a primary colour, made into files that every page can use.
//
// It owns the check of both and the two files that come of them, below /brand/, with hashed addresses like every other static
// file. It does not own the style sheet: brand.css sets three of its custom properties and nothing else, because the content
// security policy of the pages allows no style in a page.
//
//	brand.go    New: settings -> a Brand with its addresses and its handler
//	color.go    the primary colour: contrast by WCAG 2.2, its shades in the light and the dark scheme
//	logo.go     the logo: a PNG that can be read, or an SVG that only draws
//
// # Security
//
// A logo is a file of the operator's and still not trusted: she got it from somebody. An SVG is a document that can run scripts,
// load other files and draw over its borders. One that does more than draw is refused at the start, with the element that is in
// the way, and pages show it as an image, where no script runs at all. Opened by its own address it is sandboxed and may load nothing.
package brand
