package loop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nanodiag/nanodiag/internal/bigfile"
	"github.com/nanodiag/nanodiag/tracelog"
)

// Proof is what shows that a program that never ends works: once it is seen, the run
// is over, natively as in the guest.
type Proof struct {
	Text string // printed to the console, within one line; "" for none
	Port int    // accepts a TCP connection; 0 for none
}

// Wanted reports whether there is anything to wait for.
func (p Proof) Wanted() bool { return p.Text != "" || p.Port != 0 }

// Words say what a run with the proof did.
func (p Proof) Words() string {
	var said []string
	if p.Text != "" {
		said = append(said, fmt.Sprintf("prints %q", p.Text))
	}
	if p.Port != 0 {
		said = append(said, fmt.Sprintf("accepts connections on port %d", p.Port))
	}
	return strings.Join(said, " and ")
}

const (
	// settle is how long a program runs on after its proof: one that dies at once
	// after it has said "ready" is not well.
	settle = 700 * time.Millisecond
	// askEvery is how often a port is tried, and a log read again.
	askEvery = 100 * time.Millisecond
	// silence is how long a connection must stay open to count. QEMU's user network
	// accepts every connection itself, and ends it only when the guest refused.
	silence = time.Second
)

// waiter watches one run for its proof, and for the ports that it opens. Its methods
// are for one goroutine at a time.
type waiter struct {
	proof   Proof
	console func() string // what the program printed so far
	ports   []*probe      // the proof's among them
	up      func() bool   // the network can be asked; nil for always
	told    bool          // Text was seen
	since   time.Time     // of the whole proof
	next    time.Time     // when to look again

	output string           // file that grows with the run's output; "" when somebody else sees to it
	trim   *bigfile.Trimmer // of output, once that is large
}

// probe is a port that is tried until it accepts a connection.
type probe struct {
	port    int
	address string
	quiet   time.Duration // how long a connection must stay open
	open    bool
	dialing chan bool
	outside string // another address of this host; "" none
	local   bool   // open, and refused at outside: it listens on the loopback address only
}

// done reports whether the proof was seen, and the run has settled since.
func (w *waiter) done() bool {
	w.shorten()
	if now := time.Now(); w.since.IsZero() && !now.Before(w.next) {
		w.look()
		took := time.Since(now)
		w.next = now.Add(askEvery + 10*took) // a large log is not read all the time
		w.judge()
	}
	return w.seen() && time.Since(w.since) >= settle
}

// judge notes when the proof is complete.
func (w *waiter) judge() {
	if w.since.IsZero() && w.proof.Wanted() && (w.told || w.proof.Text == "") && (w.proof.Port == 0 || w.accepted()[w.proof.Port]) {
		w.since = time.Now()
	}
}

// ended reads what the program printed since the last look, once it is gone: the text
// may be its last word. console reads all of it.
func (w *waiter) ended(console func() string) {
	w.told = w.told || w.proof.Text != "" && strings.Contains(console(), w.proof.Text)
	w.judge()
}

// shorten keeps the output of a program that never stops printing from filling the
// disk.
func (w *waiter) shorten() {
	if w.output == "" {
		return
	}
	if w.trim == nil {
		if info, err := os.Stat(w.output); err != nil || info.Size() < bigfile.Head {
			return
		}
		t, err := bigfile.NewTrimmer(w.output)
		if err != nil {
			w.output = ""
			return
		}
		w.trim = t
	}
	w.trim.Trim()
}

// close ends the watch; it returns how much of the output was left out.
func (w *waiter) close() (left int64) {
	if w.trim == nil {
		return 0
	}
	w.trim.Close()
	left, _ = bigfile.Compact(w.output) // it stays long, then, and takes no room
	return left
}

func (w *waiter) seen() bool { return !w.since.IsZero() }

// accepted is the set of ports that took a connection.
func (w *waiter) accepted() map[int]bool {
	open := map[int]bool{}
	for _, p := range w.ports {
		open[p.port] = open[p.port] || p.open
	}
	return open
}

func (w *waiter) look() {
	w.told = w.told || w.proof.Text != "" && strings.Contains(w.console(), w.proof.Text)
	if len(w.ports) == 0 || w.up != nil && !w.up() {
		return
	}
	w.up = nil
	for _, p := range w.ports {
		p.try()
	}
}

// try takes the answer to the last connection, or makes the next one.
func (p *probe) try() {
	switch {
	case p.open:
	case p.dialing == nil:
		c := make(chan bool, 1)
		go func() { c <- accepts(p.address, p.quiet) }()
		p.dialing = c
	default:
		select {
		case p.open = <-p.dialing:
			p.dialing = nil
			p.local = p.open && p.outside != "" && !accepts(p.outside, 0)
		default:
		}
	}
}

// accepts reports whether address takes a connection, and keeps it for the time quiet
// or says something.
func accepts(address string, quiet time.Duration) bool {
	c, err := net.DialTimeout("tcp", address, silence)
	if err != nil {
		return false
	}
	defer c.Close()
	if quiet == 0 {
		return true
	}
	if err := c.SetReadDeadline(time.Now().Add(quiet)); err != nil {
		return false
	}
	n, err := c.Read(make([]byte, 1))
	return n > 0 || os.IsTimeout(err)
}

// localAddress is port on this host.
func localAddress(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// outsideAddress is port at an address of this host that is not the loopback one; ""
// where there is none.
func outsideAddress(port int) string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return net.JoinHostPort(n.IP.String(), strconv.Itoa(port))
		}
	}
	return ""
}

// freePort finds a TCP port on which nothing listens here.
func freePort() (int, error) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		return 0, fmt.Errorf("find a free port to forward: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// untilProven is ctx that passes its deadline as soon as the waiter is done: to
// whatever runs under it, the time limit came early. stop ends the watch.
func untilProven(ctx context.Context, w *waiter) (early context.Context, stop func()) {
	c := &earlyContext{Context: ctx, done: make(chan struct{})}
	ended, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(askEvery / 4)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ctx.Done():
				c.end(ctx.Err())
				return
			case <-tick.C:
				if w.done() {
					c.end(context.DeadlineExceeded)
					return
				}
			}
		}
	}()
	return c, func() {
		close(ended)
		<-gone
	}
}

// earlyContext is a context whose deadline can be brought forward.
type earlyContext struct {
	context.Context
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (c *earlyContext) end(err error) {
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	close(c.done)
}

func (c *earlyContext) Done() <-chan struct{} { return c.done }

func (c *earlyContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// fileText reads the beginning of a file that a run writes to; "" while there is none.
func fileText(name string) func() string {
	return func() string {
		f, err := os.Open(name)
		if err != nil {
			return ""
		}
		defer f.Close()
		text := make([]byte, maxConsole)
		n, _ := f.ReadAt(text, 0)
		return string(text[:n])
	}
}

// guestConsole is what a guest printed, from a log that also holds the kernel's words
// and a trace: a path in the trace may contain the text that is waited for. The log is
// taken apart only when it grew and holds text somewhere.
func guestConsole(name, text string) func() string {
	size := int64(-1)
	return func() string {
		info, err := os.Stat(name)
		if err != nil || info.Size() == size {
			return ""
		}
		size = info.Size()
		b, err := readEnd(name, size)
		if err != nil || !bytes.Contains(b, []byte(text)) {
			return ""
		}
		log, err := tracelog.Read(bytes.NewReader(b))
		if err != nil {
			return ""
		}
		var out strings.Builder
		for _, l := range log.Console {
			out.WriteString(l.Text)
			out.WriteByte('\n')
		}
		return out.String()
	}
}

// maxWatched is how much of a log's end is looked at for a text (bytes).
const maxWatched = 64 << 20

func readEnd(name string, size int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, max(0, size-maxWatched), maxWatched))
}

// networkUp reports whether the guest's log says that its network is up. Before that,
// QEMU's user network holds connections for a guest that does not answer yet.
//
//	[0.432043] en1: assigned 10.0.2.15
func networkUp(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 1<<20) // it comes before the program starts
	n, _ := f.ReadAt(head, 0)
	return bytes.Contains(head[:n], []byte(": assigned "))
}
