// Command nanodiag finds out why a program that runs on Linux dies in the Nanos
// unikernel, fixes the image, and proves the fix. See README.md.
package main

import (
	"os"

	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/strace"
)

func main() {
	// nanodiag runs itself again as the process that becomes the traced program,
	// and as the init of a rehearsal. Neither returns when it is its turn.
	strace.Shim()
	rehearse.Init()
	os.Exit(int(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)))
}
