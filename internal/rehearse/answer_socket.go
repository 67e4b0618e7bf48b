//go:build linux && amd64

package rehearse

import (
	"golang.org/x/sys/unix"

	"github.com/nanodiag/nanodiag/strace"
)

// sockTypeMask takes the flags off a socket's type.
const sockTypeMask = 0xf

// answerSocket serves the families and types that socket() of the kernel's
// net/netsyscall.c knows. Its errors are not always those of Linux.
func answerSocket(_ *kernel, c *strace.Call) (int64, bool) {
	family, kind, protocol := int(c.Args[0]), int(c.Args[1])&sockTypeMask, int(c.Args[2])
	switch family {
	case unix.AF_INET, unix.AF_INET6:
		// The protocol is compared with the type before the flags are taken off it, so
		// that SOCK_STREAM|SOCK_CLOEXEC passes with any protocol.
		raw := int(c.Args[1])
		if protocol != 0 && (raw == unix.SOCK_STREAM && protocol != unix.IPPROTO_TCP || raw == unix.SOCK_DGRAM && protocol != unix.IPPROTO_UDP) {
			return errno(unix.EPROTONOSUPPORT)
		}
		if kind != unix.SOCK_STREAM && kind != unix.SOCK_DGRAM {
			return errno(unix.EINVAL)
		}
	case unix.AF_UNIX:
		return answerUnixType(kind)
	case unix.AF_NETLINK:
		if kind != unix.SOCK_DGRAM && kind != unix.SOCK_RAW {
			return errno(unix.ESOCKTNOSUPPORT)
		}
		if protocol != unix.NETLINK_ROUTE {
			return errno(unix.EPROTONOSUPPORT)
		}
	case unix.AF_VSOCK:
		if kind != unix.SOCK_STREAM {
			return errno(unix.ESOCKTNOSUPPORT)
		}
	default:
		return errno(unix.EAFNOSUPPORT)
	}
	return 0, false
}

func answerSocketpair(_ *kernel, c *strace.Call) (int64, bool) {
	if c.Args[0] != unix.AF_UNIX {
		return errno(unix.EAFNOSUPPORT)
	}
	return answerUnixType(int(c.Args[1]) & sockTypeMask)
}

func answerUnixType(kind int) (int64, bool) {
	if kind != unix.SOCK_STREAM && kind != unix.SOCK_DGRAM && kind != unix.SOCK_SEQPACKET {
		return errno(unix.ESOCKTNOSUPPORT)
	}
	return 0, false
}
