//go:build linux && amd64

package rehearse

import (
	"context"
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// Init must be called first in main, and in TestMain, of every program that uses
// Run. In a process that Run started in new namespaces it does the rehearsal and
// never returns; in any other it does nothing.
func Init() {
	if len(os.Args) != 1 || os.Args[0] != initName {
		return
	}
	// The program must not inherit these; a parent that dies ends this process, and
	// with pid 1 everything in its PID namespace.
	syscall.CloseOnExec(planFD)
	syscall.CloseOnExec(eventFD)
	keepFromProgram(eventFD + 1)
	out := newSender(os.NewFile(eventFD, "events"))
	r, err := rehearse(os.NewFile(planFD, "plan"), out)
	if err != nil {
		out.send(message{Failed: newFailure(err)})
	} else {
		out.send(message{Done: r})
	}
	out.flush()
	os.Exit(0)
}

// keepFromProgram closes descriptors from first on when the program starts. Whoever
// called nanodiag may have left some open, and through a directory of the host's the
// program would reach the host's files.
func keepFromProgram(first int) {
	if unix.CloseRange(uint(first), math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	names, _ := os.ReadDir("/proc/self/fd") // before Linux 5.11
	for _, n := range names {
		if fd, err := strconv.Atoi(n.Name()); err == nil && fd >= first {
			syscall.CloseOnExec(fd)
		}
	}
}

func rehearse(control *os.File, out *sender) (*result, error) {
	var p plan
	if err := gob.NewDecoder(control).Decode(&p); err != nil {
		return nil, err
	}
	r, remove, err := makeAnyRoot(&p)
	if err != nil {
		return nil, err
	}
	defer remove()
	if p.Program == "" {
		return &result{}, nil // only asked whether this much works
	}
	table, err := nanos.Load()
	if err != nil {
		return nil, err
	}
	setCPUs(p.CPUs)
	if err := setLimits(&p); err != nil {
		return nil, err
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { // the parent closes its end when it wants no more
		var b [1]byte
		_, _ = control.Read(b[:])
		stop()
	}()
	go func() {
		for range time.Tick(flushEvery) {
			out.flush()
		}
	}()

	k := newKernel(table, p.Version, p.Klibs)
	k.files, k.mem = r, liveMemory{}
	if k.memory = p.Memory; k.memory == 0 {
		k.memory = DefaultMemory
	}
	guard := &memoryGuard{root: r, limit: p.Memory}
	go guard.watch(ctx)

	cmd := strace.Command{
		Path: p.Program, Args: p.Args, Env: p.Env, Dir: p.Cwd, Root: guestDir, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	var inside func(string) string
	if r.rw != nil {
		k.rewriting(table, r.rw)
		inside = r.rw.name
		if err := r.rw.command(&cmd); err != nil {
			return nil, err
		}
	}
	kept, err := newKeeper(&p)
	if err != nil {
		return nil, err
	}

	files := &fileLimit{}
	var entered error
	var fault *Fault
	res, err := strace.Trace(ctx, cmd, strace.Options{
		Handle: func(e *strace.Event) {
			if k.pid == 0 && e.TID != 0 { // the program is there, and stopped
				k.pid = e.TID
				if entered = k.begin(&p, e); entered != nil {
					stop()
				}
				guard.start(e.TID) // from now on the root does not move
			}
			if e.Kind == strace.KindExit && r.rw != nil {
				r.rw.scratch.ended(e.TID)
			}
			if e.Kind == strace.KindExit && e.TID == k.pid && p.OwnPids {
				// Nothing outlives the program in the guest. All processes of this namespace
				// but this one are the program's.
				_ = unix.Kill(-1, unix.SIGKILL)
			}
			if e.Kind == strace.KindSignal && faultSignals[e.Sig] {
				fault = k.newFault(e.TID, e.Sig)
			}
			k.complete(e)
			files.notice(e)
			out.send(message{Event: e})
		},
		Answer:      k.answer,
		AnswerNrs:   k.numbers(),
		AnswerTests: k.tests(),
		Inside:      inside,
		Deliver:     delivers,
		ProcDir:     ".", // see makeRoot
	})
	if entered != nil {
		return nil, entered
	}
	if err != nil && (res == nil || ctx.Err() == nil) {
		return nil, err
	}
	if err := kept.keep(r, &p); err != nil {
		r.note("the root could not be kept whole: " + err.Error())
	}
	return &result{
		Exit: res.Exit, Syscalls: res.Syscalls, PeakRSS: res.PeakRSS, MaxThreads: res.MaxThreads,
		OutOfMem: guard.hit.Load(), Fault: fault, Elapsed: res.Elapsed, Incomplete: slices.Concat(r.notes, files.notes, res.Incomplete),
	}, nil
}

// makeAnyRoot makes the guest's tree in the way that the plan wants.
func makeAnyRoot(p *plan) (r *root, remove func(), err error) {
	if p.Rewrite {
		return makeRewriter(p)
	}
	r, err = makeRoot(p)
	return r, func() {}, err
}

// begin is called when the program is there and has not run yet. e is its execve.
func (k *kernel) begin(p *plan, e *strace.Event) error {
	if k.rw == nil {
		return k.files.enter()
	}
	e.Path, e.Abs = p.Program, p.Program
	at, err := k.files.startStack(e.TID)
	if err != nil {
		return err
	}
	return k.rw.scratch.take(k, e.TID, at)
}

// setLimits gives the program Nanos's stack, and as many open files as this system
// lets it have: Nanos does not limit them.
func setLimits(p *plan) error {
	stack := uint64(stackSize)
	if p.Rewrite {
		stack += scratchSize
	}
	if err := unix.Setrlimit(unix.RLIMIT_STACK, &unix.Rlimit{Cur: stack, Max: stack}); err != nil {
		return fmt.Errorf("limit the stack: %w", err)
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	files.Cur = files.Max
	// Package syscall's own, which tells the Go runtime not to put back the old limit.
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	return nil
}

// fileLimit notices that this system's limit of open files struck, where Nanos has
// none.
type fileLimit struct{ notes []string }

func (f *fileLimit) notice(e *strace.Event) {
	if e.Err != syscall.EMFILE || f.notes != nil {
		return
	}
	var l unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_NOFILE, &l)
	f.notes = []string{fmt.Sprintf("the program opened more files than this system permits (%d); the guest has no limit: raise it with ulimit -n", l.Max)}
}

// setCPUs confines this process to n processors, all of its threads: the tracer may
// run on any of them, and the program inherits from that one. The first processor is
// the one it runs on, so that rehearsals that run at once do not share one.
func setCPUs(n int) {
	var all, some unix.CPUSet
	if unix.SchedGetaffinity(0, &all) != nil {
		return
	}
	size := len(all) * 64
	var current uint32
	_, _, _ = unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&current)), 0, 0)
	for i := 0; some.Count() < n && i < size; i++ {
		if cpu := (int(current) + i) % size; all.IsSet(cpu) {
			some.Set(cpu)
		}
	}
	d, err := os.Open("self/task") // the working directory is procfs
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		tid, _ := strconv.Atoi(name)
		_ = unix.SchedSetaffinity(tid, &some)
	}
}
