//go:build linux && amd64

package rehearse

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// fakeMemory is a program's memory from address base on.
type fakeMemory []byte

const base = 0x10000

func (m fakeMemory) at(addr uint64, n int) ([]byte, error) {
	if addr < base || addr-base+uint64(n) > uint64(len(m)) {
		return nil, unix.EFAULT
	}
	return m[addr-base:][:n], nil
}

func (m fakeMemory) read(_ int, addr uint64, b []byte) error {
	src, err := m.at(addr, len(b))
	copy(b, src)
	return err
}

func (m fakeMemory) write(_ int, addr uint64, b []byte) error {
	dst, err := m.at(addr, len(b))
	copy(dst, b)
	return err
}

func words(ws ...uint64) fakeMemory {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func testKernel(t *testing.T, version string, klibs ...string) *kernel {
	t.Helper()
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := newKernel(table, version, klibs)
	k.pid, k.memory, k.mem = 7, 512<<20, make(fakeMemory, 1024)
	return k
}

func (k *kernel) ask(t *testing.T, name string, args ...uint64) (int64, bool) {
	t.Helper()
	table, err := nanos.Load()
	if err != nil {
		t.Fatal(err)
	}
	nr, ok := table.Number(name)
	if !ok {
		t.Fatalf("%s has no number", name)
	}
	c := &strace.Call{Nr: nr, Name: name, TID: k.pid}
	copy(c.Args[:], args)
	return k.answer(c)
}

const toLinux = 1 << 40 // stands for "not answered" in the table

func TestAnswers(t *testing.T) {
	t.Parallel()
	fork := uint64(unix.CLONE_CHILD_CLEARTID | unix.CLONE_CHILD_SETTID | uint64(syscall.SIGCHLD))
	thread := uint64(unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD)
	for _, c := range []struct {
		name    string
		version string
		klibs   []string
		args    []uint64
		want    int64
	}{
		{"read", "0.1.53", nil, nil, toLinux},
		{"fork", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"vfork", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"execve", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"rseq", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"getppid", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"wait4", "0.1.53", nil, []uint64{^uint64(0)}, 0},
		{"setuid", "0.1.53", nil, []uint64{1000}, 0},
		{"getuid", "0.1.53", nil, nil, 0},
		{"flock", "0.1.53", nil, []uint64{3, 2}, 0},
		{"statx", "0.1.52", nil, nil, -int64(unix.ENOSYS)},
		{"statx", "0.1.53", nil, nil, toLinux},
		{"clone", "0.1.53", nil, []uint64{fork}, -int64(unix.ENOSYS)},
		{"clone", "0.1.53", nil, []uint64{thread}, toLinux},
		{"kill", "0.1.53", nil, []uint64{7, 15}, toLinux},
		{"kill", "0.1.53", nil, []uint64{1, 15}, -int64(unix.ESRCH)},
		{"kill", "0.1.53", nil, []uint64{^uint64(0), 9}, -int64(unix.ESRCH)},
		{"prctl", "0.1.53", nil, []uint64{unix.PR_SET_NO_NEW_PRIVS, 1}, 0},
		{"prctl", "0.1.53", nil, []uint64{unix.PR_SET_NAME}, toLinux},
		{"memfd_create", "0.1.53", nil, nil, -int64(unix.ENOSYS)},
		{"memfd_create", "0.1.53", []string{"shmem"}, nil, -int64(unix.ENOSYS)},
		{"memfd_create", "0.1.53", []string{"tmpfs", "shmem"}, nil, toLinux},
		{"memfd_create", "0.1.49", []string{"tmpfs", "shmem"}, nil, -int64(unix.ENOSYS)},
		{"madvise", "0.1.49", nil, []uint64{0x1000, 4096, unix.MADV_DONTNEED}, 0},
		{"madvise", "0.1.53", nil, []uint64{0x1000, 4096, unix.MADV_DONTNEED}, 0},
		{"madvise", "0.1.55", nil, []uint64{0x1000, 4096, unix.MADV_DONTNEED}, toLinux},
		{"madvise", "0.1.55", nil, []uint64{0x1000, 4096, unix.MADV_FREE}, 0},
		{"madvise", "0.1.55", nil, []uint64{0x1001, 4096, unix.MADV_FREE}, -int64(unix.EINVAL)},
		{"ioctl", "0.1.53", nil, []uint64{1, unix.TCGETS}, -int64(unix.ENOSYS)},
		{"ioctl", "0.1.53", nil, []uint64{1, fionbio}, toLinux},
		{"ioctl", "0.1.53", nil, []uint64{1, fioclex}, 0},
		{"fcntl", "0.1.53", nil, []uint64{1, unix.F_GETFL}, toLinux},
		{"fcntl", "0.1.53", nil, []uint64{1, unix.F_SETLK}, 0},
		{"fcntl", "0.1.53", nil, []uint64{1, unix.F_OFD_SETLK}, -int64(unix.ENOSYS)},
		{"fcntl", "0.1.50", nil, []uint64{1, unix.F_ADD_SEALS}, -int64(unix.ENOSYS)},
		{"socket", "0.1.53", nil, []uint64{unix.AF_INET, unix.SOCK_STREAM | unix.SOCK_CLOEXEC, 0}, toLinux},
		{"socket", "0.1.53", nil, []uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_UDP}, -int64(unix.EPROTONOSUPPORT)},
		{"socket", "0.1.53", nil, []uint64{unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6}, -int64(unix.EINVAL)},
		{"socket", "0.1.53", nil, []uint64{unix.AF_UNIX, unix.SOCK_SEQPACKET, 0}, toLinux},
		{"socket", "0.1.53", nil, []uint64{unix.AF_UNIX, unix.SOCK_RAW, 0}, -int64(unix.ESOCKTNOSUPPORT)},
		{"socket", "0.1.53", nil, []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, toLinux},
		{"socket", "0.1.53", nil, []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT}, -int64(unix.EPROTONOSUPPORT)},
		{"socket", "0.1.53", nil, []uint64{unix.AF_PACKET, unix.SOCK_RAW, 0}, -int64(unix.EAFNOSUPPORT)},
		{"socketpair", "0.1.53", nil, []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0}, toLinux},
		{"socketpair", "0.1.53", nil, []uint64{unix.AF_INET, unix.SOCK_STREAM, 0}, -int64(unix.EAFNOSUPPORT)},
		{"io_uring_setup", "0.1.53", nil, []uint64{8, base}, toLinux},
		{"io_uring_setup", "0.1.53", nil, []uint64{8, 8}, -int64(unix.EFAULT)},
		{"clone3", "0.1.41", nil, nil, -int64(unix.ENOSYS)},
		{"clone3", "0.1.53", nil, []uint64{base, 64}, -int64(unix.EINVAL)},
		{"clone3", "0.1.53", nil, []uint64{8, 88}, -int64(unix.EFAULT)},
		{"getrlimit", "0.1.53", nil, []uint64{unix.RLIMIT_STACK, base}, 0},
		{"getrlimit", "0.1.53", nil, []uint64{unix.RLIMIT_STACK, 8}, -int64(unix.EFAULT)},
		{"getrlimit", "0.1.53", nil, []uint64{unix.RLIMIT_NPROC, base}, -int64(unix.EINVAL)},
	} {
		k := testKernel(t, c.version, c.klibs...)
		got, answered := k.ask(t, c.name, c.args...)
		if !answered {
			got = toLinux
		}
		if got != c.want {
			t.Errorf("%s %s%#x = %d, want %d", c.version, c.name, c.args, got, c.want)
		}
	}
}

func TestUnknownNumber(t *testing.T) {
	t.Parallel()
	k := testKernel(t, "")
	for _, nr := range []int{-1, 500, lastNr + 1, 1 << 30} {
		if got, answered := k.answer(&strace.Call{Nr: nr}); got != -int64(unix.ENOSYS) || !answered {
			t.Errorf("call %d = %d, %v", nr, got, answered)
		}
	}
}

// clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup.
func TestClone3ReadsItsArguments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		flags, stack uint64
		want         int64
	}{
		{"thread", unix.CLONE_VM | unix.CLONE_THREAD, 4096, toLinux},
		{"posix_spawn", unix.CLONE_VM | unix.CLONE_VFORK, 4096, -int64(unix.ENOSYS)},
		{"without a stack", unix.CLONE_THREAD, 0, -int64(unix.EINVAL)},
	} {
		k := testKernel(t, "0.1.53")
		k.mem = words(c.flags, 0, 0, 0, 0, 0x7000, c.stack, 0, 0, 0, 0)
		got, answered := k.ask(t, "clone3", base, 88)
		if !answered {
			got = toLinux
		}
		if got != c.want {
			t.Errorf("%s: clone3 = %d, want %d", c.name, got, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	k := testKernel(t, "0.1.53")
	m := words(8<<20, 8<<20, 0, 0)
	k.mem = m
	// prlimit64(0, RLIMIT_STACK, new, old): the old value is reported first.
	if ret, answered := k.ask(t, "prlimit64", 0, unix.RLIMIT_STACK, base, base+16); ret != 0 || !answered {
		t.Fatalf("prlimit64 = %d, %v", ret, answered)
	}
	if got := binary.LittleEndian.Uint64(m[16:]); got != stackSize {
		t.Errorf("stack limit is %d, want %d", got, stackSize)
	}
	if ret, _ := k.ask(t, "getrlimit", unix.RLIMIT_STACK, base+16); ret != 0 {
		t.Fatalf("getrlimit = %d", ret)
	}
	if got := binary.LittleEndian.Uint64(m[16:]); got != 8<<20 {
		t.Errorf("stack limit after setting it is %d", got)
	}
	if got := binary.LittleEndian.Uint64(m[24:]); got != unlimited {
		t.Errorf("hard stack limit is %#x", got)
	}
}

func TestUnameAndSysinfo(t *testing.T) {
	t.Parallel()
	k := testKernel(t, "0.1.53")
	m := make(fakeMemory, 512)
	k.mem = m
	if ret, answered := k.ask(t, "uname", base); ret != 0 || !answered {
		t.Fatalf("uname = %d, %v", ret, answered)
	}
	for at, want := range map[int]string{0: "Nanos", 130: "5.0-0.1.53", 260: "x86_64"} {
		if got := string(m[at:][:bytes.IndexByte(m[at:], 0)]); got != want {
			t.Errorf("uname field at %d is %q, want %q", at, got, want)
		}
	}
	if ret, _ := k.ask(t, "uname", 8); ret != -int64(unix.EFAULT) {
		t.Errorf("uname to a bad address = %d", ret)
	}
	if ret, _ := k.ask(t, "sysinfo", base); ret != 0 || binary.LittleEndian.Uint64(m[32:]) != 512<<20 {
		t.Errorf("sysinfo = %d, %d bytes of memory", ret, binary.LittleEndian.Uint64(m[32:]))
	}
}

func TestTrimAuxv(t *testing.T) {
	t.Parallel()
	const (
		secure   = 23
		platform = 15
		phdr     = 3
	)
	k := testKernel(t, "0.1.53")
	m := words(
		2, 0xa, 0xb, 0, // argc, argv
		0xe, 0, // envp
		phdr, 0x400040, secure, 0, platform, 0x7ff, auxvNull, 0,
		secure, 1) // beyond the end
	k.mem = m
	k.trimAuxv(1, base)
	var tags []uint64
	for i := 6; i < 16; i += 2 {
		tags = append(tags, binary.LittleEndian.Uint64(m[8*i:]))
	}
	if want := []uint64{phdr, auxvIgnore, auxvIgnore, auxvNull, secure}; !slices.Equal(tags, want) {
		t.Errorf("tags are %v, want %v", tags, want)
	}
	k.trimAuxv(1, base+8*15) // runs off the end of memory
}

func TestGuestMaps(t *testing.T) {
	t.Parallel()
	const linux = `55e0a000-55e0b000 r-xp 00001000 fe:00 1234 /usr/bin/a prog
55e0b000-55e0c000 rw-p 00000000 00:00 0    [heap]
7ffd10000000-7ffd10001000 rw-p 00000000 00:00 0    [stack]
7f0000000000-7f0000001000 ---p 00000000 00:00 0
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
garbage
`
	const want = "0000000055e0a000-0000000055e0b000 r-xp 00000000 00:00 0\n" +
		"0000000055e0b000-0000000055e0c000 rw-p 00000000 00:00 0\t[heap]\n" +
		"00007ffd10000000-00007ffd10001000 rw-p 00000000 00:00 0\t[stack]\n" +
		"00007f0000000000-00007f0000001000 r--p 00000000 00:00 0\n"
	if got := string(guestMaps([]byte(linux))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestEscapeOption(t *testing.T) {
	t.Parallel()
	if got := escapeOption(`/a:b,c\d`); got != `/a\:b\,c\\d` {
		t.Errorf("escapeOption = %s", got)
	}
}

func TestNumbersCoverWhatIsUnsupported(t *testing.T) {
	t.Parallel()
	nrs := testKernel(t, "0.1.53").numbers()
	for _, nr := range []int{unix.SYS_FORK, unix.SYS_CLONE3, unix.SYS_RSEQ, unix.SYS_WAIT4, unix.SYS_OPENAT, 462} {
		if !slices.Contains(nrs, nr) {
			t.Errorf("call %d is not watched", nr)
		}
	}
	for _, nr := range []int{unix.SYS_READ, unix.SYS_FUTEX, unix.SYS_MUNMAP} {
		if slices.Contains(nrs, nr) {
			t.Errorf("call %d is watched, which makes programs slow", nr)
		}
	}
}

func TestExecErrorTexts(t *testing.T) {
	t.Parallel()
	for k := range execTexts {
		if got := (&ExecError{ExecKind(k), "/x"}).Error(); !strings.Contains(got, "/x") || strings.Contains(got, "%!") {
			t.Errorf("kind %d: %q", k, got)
		}
	}
}
