package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/strace"
)

// cloneThread is CLONE_THREAD: without it clone makes a process.
const cloneThread = 0x10000

// cloneVfork is CLONE_VFORK: posix_spawn, popen, system and vfork use it.
const cloneVfork = 0x4000

// hugeMap is the size from which a mapping cannot be granted in the 47 bits of user
// address space that Nanos gives, as Linux does: 64 TB were refused where 4 TB went well.
const hugeMap = 1 << 46

// largeMap is more than a guest's memory mostly has, and less than one reservation of
// those that runtimes make.
const largeMap = 1 << 34

// reserves: a mapping that takes no memory, but a part of the address space.
//
//	[2] mmap(0x0, 8796093022208, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = -ENOMEM
func reserves(e *strace.Event) bool {
	return e.Name == "mmap" && mapLength(e) >= largeMap && strings.Contains(e.Args, "PROT_NONE")
}

// makesProcess reports whether a failed clone was meant to make a process.
func makesProcess(e *strace.Event) bool {
	return e.Failed() && cloneFlags(e)&cloneThread == 0
}

// cloneFlags takes the flags from the decoded event, or from its text:
// `clone(0x4111, …)`, `clone3({… exit_signal=17, …})`.
func cloneFlags(e *strace.Event) uint64 {
	if e.Flags != 0 {
		return e.Flags
	}
	if e.Name == "clone3" {
		if strings.Contains(e.Args, "exit_signal=17") && strings.Contains(e.Args, "stack=0x") && !strings.Contains(e.Args, "stack=0x0000000000000000") {
			return cloneVfork // a child on a stack of its own shares memory: posix_spawn
		}
		return 0
	}
	first, _, _ := strings.Cut(e.Args, ",")
	n, err := strconv.ParseUint(strings.TrimSpace(first), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// mapLength is the length argument of an mmap: the second one, decimal or hex.
func mapLength(e *strace.Event) uint64 {
	parts := strings.Split(e.Args, ",")
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(parts[1]), 0, 64)
	if err != nil {
		return 0
	}
	return n
}

// bytesText prints a size with a binary unit, rounded down.
func bytesText(n uint64) string {
	for _, u := range []struct {
		shift uint
		name  string
	}{{40, "TB"}, {30, "GB"}, {20, "MB"}, {10, "KB"}} {
		if n>>u.shift > 0 {
			return fmt.Sprintf("%d %s", n>>u.shift, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
