// Package qr draws a text as a QR code, for letters. It is the only package that knows the barcode library.
package qr
