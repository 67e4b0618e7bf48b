//go:build linux && (amd64 || arm64)

package strace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Trace runs cmd under the native tracer until it and every process it started have
// ended, and reports what they did to opt.Handle.
//
// When ctx ends, all of them are killed; Trace then returns the result so far, with
// Exit.TimedOut if a deadline passed, else along with ctx.Err(). Other errors: the
// program could not be executed (an *fs.PathError that names it, Err is the errno),
// or ErrPtraceDenied.
//
// A caller that reaps all its children (wait4(-1), as an init does) must not do so
// while Trace runs: it would take the tracer's events.
func Trace(ctx context.Context, cmd Command, opt Options) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	unstage, err := makeStage(&cmd)
	if err != nil {
		return nil, err
	}
	defer unstage()
	live := &liveSet{pids: map[int]bool{}}
	stop := context.AfterFunc(ctx, live.killAll)
	defer stop()

	type outcome struct {
		res *Result
		err error
	}
	done := make(chan outcome)
	go onFreshThread(func() {
		// Sent even if Handle calls runtime.Goexit, as testing's FailNow does.
		o := outcome{err: errors.New("the trace was abandoned by its handler")}
		defer func() { done <- o }()
		o.res, o.err = traceBy(ctx, cmd, opt, live)
	})
	o := <-done
	switch err := ctx.Err(); {
	case err == nil:
	case o.res == nil: // the program never ran
		o.err = err
	case errors.Is(err, context.DeadlineExceeded):
		o.res.Exit.TimedOut = true
	default:
		o.err = err
	}
	return o.res, o.err
}

// onFreshThread runs f on a thread that has no children and traces nobody, so that
// f may wait for any child of its thread. The thread ends with f: if f leaves a
// traced process behind, PTRACE_O_EXITKILL ends it.
func onFreshThread(f func()) {
	runtime.LockOSThread()
	if !hasChildren() {
		f()
		return
	}
	// Some os/exec ran on this thread. While it is taken, the next goroutine must get
	// another one.
	next := make(chan struct{})
	go func() {
		defer close(next)
		onFreshThread(f)
	}()
	<-next
	runtime.UnlockOSThread()
}

// traceBy chooses the engine.
func traceBy(ctx context.Context, cmd Command, opt Options, live *liveSet) (*Result, error) {
	if opt.Engine == EngineNotify {
		if opt.Answer != nil {
			return nil, errors.New("the notify engine cannot answer calls: use ptrace")
		}
		return superviseOn(ctx, cmd, opt, live)
	}
	res, err := trace(cmd, opt, live)
	if !errors.Is(err, ErrPtraceDenied) || opt.Engine == EnginePtrace || opt.Answer != nil || ctx.Err() != nil {
		return res, err
	}
	res, second := superviseOn(ctx, cmd, opt, live)
	if errors.Is(second, ErrPtraceDenied) || second != nil && res == nil && !errors.As(second, new(*fs.PathError)) {
		return nil, err // the first reason is the one that can be helped
	}
	if res != nil {
		res.Incomplete = append([]string{err.Error()}, res.Incomplete...)
	}
	return res, second
}

// trace does it all on the current thread.
func trace(cmd Command, opt Options, live *liveSet) (*Result, error) {
	began := time.Now()
	tr := newTracer(opt, live)
	tr.mounts = cmd.Mounts
	defer tr.proc.close()
	if err := tr.launch(cmd); err != nil {
		return nil, err
	}
	undo := quietStops()
	defer undo()
	tr.loop()
	if tr.failed != nil {
		return nil, tr.failed
	}
	if !tr.started {
		return nil, tr.shimEnd()
	}
	tr.res.Syscalls = tr.countCalls()
	tr.res.Written = tr.grown()
	tr.res.Elapsed = time.Since(began)
	return &tr.res, nil
}

// launch starts the shim, seizes it and lets it go.
func (tr *tracer) launch(cmd Command) error {
	pid, err := tr.startShim(cmd)
	if err != nil {
		return err
	}
	tr.root = pid
	_, w, e := waitOwn(pid, unix.WUNTRACED)
	if e != 0 || !w.stopped() {
		if err := mountError(cmd); err != nil {
			return err
		}
		return fmt.Errorf("start the tracing shim: it ended at once (wait status %#x); does main call strace.Shim first?", uint32(w))
	}
	const options = ptraceOptions | unix.PTRACE_O_TRACEEXIT
	if e := ptrace(unix.PTRACE_SEIZE, pid, 0, options); e != 0 {
		err := tr.denied(pid, e)
		unix.Kill(pid, unix.SIGKILL)
		waitOwn(pid, 0)
		return err
	}
	t := &tracee{tid: pid, begun: true}
	tr.tasks[pid] = t
	tr.join(t, tr.newProcess(pid))
	unix.Kill(pid, unix.SIGCONT)
	return nil
}

// startShim runs this executable again as the shim for cmd.
func (tr *tracer) startShim(cmd Command) (pid int, err error) {
	var always []int
	var tests []ArgTest
	if tr.opt.Answer != nil {
		always, tests = tr.opt.AnswerNrs, tr.opt.AnswerTests
	}
	argv, err := shimArgv(cmd, newFilter(always, tests), "")
	if err != nil {
		return 0, err
	}
	return tr.forkShim(cmd, argv)
}

// forkShim runs this executable again, with the program's descriptors.
func (tr *tracer) forkShim(cmd Command, argv []string) (pid int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{
		Env: []string{},
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	switch {
	case cmd.Private && cmd.Root != "":
		privateNamespaces(attr.Sys)
	case len(cmd.Mounts) > 0:
		ownMounts(attr.Sys)
	}
	for _, f := range []*os.File{cmd.Stdin, cmd.Stdout, cmd.Stderr} {
		if f == nil {
			f = null
		}
		attr.Files = append(attr.Files, f.Fd())
	}
	for _, exe := range tr.executables() {
		pid, err = syscall.ForkExec(exe, argv, attr)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	runtime.KeepAlive(cmd)
	if err != nil && attr.Sys.Cloneflags != 0 && len(cmd.Mounts) > 0 {
		return 0, deniedMounts(err)
	}
	if err != nil && attr.Sys.Cloneflags&syscall.CLONE_NEWUSER != 0 {
		return 0, fmt.Errorf("run in %s: this host gives its users no user namespaces (%w); run nanodiag as root, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0", cmd.Root, err)
	}
	if err != nil {
		return 0, fmt.Errorf("start the tracing shim: %w", err)
	}
	return pid, nil
}

func shimArgv(cmd Command, p filterProgram, notify string) ([]string, error) {
	env, args := cmd.Env, cmd.Args
	if env == nil {
		env = os.Environ()
	}
	if args == nil {
		args = []string{cmd.Path}
	}
	private := ""
	if cmd.Private && cmd.Root != "" {
		private = "private"
	}
	if u := cmd.User; u != nil && (u.UID == keptID || u.GID == keptID) {
		return nil, fmt.Errorf("run as user %d, group %d: no such id (it means to keep the caller's)", u.UID, u.GID)
	}
	mounts, err := encodeMounts(cmd.Mounts)
	if err != nil {
		return nil, err
	}
	argv := []string{shimName, p.encode(), notify, cmd.Root, private, mounts, cmd.stage, cmd.User.encode(), cmd.Dir, cmd.Path, strconv.Itoa(len(env))}
	return append(append(argv, env...), args...), nil
}

// executables returns paths of the current executable, the most reliable first.
func (tr *tracer) executables() []string {
	dir := tr.opt.ProcDir
	if dir == "" {
		dir = "/proc"
	}
	var paths []string
	if tr.opt.Self != nil {
		paths = append(paths, fmt.Sprintf("%s/self/fd/%d", dir, tr.opt.Self.Fd()))
	}
	paths = append(paths, dir+"/self/exe")
	if exe, err := os.Executable(); err == nil {
		paths = append(paths, exe)
	}
	return paths
}

// shimCall watches the shim's own calls, for the one that fails to make it the program.
func (tr *tracer) shimCall(c *nativeCall, ret int64) {
	if ret >= 0 || tr.failed != nil {
		return
	}
	op := map[string]string{"execve": "exec", "chdir": "chdir", "chroot": "chroot"}[c.rule.name]
	if op == "" {
		return
	}
	tr.failed = &fs.PathError{Op: op, Path: c.path, Err: syscall.Errno(-ret)}
}

// shimEnd explains a shim that ended before it was the program.
func (tr *tracer) shimEnd() error {
	x := tr.res.Exit
	if x.Signal != 0 {
		return fmt.Errorf("the tracing shim was ended by %v before it executed the program", x.Signal)
	}
	if x.Code == exitUser {
		return errors.New("run the program as another user: only root may, or this user's ids do not exist in this user namespace")
	}
	e := syscall.Errno(x.Code)
	return fmt.Errorf("install the tracing filter (seccomp): %w; %w", e, ErrPtraceDenied)
}

// countCalls adds up the stops by name.
func (tr *tracer) countCalls() map[string]int {
	m := map[string]int{}
	for _, rules := range tr.rules {
		for i := range rules {
			if n := rules[i].count; n > 0 {
				m[rules[i].name] += n
			}
		}
	}
	for name, rule := range tr.unknown {
		if rule.count > 0 {
			m[name] += rule.count
		}
	}
	return m
}

// denied explains why the kernel refused to let us trace.
func (tr *tracer) denied(pid int, e unix.Errno) error {
	why := "the kernel or a security module refuses ptrace"
	read := func(name string) string {
		text, err := tr.proc.readFile(name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	status, _ := tr.proc.readFile("self/status")
	filtered := field(status, "Seccomp:") == "2"
	childStatus, _ := tr.proc.readFile(strconv.Itoa(tr.proc.number(pid)) + "/status")
	other := field(childStatus, "TracerPid:")
	switch scope := read("sys/kernel/yama/ptrace_scope"); {
	case scope == "3":
		why = "kernel.yama.ptrace_scope is 3, which forbids tracing until the next boot; boot with another value (sysctl.d)"
	case scope == "2":
		why = "kernel.yama.ptrace_scope is 2: run as root, or sudo sysctl kernel.yama.ptrace_scope=1"
	case other != "" && other != "0":
		why = "process " + other + " traces this one already (strace or a debugger): run without it"
	case filtered:
		why = "a seccomp profile forbids ptrace, as in a container: start it with --cap-add=SYS_PTRACE, or --security-opt seccomp=unconfined"
	}
	return fmt.Errorf("%w (%w): %s", ErrPtraceDenied, e, why)
}
