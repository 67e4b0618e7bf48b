package loop

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/tracelog"
)

// opsEngine boots the image with Ops and QEMU.
type opsEngine struct {
	runner ops.Runner
}

func (opsEngine) name() string { return "ops" }

func (e opsEngine) run(ctx context.Context, spec runSpec) (*guestRun, error) {
	rs := ops.RunSpec{
		Project: spec.project, Dir: filepath.Dir(spec.log), Log: filepath.Base(spec.log),
		Trace: spec.traced, Timeout: spec.limit,
	}
	w, err := e.watch(&rs, spec)
	if err != nil {
		return nil, err
	}
	rs.Until = w.done
	run, err := e.runner.Run(ctx, rs)
	if err != nil {
		return nil, err
	}
	w.ended(guestConsole(run.LogPath, spec.proof.Text))
	f, err := os.Open(run.LogPath)
	if err != nil {
		return nil, fmt.Errorf("read the guest's log: %w", err)
	}
	defer f.Close()
	log, err := tracelog.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", run.LogPath, err)
	}
	g := &guestRun{
		log: log, source: filepath.Base(run.LogPath), status: run.Status,
		timedOut: run.TimedOut || run.UntilSeen, started: run.Booted, elapsed: run.Elapsed,
		proven: w.seen(), open: w.accepted(),
	}
	switch {
	case run.Status == nil:
	case run.Signal:
		g.exit = report.SignalExit(*run.Status)
	default:
		g.exit = report.CodeExit(shellCode(*run.Status))
	}
	if run.LogFull {
		g.incomplete = append(g.incomplete, "the end of the guest run: its log grew beyond 1 GiB and the run was stopped")
	}
	if run.LeftOut > 0 {
		g.incomplete = append(g.incomplete, fmt.Sprintf("the middle of %s, %s: the guest printed too much to keep", g.source, report.Size(run.LeftOut)))
	}
	return g, nil
}

// watch watches the guest that rs will start; rs gets the ports to forward for it.
func (opsEngine) watch(rs *ops.RunSpec, spec runSpec) (*waiter, error) {
	w := &waiter{
		proof: spec.proof, console: guestConsole(spec.log, spec.proof.Text),
		up: func() bool { return networkUp(spec.log) },
	}
	hosts := forwarded(spec.project)
	for _, port := range spec.ports {
		host, ok := hosts[port]
		if !ok {
			var err error
			if host, err = freePort(); err != nil {
				return nil, err
			}
			rs.Forward = append(rs.Forward, fmt.Sprintf("%d-%d", host, port))
		}
		w.ports = append(w.ports, &probe{port: port, address: localAddress(host), quiet: silence})
	}
	return w, nil
}

// shellCode is a guest's status as Linux would tell it: of 32 bits, which Nanos keeps,
// wait(2) has eight. One that only the others make an error stays as it is.
func shellCode(status int) int {
	if code := status & 0xff; code != 0 {
		return code
	}
	return status
}

// pick chooses the engine: Ops where it and QEMU are usable, else a rehearsal.
func (s *session) pick() (engine, error) {
	in, err := ops.Find()
	lack, usable := in.Usable()
	if err != nil {
		usable = false
		lack = ops.Lack{What: "ops", Why: err.Error()}
	}
	re := rehearsal{table: s.opt.Table, version: s.version, mounts: s.opt.NativeMounts}
	switch s.opt.Engine {
	case "ops":
		if !usable {
			return nil, fmt.Errorf("%w: %s; %s", errNoEngine, lack.Why, orElse(lack.Hint, "see nanodiag doctor"))
		}
		return opsEngine{ops.Runner{Installation: in}}, nil
	case "rehearse":
		if re.why = rehearseUsable(); re.why == nil {
			s.incomplete("a run on the real kernel: the image was rehearsed on this host's kernel")
		}
		return re, nil
	}
	if usable {
		return opsEngine{ops.Runner{Installation: in}}, nil
	}
	if err := rehearseUsable(); err != nil {
		re.why = fmt.Errorf("%s, and %w", lack.Why, err)
		return re, nil
	}
	s.incomplete(fmt.Sprintf("a run on the real kernel: %s; the image was rehearsed on this host's kernel (install it with: %s)", lack.Why, orElse(lack.Hint, "see nanodiag doctor")))
	return re, nil
}

// noRelease reports whether Ops has nothing to boot.
func (s *session) noRelease() bool {
	in, err := ops.Find()
	return err == nil && len(in.Releases) == 0
}

func rehearseUsable() error {
	if ok, why := rehearse.Available(); !ok {
		return fmt.Errorf("%w: %s", rehearse.ErrUnavailable, strings.TrimPrefix(why, rehearse.ErrUnavailable.Error()+": "))
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
