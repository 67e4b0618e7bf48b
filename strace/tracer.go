package strace

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// Command is the program to run, and what it is given.
type Command struct {
	Path string   // file to execute; relative to Dir, never looked up in PATH
	Args []string // argv, the program's own name included; nil means {Path}
	Env  []string // "NAME=value"; nil means the caller's environment
	Dir  string   // working directory, inside Root when that is set; "" keeps the caller's
	Root string   // when set, the program runs with this directory as its / (needs CAP_SYS_CHROOT, or Private)

	// Private gives the program a mount namespace of its own, in which Root has the
	// caller's /proc, /dev and /sys; a caller without CAP_SYS_ADMIN needs to be allowed
	// user namespaces for it.
	Private bool

	// Mounts are made in a mount namespace of the program's own, and nobody else sees
	// them. Without CAP_SYS_ADMIN that takes a user namespace, in which the program keeps
	// its user and group but no supplementary ones. What cannot be: ErrMountsDenied.
	Mounts []Mount

	// User runs the program as somebody else, which takes root; nil keeps the caller's ids.
	User *User

	// Descriptors 0, 1 and 2, handed over as they are; nil means /dev/null. Descriptors
	// of the caller that lack the close-on-exec flag are inherited too, as natively.
	Stdin, Stdout, Stderr *os.File

	stage string // directory for what Mounts need, while Trace runs
}

// Mount shows a directory of the host at another path, to the program alone.
type Mount struct {
	Host     string // absolute
	Guest    string // absolute; made in memory, for the program alone, where it is missing
	ReadOnly bool
}

// User is whom a program runs as.
type User struct {
	UID, GID uint32
	Groups   []uint32 // supplementary
}

// Options say what is done with the events, and how the tracer finds its way.
type Options struct {
	// Handle is called with every event, in the order in which the tracer saw them.
	// The Event is reused between calls, its strings are not. Handle runs on the
	// tracer's thread while the task that caused the event is stopped: it must not start
	// processes and should be quick.
	Handle func(*Event)

	// Answer may answer a call in the kernel's place: with answered true the call is
	// not made and the program gets ret, where ret < 0 means -errno. It is consulted
	// for the native calls in AnswerNrs, before they run; the first execve, which
	// starts the program, is not among them. Calls of another ABI (int $0x80, x32), which
	// would get round it, then all fail with ENOSYS.
	Answer    func(c *Call) (ret int64, answered bool)
	AnswerNrs []int

	// AnswerTests narrow AnswerNrs: a number with tests is asked about only when one of
	// them holds, and costs nothing otherwise if it is a hot call.
	AnswerTests []ArgTest

	// Deliver decides whether a signal that is about to be delivered reaches the program,
	// for rehearsals of kernels that do not send it; nil lets all through. It runs while
	// the task is stopped. One that is kept back makes no event.
	Deliver func(tid int, sig syscall.Signal) bool

	// Inside turns a path that procfs shows (a working directory, what a descriptor is
	// open on) into the program's name for it, where Answer makes the program see other
	// paths than the tracer does; nil means they are the same.
	Inside func(path string) string

	// Engine is how calls are seen; the zero value is EngineAuto.
	Engine Engine

	// ProcDir is where a procfs is mounted, "/proc" when empty. It may belong to an
	// outer PID namespace. Without any, relative paths of calls stay unresolved.
	ProcDir string

	// Self is the caller's executable for starting the shim, when neither
	// ProcDir/self/exe nor os.Executable names it any more.
	Self *os.File
}

// ArgTest is a condition on 32 bits of one argument of a call. It holds when any of
// its parts does.
type ArgTest struct {
	Nr, Arg int
	High    bool   // the upper half of the argument, not the lower
	AnyBit  uint32 // one of these bits is set
	AtLeast uint32 // the value, unsigned, is not less; 0 is no condition
	Below   uint32 // the value, unsigned, is less
}

// Call is a system call that has not been made yet.
type Call struct {
	Nr   int
	Name string
	Args [6]uint64
	TID  int

	// ReadString reads a NUL-terminated string of at most 4095 bytes from the
	// program's memory. Valid only until Answer returns.
	ReadString func(addr uint64) (string, error)

	// Restore is set by an Answer that lets the kernel do the call with other arguments:
	// the registers get back what is in Args when the call has ended, as programs expect
	// of every call.
	Restore bool
}

// Result is what remains of a run when it is over.
type Result struct {
	Exit     Exit           // how the program (not its children) ended
	Syscalls map[string]int // calls that stopped, by name; hot ones are not counted
	PeakRSS  int64          // bytes: largest resident set of any one process; 0 when unknown

	// BytesRead and BytesWritten are what calls of reading and writing moved, to and from
	// files, pipes, sockets and terminals alike: of the program and the children that it
	// waited for (/proc/PID/io, rchar and wchar). Mappings are not in them. 0 when unknown.
	BytesRead, BytesWritten int64

	Written []FileGrowth // regular files that were written to, in the order in which they were first met

	Forks      int      // processes made
	MaxThreads int      // most threads alive at once in one process
	Execs      []string // programs that processes executed, the first one left out

	Incomplete []string // what escaped the tracer, one sentence each
	Elapsed    time.Duration
}

// Exit is how a process ended.
type Exit struct {
	Code     int
	Signal   syscall.Signal // 0 if it exited
	TimedOut bool           // it was killed because the context's deadline passed
	Unknown  bool           // the record does not tell
}

// ErrPtraceDenied is what Trace fails with where the kernel, a security module or a
// container forbids tracing; the error's text says which, and what permits it.
var ErrPtraceDenied = errors.New("tracing is not permitted")

// ErrMountsDenied is what Trace fails with where Command.Mounts cannot be made; the
// error's text says why.
var ErrMountsDenied = errors.New("a directory cannot be shown at another path")

// ErrUnsupported is what Trace fails with on platforms the tracer does not know.
var ErrUnsupported = errors.New("the native tracer needs Linux on x86-64 or arm64; record the run with strace(1) and use its log")
