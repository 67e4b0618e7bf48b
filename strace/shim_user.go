//go:build linux && (amd64 || arm64)

package strace

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// keptID is -1, by which setresuid(2) and setresgid(2) leave what was.
const keptID = 1<<32 - 1

// exitUser is the shim's exit status when it could not become the user.
const exitUser = 254

func (u *User) encode() string {
	if u == nil {
		return ""
	}
	ids := []string{fmt.Sprint(u.UID), fmt.Sprint(u.GID)}
	for _, g := range u.Groups {
		ids = append(ids, fmt.Sprint(g))
	}
	return strings.Join(ids, ",")
}

func decodeUser(text string) (*User, error) {
	if text == "" {
		return nil, nil
	}
	var ids []uint32
	for _, s := range strings.Split(text, ",") {
		n, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return nil, err
		}
		ids = append(ids, uint32(n))
	}
	if len(ids) < 2 {
		return nil, fmt.Errorf("user %q: a group is missing", text)
	}
	return &User{UID: ids[0], GID: ids[1], Groups: ids[2:]}, nil
}

// become gives the calling thread, which is about to execute the program, the user's
// ids. The others of this process end with that.
func (u *User) become() error {
	var groups *uint32
	if len(u.Groups) > 0 {
		groups = &u.Groups[0]
	}
	calls := []struct {
		nr, a, b, c uintptr
	}{
		{unix.SYS_SETGROUPS, uintptr(len(u.Groups)), uintptr(unsafe.Pointer(groups)), 0},
		{unix.SYS_SETRESGID, uintptr(u.GID), uintptr(u.GID), uintptr(u.GID)},
		{unix.SYS_SETRESUID, uintptr(u.UID), uintptr(u.UID), uintptr(u.UID)},
	}
	for _, c := range calls {
		if _, _, e := unix.RawSyscall(c.nr, c.a, c.b, c.c); e != 0 {
			return e
		}
	}
	return nil
}

// dropPrivileges takes from the calling thread what it had for the mounts alone.
func dropPrivileges() error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	return unix.Capset(&hdr, &none[0])
}
