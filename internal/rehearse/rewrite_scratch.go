//go:build linux && amd64

package rehearse

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// scratch is memory in the program that holds rewritten paths while the kernel reads
// them. It came as one more environment variable, whose entry is taken away before
// the program's first instruction: every address below the stack's would do harm in
// some program (the stack of a goroutine has the heap below it), and a mapping of
// its own would take a call made in the program's name.
type scratch struct {
	addr uint64
	next int
	used map[int]span // by thread: a thread has one call at a time
}

type span struct{ from, to int }

// scratchSize is below what Linux permits for one variable (bytes, MAX_ARG_STRLEN is
// 128 KB) and holds the paths of a dozen threads at their longest.
const scratchSize = 120 << 10

func scratchVariable() string { return string(bytes.Repeat([]byte{'x'}, scratchSize)) }

// put copies b there for the call of one thread.
func (s *scratch) put(mem memory, tid int, b []byte) (addr uint64, ok bool) {
	if s.addr == 0 || len(b) > scratchSize {
		return 0, false
	}
	delete(s.used, tid)
	at, wrapped := s.next, false
	for {
		if at+len(b) > scratchSize {
			if wrapped {
				return 0, false
			}
			at, wrapped = 0, true
		}
		clash := s.clash(at, at+len(b))
		if clash == 0 {
			break
		}
		at = clash
	}
	if mem.write(tid, s.addr+uint64(at), b) != nil {
		return 0, false
	}
	s.used[tid] = span{at, at + len(b)}
	s.next = at + len(b)
	return s.addr + uint64(at), true
}

// clash returns the end of some span that overlaps, 0 when there is none.
func (s *scratch) clash(from, to int) int {
	for _, u := range s.used {
		if from < u.to && u.from < to {
			return u.to
		}
	}
	return 0
}

// ended gives back what a thread had.
func (s *scratch) ended(tid int) { delete(s.used, tid) }

var errNoScratch = errors.New("the program's stack is not as Linux makes it")

// take finds the variable, which is the environment's last, and closes the gap that
// its entry leaves by moving the auxiliary vector up to it. at is the address of
// argc; argv, the environment and the auxiliary vector follow in a row, each ended by
// a null.
func (s *scratch) take(k *kernel, tid int, at uint64) error {
	argc, err := k.word(tid, at)
	if err != nil || argc > maxStackWords {
		return errNoScratch
	}
	at += 8 * (argc + 2)
	last, slot := uint64(0), uint64(0)
	for range maxStackWords {
		w, err := k.word(tid, at)
		if err != nil {
			return err
		}
		if w == 0 {
			break
		}
		last, slot = w, at
		at += 8
	}
	if slot == 0 {
		return errNoScratch
	}
	vector := []byte{0, 0, 0, 0, 0, 0, 0, 0} // the environment's new end
	for range maxAuxv {
		var pair [16]byte
		at += 8
		if err := k.mem.read(tid, at, pair[:]); err != nil {
			return err
		}
		vector = append(vector, pair[:]...)
		at += 8
		if binary.LittleEndian.Uint64(pair[:]) == auxvNull {
			break
		}
	}
	var text [2]byte
	if err := k.mem.read(tid, last+scratchSize-1, text[:]); err != nil || text != [2]byte{'x', 0} {
		return errNoScratch
	}
	s.addr, s.used = last, map[int]span{}
	return k.mem.write(tid, slot, vector)
}

// maxAuxv bounds the entries of an auxiliary vector; Linux passes some 20.
const maxAuxv = 64
