package tracelog

import (
	"time"

	"github.com/nanodiag/nanodiag/strace"
)

// Format is the shape of the system call trace in a log.
type Format uint8

const (
	FormatNone Format = iota // no trace: console output only
	FormatOld                // Nanos ≤ 0.1.50: several indented lines per call
	FormatNew                // Nanos ≥ 0.1.51: the strace klib, one line per call
)

func (f Format) String() string {
	return [...]string{"none", "old", "new"}[min(f, FormatNew)]
}

// End says how the last run in a log came to its end.
type End uint8

const (
	EndUnknown    End = iota // the log does not tell an orderly end from a cut
	EndExit                  // the program ended by itself; no log states its status
	EndSignal                // a signal ended the program
	EndHalt                  // the kernel stopped: failed assertion, kernel fault, program not loadable
	EndNotStarted            // Ops, QEMU or the boot loader refused; no guest ran
	EndCut                   // the log stops while the program runs: killed, a hang, or truncated
)

func (e End) String() string {
	return [...]string{"unknown", "exit", "signal", "halt", "not-started", "cut"}[min(e, EndCut)]
}

// Line is one line of text with the 1-based number of the log line it begins in.
// Text of the program is assembled across the trace lines that interrupted it.
type Line struct {
	N    int
	Text string
}

// Log is what one recording says.
type Log struct {
	Format     Format
	Version    string // Nanos version if the log states it ("0.1.50"); "" when unknown
	GitVersion string // commit of the kernel if the log states it, 40 hex digits
	VersionMin string // oldest version whose kernel prints these shapes; "" when open
	VersionMax string // newest such version; "" when open

	Events  []strace.Event // calls, signals, in order of their first line
	Console []Line         // output of the program, without its line ends
	Kernel  []Line         // messages of the kernel, without time stamps; dump lines are in Crash
	Ops     []Line         // lines of Ops, QEMU and the firmware, without colours

	Booted    bool  // the kernel came up: it printed something
	Boots     int   // how often; more than one in a reboot loop
	BootLines []int // line at which each boot begins, at most maxBootLines of them

	Crash        *Crash      // dump of the last boot; nil if there was none
	End          End         // how the last boot ended
	Fate         string      // "core dump", "terminate" or "stop" where a signal ended it, dump or not
	OpsExit      *int        // N of "exit status N" as Ops printed it: QEMU's status, not the program's
	MissingFiles []string    // names between missing_files_begin and missing_files_end
	Missing      bool        // such a block was printed, perhaps empty
	Summary      []CallCount // the table of --syscall-summary

	// First and Last are the times that whoever recorded the log put before its lines;
	// zero where there are none.
	First, Last time.Time

	Torn         bool // the log ends in the middle of a line
	Killed       bool // Ops says that somebody ended it or QEMU
	Lines        int  // lines read
	Dropped      int  // events left out of the middle of a very long log, see maxEvents
	DroppedLines int  // lines of Console, Kernel and Ops left out likewise, see maxTexts
}

// CallCount is one line of the system call summary.
type CallCount struct {
	Name    string // "syscall_N" or, up to 0.1.50, "(null)" for a call without a name
	Seconds float64
	Calls   int
	Errors  int
}

// Crash is a fatal signal or a fault of the kernel itself, with its dump. Fields that
// the dump did not show, or that other output tore apart, are zero.
type Crash struct {
	Line       int    // line of the header
	Signal     int    // 0 for a fault of the kernel
	TID        int    // thread that received the signal
	Code       int    // si_code: 1 unmapped, 2 protection, 128 general protection, -6 tgkill
	Fault      uint64 // fault address, when HasFault
	HasFault   bool
	Vector     int // exception number: 6 invalid opcode, 13 general protection, 14 page fault; or the call that raised the signal
	ErrorCode  uint64
	RIP, RSP   uint64
	RIPSymbol  string            // "name + off/len" when the image carries symbols
	Regs       map[string]uint64 // by the dump's names: "rax" … "gsbase"
	Kernel     bool              // the kernel faulted, not the program
	InSyscall  bool              // a second dump, of the call that the thread was in, follows
	LoadOffset uint64            // where the kernel was loaded (0.1.50 and later)
	Klibs      []string          // loaded klibs, "name@address/size"
	Frames     []StackWord       // frame trace, innermost first; empty without frame pointers
	Stack      []StackWord       // words from RSP upwards
	Text       []Line            // the lines of the dump, at most maxDumpLines
}

// StackWord is one word of a dumped stack.
type StackWord struct {
	Addr, Value uint64
	Symbol      string // "name + off/len"; "" without symbols
}
