//go:build linux && (amd64 || arm64)

package strace

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// guardName is argv[0] of the guard, the process between the supervisor and the
// program under the notify engine. Nothing in the kernel ends the traced processes
// with their supervisor, as PTRACE_O_EXITKILL does; what is worse, their calls would
// fail with ENOSYS from then on. The guard adopts whoever loses a parent, and ends
// all of them when the supervisor goes.
const guardName = "nanodiag: tracing guard"

// The guard's arguments.
const (
	guardArgName   = iota
	guardArgSocket // name of the supervisor's socket
	guardArgShim   // from here on: argv of the shim
)

func isGuard() bool { return len(os.Args) > guardArgShim && os.Args[0] == guardName }

// guard starts the shim, reports how it ends, and stays until nobody is left.
func guard(argv []string) int {
	// What a terminal sends to everybody is the program's to handle. Caught, not
	// ignored: that would be inherited.
	caught := make(chan os.Signal, 1)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTSTP} {
		if !signal.Ignored(sig) { // what is ignored from the start is so for the program
			signal.Notify(caught, sig)
		}
	}
	// The supervisor's end shows at the socket, and is not this process's end.
	if err := errors.Join(unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0), unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); err != nil {
		return exitErrno(err)
	}
	sock, err := connectTo(argv[guardArgSocket])
	if err != nil {
		return exitErrno(err)
	}
	attr := &syscall.ProcAttr{
		Env: []string{}, Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	exe, err := os.Executable()
	if err != nil {
		exe = "/proc/self/exe"
	}
	root, err := syscall.ForkExec(exe, argv[guardArgShim:], attr)
	if err != nil {
		root, err = syscall.ForkExec("/proc/self/exe", argv[guardArgShim:], attr)
	}
	if err != nil {
		return exitErrno(err)
	}
	if err := (notifyMessage{kind: messageGuard, value: uint32(root)}).send(sock, nil); err != nil {
		endDescendants()
	}
	go func() {
		receiveMessage(sock) // the supervisor sends nothing: it is gone, or wants an end
		for {
			endDescendants()
			time.Sleep(time.Millisecond)
		}
	}()
	proc := openProc("")
	for {
		// What a process has read and written can be asked as long as nobody waited for it.
		if awaitEnd() == root {
			io := proc.io(root)
			_ = notifyMessage{kind: messageRead, extra: uint64(io[0])}.send(sock, nil)
			_ = notifyMessage{kind: messageWrote, extra: uint64(io[1])}.send(sock, nil)
		}
		var ws syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &ws, syscall.WALL, &usage)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0
		case pid == root:
			m := notifyMessage{kind: messageExit, value: uint32(ws), extra: uint64(usage.Maxrss) << 10}
			_ = m.send(sock, nil)
		}
	}
}

// awaitEnd waits until a child has ended, and returns which, 0 when there is none. It
// stays to be waited for.
func awaitEnd() int {
	var info struct {
		_   [4]int32
		pid int32
		_   [108]byte
	}
	_, _, e := unix.Syscall6(unix.SYS_WAITID, unix.P_ALL, 0, uintptr(unsafe.Pointer(&info)), unix.WEXITED|unix.WNOWAIT|unix.WALL, 0, 0)
	if e != 0 {
		return 0
	}
	return int(info.pid)
}

// endDescendants kills every process below this one that it finds.
func endDescendants() {
	todo := []string{"self"}
	for n := 0; len(todo) > 0 && n < 1<<16; n++ {
		lists, _ := filepath.Glob("/proc/" + todo[0] + "/task/*/children")
		todo = todo[1:]
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, child := range strings.Fields(string(text)) {
				if pid, err := strconv.Atoi(child); err == nil {
					kill(pid)
					todo = append(todo, child)
				}
			}
		}
	}
}

// notifySupervisor installs the filter and hands its listener to the supervisor. It
// returns the socket, which the execve will close.
func notifySupervisor(name string, filter filterProgram) (int, error) {
	sock, err := connectTo(name)
	if err != nil {
		return -1, err
	}
	var usage unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	// From here on every call that the filter stops waits for the supervisor, who must
	// get the listener first: sendmsg and close are not among them.
	listener, err := installNotifyFilter(filter)
	if err != nil {
		reportFailure(sock, failedFilter, err)
		return -1, err
	}
	m := notifyMessage{kind: messageListener, extra: uint64(usage.Maxrss) << 10}
	if err := m.send(sock, unix.UnixRights(listener)); err != nil {
		return -1, err
	}
	unix.Close(listener)
	runtime.KeepAlive(filter)
	return sock, nil
}

// reportFailure tells the supervisor why the shim does not become the program. sock is
// negative under ptrace, where the tracer sees it happen.
func reportFailure(sock int, op uint64, err error) {
	var e syscall.Errno
	if sock >= 0 && errors.As(err, &e) {
		_ = notifyMessage{kind: messageFailed, value: uint32(e), extra: op}.send(sock, nil)
	}
}
