package codes

import (
	"crypto/rand"
	"strings"
)

// alphabet has 32 signs, five bits each. The letters I, L, O and U are not among them: Normal reads the first three as the digits
// they look like, and without U no code spells what nobody wants to find in a letter.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// New draws a code of n signs, which is five bits each from crypto/rand.
func New(n int) string {
	code := make([]byte, n)
	rand.Read(code) // crypto/rand.Read never returns an error
	for i := range code {
		code[i] = alphabet[code[i]%32] // 256 is a multiple of 32, so that each sign is as likely as the others
	}
	return string(code)
}

// Digits draws a code of n decimal digits, for a keypad.
func Digits(n int) string {
	code := make([]byte, 0, n)
	for len(code) < n {
		var b [1]byte
		rand.Read(b[:])
		if b[0] < 250 { // above, the first digits would be more likely
			code = append(code, '0'+b[0]%10)
		}
	}
	return string(code)
}

// Groups writes a code in groups of a size, with a hyphen between them.
func Groups(code string, size int) string {
	var b strings.Builder
	for i := range len(code) {
		if i > 0 && i%size == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(code[i])
	}
	return b.String()
}

// maxTyped bounds what is read of something typed: no code with all its spaces is longer.
const maxTyped = 200

// Normal is a code as it was made, of how it was typed: in small letters, with spaces, hyphens and dashes, with the letter O for
// zero. "" when there is any other sign in it.
func Normal(typed string) string {
	if len(typed) > maxTyped {
		return ""
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(" \t\r\n\u00a0-\u2010\u2011\u2012\u2013\u2014_.", r):
		case r == 'O':
			b.WriteByte('0')
		case r == 'I', r == 'L':
			b.WriteByte('1')
		case strings.ContainsRune(alphabet, r):
			b.WriteRune(r)
		default:
			return ""
		}
	}
	return b.String()
}
