//go:build linux && (amd64 || arm64)

package strace

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shimName is argv[0] of the shim, and what tells a process that it is one.
const shimName = "nanodiag: tracing shim"

// The shim's arguments. Everything comes by argv: the program's environment must not
// act on the shim's own start (GODEBUG, LD_PRELOAD), so the shim itself has none.
const (
	shimArgName = iota
	shimArgFilter
	shimArgNotify // name of the supervisor's socket under the notify engine; else empty
	shimArgRoot
	shimArgPrivate // "private" where the root's /proc, /dev and /sys are to be mounted
	shimArgMounts
	shimArgStage // directory that the mounts are built and failures told in
	shimArgUser
	shimArgDir
	shimArgPath
	shimArgEnvCount
	shimArgEnv // the environment, then argv
)

func init() {
	// The thread that was seized must be the one that executes the program, and that
	// is the main thread; only here is it sure to be the current one.
	//
	// It does so right here rather than in Shim: the packages that the program
	// initialises after this one cost more than the shim's whole life otherwise.
	if isShim() {
		runtime.LockOSThread()
		syscall.Exit(becomeProgram(os.Args))
	}
	if isGuard() {
		runtime.LockOSThread() // the shim's PDEATHSIG is about this thread
		syscall.Exit(guard(os.Args))
	}
}

func isShim() bool { return len(os.Args) > shimArgEnv && os.Args[0] == shimName }

// Shim must be called first in main, and in TestMain, of every program that uses
// Trace. In a process that Trace started in order to become the traced program it
// never returns, and in fact ends already while packages are initialised; in any
// other it does nothing.
func Shim() {}

// becomeProgram waits to be seized, installs the filter and executes the program. It
// returns the error number as exit status if the filter is refused. Failures from
// then on need no report: the tracer sees the calls and their results.
func becomeProgram(argv []string) int {
	filter, err := decodeFilter(argv[shimArgFilter])
	n, convErr := strconv.Atoi(argv[shimArgEnvCount])
	if err != nil || convErr != nil || n < 0 || shimArgEnv+n > len(argv) {
		return int(unix.EINVAL)
	}
	env, args := argv[shimArgEnv:shimArgEnv+n], argv[shimArgEnv+n:]

	if argv[shimArgPrivate] != "" {
		if err := mountKernelDirs(argv[shimArgRoot]); err != nil {
			return exitErrno(err)
		}
	}
	user, err := decodeUser(argv[shimArgUser])
	if err != nil {
		return int(unix.EINVAL)
	}
	if mounts := decodeMounts(argv[shimArgMounts]); len(mounts) > 0 {
		stage := argv[shimArgStage]
		err := mountAll(mounts, argv[shimArgRoot], filepath.Join(stage, stageRoot))
		if err == nil && !mayFilterWithPrivileges() {
			err = dropPrivileges()
		}
		if err != nil {
			reportMounts(stage, err)
			return exitErrno(err)
		}
	}
	notify := argv[shimArgNotify]
	if notify == "" {
		// The tracer seizes us while we are stopped, and continues us.
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGSTOP); err != nil {
			return exitErrno(err)
		}
		// It was set in case the tracer dies before it seizes us.
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0); err != nil {
			return exitErrno(err)
		}
	}
	if !mayFilterWithPrivileges() {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return exitErrno(err)
		}
	}
	sock := -1
	if notify != "" {
		sock, err = notifySupervisor(notify, filter)
	} else {
		err = installFilter(filter)
	}
	if err != nil {
		return exitErrno(err)
	}
	if root := argv[shimArgRoot]; root != "" {
		if err := errors.Join(syscall.Chroot(root), syscall.Chdir("/")); err != nil {
			reportFailure(sock, failedChroot, err)
			return 1
		}
	}
	if user != nil {
		if err := user.become(); err != nil {
			reportFailure(sock, failedUser, err)
			return exitUser
		}
	}
	if dir := argv[shimArgDir]; dir != "" {
		if err := syscall.Chdir(dir); err != nil {
			reportFailure(sock, failedChdir, err)
			return 1
		}
	}
	ignoreAgain()
	// syscall.Exec puts back the descriptor limit that the Go runtime raised.
	reportFailure(sock, failedExec, syscall.Exec(argv[shimArgPath], args, env))
	return 1
}

func installFilter(p filterProgram) error {
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	_, _, e := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(p)
	if e != 0 {
		return e
	}
	return nil
}

// mayFilterWithPrivileges reports whether no_new_privs can be spared: a filter without
// it takes CAP_SYS_ADMIN, and a set-user-ID program gains privileges under a tracer
// only if the tracer has CAP_SYS_PTRACE.
func mayFilterWithPrivileges() bool {
	const need = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SYS_PTRACE
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return false
	}
	return data[0].Effective&need == need
}

func exitErrno(err error) int {
	var e syscall.Errno
	if errors.As(err, &e) && e > 0 && e < 255 {
		return int(e)
	}
	return 255
}
