//go:build linux && (amd64 || arm64)

package strace

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The supervisor, the guard and the shim talk over a socket with an abstract name:
// unlike an inherited descriptor it takes no number that the program may expect free.
// Every message is one packet.
type notifyMessage struct {
	kind  uint32
	value uint32
	extra uint64
}

const (
	messageGuard    = 1 + iota // the guard is there; value is the shim's process id
	messageListener            // a descriptor comes along; extra is the shim's peak memory in bytes
	messageFailed              // the shim could not become the program: value is errno, extra which of failedOps
	messageRead                // extra is how many bytes the ended program has read
	messageWrote               // and written
	messageExit                // the program ended: value is its wait status, extra its peak memory in bytes
)

// failedOps are what the shim may fail at.
var failedOps = []string{"install the filter", "chroot", "chdir", "exec", "change to the user for"}

const (
	failedFilter = iota
	failedChroot
	failedChdir
	failedExec
	failedUser
)

const messageSize = 16

func (m notifyMessage) send(fd int, rights []byte) error {
	var b [messageSize]byte
	binary.NativeEndian.PutUint32(b[:], m.kind)
	binary.NativeEndian.PutUint32(b[4:], m.value)
	binary.NativeEndian.PutUint64(b[8:], m.extra)
	return unix.Sendmsg(fd, b[:], rights, nil, unix.MSG_NOSIGNAL)
}

// receiveMessage returns the next message, with the descriptor that came along or -1.
// ok is false when the other end is closed.
func receiveMessage(fd int) (m notifyMessage, passed int, ok bool) {
	var b [messageSize]byte
	oob := make([]byte, unix.CmsgSpace(4))
	for {
		n, on, _, _, err := unix.Recvmsg(fd, b[:], oob, unix.MSG_CMSG_CLOEXEC)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n != messageSize {
			return m, -1, false
		}
		m = notifyMessage{binary.NativeEndian.Uint32(b[:]), binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint64(b[8:])}
		return m, passedDescriptor(oob[:on]), true
	}
}

func passedDescriptor(oob []byte) int {
	control, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(control) == 0 {
		return -1
	}
	fds, err := unix.ParseUnixRights(&control[0])
	if err != nil || len(fds) == 0 {
		return -1
	}
	return fds[0]
}

func notifySocket() (int, error) {
	return unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
}

// listenForShim opens the supervisor's socket under a name that nobody can guess.
func listenForShim() (fd int, name string, err error) {
	if fd, err = notifySocket(); err != nil {
		return -1, "", err
	}
	var b [12]byte
	if _, err = rand.Read(b[:]); err == nil {
		name = fmt.Sprintf("@nanodiag-%x", b)
		if err = unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err == nil {
			err = unix.Listen(fd, 4)
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, "", err
	}
	return fd, name, nil
}

func connectTo(name string) (int, error) {
	fd, err := notifySocket()
	if err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: name}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// notification is struct seccomp_notif.
type notification struct {
	id    uint64
	pid   uint32 // the thread's
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// notificationReply is struct seccomp_notif_resp.
type notificationReply struct {
	id    uint64
	val   int64
	errno int32
	flags uint32
}

const notifSetFlags = 0x40082104 // SECCOMP_IOCTL_NOTIF_SET_FLAGS (Linux 6.6)

func (n *notification) receive(listener int) unix.Errno {
	*n = notification{} // the kernel insists
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(n)))
	return e
}

// letGo makes the kernel go on with the call.
func (n *notification) letGo(listener int) unix.Errno {
	r := notificationReply{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	_, _, e := unix.RawSyscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&r)))
	return e
}

// installNotifyFilter returns the listener. Without WAIT_KILLABLE_RECV (Linux 5.19) a
// signal makes a call that waits for the supervisor start again, and be seen twice.
func installNotifyFilter(p filterProgram) (int, error) {
	const waitKillable = 1 << 5 // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	prog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	install := func(flags uintptr) (int, unix.Errno) {
		fd, _, e := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
		return int(fd), e
	}
	fd, e := install(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | waitKillable)
	if e == unix.EINVAL {
		fd, e = install(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	runtime.KeepAlive(p)
	if e != 0 {
		return -1, e
	}
	return fd, nil
}
