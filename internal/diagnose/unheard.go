package diagnose

import (
	"strings"
	"syscall"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/strace"
)

// unheard finds the call that the kernel said it does not have just before the program
// spoke of its failure. The kernels of 2018 answer ENOENT, so that the program speaks of
// a file.
//
//	nosyscall fork
//	spooler: cannot start worker: No such file or directory
func (r *run) unheard() []candidate {
	if line, ok := r.lastBad(); !ok || !says(line.Text, syscall.ENOENT) {
		return nil
	}
	near := nextLines
	if r.traced() {
		near = nextTraced
	}
	for i := len(r.log.Kernel) - 1; i >= 0; i-- {
		l := r.log.Kernel[i]
		name, ok := strings.CutPrefix(l.Text, "nosyscall ")
		if !ok || l.N > r.last || r.saidAt == 0 || r.saidAt-l.N > near {
			continue
		}
		if row, ok := probeOf(&strace.Event{Kind: strace.KindCall, Name: name, Err: syscall.ENOSYS}); ok && row.weight == harmless {
			continue
		}
		c := candidate{Finding: Finding{ID: "syscall.unsupported", Subject: name, Summary: "this kernel does not implement " + name + ", and tells the program that a file is missing",
			Evidence: []Evidence{r.lineEvidence(l)}}, points: 90, limit: Likely, order: 1}
		switch {
		case name == "fork" || name == "vfork" || name == "clone":
			c.ID, c.Subject = "process.fork", "fork"
		case name == "execve":
			c.ID = "process.exec"
		case r.status(name) == nanos.KlibOnly && r.in.Version != "":
			c.ID = "syscall.needs-klib"
		}
		return []candidate{c}
	}
	return nil
}

// nextLines is how far behind the kernel's line the program's own words on it may be,
// nextTraced in a trace, where the calls that write them lie between.
const nextLines, nextTraced = 3, 60
