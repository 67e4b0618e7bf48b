//go:build linux && (amd64 || arm64)

// Command uroot runs a program under u-root's tracer and prints nothing: what
// bench/trace compares nanodiag's tracer with.
package main

import (
	"log"
	"os"
	"os/exec"

	"github.com/u-root/u-root/pkg/strace"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: uroot PROG [ARG…]")
	}
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	calls := 0
	count := func(t strace.Task, r *strace.TraceRecord) error {
		if r.Event == strace.SyscallExit {
			calls++
		}
		return nil
	}
	if err := strace.Trace(c, count); err != nil {
		log.Fatal(err)
	}
}
