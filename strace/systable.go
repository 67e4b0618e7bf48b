package strace

import "strconv"

// SyscallName returns the name of the x86-64 system call nr, "syscall_N" when N is
// not a number that Linux has.
func SyscallName(nr int) string { return nameIn(amd64Names[:], nr) }

// SyscallNumber returns the x86-64 number of a system call.
func SyscallNumber(name string) (nr int, ok bool) {
	for nr, n := range amd64Names {
		if n == name && n != "" {
			return nr, true
		}
	}
	return 0, false
}

func nameIn(names []string, nr int) string {
	if nr >= 0 && nr < len(names) && names[nr] != "" {
		return names[nr]
	}
	return "syscall_" + strconv.Itoa(nr)
}
