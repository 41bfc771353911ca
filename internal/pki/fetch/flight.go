package fetch

import (
	"context"
	"errors"
)

// flightKey is what makes two requests the same.
type flightKey struct {
	method, url, contentType, body string
	limit                          int
}

// flight is a request under way. It ends by itself: whoever asked first may leave without spoiling it for the others.
type flight struct {
	done chan struct{}
	data []byte
	err  error
}

var errClosed = errors.New("the fetcher is closed")

func (f *Fetcher) share(ctx context.Context, key flightKey) ([]byte, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil, &Error{URL: key.url, Kind: ErrUnreachable, Cause: errClosed}
	}
	under, ok := f.flights[key]
	if !ok {
		under = &flight{done: make(chan struct{})}
		f.flights[key] = under
		f.wg.Add(1)
		go f.fly(key, under)
	}
	f.mu.Unlock()

	select {
	case <-under.done:
		return under.data, under.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *Fetcher) fly(key flightKey, under *flight) {
	defer f.wg.Done()
	under.data, under.err = f.send(f.life, key)
	f.mu.Lock()
	delete(f.flights, key)
	f.mu.Unlock()
	close(under.done)
}
