// Package web holds the files that make up the pages: templates, translations, and the static files with the handler
// that serves them.
//
//	templates/  html/template files: layout.html, parts.html and one file per page. internal/pages parses them
//	locales/    one JSON file per language; adding a language is adding a file. internal/pages reads them
//	static/     one style sheet, the scripts of the passkey ceremonies, the icon
//
// It knows nothing about people, requests or the protocol.
package web
