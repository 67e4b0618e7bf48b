package strace

import (
	"strconv"
	"strings"
	"syscall"
)

// signalNames is Linux's numbering on amd64 and arm64, spelt out so that a log
// reads the same on every operating system.
var signalNames = [...]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
	16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
	23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
	30: "SIGPWR", 31: "SIGSYS",
}

// sigRTMin is the kernel's first real-time signal; strace counts from it
// ("SIGRT_2" is 34), unlike glibc, which keeps two for itself.
const (
	sigRTMin = 32
	sigMax   = 64
)

// SignalName returns the name of s as strace(1) prints it ("SIGSEGV", "SIGRT_2").
func SignalName(s syscall.Signal) string {
	switch n := int(s); {
	case n > 0 && n < len(signalNames):
		return signalNames[n]
	case n == sigRTMin:
		return "SIGRTMIN"
	case n > sigRTMin && n <= sigMax:
		return "SIGRT_" + strconv.Itoa(n-sigRTMin)
	default:
		return strconv.Itoa(n)
	}
}

// SignalByName is the reverse of SignalName.
func SignalByName(name string) (syscall.Signal, bool) {
	if rest, ok := strings.CutPrefix(name, "SIGRT_"); ok {
		n, err := strconv.Atoi(rest)
		return syscall.Signal(sigRTMin + n), err == nil && n >= 0 && n <= sigMax-sigRTMin
	}
	if name == "SIGRTMIN" {
		return sigRTMin, true
	}
	for n, s := range signalNames {
		if s == name && n > 0 {
			return syscall.Signal(n), true
		}
	}
	n, err := strconv.Atoi(name)
	return syscall.Signal(n), err == nil && n > 0 && n <= sigMax
}
