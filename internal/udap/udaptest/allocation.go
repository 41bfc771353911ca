package udaptest

import (
	"runtime/metrics"
	"testing"
)

// BoundAllocation runs f and fails the test when everything that was allocated meanwhile comes to more than limit bytes. It
// is for fuzz targets, in whose process nothing else runs.
func BoundAllocation(t testing.TB, limit int, f func()) {
	t.Helper()
	before := allocated()
	f()
	if got := allocated() - before; got > uint64(limit) {
		t.Errorf("%d bytes were allocated, the limit is %d", got, limit)
	}
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
