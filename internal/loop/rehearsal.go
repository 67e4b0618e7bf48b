package loop

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/nanodiag/nanodiag/internal/nanos"
	"github.com/nanodiag/nanodiag/internal/ops"
	"github.com/nanodiag/nanodiag/internal/rehearse"
	"github.com/nanodiag/nanodiag/internal/report"
	"github.com/nanodiag/nanodiag/strace"
	"github.com/nanodiag/nanodiag/tracelog"
)

// rehearsal runs the program on this host in the guest view.
type rehearsal struct {
	table   *nanos.Table
	version string
	why     error // nothing can be rehearsed here; only the loader's part is foreseen

	mounts []strace.Mount // what --native-mount shows where the guest mounts volumes
}

func (rehearsal) name() string { return "rehearse" }

func (r rehearsal) run(ctx context.Context, spec runSpec) (*guestRun, error) {
	rs, incomplete, err := r.spec(spec.project)
	if err != nil {
		return nil, err
	}
	rec, err := newRecorder(spec.log)
	if err != nil {
		return nil, err
	}
	defer rec.discard()
	rs.Stdout, rs.Stderr, rs.Timeout, rs.Handle = rec.console, rec.console, spec.limit, rec.event
	w := &waiter{proof: spec.proof, console: fileText(rec.console.Name()), output: rec.console.Name()}
	for _, port := range spec.ports {
		w.ports = append(w.ports, &probe{port: port, address: localAddress(port)})
	}
	early, stop := untilProven(ctx, w)
	out, err := r.rehearse(early, rs)
	stop()
	w.ended(fileText(rec.console.Name()))
	w.close()
	if err != nil {
		return nil, err
	}
	g := &guestRun{source: filepath.Base(spec.log), log: &tracelog.Log{Format: tracelog.FormatNew, Version: r.version, Booted: true, Boots: 1}}
	g.incomplete = append(incomplete, out.Incomplete...)
	g.elapsed, g.timedOut, g.started = out.Elapsed, out.Exit.TimedOut, out.ExecErr == nil
	g.proven, g.open = w.seen(), w.accepted()
	if rec.cut {
		g.incomplete = append(g.incomplete, fmt.Sprintf("what the program did after its first %d calls", len(rec.events)))
	}
	if err := rec.finish(g.log); err != nil {
		return nil, fmt.Errorf("keep the rehearsal's log: %w", err)
	}
	g.log.Events = withReads(g.log.Events, rs.View)
	r.end(g, out)
	return g, nil
}

// rehearse runs the program, or looks its libraries up where it cannot be run. The
// error is rehearse.ErrUnavailable where that finds nothing wrong.
func (r rehearsal) rehearse(ctx context.Context, rs rehearse.Spec) (*rehearse.Outcome, error) {
	why := r.why
	if why == nil {
		out, err := rehearse.Run(ctx, rs)
		if !errors.Is(err, rehearse.ErrUnavailable) {
			return out, err
		}
		why = err
	}
	out, found, err := rehearse.Static(rs)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, fmt.Errorf("%w; the libraries that the program is linked with are in the image", why)
	}
	out.Incomplete = append(out.Incomplete, "a run: "+why.Error())
	return out, nil
}

// RehearsalSpec says what a rehearsal of o's image is, and what it will not show. A
// configuration that Ops refuses has none.
func RehearsalSpec(o Options) (rehearse.Spec, []string, error) {
	return rehearsal{table: o.Table, version: nanosVersion(o), mounts: o.NativeMounts}.spec(o.Project)
}

// NewRunDir makes a directory of its own below o.RunDir, as a diagnosis does.
func NewRunDir(o Options) (string, error) {
	parent := o.RunDir
	if parent == "" {
		parent = filepath.Join(o.Project.Cwd, ".nanodiag")
	}
	return newRunDir(parent, time.Now())
}

func (r rehearsal) spec(p ops.Project) (rehearse.Spec, []string, error) {
	view, issues, err := ops.View(p)
	if err != nil {
		return rehearse.Spec{}, nil, err
	}
	// A volume need not be on this host; whoever asked for the rehearsal was told.
	issues = slices.DeleteFunc(issues, func(i ops.Issue) bool { return i.Code == "ops.volume-not-found" })
	if bad, ok := ops.Refused(issues); ok {
		return rehearse.Spec{}, nil, fmt.Errorf("the image would be refused: %s", bad)
	}
	eff, _ := p.Config.ApplyFlags(p.Flags)
	rs := rehearse.Spec{
		View: view, Program: p.GuestProgram(), Args: p.GuestArgs(), Env: envList(p.GuestEnv()), Cwd: "/",
		Version: r.version, Table: r.table, Klibs: eff.Klibs, Memory: memoryBytes(eff.RunConfig.Memory), CPUs: eff.RunConfig.CPUs,
		Free: freeSpace(view, ops.Volumes(p), eff.BaseVolumeSz), Volumes: map[string]string{},
	}
	var incomplete []string
	for _, v := range ops.Volumes(p) {
		if v.Kind == ops.VolumeShare && v.Path == "/" {
			continue // its files are in the view
		}
		if v.Kind == ops.VolumeShare {
			rs.Volumes[v.Path] = v.HostDir
			continue
		}
		if dir := standsFor(r.mounts, v.Path); dir != "" {
			rs.Volumes[v.Path] = dir
			incomplete = append(incomplete, fmt.Sprintf("what volume %s holds: the rehearsal took %s of this host for it", v.Label, dir))
		} else {
			rs.Volumes[v.Path] = ""
			incomplete = append(incomplete, fmt.Sprintf("what volume %s holds: the rehearsal mounted an empty directory at %s", v.Label, v.Path))
		}
	}
	return rs, incomplete, nil
}

// standsFor is the directory of this host that holds what a volume is to hold: the one
// that --native-mount names, or that of the same name; "" when there is neither.
func standsFor(mounts []strace.Mount, volume string) string {
	for _, m := range mounts {
		if m.Guest == volume {
			return m.Host
		}
	}
	if info, err := os.Stat(volume); err == nil && info.IsDir() {
		return volume
	}
	return ""
}

// end fills in how the program ended, in the terms of a Nanos log.
func (rehearsal) end(g *guestRun, out *rehearse.Outcome) {
	switch {
	case out.ExecErr != nil:
		g.log.End = tracelog.EndHalt
		g.log.Kernel = append(g.log.Kernel, tracelog.Line{N: g.log.Lines, Text: out.ExecErr.Error()})
		g.exit, g.status = report.CodeExit(out.Exit.Code), &out.Exit.Code
	case out.Exit.TimedOut:
		g.log.End = tracelog.EndCut
	case out.Exit.Signal != 0:
		n := int(out.Exit.Signal)
		g.log.End = tracelog.EndSignal
		g.log.Crash = crash(out, g.log.Lines)
		g.exit, g.status = report.SignalExit(n), &n
	default:
		g.log.End = tracelog.EndExit
		g.exit, g.status = report.CodeExit(out.Exit.Code), &out.Exit.Code
	}
	if out.OutOfMem {
		g.log.Kernel = append(g.log.Kernel, tracelog.Line{N: g.log.Lines, Text: "page fill failed with (result:out of memory)"})
	}
}

// crash puts the end by a signal into the terms of Nanos's dump.
func crash(out *rehearse.Outcome, line int) *tracelog.Crash {
	c := &tracelog.Crash{Signal: int(out.Exit.Signal), Line: line}
	f := out.Fault
	if f == nil || f.Signal != out.Exit.Signal {
		return c
	}
	c.TID, c.Code, c.Fault, c.HasFault, c.RIP, c.RSP, c.Regs = f.TID, f.Code, f.Addr, f.HasAddr, f.RIP, f.RSP, f.Regs
	for i, w := range f.Stack {
		c.Stack = append(c.Stack, tracelog.StackWord{Addr: f.RSP + 8*uint64(i), Value: w})
	}
	return c
}

// recorder keeps a rehearsal as one text file: the events in strace(1)'s format,
// then what the program printed. The two cannot be interleaved: writes to the
// console are too hot a call to stop at.
type recorder struct {
	bytes      int  // of the strings of events
	cut        bool // more happened than is kept
	f, console *os.File
	b          *bufio.Writer
	w          *strace.LogWriter
	events     []strace.Event
	err        error
}

func newRecorder(name string) (*recorder, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the rehearsal's log: %w", err)
	}
	console, err := os.OpenFile(name+".console", os.O_CREATE|os.O_TRUNC|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("keep the rehearsal's output: %w", err)
	}
	b := bufio.NewWriterSize(f, 64<<10)
	return &recorder{f: f, console: console, b: b, w: strace.NewLogWriter(b)}, nil
}

func (r *recorder) event(e *strace.Event) {
	if e.Kind == strace.KindTask { // has no line
		return
	}
	r.bytes += len(e.Path) + len(e.Abs) + len(e.Args)
	if r.cut = r.cut || len(r.events) >= maxEvents || r.bytes >= maxEventBytes; r.cut {
		return
	}
	if r.err == nil {
		r.err = r.w.Write(e)
	}
	r.events = append(r.events, *e)
	last := &r.events[len(r.events)-1]
	last.Line = len(r.events)
	if strings.HasPrefix(e.Name, "exec") && e.Failed() {
		last.Path, last.Abs = "", "" // Nanos, which has no such call, does not decode it
	}
}

// maxEvents and maxEventBytes, of their strings, bound a rehearsal that never stops
// asking.
const (
	maxEvents     = 2_000_000
	maxEventBytes = 128 << 20
)

// maxConsole bounds what is kept of a program that never stops printing (bytes).
const maxConsole = 16 << 20

// finish appends the console to the log file and hands both over.
func (r *recorder) finish(log *tracelog.Log) error {
	if r.err == nil {
		r.err = r.w.Flush()
	}
	log.Events, log.Lines = r.events, len(r.events)
	text := make([]byte, maxConsole)
	n, _ := r.console.ReadAt(text, 0)
	for _, l := range strings.SplitAfter(string(text[:n]), "\n") {
		if l == "" {
			continue
		}
		log.Lines++
		log.Console = append(log.Console, tracelog.Line{N: log.Lines, Text: strings.TrimRight(l, "\r\n")})
	}
	if r.err == nil {
		_, r.err = r.b.Write(bytes.TrimRight(text[:n], "\n"))
	}
	if r.err == nil {
		r.err = r.b.Flush()
	}
	return r.err
}

// discard closes the files and removes the console's own, which is in the log by now.
func (r *recorder) discard() {
	os.Remove(r.console.Name())
	r.console.Close()
	r.f.Close()
}

func envList(env map[string]string) []string {
	out := make([]string, 0, len(env))
	for k, v := range env {
		out = append(out, k+"="+v)
	}
	sort.Strings(out)
	return out
}

// memoryBytes reads a size as QEMU's -m does: a bare number is MiB. 0 when it is
// none; the configuration's checks complain about that.
func memoryBytes(s string) int64 {
	unit := int64(1 << 20)
	if s == "" {
		return 0
	}
	switch s[len(s)-1] {
	case 'k', 'K':
		unit = 1 << 10
	case 'm', 'M':
	case 'g', 'G':
		unit = 1 << 30
	case 't', 'T':
		unit = 1 << 40
	default:
		s += "m"
	}
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return n * unit
}
