//go:build linux && (amd64 || arm64)

package strace

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// filterTag marks the stops that our filter causes (SECCOMP_RET_DATA): a program may
// have a filter with RET_TRACE of its own, which without a tracer means ENOSYS.
const filterTag = 0x6e64

const (
	retAllow = 0x7fff0000             // SECCOMP_RET_ALLOW
	retTrace = 0x7ff00000 | filterTag // SECCOMP_RET_TRACE
)

// Offsets in struct seccomp_data.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16
)

// Classic BPF as seccomp takes it.
const (
	bpfLoad    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	bpfEqual   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	bpfAtLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	bpfAnyBit  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	bpfReturn  = unix.BPF_RET | unix.BPF_K
)

// filterProgram assembles a filter. Jumps are forward and short: each test is
// followed by what to do when it holds.
type filterProgram []unix.SockFilter

func (p *filterProgram) op(code uint16, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, K: k})
}

func (p *filterProgram) jump(code uint16, k uint32, yes, no uint8) {
	*p = append(*p, unix.SockFilter{Code: code, K: k, Jt: yes, Jf: no})
}

// when runs body, which must end in a return, for system call nr.
func (p *filterProgram) when(nr int, body filterProgram) {
	p.jump(bpfEqual, uint32(nr), 0, uint8(len(body)))
	*p = append(*p, body...)
}

// whenHolds stops system call t.Nr where t holds. Otherwise what follows decides.
func (p *filterProgram) whenHolds(t ArgTest) {
	var body filterProgram
	at := uint32(dataArgs + 8*t.Arg)
	if t.High {
		at += 4
	}
	stop := func(code uint16, k uint32, yes, no uint8) {
		body.jump(code, k, yes, no)
		body.op(bpfReturn, retTrace)
	}
	body.op(bpfLoad, at)
	if t.AnyBit != 0 {
		stop(bpfAnyBit, t.AnyBit, 0, 1)
	}
	if t.AtLeast != 0 {
		stop(bpfAtLeast, t.AtLeast, 0, 1)
	}
	if t.Below != 0 {
		stop(bpfAtLeast, t.Below, 1, 0)
	}
	body.op(bpfLoad, dataNr)
	p.when(t.Nr, body)
}

// newFilter returns the program that stops every call but the hot ones, and all
// numbers in always, those with tests only when one holds. Calls whose fate depends on the number alone cost next to
// nothing: the kernel (5.11) keeps a bitmap of those that are always allowed.
func newFilter(always []int, tests []ArgTest) filterProgram {
	trace := filterProgram{{Code: bpfReturn, K: retTrace}}
	allow := filterProgram{{Code: bpfReturn, K: retAllow}}

	var p filterProgram
	p.op(bpfLoad, dataArch)
	p.jump(bpfEqual, auditArch, 1, 0)
	p = append(p, trace...) // another ABI: i386
	p.op(bpfLoad, dataNr)
	p.jump(bpfAtLeast, x32Bit, 0, 1)
	p = append(p, trace...)
	tested := map[int]bool{}
	for _, t := range tests {
		tested[t.Nr] = true
		p.whenHolds(t)
	}
	for _, nr := range always {
		if !tested[nr] {
			p.when(nr, trace)
		}
	}
	for _, r := range argRules {
		p.when(r.nr, r.program)
	}
	for _, nr := range hotCalls {
		p.when(nr, allow)
	}
	return append(p, trace...)
}

// encode makes the program text that fits into an argument of the shim.
func (p filterProgram) encode() string {
	b := make([]byte, 0, 8*len(p))
	for _, f := range p {
		b = binary.LittleEndian.AppendUint16(b, f.Code)
		b = append(b, f.Jt, f.Jf)
		b = binary.LittleEndian.AppendUint32(b, f.K)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func decodeFilter(s string) (filterProgram, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 || len(b)%8 != 0 {
		return nil, fmt.Errorf("filter of %d bytes: %w", len(b), unix.EINVAL)
	}
	p := make(filterProgram, 0, len(b)/8)
	for ; len(b) > 0; b = b[8:] {
		p = append(p, unix.SockFilter{
			Code: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:]),
		})
	}
	return p, nil
}
