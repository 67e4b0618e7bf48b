package elfdeps

import (
	"bytes"
	"errors"
	"io"
)

// pageSize bytes are read at a time. The headers, the dynamic section, the strings and
// the version tables of a library lie in four to six pages.
const pageSize = 4096

// pager reads a file in pages and keeps the last few, because the strings of a dynamic
// section lie together but are asked for one by one.
type pager struct {
	r     io.ReaderAt
	pages [8]page
	next  int // page to replace
}

type page struct {
	off uint64 // of the file; meaningful when buf is set
	buf []byte // shorter than pageSize at the end of the file
	mem []byte // kept for reuse
}

func (p *pager) reset(r io.ReaderAt) {
	p.r = r
	for i := range p.pages {
		p.pages[i].buf = nil
	}
}

// page returns the page at off, a multiple of pageSize. At the end of the file it is
// short or empty.
func (p *pager) page(off uint64) ([]byte, error) {
	for i := range p.pages {
		if pg := &p.pages[i]; pg.buf != nil && pg.off == off {
			return pg.buf, nil
		}
	}
	pg := &p.pages[p.next]
	p.next = (p.next + 1) % len(p.pages)
	if pg.mem == nil {
		pg.mem = make([]byte, pageSize)
	}
	pg.buf = nil
	n, err := p.r.ReadAt(pg.mem, int64(off))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	pg.off, pg.buf = off, pg.mem[:n]
	return pg.buf, nil
}

// bytes returns n bytes at off. They are valid until the next call.
func (p *pager) bytes(off, n uint64, what string) ([]byte, error) {
	if off+n < off || int64(off+n) < 0 {
		return nil, badf(off, "%s lies beyond any file", what)
	}
	start := off &^ (pageSize - 1)
	pg, err := p.page(start)
	if err != nil {
		return nil, err
	}
	if in := off - start; in+n <= uint64(len(pg)) {
		return pg[in : in+n], nil
	}
	buf := make([]byte, n)
	m, err := p.r.ReadAt(buf, int64(off))
	if uint64(m) < n {
		if err == nil || errors.Is(err, io.EOF) {
			return nil, badf(off, "%s is cut off by the end of the file", what)
		}
		return nil, err
	}
	return buf, nil
}

// cstring returns the NUL-terminated string at off. It is valid until the next call.
func (p *pager) cstring(off uint64, what string) ([]byte, error) {
	var long []byte
	for at := off; ; {
		if int64(at) < 0 {
			return nil, badf(off, "%s lies beyond any file", what)
		}
		start := at &^ (pageSize - 1)
		pg, err := p.page(start)
		if err != nil {
			return nil, err
		}
		in := at - start
		if in >= uint64(len(pg)) {
			return nil, badf(off, "%s is cut off by the end of the file", what)
		}
		rest := pg[in:]
		if i := bytes.IndexByte(rest, 0); i >= 0 {
			if long == nil {
				return rest[:i], nil
			}
			return append(long, rest[:i]...), nil
		}
		long = append(long, rest...)
		if len(long) > maxString {
			return nil, badf(off, "%s has more than %d bytes", what, maxString)
		}
		at += uint64(len(rest))
	}
}
