//go:build linux && amd64

package rehearse

import (
	"bufio"
	"encoding/gob"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/nanodiag/nanodiag/strace"
)

// message is what init sends to its parent. Exactly one field is set.
type message struct {
	Ready  bool // the root stands; what follows is the program's run
	Event  *strace.Event
	Failed *failure // the rehearsal could not be done
	Done   *result
}

// failure is an error of init.
type failure struct {
	Text    string
	Denied  bool          // this system forbids it; another way may work
	Tracing bool          // what it forbids is tracing
	Exec    syscall.Errno // the program itself could not be executed
}

// result is how the program ended.
type result struct {
	Exit       strace.Exit
	Syscalls   map[string]int
	PeakRSS    int64
	MaxThreads int
	OutOfMem   bool
	Fault      *Fault
	Elapsed    time.Duration
	Incomplete []string
}

// flushEvery bounds how long an event waits in the buffer, so that a parent that
// watches a slow program sees its events as they come.
const flushEvery = 50 * time.Millisecond

// sender writes messages from any goroutine.
type sender struct {
	mu  sync.Mutex
	buf *bufio.Writer
	enc *gob.Encoder
}

func newSender(w io.Writer) *sender {
	s := &sender{buf: bufio.NewWriterSize(w, 64<<10)}
	s.enc = gob.NewEncoder(s.buf)
	return s
}

// send queues m. Errors are left to flush: a parent that is gone takes init with it.
func (s *sender) send(m message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.enc.Encode(m)
}

func (s *sender) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.buf.Flush()
}
