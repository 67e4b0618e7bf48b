//go:build linux && amd64

package rehearse

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"testing"
)

// tinyELF is a header and one PT_INTERP segment.
func tinyELF(interp string) []byte {
	b := make([]byte, elfHeadSize+phSize)
	copy(b, elf.ELFMAG)
	b[elfClass] = byte(elf.ELFCLASS64)
	binary.LittleEndian.PutUint16(b[elfMachine:], uint16(elf.EM_X86_64))
	binary.LittleEndian.PutUint64(b[elfPhoff:], elfHeadSize)
	binary.LittleEndian.PutUint16(b[elfPhentsz:], phSize)
	binary.LittleEndian.PutUint16(b[elfPhnum:], 1)
	ph := b[elfHeadSize:]
	binary.LittleEndian.PutUint32(ph, uint32(elf.PT_INTERP))
	binary.LittleEndian.PutUint64(ph[phOffset:], uint64(len(b)))
	binary.LittleEndian.PutUint64(ph[phFilesz:], uint64(len(interp)+1))
	return append(append(b, interp...), 0)
}

func TestInterpreter(t *testing.T) {
	t.Parallel()
	arm := tinyELF("/lib/ld.so")
	arm[elfMachine] = byte(elf.EM_AARCH64)
	for _, c := range []struct {
		name string
		in   []byte
		want string
		kind ExecKind
		fail bool
	}{
		{name: "dynamic", in: tinyELF("/lib/ld.so"), want: "/lib/ld.so"},
		{name: "cut in the segment", in: tinyELF("/lib/ld.so")[:elfHeadSize+phSize+3]},
		{name: "cut in the header", in: tinyELF("x")[:40], kind: NotELF, fail: true},
		{name: "script", in: []byte("#!/bin/sh\n"), kind: NotELF, fail: true},
		{name: "empty", kind: NotELF, fail: true},
		{name: "other machine", in: arm, kind: WrongMachine, fail: true},
	} {
		got, err := interpreter(bytes.NewReader(c.in))
		var refused *ExecError
		if got != c.want || (err != nil) != c.fail || c.fail && (!errors.As(err, &refused) || refused.Kind != c.kind) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzInterpreter(f *testing.F) {
	f.Add(tinyELF("/lib64/ld-linux-x86-64.so.2"))
	f.Add(tinyELF("")[:elfHeadSize])
	f.Add([]byte("#!/bin/sh\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if interp, err := interpreter(bytes.NewReader(b)); err != nil && interp != "" {
			t.Errorf("both %q and %v", interp, err)
		}
	})
}
