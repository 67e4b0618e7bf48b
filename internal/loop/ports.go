package loop

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nanodiag/nanodiag/internal/diagnose"
	"github.com/nanodiag/nanodiag/internal/ops"
)

// maxPorts bounds how many forwarded ports are tried.
const maxPorts = 16

// ports are the guest's TCP ports that are tried: the proof's, and those that the
// user forwards. None are where the guest is not in QEMU's user network.
func (s *session) ports() []int {
	p := s.opt.Project
	if p.Flags.Bridged || p.Flags.TapName != "" {
		return nil
	}
	var out []int
	for port := range forwarded(p) {
		out = append(out, port)
	}
	slices.Sort(out)
	out = out[:min(len(out), maxPorts)]
	if own := s.opt.Proof.Port; own != 0 && !slices.Contains(out, own) {
		out = append(out, own)
	}
	return out
}

// forwarded maps the guest's ports to the host's, as Ops's -p and RunConfig.Ports
// have them: "80", or "8080-80" for the host's 8080.
func forwarded(p ops.Project) map[int]int {
	e, _ := p.Config.ApplyFlags(p.Flags)
	out := map[int]int{}
	for _, f := range e.RunConfig.Ports {
		from, to, ok := strings.Cut(f, "-")
		if !ok {
			to = from
		}
		host, err1 := strconv.ParseUint(from, 10, 16)
		guest, err2 := strconv.ParseUint(to, 10, 16)
		if err1 == nil && err2 == nil && host != 0 && guest != 0 {
			out[int(guest)] = int(host)
		}
	}
	return out
}

// closed is a port on which the native run accepted connections and this one does
// not; 0 for none.
func (s *session) closed(g *guestRun) int {
	for _, port := range slices.Sorted(maps.Keys(s.natOpen)) {
		if s.natOpen[port] && !g.open[port] {
			return port
		}
	}
	return 0
}

// refusal is the verdict on a guest that keeps running and does not listen as the
// native run did, where nothing better is known.
func (s *session) refusal(r *round) (diagnose.Finding, bool) {
	port := s.closed(r.run)
	if port == 0 || !r.run.timedOut || !idle(r.verdict.Cause.ID) {
		return diagnose.Finding{}, false
	}
	f := diagnose.Finding{
		ID: "network.refused", Subject: strconv.Itoa(port), Confidence: diagnose.Likely, Evidence: []diagnose.Evidence{},
		Summary: fmt.Sprintf("the program keeps running in the guest, and accepts no connection on port %d; natively it does", port),
	}
	if slices.Contains(s.natLocal, port) {
		f.Summary = fmt.Sprintf("the program listens on port %d of the loopback address only, which nobody outside of the guest reaches", port)
		f.Fix = &diagnose.Fix{Summary: "make it listen on 0.0.0.0", ConfigPatch: []ops.PatchOp{}, Files: []diagnose.FileCopy{}}
	}
	return f, true
}

// idle reports the verdicts that say no more than that the program goes on.
func idle(id string) bool {
	return strings.HasPrefix(id, "none.") || slices.Contains([]string{"unknown", "program.deadlock", "program.busy-loop"}, id)
}

// unproven reports whether the native run lacked the proof that was asked for.
func (s *session) unproven() bool {
	return s.opt.Proof.Wanted() && s.nat != nil && s.opt.NativeLog == "" && !s.natProven
}
