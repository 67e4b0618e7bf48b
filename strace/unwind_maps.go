//go:build linux && (amd64 || arm64)

package strace

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// codeRange is one mapping of code in a process.
type codeRange struct {
	lo, hi uint64
	base   uint64 // where the object's file begins in memory; 0 when not known
	path   string // as it was asked for, where the tracer saw that; "[vdso]" and the like too
	id     string // tells the mapped file from others; "" when not known
}

// codeMap is the code of one process, by address. It is read once from procfs and
// then follows the mappings that the tracer sees. What is unmapped stays: nothing
// runs there until other code is mapped in its place.
type codeMap []codeRange

// find returns the range that holds addr, nil when none does.
func (m codeMap) find(addr uint64) *codeRange {
	i, _ := slices.BinarySearchFunc(m, addr, func(r codeRange, a uint64) int {
		if r.hi <= a {
			return -1
		}
		return 1
	})
	if i < len(m) && m[i].lo <= addr {
		return &m[i]
	}
	return nil
}

// add puts a range in, in place of what was there.
func (m codeMap) add(r codeRange) codeMap {
	var out codeMap
	placed := false
	place := func() {
		if !placed {
			out, placed = append(out, r), true
		}
	}
	for _, old := range m {
		switch {
		case old.hi <= r.lo:
			out = append(out, old)
			continue
		case old.lo >= r.hi:
			place()
			out = append(out, old)
			continue
		}
		left, right := old, old
		if old.lo < r.lo {
			left.hi = r.lo
			out = append(out, left)
		}
		place()
		if old.hi > r.hi {
			right.lo = r.hi
			out = append(out, right)
		}
	}
	place()
	return out
}

// parseMaps reads the text of /proc/PID/maps:
//
//	7f0c3a400000-7f0c3a426000 r--p 00000000 fe:01 1234      /usr/lib/x86_64-linux-gnu/libc.so.6
//	7f0c3a426000-7f0c3a57b000 r-xp 00026000 fe:01 1234      /usr/lib/x86_64-linux-gnu/libc.so.6
//
// Lines that look otherwise are left out.
func parseMaps(text []byte) codeMap {
	var m codeMap
	var base uint64
	var baseID string
	for line := range bytes.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(string(line), "\n"), " ", 6)
		if len(f) < 6 {
			continue
		}
		from, to, ok := strings.Cut(f[0], "-")
		lo, err1 := strconv.ParseUint(from, 16, 64)
		hi, err2 := strconv.ParseUint(to, 16, 64)
		off, err3 := strconv.ParseUint(f[2], 16, 64)
		if !ok || err1 != nil || err2 != nil || err3 != nil || lo >= hi {
			continue
		}
		name := strings.TrimLeft(f[5], " ")
		id := f[3] + " " + f[4]
		if f[4] == "0" {
			id += name
		}
		if off == 0 && name != "" {
			base, baseID = lo, id
		}
		if len(f[1]) < 3 || f[1][2] != 'x' || name == "" {
			continue
		}
		if len(m) > 0 && m[len(m)-1].hi > lo {
			continue // the kernel sorts them
		}
		r := codeRange{lo: lo, hi: hi, path: name, id: id}
		if baseID == id {
			r.base = base
		}
		m = append(m, r)
	}
	return m
}
