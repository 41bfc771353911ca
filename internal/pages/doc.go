// Package pages turns what the rooms know into HTML: one struct and one method per page, in the reader's language.
//
// It owns the templates' data, the words (web/locales), the language of a page and the headers that every page carries.
// It does not own what is decided: a room says which page, with which values and which problem, and answers the forms.
// It knows neither the store nor the protocol.
//
//	pages.go     Pages, New, and the way every page is rendered: to a buffer first, then headers, status, body
//	headers.go   the security headers
//	language.go  which language a request gets
//	catalog.go   the translations, and dates as each language writes them
//	details.go   the personal details as consent, account and enrolment show them
//	letter.go    notifications of a proofing: the letter, and the text of a message
//	parts.go     the structs of the parts that pages share (web/templates/parts.html)
//	theme.go     light or dark, as the reader chose
//	number.go    numbers, and texts that count, as each language writes them
//	home.go repudiate.go invitation.go sign_in.go consent.go account.go admin.go problem.go   the pages
//
// # Security
//
// Everything that comes from outside reaches a page through html/template, which escapes it for the place where it
// stands; no text is ever marked
// as safe (of a telephone number the digits are, for a tel: link, and in a letter, which is no page but a file, our own style). The options of a passkey ceremony stand in a script element of type
// application/json, which browsers do not execute.
//
// The content security policy forbids everything but our own style sheet, scripts and images, and every frame around
// us (OpenID Connect Core §3.1.2.3 and RFC 6749 §10.13: clickjacking of login and consent). Nothing is inline, so an
// injected script or style does not run. Forms post to ourselves. The one exception is a page whose form answer is
// redirected to a data holder: browsers apply form-action to every step of that redirect, also to the data holder's own
// step back to the app it serves, which we cannot know. There the policy names the origin of the redirect URI, which
// the caller has validated, and https (or, for a data holder on this machine, its other ports).
//
// Pages hold personal data and one-time challenges: none may be cached. A page's address may hold a one-time token
// (/invite/…): Referrer-Policy same-origin sends it nowhere else. It is not no-referrer, because that makes browsers send
// "Origin: null" with our own forms, and a browser without Sec-Fetch-Site would then be refused by the cross-origin check.
//
// The Digital Identifier is protected like a social security number: only its last four characters are ever written
// into a page.
//
// The language cookie holds a language tag of our own list and nothing else, the cookie of the scheme one of two words.
package pages
