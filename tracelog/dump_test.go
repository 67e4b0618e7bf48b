package tracelog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestCrash holds dump shapes that no recording has; testdata has the others.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		log  string
		want *Crash
	}{
		{"0.1.39 and earlier: no stars, \"interrupt\"", `signal 11 received by tid 2, errno 0, code 1
   fault address 0x10
 interrupt: 000000000000000e (Page fault)
     frame: ffffc00002a02800
error code: 0000000000000006
   address: 0000000000000010

   rax: 0000000000000001
   rsp: 00000000ffe39cf8
   rip: 0000000000401149

frame trace:

stack trace:
00000000ffe39cf8:   0000000000401176

   core dump
`, &Crash{Line: 1, Signal: 11, TID: 2, Code: 1, Fault: 0x10, HasFault: true, Vector: 14, ErrorCode: 6,
			RIP: 0x401149, RSP: 0xffe39cf8, Regs: map[string]uint64{"rax": 1, "rsp": 0xffe39cf8, "rip": 0x401149},
			Stack: []StackWord{{0xffe39cf8, 0x401176, ""}}}},
		{"a thread inside a call: the first context counts", `
*** signal 7 received by tid 3, errno 0, code 2
    fault address 0x20

*** Thread context:
      type: thread
   rip: 0000000000401149	(main + 0000000000000009/0000000000000020)

*** Syscall context:
      type: syscall
   rip: ffffffff80000000
`, &Crash{Line: 2, Signal: 7, TID: 3, Code: 2, Fault: 0x20, HasFault: true, InSyscall: true,
			RIP: 0x401149, RIPSymbol: "main + 0000000000000009/0000000000000020", Regs: map[string]uint64{"rip": 0x401149}}},
		{"killed from inside", "\nProcess abort: SIGKILL received by thread 4\n\nTerminating.\n",
			&Crash{Line: 2, Signal: 9, TID: 4, Regs: map[string]uint64{}}},
		{"two threads at once: the first is the cause", `
*** signal 11 received by tid 5, errno 0, code 1
*** signal 6 received by tid 6, errno 0, code -6
`, &Crash{Line: 2, Signal: 11, TID: 5, Code: 1, Regs: map[string]uint64{}}},
		{"a frame trace alone is an assertion's", "\nframe trace: \nffffc00001c37af0:   ffffffff8006e767\t(vbprintf + 0000000000000237/000000000000087c)\n\nloaded klibs: \nassertion x failed at /k/x.c:1 (IP 0x1)  in f(); halt\n", nil},
		{"a boot later there is no crash", "\n*** signal 11 received by tid 5, errno 0, code 1\n   core dump\n" + opsHead + up, nil},
		{"words of a program", "we *** signal 11 received by tid 5\n", nil},
	} {
		log := read(t, tt.log)
		if diff := cmp.Diff(tt.want, log.Crash, cmpopts.IgnoreFields(Crash{}, "Text")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if log.Crash != nil && len(log.Console) > 0 {
			t.Errorf("%s: console %+v", tt.name, log.Console)
		}
	}
}
