package strace

import (
	"syscall"
	"time"
)

// Kind says what an Event records.
type Kind uint8

const (
	KindCall   Kind = iota // a system call, finished unless State says otherwise
	KindExit               // a task ended; Ret is its exit status, or Sig its signal
	KindSignal             // Sig was delivered to the task
	KindTask               // the task began; Ret is the id of the task that made it
)

// State says how far the result of a call can be trusted.
type State uint8

const (
	Done       State = iota // Ret and Err are what the kernel returned
	Unfinished              // the call never returned in this record (exit_group, a hang, a cut log)
	Unknown                 // it returned, but the source does not say what (Nanos ≤ 0.1.50, blocking calls)
	Predicted               // the outcome was computed, not observed
	Answered                // the tracer answered in the kernel's place (rehearsal)
)

// Event is one record of what a program asked of its kernel. The native tracer,
// strace(1) logs and Nanos trace logs all yield it, so that whatever compares two
// runs is written once.
type Event struct {
	Kind  Kind
	State State

	Line   int           // 1-based line of the text source; 0 when live
	Time   time.Duration // since the first event of the source; 0 when the source has no clock
	PID    int           // thread group id; 0 when the source does not tell
	TID    int           // thread id, as the source numbers it; 0 when only Thread is known
	Thread string        // thread name, where the source prints it in place of an id

	Name  string // system call name as in syscalls(2); "syscall_N" for an unknown number N
	Path  string // first path, as the program passed it; "" when the call has none or it was unreadable
	Abs   string // Path made absolute through the task's directory or dirfd, lexically cleaned; "" when unknown
	Path2 string // second path (rename, link, symlink: the new name)
	Abs2  string
	Flags uint64 // open: flags; mmap, mprotect: PROT bits; clone: flags; access: mode; else 0
	Args  string // argument text as the source printed it; "" when live

	Ret int64         // result when Err is 0: a descriptor, a count, an address
	Err syscall.Errno // 0 on success
	Sig syscall.Signal

	Size   int64  // bytes moved, for read and write calls that are recorded; file size for a stat
	Mode   uint32 // st_mode, for a stat that the source decoded; else 0
	Caller string // object whose code made the request, absolute path; "" when unknown
}

// OK reports whether the call returned success.
func (e *Event) OK() bool {
	return e.Kind == KindCall && e.Err == 0 && (e.State == Done || e.State == Predicted || e.State == Answered)
}

// Failed reports whether the call returned an error.
func (e *Event) Failed() bool { return e.Kind == KindCall && e.Err != 0 }
