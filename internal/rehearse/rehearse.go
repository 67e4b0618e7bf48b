// Package rehearse runs a program natively as it would run under Nanos: in a root
// that holds exactly what the image would hold, with the answers that the chosen
// kernel version gives to system calls, one process, a 2 MB stack, root's id. It
// fails there as it would in the guest, in milliseconds and without a virtual
// machine.
//
// In goes a guestfs.Tree and what Ops would put into the manifest; out come the
// events of the run, its exit and its output. The work happens in a second copy of
// the calling program, which becomes pid 1 of new namespaces (see Init); nothing is
// left behind on the host, however the run ends.
//
// The trap: the processor, the network and the clock are the host's. A rehearsal
// that passes says that files and system calls suffice, not that the guest has the
// CPU features, the memory or the connections that the program needs.
package rehearse

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/internal/guestfs"
	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// Spec says what to run.
type Spec struct {
	View    *guestfs.Tree
	Program string   // guest path
	Args    []string // argv; empty means just Program, as in the guest
	Env     []string // "NAME=value", the guest's whole environment
	Cwd     string   // guest path; "" means "/"

	Version string       // Nanos version; "" means the table's latest
	Table   *nanos.Table // nil means the built-in facts
	Klibs   []string     // klibs in the image; memfd_create needs shmem and tmpfs
	Memory  int64        // bytes of guest memory; 0 means no limit, and 2 GB where a number is shown
	CPUs    int          // virtual CPUs; 0 means 1
	Free    int64        // bytes that can be written to the root before ENOSPC; 0 means no limit, less than 0 none

	// Volumes maps a guest directory to the host directory that holds the volume's
	// files, or to "" for an empty volume. The program may write there; the host
	// directory is never changed.
	Volumes map[string]string

	// Keep is a host directory that gets a copy of the root as the program left it, ""
	// for none. What the program wrote is in it; volumes and devices are not.
	Keep string

	Stdout, Stderr *os.File // nil means discarded
	Timeout        time.Duration
	Handle         func(*strace.Event) // every event in order; the Event is reused between calls
}

// Outcome is what a rehearsal showed.
type Outcome struct {
	Exit strace.Exit
	// ExecErr says why the guest would not have started the program: it is an
	// *ExecError, and nothing was run. Exit is as the guest's: status 127, or SIGSEGV
	// for what is no program for it.
	ExecErr error

	// Fault is the state in which the last signal of a fault, or of abort, found the
	// program; nil when it had none. The program may have handled it.
	Fault *Fault

	Syscalls   map[string]int
	PeakRSS    int64 // bytes
	MaxThreads int
	OutOfMem   bool          // the program outgrew Spec.Memory and got Nanos's SIGBUS
	Elapsed    time.Duration // the program's own time
	Setup      time.Duration // from Run to the program's start: namespaces, root, tracer
	Incomplete []string      // what this rehearsal could not show, as sentences
}

// Fault is a thread at the moment of a fault.
type Fault struct {
	TID      int
	Signal   syscall.Signal
	Code     int    // si_code of sigaction(2)
	Addr     uint64 // the address that could not be used, when HasAddr
	HasAddr  bool
	RIP, RSP uint64
	Regs     map[string]uint64 // "rax" …
	Stack    []uint64          // words from RSP upwards
}

// ErrUnavailable is wrapped by Run's error when this system permits no namespaces,
// or no ptrace. The message says why and what would permit it.
var ErrUnavailable = errors.New("cannot rehearse here")

// DefaultMemory is what Ops gives a guest without -m (bytes).
const DefaultMemory = 2 << 30
