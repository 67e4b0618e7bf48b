//go:build linux && amd64

package rehearse

import (
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// kernel answers system calls as one Nanos version does. Nothing but the tracer's
// thread calls it.
type kernel struct {
	version string
	klibs   []string
	memory  int64     // bytes of the guest, for what reports it
	files   *root     // nil in tests
	rw      *rewriter // nil in a root of the program's own
	mem     memory

	pid     int      // of the program, once it runs
	stack   uint64   // RLIMIT_STACK as the program last set it, bytes
	trimmed bool     // the auxiliary vector is as Nanos makes it
	byNr    []answer // nil where Linux answers as Nanos does
	detail  detail
}

// detail is what an answer knows of a call beyond its event. The event follows before
// the next answer.
type detail struct {
	tid  int
	name string
	args string // as Nanos prints them
	ret  int64  // what the call will return, with done
	done bool
}

// complete adds to an event what is known of its call.
func (k *kernel) complete(e *strace.Event) {
	d := k.detail
	if d.name == "" || e.Kind != strace.KindCall || e.TID != d.tid || e.Name != d.name {
		return
	}
	k.detail = detail{}
	e.Args = d.args
	if d.done && e.State == strace.Unknown {
		e.State, e.Ret = strace.Done, d.ret
	}
}

// answer computes what Nanos returns, a negative error number as in a raw system
// call. answered is false when Linux may do the call itself.
type answer func(k *kernel, c *strace.Call) (ret int64, answered bool)

// lastNr is the highest call number that is looked at. Linux has none beyond 470 so
// far, and answers those with ENOSYS too.
const lastNr = 511

// stackSize is the main thread's stack and the default of its threads (bytes):
// PROCESS_STACK_SIZE of the kernel.
const stackSize = 2 << 20

// special lists the calls that Nanos serves in its own way. Those that a version
// does not serve at all need no entry.
var special = map[string]answer{
	"clone":             answerClone,
	"clone3":            answerClone3,
	"kill":              answerKill,
	"tkill":             answerTkill,
	"tgkill":            answerTgkill,
	"rt_sigqueueinfo":   answerKill,
	"rt_tgsigqueueinfo": answerTgkill,
	"prctl":             answerPrctl,
	"arch_prctl":        answerArchPrctl,
	"madvise":           answerMadvise,
	"memfd_create":      answerMemfd,
	"mmap":              answerMmap,
	"fstat":             answerFstat,
	"newfstatat":        answerFstatat,
	"statx":             answerStatx,
	"ioctl":             answerIoctl,
	"readv":             answerVector,
	"writev":            answerVector,
	"fcntl":             answerFcntl,
	"socket":            answerSocket,
	"socketpair":        answerSocketpair,
	"io_uring_setup":    answerUringSetup,
	"uname":             answerUname,
	"sysinfo":           answerSysinfo,
	"capget":            answerCapget,
	"getrlimit":         answerGetrlimit,
	"setrlimit":         answerSetrlimit,
	"prlimit64":         answerPrlimit,
	"open":              openAt(-1, 0, 1),
	"creat":             writeAt(-1, 0),
	"access":            accessAt(-1, 0),
	"faccessat":         accessAt(0, 1),
	"openat":            openAt(0, 1, 2),
	"truncate":          writeAt(-1, 0),
	"utime":             writeAt(-1, 0),
	"utimes":            writeAt(-1, 0),
	"utimensat":         writeAt(0, 1),
	"unlink":            writeAt(-1, 0),
	"unlinkat":          writeAt(0, 1),
	"rename":            both(writeAt(-1, 0), writeAt(-1, 1)),
	"renameat":          both(writeAt(0, 1), writeAt(2, 3)),
	"renameat2":         both(writeAt(0, 1), writeAt(2, 3)),
	"link":              writeAt(-1, 0),
	"linkat":            writeAt(0, 1),
}

// firstFile is the first descriptor that is not a standard one.
const firstFile = 3

// tests lists when the hot ones of the calls in special matter.
func (k *kernel) tests() []strace.ArgTest {
	advice := uint32(unix.MADV_DONTNEED)
	if k.since("0.1.55") {
		advice++ // it does what Linux does
	}
	return []strace.ArgTest{
		{Nr: unix.SYS_MMAP, Arg: 3, AnyBit: unix.MAP_HUGETLB},
		{Nr: unix.SYS_MMAP, Arg: 1, AtLeast: largeMapping},
		{Nr: unix.SYS_MMAP, Arg: 1, High: true, AtLeast: 1},
		{Nr: unix.SYS_MADVISE, Arg: 2, AtLeast: advice},
		{Nr: unix.SYS_FSTAT, Arg: 0, Below: firstFile},
		{Nr: unix.SYS_READV, Arg: 0, AtLeast: firstFile},
		{Nr: unix.SYS_WRITEV, Arg: 0, AtLeast: firstFile},
		{Nr: unix.SYS_FCNTL, Arg: 1, AtLeast: unix.F_GETLK},
	}
}

func newKernel(table *nanos.Table, version string, klibs []string) *kernel {
	k := &kernel{version: version, klibs: klibs, stack: stackSize, byNr: make([]answer, lastNr+1)}
	for nr := range k.byNr {
		name := table.Name(nr)
		switch table.Status(name, version) {
		case nanos.Unsupported:
			k.byNr[nr] = answerNosys
		case nanos.Ignored:
			k.byNr[nr] = answerZero
		default:
			k.byNr[nr] = special[name]
		}
	}
	return k
}

// rewriting has the paths of all calls that Linux does rewritten.
func (k *kernel) rewriting(table *nanos.Table, w *rewriter) {
	k.rw = w
	for nr := range k.byNr {
		name := table.Name(nr)
		if _, ok := rewriteCalls[name]; !ok || table.Status(name, k.version) != nanos.Implemented {
			continue
		}
		first := k.byNr[nr]
		if first == nil {
			first = answerLinux
		}
		k.byNr[nr] = func(k *kernel, c *strace.Call) (int64, bool) {
			if ret, answered := first(k, c); answered {
				return ret, true
			}
			return k.rewrite(c)
		}
	}
}

// numbers lists the calls that the tracer must ask about.
func (k *kernel) numbers() []int {
	var nrs []int
	for nr, a := range k.byNr {
		if a != nil {
			nrs = append(nrs, nr)
		}
	}
	return nrs
}

func (k *kernel) answer(c *strace.Call) (int64, bool) {
	if c.Nr < 0 || c.Nr >= len(k.byNr) {
		return answerNosys(k, c)
	}
	if a := k.byNr[c.Nr]; a != nil {
		return a(k, c)
	}
	return 0, false
}

// since reports whether the version is this one or newer.
func (k *kernel) since(version string) bool { return nanos.Compare(k.version, version) >= 0 }

func (k *kernel) hasKlib(name string) bool { return slices.Contains(k.klibs, name) }

func errno(e syscall.Errno) (int64, bool) { return -int64(e), true }

func answerNosys(*kernel, *strace.Call) (int64, bool) { return errno(syscall.ENOSYS) }
func answerZero(*kernel, *strace.Call) (int64, bool)  { return 0, true }
func answerLinux(*kernel, *strace.Call) (int64, bool) { return 0, false }
