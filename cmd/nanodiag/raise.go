package main

import (
	"os/signal"
	"syscall"
	"time"
)

// raise ends this process by sig, as far as sig ends processes.
func raise(sig syscall.Signal) {
	signal.Reset(sig)
	if err := syscall.Kill(syscall.Getpid(), sig); err != nil {
		return
	}
	// The signal is delivered to some thread of the process, soon but not at once.
	time.Sleep(100 * time.Millisecond)
}
