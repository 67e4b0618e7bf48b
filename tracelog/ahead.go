package tracelog

import "io"

// aheadReader reads on before it gives anything, so that whoever uses it knows that the
// stream does not end yet.
type aheadReader struct {
	r     io.Reader
	ring  []byte
	start int   // first byte not given yet
	n     int   // bytes in the ring
	given int64 // bytes that r gave
	err   error
}

func (a *aheadReader) Read(p []byte) (int, error) {
	for a.err == nil && a.n < len(a.ring) {
		at := (a.start + a.n) % len(a.ring)
		n, err := a.r.Read(a.ring[at:min(len(a.ring), at+len(a.ring)-a.n)])
		a.n += n
		a.given += int64(n)
		a.err = err
	}
	n := copy(p, a.ring[a.start:min(len(a.ring), a.start+a.n)])
	a.start = (a.start + n) % len(a.ring)
	a.n -= n
	if n == 0 && a.err != nil {
		return 0, a.err
	}
	return n, nil
}
