package diagnose

import (
	"strconv"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
	"github.com/nanodiag/nanodiag/strace"
)

// shortWrites finds the kernel defect of writev on pipes: exactly the first buffer is
// not written, so the call returns the sum of the others.
//
//	[2] writev(4, [{iov_base=0x…1e, iov_len=4}, {iov_base=0x…23, iov_len=4}], 2) = 4
func (r *run) shortWrites() (out []candidate, advice string) {
	events := r.events()
	lost := -1
	for i := range events {
		e := &events[i]
		if (e.Name != "writev" && e.Name != "readv") || !e.OK() || e.State != strace.Done {
			continue
		}
		first, sum := buffers(e.Args)
		if first == 0 || e.Ret != sum-first || sum == 0 {
			continue
		}
		if onDescriptor(e, "1") || onDescriptor(e, "2") {
			lost = i
			advice = "the console lacks the beginning of some lines: this kernel's writev skips the first buffer on the console and on pipes"
			continue
		}
		p := 30
		if r.workBetween(i) == 0 {
			p += pointsAdjacent
		}
		out = append(out, candidate{Finding: Finding{ID: "kernel.writev-first-iovec", Subject: e.Name,
			Summary:  e.Name + " on a pipe skipped its first buffer: a defect of this kernel",
			Evidence: []Evidence{r.eventEvidence(i)}}, points: p + 20})
	}
	if len(out) > 1 {
		out = out[len(out)-1:]
	}
	// musl's stdio writes the rest again and again, as the call makes no progress.
	if lost >= 0 && r.hangs() && r.tail("writev") {
		out = append(out, candidate{Finding: Finding{ID: "kernel.writev-first-iovec", Subject: "writev",
			Summary:  "writev on the console skips its first buffer, and the program tries for ever to write it: a defect of this kernel",
			Evidence: []Evidence{r.eventEvidence(lost)}}, points: 92})
	}
	return out, advice
}

var iovLen = lazyregexp.New(`iov_len=(\d+)`)

// buffers returns the length of the first buffer and of all.
func buffers(args string) (first, sum int64) {
	for i, m := range iovLen.Regexp().FindAllStringSubmatch(args, -1) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return 0, 0
		}
		if i == 0 {
			first = n
		}
		sum += n
	}
	return first, sum
}

// lostMessage finds the C library's own last message, which it prints with writev and
// which the kernel defect swallowed: the call is followed by the abort.
//
//	[2] writev(2, [{iov_base=0x…, iov_len=41}], 1) = 0
//	[2] tgkill() = 0
func (r *run) lostMessage() []candidate {
	if r.log.Crash == nil || r.log.Crash.Signal != int(syscall.SIGABRT) {
		return nil
	}
	events := r.events()
	for i := len(events) - 1; i >= 0 && i > len(events)-20; i-- {
		e := &events[i]
		if e.Name != "writev" || !onDescriptor(e, "2") || !e.OK() {
			continue
		}
		if first, sum := buffers(e.Args); first == 0 || e.Ret >= sum {
			return nil
		}
		p := 40
		if r.native.failedBy() == syscall.SIGABRT {
			p += 30
		}
		return []candidate{{Finding: Finding{ID: "program.heap-corruption", Subject: "message of the C library, not printed", Summary: "the C library aborted the program with a message that this kernel's writev lost; damaged memory is the usual one",
			Evidence: []Evidence{r.eventEvidence(i)}}, points: p, limit: Possible, order: 4}}
	}
	return nil
}
