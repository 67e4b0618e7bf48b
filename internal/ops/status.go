package ops

import (
	"bytes"
	"io"
	"os"
	"strconv"

	"github.com/nanodiag/nanodiag/internal/lazyregexp"
)

var (
	// Ops's last line, red, perhaps glued to the program's: QEMU's own exit status.
	qemuStatus = lazyregexp.New("\x1b\\[31mexit status (\\d+)\x1b\\[0m\\s*$")
	// Ops says so in red as well when QEMU did not end by itself.
	qemuKilled = lazyregexp.New("\x1b\\[31m(signal: [a-z ]+|waitid: [^\x1b\n]*)\x1b\\[0m\\s*$")
	networkUp  = lazyregexp.New(`en\d+: assigned `)
	qemuFailed = lazyregexp.New(`(?m)^qemu-system-[a-z0-9_]+: `)
	// A fault in the kernel itself leaves no crash log, and QEMU ends with 0.
	kernelFault = lazyregexp.New(`(?m)no fault handler|^.*assertion .* failed at .* in .*halt`)
)

// conclude works out how the guest ended, from the image and the log.
func (run *Run) conclude() error {
	head, tail, err := logEnds(run.LogPath)
	if err != nil {
		return err
	}
	if k, err := ReadKlog(run.ImagePath); err == nil {
		run.Klog = k
	}
	if m := qemuStatus.Regexp().FindSubmatch(tail); m != nil {
		if n, err := strconv.Atoi(string(m[1])); err == nil {
			run.QEMUExit = &n
		}
	}
	_, guest, booting := bytes.Cut(head, bootingLine)
	up := networkUp.Regexp().Match(guest) || networkUp.Regexp().Match(tail) || run.Klog != nil
	stopped := run.TimedOut || run.UntilSeen || run.LogFull || run.Cancelled || run.OpsExit != 0
	_, said, _ := bytes.Cut(guest, []byte("\n"))
	run.Booted = booting && (up || !qemuFailed.Regexp().Match(guest) && (!stopped || len(bytes.TrimSpace(said)) > 0))

	status := func(n int, from string) { run.Status, run.StatusFrom = &n, from }
	switch {
	case !run.Booted:
	case run.Klog != nil:
		status(run.Klog.Status, "klog")
		run.Signal = run.Klog.Signal()
	case stopped:
	case run.QEMUExit != nil && *run.QEMUExit%2 == 1:
		// isa-debug-exit: QEMU's status is status<<1 | 1, of which 8 bits remain.
		status((*run.QEMUExit-1)/2, "debug_exit")
	case run.QEMUExit == nil && !kernelFault.Regexp().Match(tail) && !qemuKilled.Regexp().Match(tail):
		// A release without debug_exit, or a config of the user's own: QEMU ends with
		// 0 whatever the status was, and only 0 leaves no crash log.
		status(0, "")
	}
	return nil
}

// logEnds returns the beginning and the end of the log, 1 MiB each at most.
func logEnds(path string) (head, tail []byte, err error) {
	const most = 1 << 20
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	head, err = io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, nil, err
	}
	tail, err = io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-most), most))
	return head, tail, err
}
