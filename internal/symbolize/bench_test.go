package symbolize

import (
	"os"
	"testing"

	"github.com/nanodiag/nanodiag/tracelog"
)

// BenchmarkExplainBig explains a dump whose 33 words all lie in the code of the program
// that NANODIAG_BIG names (a browser, a cloud tool): what a user waits for.
func BenchmarkExplainBig(b *testing.B) {
	host := os.Getenv("NANODIAG_BIG")
	if host == "" {
		b.Skip("set NANODIAG_BIG to a large x86-64 program")
	}
	o, err := openObject("/big", host)
	if err != nil {
		b.Fatal(err)
	}
	base := uint64(0)
	if o.pie() {
		base = programBase + 123*pageSize
	}
	crash := &tracelog.Crash{Signal: 11, Code: 1, Vector: vectorPage, HasFault: true, Fault: 8, RSP: 0xffe00000}
	crash.RIP = base + o.elf.Entry
	crash.Regs = map[string]uint64{"rsp": crash.RSP}
	for _, l := range o.loads {
		for at := l.vaddr; l.flags&1 != 0 && at < l.vaddr+l.memsz && len(crash.Stack) < 32; at++ {
			if _, ok := o.afterCall(at); ok {
				crash.Stack = append(crash.Stack, tracelog.StackWord{Addr: crash.RSP + 8*uint64(len(crash.Stack)), Value: base + at})
				at += l.memsz / 40
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Explain(Input{Crash: crash, ProgramHost: host})
		if err != nil {
			b.Fatal(err)
		}
		if b.N == 1 {
			b.Logf("%d frames, %v", len(r.Frames), r.Incomplete)
		}
	}
}

func BenchmarkExplainRecorded(b *testing.B) {
	in := recording(b, "plugin", "plugin")
	for b.Loop() {
		if _, err := Explain(in); err != nil {
			b.Fatal(err)
		}
	}
}
