package server

import (
	"context"
	"crypto/rand"
)

// numberAlphabet has 32 signs, none of which is mistaken for another when it is read out or copied by hand.
const numberAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// newNumber makes the number of a request: six random signs, written 7F3K-Q2. It finds a line in the log of a day; it is
// no secret and need not be unique for ever.
func newNumber() string {
	var b [6]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = numberAlphabet[b[i]%32]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

type numberKey struct{}

// Number returns the number of the request that ctx belongs to, "" outside a request.
func Number(ctx context.Context) string {
	number, _ := ctx.Value(numberKey{}).(string)
	return number
}
