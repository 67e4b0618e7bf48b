//go:build linux && (amd64 || arm64)

package strace

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// liveSet holds the processes that are to be killed when the context ends.
type liveSet struct {
	mu   sync.Mutex
	pids map[int]bool
	dead bool // kill whoever is added
}

func (s *liveSet) add(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pids[pid] = true
	if s.dead {
		kill(pid)
	}
}

// addUnknown is for a task of which nobody knows yet whose it is.
func (s *liveSet) addUnknown(tid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		kill(tid)
	}
}

func (s *liveSet) remove(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pids, pid)
}

func (s *liveSet) killAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	for pid := range s.pids {
		kill(pid)
	}
}

func kill(pid int) {
	if pid > 1 && pid != os.Getpid() {
		unix.Kill(pid, unix.SIGKILL)
	}
}
