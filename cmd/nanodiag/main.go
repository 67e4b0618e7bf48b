// Command nanodiag finds out why a program that runs on Linux dies in the Nanos
// unikernel, fixes the image, and proves the fix. See README.md.
package main

import (
	"os"
	"runtime/debug"

	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/strace"
)

// A command lives for a second and needs some 10 to 50 MB; at Go's default it spends a
// sixth of its time on collecting what it is about to leave. So the heap may grow
// ninefold between collections, and beyond memoryLimit it is collected as often as it
// takes to stay there.
const (
	gcPercent   = 800
	memoryLimit = 512 << 20 // bytes
)

func main() {
	// nanodiag runs itself again as the process that becomes the traced program,
	// and as the init of a rehearsal. Neither returns when it is its turn.
	strace.Shim()
	rehearse.Init()
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(int(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)))
}
